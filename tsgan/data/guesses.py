"""What a series is, guessed from its ticker and its values where nobody has said so."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from tsgan.data.kinds import FREE, Bounds, Kind

VOLATILITY = re.compile(
    r"\^?(V?VIX(9D|3M|6M|1Y)?|VIXCLS|VX[NODV]|RVX|OVX|GVZ|EVZ|VXEEM|VXAPL|MOVE|V2TX|V1X|VSTOXX|VDAX|VHSI|NVIX|VNKY)",
    re.I,
)
"""Tickers of volatility indices, which are quoted in percent a year and never fall to 0."""

RATES = re.compile(
    r"\^(TNX|TYX|FVX|IRX)|DGS\d+(MO)?|DTB\d+|DFII\d+|GS\d+M?|D?AAA|D?BAA|DFF|FEDFUNDS|EFFR|SOFR|SONIA|ESTR|EONIA|[DT]?T\d+Y\w*"
    r"|BAML\w+|(EUR|L)IBOR\w*|.*(YIELD|SPREAD|INTEREST|MORTGAGE)\w*|.*_RATE|RATE\w*|UNRATE",
    re.I,
)
"""Tickers of yields, interest rates and spreads, as Yahoo Finance and FRED have them and as people write them."""

FRED_LOANS = re.compile(r"(DR|COR)[A-Z]+(ACB|OB|T100)[NS]", re.I)
LOANS = re.compile(r".*(CHARGE_?OFF|DELINQUEN|DEFAULT_?RATE)\w*", re.I)
"""Tickers of charge-off, delinquency and default rates: FRED's (``DRCCLACBS``), in percent, and those of people."""

LARGEST_RATE = 25.0
"""Percent a year; a series that has been above is no yield, whatever its ticker."""

PERSISTENT = 0.9
"""Autocorrelation of the values from which on they are those of a level; returns have about 0."""


class Guess(NamedTuple):
    """A kind, its bounds, and why, in words."""

    kind: Kind
    bounds: Bounds
    reason: str


def guess(ticker: str, close: np.ndarray) -> Guess:
    """What a series (day,) with this ticker seems to be; ``price`` where nothing speaks against it."""
    close = close[np.isfinite(close)]
    if not len(close):
        return Guess("price", FREE, "")
    if VOLATILITY.fullmatch(ticker) and (close > 0).all():
        return Guess("level", (0.0, None), "its ticker is that of a volatility index")
    fred = FRED_LOANS.fullmatch(ticker)
    if (fred or LOANS.fullmatch(ticker)) and (close > 0).all() and (close < 100).all():
        percent = fred or (close >= 1).any()
        return Guess("rate", (0.0, 100.0 if percent else 1.0), "its ticker is that of a rate of losses on loans")
    if RATES.fullmatch(ticker) and close.max(initial=0.0) < LARGEST_RATE:
        return Guess("rate", FREE, "its ticker is that of a yield or an interest rate")
    if (close <= 0).mean() > 0.01 and _persistence(close) > PERSISTENT:
        return Guess("level", FREE, f"{(close <= 0).mean():.0%} of its values are zero or negative")
    return Guess("price", FREE, "")


def floor_of(ticker: str, kind: Kind) -> Bounds:
    """The bounds of a kind that somebody named without bounds: volatility indices have the floor 0."""
    return (0.0, None) if kind != "price" and VOLATILITY.fullmatch(ticker) else FREE


def doubts(ticker: str, close: np.ndarray, declared: bool) -> str:
    """Why a series taken for a price may be none; empty where nothing speaks for that.

    Args:
        ticker: a volatility index's or a yield's name is doubted even where somebody has ``declared`` a price.
        close: (day,) values; yields and spreads are small, quoted in steps of 0.01, and change by a few of these.
        declared: whether somebody said that it is a price.
    """
    highest = close.max(initial=0.0)
    if VOLATILITY.fullmatch(ticker) or (RATES.fullmatch(ticker) and highest < LARGEST_RATE):
        return "its ticker is that of a volatility index, a yield or an interest rate"
    steps = np.abs(np.diff(close))
    quoted = np.abs(close * 100 - np.round(close * 100)).max(initial=0.0) < 1e-6
    small = highest < LARGEST_RATE and len(steps) > 20 and np.median(steps) <= 0.06
    if not declared and quoted and small and (steps < 5e-3).mean() > 0.03:
        return (
            f"its values lie between {close.min():g} and {close.max():g}, in steps of 0.01, as yields and spreads are "
            "quoted"
        )
    return ""


def _persistence(x: np.ndarray) -> float:
    x = x - x.mean()
    return float(x[:-1] @ x[1:] / (x @ x)) if len(x) > 2 and x @ x > 0 else 0.0
