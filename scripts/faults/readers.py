"""What reads the tables that are spoiled, and what each of their lines says before: one reader a layout."""

from __future__ import annotations

import datetime
import decimal
import io
import itertools
import json
import random
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import tsgan
from faults.spoiling import SAME, WAYS, Spoiled, Way
from tsgan.applications.lending import read_book
from tsgan.applications.stress import read_portfolio
from tsgan.errors import StrategyError, TsganError

DAYS = 60


class Reader(NamedTuple):
    """A table and how it is read.

    Attributes:
        stem, ending: of the file's name.
        spoil: a spoiled copy.
        read: what a file holds, and what was said of it.
        apart: in words, how what was read differs from what the lines said that were not touched; empty where not.
    """

    stem: str
    ending: str
    spoil: Callable[[random.Random], Spoiled]
    read: Callable[[Path], tuple[Any, tuple[str, ...]]]
    apart: Callable[[Any, frozenset[int]], str]


def lines_reader(
    stem: str, text: str, read: Callable[..., Any], apart: Callable[..., str], ways: tuple[Way, ...] = WAYS
) -> Reader:
    """A table of lines."""
    lines = text.strip("\n").split("\n")
    return Reader(stem, ".csv", lambda draw: draw.choice(ways)(lines, draw), read, apart)


# Prices.


def prices() -> list[Reader]:
    rng = np.random.default_rng(2)
    days = [str(day)[:10] for day in pd.bdate_range("2019-03-04", periods=DAYS)]
    close = 100 * np.exp(np.cumsum(0.01 * rng.standard_normal((DAYS, 2)), axis=0)).round(4)
    opened = (close * 1.002).round(4)
    top, bottom = (np.maximum(opened, close) * 1.003).round(4), (np.minimum(opened, close) * 0.997).round(4)
    volume = rng.integers(100_000, 900_000, (DAYS, 2))
    wide = [f"{d},{a!r},{b!r}" for d, (a, b) in zip(days, close.tolist(), strict=True)]
    bars = [
        ",".join(map(str, (d, o[0], h[0], b[0], c[0], v[0])))
        for d, o, h, b, c, v in zip(days, *(x.tolist() for x in (opened, top, bottom, close, volume)), strict=True)
    ]
    flat = [",".join(line.split(",")[:5]) for line in bars]
    long = [
        f"{d},{t},{c!r}" for d, pair in zip(days, close.tolist(), strict=True) for t, c in zip("XY", pair, strict=True)
    ]
    exported = [f"{d[8:]}.{d[5:7]}.{d[:4]};{a!r};{b!r}".replace(".", ",").replace(",", ".", 2) for d, (a, b) in
                zip(days, close.tolist(), strict=True)]  # fmt: skip
    return [
        _prices("wide", ["date,ACME,ZORG", *wide], close, lambda line: line - 1),
        _prices("bars", ["Date,Open,High,Low,Close,Volume", *bars], close[:, :1], lambda line: line - 1),
        _prices("flat", ["Date,Open,High,Low,Close", *flat], close[:, :1], lambda line: line - 1),
        _prices("long", ["date,ticker,close", *long], close, lambda line: (line - 1) // 2),
        _prices("comma", ["Datum;ACME;ZORG", *exported], close, lambda line: line - 1),
    ]


def _prices(stem: str, lines: list[str], close: np.ndarray, day_of: Callable[[int], int]) -> Reader:
    days = pd.bdate_range("2019-03-04", periods=DAYS).to_numpy().astype("datetime64[D]")

    def read(file: Path) -> tuple[tsgan.Panel, tuple[str, ...]]:
        panel = tsgan.load_prices(file, min_days=2)
        usual = ("sessions of", "are missing")
        return panel, tuple(one for one in panel.warnings if not any(words in one for words in usual))

    def apart(panel: tsgan.Panel, touched: frozenset[int]) -> str:
        free = [day for day in range(DAYS) if day not in {day_of(line) for line in touched}]
        if panel.prices.shape[1] != close.shape[1]:
            return f"assets {', '.join(panel.assets)[:80]}"
        places = {day: place for place, day in enumerate(panel.dates.tolist())}
        gone = [day for day in days[free].tolist() if day not in places]
        if gone:
            return f"{len(gone)} days are gone, the first {gone[0]}"
        found = panel.prices[[places[day] for day in days[free].tolist()]]
        wrong = ~np.isclose(found, close[free], rtol=1e-12, equal_nan=True)
        if wrong.any() and not np.isclose(found[:, ::-1], close[free], rtol=1e-12).all():
            row, asset = np.argwhere(wrong)[0]
            return f"{found[row, asset]!r} where {close[free][row, asset]!r} was, on {days[free][row]}"
        return ""

    return lines_reader(stem, "\n".join(lines), read, apart)


# What is written by hand.


def portfolios() -> list[Reader]:
    weights = "ticker,weight\nAAA,0.4\nBBB,-0.25\nCCC,0.35\nDDD,0.125\n"
    units = (
        "ticker,quantity,cost,currency,fx\nAAA,40,95.5,USD,\nBBB,-25,101,EUR,1.1\nCCC,300,,USD,\nDDD,7,88.25,EUR,1.1\n"
    )
    paths = small_paths(("AAA", "BBB", "CCC", "DDD"))

    def reader(stem: str, text: str) -> Reader:
        rows = [line.split(",") for line in text.strip().split("\n")[1:]]

        def read(file: Path) -> tuple[dict[str, float], tuple[str, ...]]:
            held = read_portfolio(file)
            try:
                profits = held.on(paths).profits(paths)
            except TsganError as error:
                raise type(error)(f"{file.name}: {error}") from None
            if not np.isfinite(profits).all():
                raise FloatingPointError("profits that are no numbers")
            return dict(zip(held.assets, held.sizes.tolist(), strict=True)), ()

        def apart(found: dict[str, float], touched: frozenset[int]) -> str:
            for line, (ticker, size, *_) in enumerate(rows, 1):
                if line not in touched and found.get(ticker) != float(size):
                    return f"{ticker} is {found.get(ticker)}, not {size}"
            return "" if len(found) <= len(rows) + 1 else f"{len(found)} positions"

        return lines_reader(stem, text, read, apart)

    return [reader("weights", weights), reader("units", units)]


def books() -> list[Reader]:
    texts = {
        "loans": "loan,amount,collateral,rate,call,liquidation,grace\none,100,AAA:2 BBB:1,0.03,0.7,0.8,3\n"
        "two,50,BBB:1,,0.75,0.9,\nthree,5e3,AAA:100,0.01,,,0\n",
        "firms": "loan,ticker,exposure,lgd,equity,debt,volatility\none,AAA,100,0.45,1000,800,0.3\n"
        "two,BBB,60,0.5,500,900,\nthree,CCC,10,1,20,5,0.6\n",
        "pools": "pool,exposure,lgd,series,pd,correlation\none,1e6,0.4,AAA,0.02,0.15\ntwo,5e5,0.9,BBB,0.1,0.04\n"
        "three,2e5,0.5,CCC,0.005,0.2\n",
    }
    paths = small_paths(("AAA", "BBB", "CCC"))

    def reader(stem: str, text: str) -> Reader:
        def amounts(loans: Any) -> dict[str, float]:
            return {one.loan: float(getattr(one, "amount", getattr(one, "exposure", np.nan))) for one in loans}

        rows = [line.split(",") for line in text.strip().split("\n")[1:]]
        place = 1 if stem != "firms" else 2

        def read(file: Path) -> tuple[dict[str, float], tuple[str, ...]]:
            loans = read_book(file)
            try:
                losses = tsgan.lend(paths, loans).to_frame()
            except TsganError as error:
                raise type(error)(f"{file.name}: {error}") from None
            numbers = losses.select_dtypes("number").to_numpy(np.float64)
            if np.isinf(numbers).any():
                raise FloatingPointError("losses that are no numbers")
            return amounts(loans), ()

        def apart(found: dict[str, float], touched: frozenset[int]) -> str:
            for line, cells in enumerate(rows, 1):
                if line not in touched and found.get(cells[0]) != float(cells[place]):
                    return f"{cells[0]} is {found.get(cells[0])}, not {cells[place]}"
            return ""

        return lines_reader(stem, text, read, apart)

    return [reader(stem, text) for stem, text in texts.items()]


def shocks() -> list[Reader]:
    paths = small_paths(("AAA",), 400)

    def read(file: Path) -> tuple[None, tuple[str, ...]]:
        try:
            test = tsgan.stress(paths, shocks=[f"AAA={file}"], tolerance=0.05)
        except TsganError as error:
            raise type(error)(f"{file.name}: {error}") from None
        json.loads(test.to_json())
        return None, ()

    text = "day,value\n1,-0.002\n2,0.001\n4,-0.004\n"
    return [lines_reader("shock", text, read, lambda *_: "")]


# Scenario files.


def scenario_files() -> list[Reader]:
    paths = small_paths(("AAA", "BBB"), 4, 3)
    frame = paths.to_frame()[["scenario", "date", "ticker", "close"]].assign(
        date=lambda f: f["date"].astype(str).str[:10]
    )
    long = frame.to_csv(index=False)
    wide = paths.to_frame("wide").to_csv(date_format="%Y-%m-%d")

    def read(file: Path) -> tuple[tsgan.Scenarios, tuple[str, ...]]:
        found = tsgan.read_scenarios(file)
        if not (np.isfinite(found.prices).all() and np.isfinite(found.returns).all()):
            raise FloatingPointError("paths that are no numbers")
        return found, ()

    days = paths.dates.tolist()

    def apart(found: tsgan.Scenarios, touched: frozenset[int]) -> str:
        """By scenario, day and ticker; of the days of a wide table only those of lines that were not touched."""
        order = [found.assets.index(a) if a in found.assets else i for i, a in enumerate(paths.assets)]
        there = found.dates.tolist()
        free = [day for i, day in enumerate(days) if i + 1 not in touched] if len(touched) < 5 else []
        if found.n_paths != paths.n_paths or sorted(order) != list(range(len(found.assets))):
            return "" if touched else f"{found.n_paths} paths of {', '.join(found.assets)}"
        if gone := [day for day in free if day not in there]:
            return "" if touched else f"{gone[0]} is gone"
        mine, theirs = [days.index(day) for day in free], [there.index(day) for day in free]
        near = np.isclose(found.prices[:, theirs][:, :, order], paths.prices[:, mine], rtol=1e-6)
        return "" if (~near).sum() <= 4 * len(touched) else f"{int((~near).sum())} closes are others"

    def spoiled_frame(draw: random.Random) -> Spoiled:
        how = draw.choice(list(FRAMES))
        buffer = io.BytesIO()
        pq.write_table(FRAMES[how](pa.Table.from_pandas(frame, preserve_index=False), draw), buffer)
        content = bytearray(buffer.getvalue())
        if how == "a bit":
            content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
        return Spoiled(how, bytes(content), frozenset() if how in UNCHANGED else None)

    return [
        lines_reader("long", long, read, apart),
        lines_reader("wide", wide, read, apart),
        Reader("frame", ".parquet", spoiled_frame, read, apart),
        lines_reader("same", long, read, apart, SAME),
    ]


def _with(name: str, values: Callable[[int, random.Random], Any]) -> Callable[[pa.Table, random.Random], pa.Table]:
    """A table with other cells in one column."""

    def changed(table: pa.Table, draw: random.Random) -> pa.Table:
        column = values(table.num_rows, draw)
        column = column if isinstance(column, pa.Array) else pa.array(column)
        return table.set_column(table.column_names.index(name), name, column)

    return changed


def _one(name: str, value: Any) -> Callable[[pa.Table, random.Random], pa.Table]:
    """A table with another value in one cell."""

    def changed(table: pa.Table, draw: random.Random) -> pa.Table:
        cells = table[name].to_pylist()
        cells[draw.randrange(len(cells))] = value
        return table.set_column(table.column_names.index(name), name, pa.array(cells))

    return changed


FRAMES: dict[str, Callable[[pa.Table, random.Random], pa.Table]] = {
    "nothing": lambda table, draw: table,
    "a bit": lambda table, draw: table,
    "rows out of order": lambda table, draw: table.take(draw.sample(range(table.num_rows), table.num_rows)),
    "closes as float32": lambda table, draw: table.set_column(3, "close", table["close"].cast(pa.float32())),
    "lists of closes": _with("close", lambda n, draw: [[1.0, 2.0]] * n),
    "lists of tickers": _with("ticker", lambda n, draw: [["AAA"]] * n),
    "structures": _with("close", lambda n, draw: [{"a": 1.0}] * n),
    "closes as text": lambda table, draw: table.set_column(3, "close", table["close"].cast(pa.string())),
    "words for closes": _with("close", lambda n, draw: ["much"] * n),
    "closes as bytes": _with("close", lambda n, draw: [b"1.0"] * n),
    "closes as truth": _with("close", lambda n, draw: [True, False] * (n // 2)),
    "closes as days": _with("close", lambda n, draw: [datetime.date(2020, 1, 1)] * n),
    "closes as intervals": _with("close", lambda n, draw: [datetime.timedelta(1)] * n),
    "closes as decimals": _with("close", lambda n, draw: [decimal.Decimal("1.5")] * n),
    "tickers as numbers": _with("ticker", lambda n, draw: list(range(n))),
    "tickers as bytes": _with("ticker", lambda n, draw: [b"\xff"] * n),
    "dates as numbers": _with("date", lambda n, draw: list(range(n))),
    "dates as words": _with("date", lambda n, draw: ["soon"] * n),
    "dates as clocks": _with("date", lambda n, draw: [datetime.time(1)] * n),
    "dates of all centuries": _with("date", lambda n, draw: [f"{draw.randrange(1, 9999):04d}-01-01" for _ in range(n)]),
    "scenarios as words": _with("scenario", lambda n, draw: ["one", "two"] * (n // 2)),
    "scenarios as halves": _with("scenario", lambda n, draw: [i / 2 for i in range(n)]),
    "scenarios beyond numbers": _with("scenario", lambda n, draw: [2**63 - 1] * n),
    "nothing but nulls": _with("close", lambda n, draw: pa.nulls(n)),
    "no scenario": _one("scenario", None),
    "no ticker": _one("ticker", None),
    "no date": _one("date", None),
    "no close": _one("close", None),
    "an infinite close": _one("close", float("inf")),
    "a close of 0": _one("close", 0.0),
    "a close of 1e308": _one("close", 1e308),
    "no rows": lambda table, draw: table.slice(0, 0),
    "one row": lambda table, draw: table.slice(0, 1),
    "half of it": lambda table, draw: table.slice(0, table.num_rows // 2),
    "a column twice": lambda table, draw: table.append_column(draw.choice(table.column_names), table["close"]),
    "a column less": lambda table, draw: table.drop_columns([draw.choice(table.column_names)]),
    "a nameless column": lambda table, draw: table.append_column("", table["close"]),
    "returns of text": lambda table, draw: table.append_column("return", pa.array(["x"] * table.num_rows)),
    "weights of lists": lambda table, draw: table.append_column("weight", pa.array([[1.0]] * table.num_rows)),
    "weights of nothing": lambda table, draw: table.append_column("weight", pa.nulls(table.num_rows)),
}
UNCHANGED = ("nothing", "rows out of order", "closes as float32", "closes as text")


# Documents.

ODD: tuple[Any, ...] = (
    None, True, "", "x", "9" * 30, -1, 0, 1.5, 10**30, -(10**30), 1e308, [], {}, [[]], {"a": 1}, [None], [1, "a"],
)  # fmt: skip


def _mutated(document: Any, draw: random.Random) -> Any:
    """A copy with one value, at any depth, replaced or left out."""
    document = json.loads(json.dumps(document))
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key in list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
            places.append((node, key))
            walk(node[key])

    walk(document)
    node, key = draw.choice(places)
    if draw.random() < 0.2:
        del node[key]
    elif draw.random() < 0.2 and isinstance(node, dict):
        node[f"{key}x"] = node.pop(key)
    else:
        node[key] = draw.choice(ODD)
    return document


def _spoiled_text(text: str, draw: random.Random) -> Spoiled:
    """A document with a bit, some bytes, an end or a line that is another."""
    lines = text.split("\n")
    ways = [
        way
        for way in WAYS
        if way.__name__ in ("bit", "odd_bytes", "cut", "noise", "quote", "twice", "hashed", "packed")
    ]
    spoiled = draw.choice(ways)(lines, draw)
    return spoiled._replace(touched=None, ending="")


def grids() -> list[Reader]:
    document = {"fast": [3, 5], "slow": [10, 20]}
    rng = np.random.default_rng(1)
    days = pd.bdate_range("2018-01-01", periods=300, name="date")
    closes = 100 * np.exp(np.cumsum(0.01 * rng.standard_normal((300, 1)), axis=0))
    panel = tsgan.load_prices(pd.DataFrame(closes, days, ["AAA"]))
    paths = tsgan.fit(panel, "gbm").sample(20, 5, seed=1)
    deep = "[" * 100_000
    texts = (
        deep, '{"fast":' * 2000, '{"fast": [NaN, 5]}', '{"fast": [1e999]}', '{"fast": [3], "fast": [5]}', "", "[]",
        json.dumps({name: list(range(100)) for name in "abcdefgh"}), json.dumps({"fast": list(range(5000))[:3]}), "{}",
    )  # fmt: skip

    def spoil(draw: random.Random) -> Spoiled:
        kind = draw.randrange(10)
        if kind < 6:
            return Spoiled("another value", json.dumps(_mutated(document, draw)).encode(), None)
        if kind < 8:
            text = draw.choice(texts)
            return Spoiled(f"the document {text[:20]}", text.encode(), None)
        return _spoiled_text(json.dumps(document, indent=1), draw)

    def read(file: Path) -> tuple[int, tuple[str, ...]]:
        try:
            found = tsgan.robustness("moving_average_cross", paths, panel, variants=file, lookback=30)
        except StrategyError as error:
            raise StrategyError(f"{file.name}: {error}") from None
        written = json.loads(file.read_text("utf-8-sig"))
        wanted = list(itertools.product(*written.values())) if isinstance(written, dict) else written
        if len(wanted) != len(found.variants):
            raise AssertionError(f"{len(found.variants)} variants of {len(wanted)}")
        return len(wanted), ()

    return [Reader("grid", ".json", spoil, read, lambda *_: "")]


def configurations() -> list[Reader]:
    usual = tsgan.GANConfig().to_dict()
    deep = "a = " + "[" * 50_000
    texts = (
        deep,
        "a" + ".a" * 20_000 + " = 1",
        "steps = 1e999",
        "steps = nan",
        "steps = 0x_",
        "",
        "steps = 1\nsteps = 2",
    )

    def toml(values: dict[str, Any], head: str = "") -> str:
        plain = [f"{k} = {json.dumps(v)}" for k, v in values.items() if not isinstance(v, dict) and v is not None]
        tables = [f"\n[{head}{k}]\n" + toml(v, f"{head}{k}.") for k, v in values.items() if isinstance(v, dict)]
        return "\n".join(plain + tables)

    def spoil(draw: random.Random) -> Spoiled:
        kind = draw.randrange(10)
        if kind < 6:
            return Spoiled("another value", toml(_mutated(usual, draw)).encode(), None)
        if kind < 8:
            text = draw.choice(texts)
            return Spoiled(f"the document {text[:20]}", text.encode(), None)
        return _spoiled_text(toml(usual), draw)

    def read(file: Path) -> tuple[None, tuple[str, ...]]:
        found = tsgan.GANConfig.from_toml(file).to_dict()
        _check_taken(tomllib.loads(file.read_text("utf-8-sig")), found, "")
        return None, ()

    return [Reader("config", ".toml", spoil, read, lambda *_: "")]


def _check_taken(written: dict[str, Any], found: dict[str, Any], where: str) -> None:
    """AssertionError where a value that was written is not what is found."""
    for name, value in written.items():
        if isinstance(value, dict):
            _check_taken(value, found[name], f"{where}{name}.")
        elif found[name] != value:
            raise AssertionError(f"{where}{name} is {found[name]!r}, where {value!r} was written")


def small_paths(assets: tuple[str, ...], count: int = 30, days: int = 5) -> tsgan.Scenarios:
    """Invented paths."""
    returns = np.random.default_rng(0).normal(0, 0.01, (count, days, len(assets))).astype(np.float32)
    dates = pd.bdate_range("2020-01-06", periods=days + 1).to_numpy().astype("datetime64[D]")
    start = np.linspace(100.0, 50.0, len(assets))
    return tsgan.Scenarios(returns, assets, ("price",) * len(assets), dates, start)


KINDS: dict[str, Callable[[], list[Reader]]] = {
    "prices": prices,
    "portfolios": portfolios,
    "books": books,
    "scenario files": scenario_files,
    "grids": grids,
    "configurations": configurations,
    "shocks": shocks,
}
"""Kind of table -> what reads it, layout by layout."""
