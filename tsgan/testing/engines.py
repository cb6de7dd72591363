"""What every backtesting engine promises: :func:`check_engine`."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tsgan.data.calendars import future_sessions
from tsgan.errors import ConfigError, OutputError, ScenarioError, TsganError
from tsgan.feeds.engine import Engine
from tsgan.feeds.series import FIELDS, FLAT_VOLUME, Limits
from tsgan.feeds.ticks import CENT
from tsgan.feeds.write import HOWTO, MANIFEST, SYMBOLS, feed
from tsgan.scenarios.scenarios import Scenarios

DAYS = 30
OURS = {MANIFEST, SYMBOLS, HOWTO}

Reader = Callable[[Path, str], pd.DataFrame]
"""Reads one symbol of a feed back by the format's own rules: dates as the index, ``close`` and what else there is of
``open``, ``high``, ``low`` and ``volume`` as columns."""


def check_engine(engine: Engine, read: Reader | None = None, *, rtol: float = 0.0) -> None:
    """Check the contract of an engine, whose own package need not be there.

    Args:
        engine: an object such as ``tsgan.feed`` takes.
        read: reads a symbol back, written by the rules of the format rather than by those of ``engine.write``; without
            it the numbers in the files go unseen.
        rtol: relative error of the numbers in the files: 1e-7 for a format of float32.

    Raises:
        AssertionError: says what to mend.
    """
    assert isinstance(engine, Engine), f"{engine!r} is no tsgan.feeds.Engine; derive its class from it, give an object"
    _check_facts(engine)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for bars in (True, False):
            _check_files(engine, example_paths(("SPX", "^BRK.B"), bars), place / f"several-{bars}", read, rtol)
        _check_files(engine, example_paths(("SPX",)), place / "single", read, rtol)
        _check_weights(engine, place / "weighted")
        _check_bytes(engine, place)
        _check_folders(engine, place)
        _check_refusals(engine, place / "refused")
    _check_memory(engine)


def example_paths(assets: tuple[str, ...] = ("SPX",), bars: bool = True, **changes: Any) -> Scenarios:
    """Three paths over sessions of XNYS, an early close and a holiday among them, with bars or with closes only."""
    rng = np.random.default_rng(8)
    returns = (0.02 * rng.standard_normal((3, DAYS, len(assets)))).astype(np.float32)
    dates = future_sessions("XNYS", "2018-06-29", DAYS)  # 3 July closes early, 4 July is a holiday
    start = 100.004 + 50 * np.arange(len(assets))
    facts = {"calendar": "XNYS", "model": "gbm"}
    made = Scenarios(returns, assets, ("price",) * len(assets), dates, start, provenance=facts)
    if bars:
        closes = made.prices
        opens = closes[:, :-1] * np.exp(0.01 * rng.standard_normal(returns.shape))
        high, low = np.maximum(opens, closes[:, 1:]) * 1.003, np.minimum(opens, closes[:, 1:]) * 0.997
        made = replace(made, bars={"open": opens, "high": high, "low": low, "volume": closes[:, 1:] * 1000.4})
    return replace(made, **changes)


def _check_facts(engine: Engine) -> None:
    name, howto, limits = (getattr(engine, fact, None) for fact in ("name", "howto", "limits"))
    assert isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9][\w.-]*", name), (
        f"name is {name!r}; give a word of letters, digits and dashes, as users type it after --engine"
    )
    assert isinstance(howto, str) and howto.strip(), "howto is empty; give the lines that load the files"
    assert isinstance(limits, Limits) and limits.most > 0 and limits.step >= 0, (
        f"limits are {limits!r}; give tsgan.feeds.Limits(engine, most=highest price, step=smallest step)"
    )
    steps = CENT / limits.step if limits.step else 0.0
    assert abs(steps - round(steps)) < 1e-9, f"a cent, the default tick, is no multiple of limits.step {limits.step:g}"


def _check_files(engine: Engine, scenarios: Scenarios, folder: Path, read: Reader | None, rtol: float) -> None:
    """One feed: its symbols, the three files beside the engine's own, and what ``read`` sees of every symbol."""
    written = feed(scenarios, engine, folder)
    names = [""] if len(scenarios.assets) == 1 else ["SPX", "BRKB"]
    symbols = [f"SYN{i:04d}{name}" for i in range(scenarios.n_paths) for name in names]
    assert written.symbols == symbols, f"symbols {written.symbols} are not those that write was given, {symbols}"
    table = pd.read_csv(folder / SYMBOLS)
    assert table["symbol"].tolist() == symbols and set(table["ticker"]) == set(scenarios.assets), (
        f"write must leave {SYMBOLS} alone; it holds {table['symbol'].tolist()}"
    )
    manifest = json.loads((folder / MANIFEST).read_text())
    facts = (manifest["engine"], manifest["symbols"], manifest["notice"])
    assert facts == (engine.name, len(symbols), "synthetic, not a forecast"), f"write must leave {MANIFEST} alone"
    howto = (folder / HOWTO).read_text()
    assert "synthetic, not a forecast" in howto and (symbols[0] in howto or "SYN0000" not in engine.howto), (
        f"{HOWTO} does not name the first symbol, {symbols[0]}; write SYN0000 for it in howto"
    )
    files = [file for file in folder.rglob("*") if file.is_file() and str(file.relative_to(folder)) not in OURS]
    assert files, "write left no file; write every series into the folder that it is given"
    for number, symbol in enumerate(symbols):
        if read is not None:
            path, asset = divmod(number, len(names))
            _check_series(read(folder, symbol), scenarios[path], asset, symbol, rtol)


def _check_series(seen: pd.DataFrame, path: Scenarios, asset: int, symbol: str, rtol: float) -> None:
    """A symbol as read back, beside the bars of its path on a grid of cents."""
    dates = pd.DatetimeIndex(seen.index)
    if dates.tz is not None:  # a stamp of the session's close
        dates = dates.tz_convert("America/New_York").tz_localize(None).normalize()
    assert dates.is_monotonic_increasing and dates.is_unique, f"the dates of {symbol} do not increase: {dates[:5]}"
    assert dates.to_numpy().astype("datetime64[D]").tolist() == path.dates.tolist(), (
        f"{symbol} has the days {dates[0]} to {dates[-1]}, {len(dates)} of them, and not those of its path, the start "
        f"day first: {path.dates[0]} to {path.dates[-1]}, {len(path.dates)}"
    )
    grid = {name: values[0, :, asset] for name, values in path.ohlcv(CENT).items()}
    close = np.append(np.round(path.start_prices[asset], 2), grid["close"])
    for name in ("close", *(field for field in FIELDS if field in seen and field != "close")):
        wanted = np.full(len(close), FLAT_VOLUME) if name == "volume" else close
        if name != "close" and name in grid:
            wanted = np.append(wanted[0], np.round(grid[name], 0) if name == "volume" else grid[name])
        assert np.allclose(seen[name], wanted, rtol=rtol, atol=1e-12 if name == "close" else 1e-9), (
            f"the {name} of {symbol} is off by up to {np.abs(np.asarray(seen[name]) - wanted).max():g}"
        )
    if {"open", "high", "low"} <= set(seen):
        opened, closed, high, low = (np.asarray(seen[name], np.float64) for name in ("open", "close", "high", "low"))
        assert bool(np.all(high >= np.maximum(opened, closed)) and np.all(low <= np.minimum(opened, closed))), (
            f"open or close of {symbol} lie outside low and high"
        )


def _check_weights(engine: Engine, folder: Path) -> None:
    weights = np.array([0.5, 0.3, 0.2])
    feed(example_paths(("SPX", "IXIC"), bars=False, weights=weights), engine, folder)
    table = pd.read_csv(folder / SYMBOLS)
    assert table["weight"].tolist() == np.repeat(weights, 2).tolist(), "the weights of the paths went astray"


def _check_bytes(engine: Engine, folder: Path) -> None:
    """The same paths, whole, again and in chunks, give the same bytes."""
    whole = example_paths(("SPX", "IXIC"))
    made = {"whole": whole, "again": whole, "chunks": iter([whole[:1], whole[1:]])}
    held = {}
    for name, scenarios in made.items():
        feed(scenarios, engine, folder / name)
        files = sorted(file for file in (folder / name).rglob("*") if file.is_file())
        held[name] = {str(file.relative_to(folder / name)): file.read_bytes() for file in files}
    for name, why in (
        ("again", "the same paths gave other files; write no clock time, no random number and no folder's name"),
        ("chunks", "paths in two chunks gave other files than in one; series of all chunks come one after the other"),
    ):
        other = [file for file in held["whole"] | held[name] if held["whole"].get(file) != held[name].get(file)]
        assert not other, f"{why} ({', '.join(other[:3])})"


def _check_folders(engine: Engine, place: Path) -> None:
    """Nothing that exists is replaced unasked, and nothing but a feed when asked."""
    feed(example_paths(), engine, place / "feed")
    before = sorted(str(file) for file in (place / "feed").rglob("*"))
    _refused(
        OutputError, "an existing feed was replaced unasked", lambda: feed(example_paths(), engine, place / "feed")
    )
    feed(example_paths(), engine, place / "feed", overwrite=True)
    assert sorted(str(file) for file in (place / "feed").rglob("*")) == before, "a feed written again has other files"
    (place / "thesis").mkdir()
    (place / "thesis" / "thesis.tex").write_text("precious")
    for target in (place / "thesis", place / "thesis" / "thesis.tex"):
        _refused(
            OutputError,
            "somebody's files were replaced",
            lambda target=target: feed(example_paths(), engine, target, overwrite=True),
        )
    assert (place / "thesis" / "thesis.tex").read_text() == "precious", "somebody's files were replaced"


def _check_refusals(engine: Engine, folder: Path) -> None:
    """What no engine, or not this one, can hold is refused, and leaves nothing behind."""
    rate = example_paths(kinds=("rate",), start_prices=np.array([0.01]), bars=False)
    refused: list[tuple[type[TsganError], str, Callable[[], object]]] = [
        (ScenarioError, "prices that are not positive were written", lambda: feed(rate, engine, folder)),
        (ConfigError, "a tick of zero was taken", lambda: feed(example_paths(), engine, folder, tick=0.0)),
        (ConfigError, "the prefix A.B was taken", lambda: feed(example_paths(), engine, folder, prefix="A.B")),
        (ScenarioError, "a job without paths was written", lambda: feed(iter([]), engine, folder)),
    ]
    if np.isfinite(engine.limits.most):
        high = example_paths(start_prices=np.array([2 * engine.limits.most]))
        refused.append((ScenarioError, "prices above limits.most were written", lambda: feed(high, engine, folder)))
    if engine.limits.step:
        fine = 1.5 * engine.limits.step
        refused.append(
            (ConfigError, "ticks between steps were taken", lambda: feed(example_paths(), engine, folder, tick=fine))
        )
    for kind, complaint, attempt in refused:
        _refused(kind, complaint, attempt)
        assert not folder.exists(), f"what was refused left {folder.name} behind; write into the folder given only"


def _check_memory(engine: Engine) -> None:
    whole = example_paths(("SPX", "IXIC"))
    made = engine.feed(whole)
    symbols = [f"SYN{i:04d}{name}" for i in range(3) for name in whole.assets]
    if isinstance(made, pd.DataFrame):
        assert made.shape == (DAYS + 1, len(symbols)), f"feed gave a table of shape {made.shape}: days x symbols"
        return
    pairs = list(made)
    assert [symbol for symbol, _ in pairs] == symbols, "feed must give a pair (symbol, bars) for every symbol, in order"


def _refused(kind: type[TsganError], complaint: str, attempt: Callable[[], object]) -> None:
    with suppress(kind):
        attempt()
        raise AssertionError(complaint)
