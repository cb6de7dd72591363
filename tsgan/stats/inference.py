"""Standard errors that survive autocorrelation."""

from __future__ import annotations

import numpy as np
from scipy import stats

from tsgan.stats.weighted import NORMAL_95

REACH = 16
"""A part in so many of the windows is the reach over which those that come together are looked for."""

FEWEST_APART = 20
"""Windows of thrice the steps, side by side, below which their number over the steps is what they are worth."""


def hac_mean(x: np.ndarray, lags: int | None = None) -> tuple[float, float]:
    """Mean of a series (day,) and its t-statistic with Newey and West (1987) standard errors.

    ``lags`` of the Bartlett kernel defaults to floor(4 (n / 100)^(2/9)).  The t-statistic is NaN for a constant series.
    """
    n = len(x)
    lags = int(4 * (n / 100) ** (2 / 9)) if lags is None else lags
    mean = float(np.mean(x))
    centred = x - mean
    variance = float(centred @ centred)
    for lag in range(1, min(lags, n - 1) + 1):
        variance += 2.0 * (1.0 - lag / (lags + 1)) * float(centred[:-lag] @ centred[lag:])
    return mean, mean / np.sqrt(variance) * n if variance > 0 else float("nan")


def long_run_ratio(x: np.ndarray, lags: int) -> float:
    """How many times larger the variance of the mean of a series (day,) is than were its days independent, with
    Bartlett's weights over so many ``lags``; 1 for a constant series.

    Enlarged so that normal intervals have the coverage of those by Kiefer and Vogelsang's (2005) law, for the lags are
    a share of the days and the estimate is uncertain itself.
    """
    centred = x - np.mean(x)
    variance = float(centred @ centred)
    if variance == 0:
        return 1.0
    between = sum(
        (1.0 - lag / (lags + 1)) * float(centred[:-lag] @ centred[lag:]) for lag in range(1, min(lags, len(x) - 1) + 1)
    )
    share = min(lags / len(x), 1.0)
    quantile = np.polyval([3.2669, -13.9506, 34.8269, 11.6626, 4.0603, 1.9659], share)  # their table 1, 97.5 %
    return max(1.0 + 2.0 * between / variance, 0.0) * float(quantile / 1.9659) ** 2


def mean_interval(x: np.ndarray) -> tuple[float, float]:
    """Mean of a series (day,) that may remember for weeks, and half of its 95 % interval: :func:`long_run_ratio` over
    an eighth of the days.

    The default lags of :func:`hac_mean` are too few for that: with differences of log scores that come and go with
    volatility, intervals from them hold the truth in seven years of ten.
    """
    error = np.std(x) / np.sqrt(len(x)) * np.sqrt(long_run_ratio(x, max(len(x) // 8, 1)))
    return float(np.mean(x)), float(NORMAL_95 * error)


def overlap_ratio(days: int, probability: float, *, both: bool = False) -> float:
    """:func:`long_run_ratio` of how often sums of ``days`` independent normal numbers, overlapping by all but one, lie
    beyond their quantile of this upper ``probability``, or with ``both`` outside of the central interval that leaves it
    to both sides: less than ``days``, the more so the rarer that is.

    Two such sums, k days apart, have the correlation 1 - k / days; their joint tail is Plackett's (1954) integral.
    """
    if days == 1 or not 0 < probability < 1:
        return float(days)
    z = stats.norm.isf(probability / 2 if both else probability)
    angle = np.arcsin(1.0 - np.arange(1, days) / days)
    grid = np.linspace(0.0, 1.0, 65)[:, None] * angle

    def beyond(sign: float) -> np.ndarray:  # the square of the probability
        density = np.exp(-z * z / (1.0 + sign * np.sin(grid))) / (2.0 * np.pi)
        return np.asarray(np.trapezoid(density, grid, axis=0))

    joint = 2.0 * (beyond(1.0) - beyond(-1.0)) if both else beyond(1.0)  # the other side lies the other way
    return float(1.0 + 2.0 * joint.sum() / (probability * (1.0 - probability)))


def windows_ratio(x: np.ndarray, steps: int) -> float:
    """How many times larger the variance of a mean over windows (window,) of so many steps is than over independent
    ones: by their overlap at least, and by what they show of bad times that come together."""
    reach = max(3 * steps, len(x) // REACH)
    if 3 * steps > len(x) // FEWEST_APART:  # too few that are apart to show anything
        return float(steps)
    return max(overlap_ratio(steps, float(np.mean(x > 0))), long_run_ratio(x.astype(np.float64), reach))
