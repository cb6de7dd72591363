"""Tables that people write or export: prices, portfolios, loan books and shocks, with what each line says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import tsgan
from faults.reader import Reader, lines_reader, small_paths
from tsgan.applications.lending import read_book
from tsgan.applications.stress import read_portfolio
from tsgan.errors import TsganError

DAYS = 60


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
