"""Embedded samples: histories that come inside the arch package, so no network is needed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tsgan.data.layouts import read_layout
from tsgan.data.raw import RawPrices
from tsgan.errors import DataError

INDICES = {
    "nasdaq": ("IXIC",),
    "sp500": ("SPX",),
    "us-indices": ("IXIC", "SPX"),
}
"""Name to tickers.  NASDAQ Composite and S&P 500, daily, 1999 to 2018."""

SAMPLES = (*INDICES, "volatility", "credit")


def load_sample(name: str) -> RawPrices:
    """The raw prices of ``sample:name``.

    - ``nasdaq``, ``sp500``, ``us-indices``: daily, 1999 to 2018, with bars.  The closes are the adjusted closes.  The
      S&P 500's open repeats the close of the day before until 2006: models of bars leave such years out.
    - ``volatility``: the S&P 500 with the VIX, whose history begins in 2014 here (:func:`_volatility`).
    - ``credit``: monthly, the S&P 500 with Moody's Aaa and Baa yields (:func:`_credit`).

    Raises:
        DataError: no such sample; the message lists them.
    """
    if name in INDICES:
        assets: dict[str, pd.DataFrame] = {}
        for ticker in INDICES[name]:
            assets[ticker] = read_layout(_frame(ticker), name=ticker, source=f"sample:{name}").assets[ticker]
        return RawPrices(assets, f"sample:{name}", calendar="XNYS", currency="USD")
    if name == "volatility":
        return _volatility()
    if name == "credit":
        return _credit()
    known = ", ".join(f"sample:{sample}" for sample in SAMPLES)
    raise DataError(f"unknown sample {name!r}; the embedded samples are {known}")


def _volatility() -> RawPrices:
    """S&P 500, 1999 to 2018, and VIX, 2014 to 2018, daily closes: unequal lengths.

    The VIX is a level with floor 0.  Its rows of January 2019 are left out: the index has none.
    """
    from arch.data import vix

    level = _close(vix.load(), "vix").loc[:"2018-12-31"].dropna()
    return RawPrices(
        {"SPX": _index(), "VIX": level},
        "sample:volatility",
        calendar="XNYS",
        currency="USD",
        kinds={"SPX": "price", "VIX": "level"},
        bounds={"VIX": (0.0, None)},
    )


def _credit() -> RawPrices:
    """Moody's Aaa and Baa yields, 1919 to 2018, and the S&P 500, 1999 to 2018, monthly.

    The yields, in percent a year, are AVERAGES of the days of each month, not values at its end: FRED and the Federal
    Reserve publish them so, and their changes have the first autocorrelation of month averages, 0.26 (Aaa) and 0.29
    (Baa) since 1986, where a random walk gives averages 0.25 and values at the month's end 0 (Working, 1960).  The
    library dates a month by its first day; here all three stand at the last weekday of the month, when its average is
    complete, and the index is that of the month's last session.  So a yield lags the index by half a month.

    Aaa is a rate with floor 0.  Baa is a rate whose floor is Aaa: what is modelled is the log of the spread, so that
    in every scenario Baa is above Aaa by construction.
    """
    from arch.data import default

    yields, index = default.load(), _index()
    months = pd.DatetimeIndex(index.index).to_period("M")
    assets = {
        "SPX": index.groupby(months).last(),
        "AAA": _close(yields, "AAA"),
        "BAA": _close(yields, "BAA"),
    }
    note = (
        "Moody's yields are averages of the month, the index is that of its last session; all stand at its last weekday"
    )
    return RawPrices(
        {ticker: table.set_axis(_last_weekdays(table.index), axis=0) for ticker, table in assets.items()},
        "sample:credit",
        notes=(note,),
        calendar="XNYS",
        currency="USD",
        kinds={"SPX": "price", "AAA": "rate", "BAA": "rate"},
        bounds={"AAA": (0.0, None), "BAA": ("AAA", None)},
    )


def _last_weekdays(days: pd.Index) -> pd.DatetimeIndex:
    """The last weekday of each month that holds one of ``days``, dates or periods."""
    stamps = days.to_timestamp() if isinstance(days, pd.PeriodIndex) else days
    following = np.asarray(stamps).astype("datetime64[M]") + np.timedelta64(1, "M")
    last = np.busday_offset(following.astype("datetime64[D]"), -1, roll="forward")
    return pd.DatetimeIndex(last.astype("datetime64[s]"))


def _index() -> pd.DataFrame:
    return read_layout(_frame("SPX"), name="SPX", source="sample").assets["SPX"].loc[:, ["close"]]


def _close(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    return pd.DataFrame({"close": frame[column].to_numpy(np.float64)}, index=frame.index)


def _frame(ticker: str) -> pd.DataFrame:
    if ticker == "IXIC":
        from arch.data import nasdaq

        return nasdaq.load()
    from arch.data import sp500

    return sp500.load()
