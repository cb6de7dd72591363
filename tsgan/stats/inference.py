"""Standard errors that survive autocorrelation."""

from __future__ import annotations

import numpy as np
from scipy import stats


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


def overlap_ratio(days: int, probability: float) -> float:
    """:func:`long_run_ratio` of how often sums of ``days`` independent normal numbers, overlapping by all but one, lie
    beyond their quantile of this upper ``probability``: less than ``days``, the more so the rarer that is.

    Two such sums, k days apart, have the correlation 1 - k / days; their joint tail is Plackett's (1954) integral.
    """
    if days == 1 or not 0 < probability < 1:
        return float(days)
    z = stats.norm.isf(probability)
    angle = np.arcsin(1.0 - np.arange(1, days) / days)
    grid = np.linspace(0.0, 1.0, 65)[:, None] * angle
    density = np.exp(-z * z / (1.0 + np.sin(grid))) / (2.0 * np.pi)
    joint = np.trapezoid(density, grid, axis=0)  # beyond the square of the probability
    return float(1.0 + 2.0 * joint.sum() / (probability * (1.0 - probability)))
