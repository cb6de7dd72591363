"""Embedded samples: index histories that come inside the arch package, so no network is needed."""

from __future__ import annotations

import pandas as pd

from tsgan.data.layouts import read_layout
from tsgan.data.raw import RawPrices
from tsgan.errors import DataError

SAMPLES = {
    "nasdaq": ("IXIC",),
    "sp500": ("SPX",),
    "us-indices": ("IXIC", "SPX"),
}
"""Name to tickers.  NASDAQ Composite and S&P 500, daily, 1999 to 2018."""


def load_sample(name: str) -> RawPrices:
    """The raw prices of ``sample:name``.

    The closes are the adjusted closes.  Only the NASDAQ has bars: the S&P 500's open repeats the close of the day
    before until 2006, so a model must not learn from it.

    Raises:
        DataError: no such sample; the message lists them.
    """
    if name not in SAMPLES:
        known = ", ".join(f"sample:{sample}" for sample in SAMPLES)
        raise DataError(f"unknown sample {name!r}; the embedded samples are {known}")
    assets: dict[str, pd.DataFrame] = {}
    for ticker in SAMPLES[name]:
        table = read_layout(_frame(ticker), name=ticker, source=f"sample:{name}").assets[ticker]
        assets[ticker] = table.loc[:, ["close"]] if ticker == "SPX" else table
    return RawPrices(assets, f"sample:{name}", calendar="XNYS", currency="USD")


def _frame(ticker: str) -> pd.DataFrame:
    if ticker == "IXIC":
        from arch.data import nasdaq

        return nasdaq.load()
    from arch.data import sp500

    return sp500.load()
