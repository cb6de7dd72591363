"""``tsgan.feed``: scenarios into a folder that a backtesting engine reads."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from tsgan.errors import ConfigError, PluginError
from tsgan.feeds.engine import Engine, engine_of
from tsgan.feeds.series import PREFIX, Series, series_of
from tsgan.feeds.ticks import Tick
from tsgan.formulas import write_csv
from tsgan.owned import Listing, check_owned, is_whole, owned_folder
from tsgan.reports import page
from tsgan.reports.result import Result
from tsgan.scenarios.chunks import Source, chunks_of
from tsgan.scenarios.manifest import manifest_of, to_text

MANIFEST, SYMBOLS, HOWTO = "manifest.json", "symbols.csv", "HOWTO.md"

LISTED = 50
"""Symbols on the page; all of them are in ``symbols.csv``."""


class Symbol(NamedTuple):
    """Which path and ticker a symbol is."""

    symbol: str
    scenario: int
    ticker: str
    weight: float | None


@dataclass(frozen=True, eq=False)
class Feed(Result):
    """What was written for an engine.  Made by :func:`feed`.

    Attributes:
        folder: where.
        engine: its name.
        ticks: step that the prices of each ticker were rounded to.
        rows: the symbols, path by path.
        howto: the lines that load the files, which are in ``HOWTO.md`` too.
        warnings: what is doubtful about the prices behind the paths.
    """

    folder: Path
    engine: str
    ticks: Mapping[str, float]
    rows: tuple[Symbol, ...] = field(repr=False)
    howto: str = field(repr=False)
    warnings: tuple[str, ...] = field(default=(), repr=False)

    @property
    def symbols(self) -> list[str]:
        return [row.symbol for row in self.rows]

    def summary(self) -> str:
        return (
            f"{self.folder}: {len(self.rows):,} symbols for {self.engine}, {self.rows[0].symbol} to "
            f"{self.rows[-1].symbol}; {HOWTO} says how to load them; prices in steps of {self.rounding}"
        )

    @property
    def rounding(self) -> str:
        """The ticks in words: ``0.01``, or ``0.01 (SPX, VIX) and 0.0001 (EURCHF)``."""
        by_step: dict[float, list[str]] = {}
        for ticker, step in self.ticks.items():
            by_step.setdefault(step, []).append(ticker)
        if len(by_step) == 1:
            return f"{next(iter(by_step)):g}"
        parts = [f"{step:g} ({shortened(tickers)})" for step, tickers in sorted(by_step.items(), reverse=True)]
        return ", ".join(parts[:-1]) + " and " + parts[-1]

    def to_dict(self) -> dict[str, Any]:
        return {
            "out": self.folder,
            "engine": self.engine,
            "symbols": len(self.rows),
            "first": self.rows[0].symbol,
            "last": self.rows[-1].symbol,
            "ticks": dict(self.ticks),
        }

    def to_frame(self, table: str | None = None) -> pd.DataFrame:
        """``symbols``, the only table: symbol, scenario, ticker, and weight where paths have weights."""
        if table not in (None, "symbols"):
            raise ConfigError(f"a feed has no table {table!r}; there is symbols")
        frame = pd.DataFrame(self.rows, columns=list(Symbol._fields))
        return frame if self.rows[0].weight is not None else frame.drop(columns="weight")

    def render(self) -> str:
        frame = self.to_frame()
        return page.render(
            "feed.html.j2",
            "tsgan.feeds",
            feed=self,
            headers=list(frame),
            listed=frame[:LISTED].values,
            warnings=self.warnings,
            made=self.made,
        )


def feed(
    scenarios: Source,
    engine: str | Engine,
    out: str | os.PathLike[str],
    *,
    tick: Tick | None = None,
    prefix: str = PREFIX,
    overwrite: bool = False,
) -> Feed:
    """Write scenarios as files that a backtesting engine reads.

    Beside the engine's own files there are ``symbols.csv`` (symbol, scenario, ticker[, weight]), ``manifest.json`` and
    ``HOWTO.md`` with the lines that load them.

    Args:
        scenarios: Scenarios, chunks of one job, or a table or folder of them; one path is laid out at a time, except
            for engines of wide tables.
        engine: a name from ``tsgan.feeds.ENGINES``, or an :class:`tsgan.feeds.Engine`.
        out: a new folder, or with ``overwrite`` one that holds a feed, which is replaced as a whole.
        tick: step that prices are rounded to, or some tickers' own, ``{"EURCHF": 0.0001}``; by default a cent, or
            less where that is much beside a ticker's daily move (:mod:`tsgan.feeds.ticks`).
        prefix: of the symbols: letters and digits.
        overwrite: replace a feed that is already there.

    Raises:
        ConfigError: an unknown engine, a bad prefix, or a tick that the engine cannot hold.
        ScenarioError: no paths, or prices or dates that the engine cannot hold.
        OutputError: a folder that exists, or cannot be written.
    """
    made = engine_of(engine)
    check_folder(Path(out), overwrite)
    first, chunks = chunks_of(scenarios)
    made.check(first)
    rows: list[Symbol] = []
    ticks: dict[str, float] = {}

    def noted(series: Iterator[Series]) -> Iterator[Series]:
        for one in series:
            ticks[one.ticker] = one.tick
            rows.append(Symbol(one.symbol, one.scenario, one.ticker, one.weight))
            yield one

    with owned_folder(Path(out), listing_of, overwrite) as place:
        series = noted(series_of(chunks, tick=tick, prefix=prefix, limits=made.limits))
        made.write(series, place)
        if next(series, None) is not None:
            raise PluginError(f"the engine {made.name!r} did not write every series that it was given; mend its write")
        paths = len({row.scenario for row in rows})
        manifest = manifest_of(first, paths, made.name) | {"engine": made.name, "ticks": ticks, "symbols": len(rows)}
        howto = _filled_in(made.howto, rows[0].symbol, *first.dates[[0, -1]].astype("datetime64[D]").tolist())
        written = Feed(Path(out), made.name, ticks, tuple(rows), howto, tuple(first.provenance.get("warnings", ())))
        write_csv(written.to_frame(), place / SYMBOLS)
        (place / HOWTO).write_text(
            f"# Synthetic prices for {made.name}\n\nGenerated by tsgan: synthetic, not a forecast.  `{SYMBOLS}` says "
            f"which path and ticker each symbol is, `{MANIFEST}` where they come from.\n{howto}"
        )
        (place / MANIFEST).write_text(to_text(manifest, Listing.of(place).files))
    return written


def check_folder(folder: Path, overwrite: bool) -> None:
    """OutputError where ``folder`` exists, unless it holds a feed (or nothing) and may be overwritten."""
    check_owned(folder, listing_of, overwrite)


def listing_of(folder: Path) -> Listing:
    """The files of the feed that lies in ``folder``; none where there is no feed."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if isinstance(manifest["engine"], str) and is_whole(manifest):
            return Listing(manifest["files"], itself=frozenset({MANIFEST}))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    return Listing()


def shortened(names: list[str], most: int = 4) -> str:
    """Names, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _filled_in(howto: str, symbol: str, first: date, last: date) -> str:
    return howto.replace("SYN0000", symbol).replace("FIRST_DAY", str(first)).replace("LAST_DAY", str(last))
