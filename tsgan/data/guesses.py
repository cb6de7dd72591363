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

SMALL_STEP = 0.03
"""Median step of a yield quoted in hundredths; a stock with such steps costs a few dollars."""

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
    below = (close <= 0).mean()
    if below > 0.01 and (close < 0).any() and _persistence(close) > PERSISTENT and _is_level(close):
        return Guess("level", FREE, f"{below:.0%} of its values are zero or negative")
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
    if declared or not quoted or not small or (steps < 5e-3).mean() <= 0.03 or np.ptp(close) == 0:
        return ""
    with_level = _moves_with_level(close)
    if not (np.median(steps) > SMALL_STEP if with_level is None else with_level):
        return (
            f"its values lie between {close.min():g} and {close.max():g}, in steps of 0.01, as yields and spreads are "
            "quoted, and nothing shows that its steps grow with it"
        )
    return ""


def _moves_with_level(close: np.ndarray) -> bool | None:
    """Whether the steps of a series are in proportion to its level, as a price's are and a yield's need not be.

    The slope of the log of twenty-day means of steps on the log level is 1 for a price; False where it is below by
    three standard errors, None where the history is too short or the level too steady to tell 1 from 0.
    """
    days = len(close) // 20 * 20
    if (close <= 0).any():
        return False
    if days < 100:
        return None
    sizes = np.abs(np.diff(close[: days + 1], prepend=close[0]))[:days].reshape(-1, 20).mean(axis=1)
    levels = close[:days].reshape(-1, 20).mean(axis=1)
    moved = sizes > 0
    x, y = np.log(levels[moved]), np.log(sizes[moved])
    x, y = x - x.mean(), y - y.mean()
    if len(x) < 5 or x @ x < 1e-9:
        return None
    slope = float(x @ y / (x @ x))
    error = float(np.sqrt(((y - slope * x) ** 2).sum() / max(len(x) - 2, 1) / (x @ x)))
    return None if error > 0.33 else slope > 1 - 3 * error


def _is_level(close: np.ndarray) -> bool:
    """Whether a series that has been below zero is small, as rates and spreads in percent are, and its steps do not
    grow with it, as those of a price do whose adjustment for dividends went too far.
    """
    days = len(close) // 20 * 20
    if np.abs(close).max() >= LARGEST_RATE:
        return False
    if days < 100:
        return True
    sizes = np.abs(np.diff(close[:days], prepend=close[0])).reshape(-1, 20).mean(axis=1)
    levels = close[:days].reshape(-1, 20).mean(axis=1)
    if np.ptp(sizes) == 0 or np.ptp(levels) == 0:
        return True
    return float(np.corrcoef(sizes, levels)[0, 1]) < max(0.4, 2.5 / np.sqrt(len(levels)))


def _persistence(x: np.ndarray) -> float:
    x = x - x.mean()
    return float(x[:-1] @ x[1:] / (x @ x)) if len(x) > 2 and x @ x > 0 else 0.0
