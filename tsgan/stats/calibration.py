"""How honest forecasts are: their PIT, the coverage of their intervals, and proper scores of their draws.

Conventions: ``draws`` are (..., draw), sorted or not; what came true is ``realised`` (...).  Tests of independence take
one-day forecasts, day by day.
"""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from tsgan.stats.autocorrelation import ljung_box
from tsgan.stats.inference import overlap_ratio
from tsgan.stats.weighted import NORMAL_95

LEVELS = (0.5, 0.9, 0.95, 0.99)
"""Central intervals whose coverage is reported."""


def pit(draws: np.ndarray, realised: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Randomized probability integral transform: (..., draw) and (...) -> (...).

    (number of draws below + V (number equal + 1)) / (draws + 1) with ``uniform`` V on [0, 1): exactly uniform where
    what came true is one more draw of the same law, however few draws there are and whatever their ties (Dawid 1984;
    Czado, Gneiting and Held 2009).
    """
    below = (draws < realised[..., None]).sum(-1)
    equal = (draws == realised[..., None]).sum(-1)
    return (below + uniform * (equal + 1)) / (draws.shape[-1] + 1)


def uniformity(u: np.ndarray) -> tuple[float, float]:
    """Kolmogorov and Smirnov's statistic of PITs (day,) against the uniform law, and its exact p-value.

    The p-value assumes independent days: give one-day PITs, or every h-th of h-day ones.
    """
    result = stats.kstest(u, "uniform")
    return float(result.statistic), float(result.pvalue)


def berkowitz(u: np.ndarray) -> tuple[float, float]:
    """Berkowitz's (2001) likelihood ratio of one-day PITs (day,), and its chi-square(3) p-value.

    z = Phi^-1(u) is modelled as z_t - m = rho (z_{t-1} - m) + s e_t, against m = 0, s = 1, rho = 0; the likelihood is
    conditional on the first day.
    """
    z = special.ndtri(np.clip(u, 1e-12, 1 - 1e-12))
    before, now = z[:-1], z[1:]
    centred = before - before.mean()
    rho = float(centred @ now / (centred @ centred))
    residuals = now - now.mean() - rho * centred
    n, variance = len(now), float(residuals @ residuals) / len(now)
    statistic = float(now @ now) - n * np.log(variance) - n
    return statistic, float(stats.chi2.sf(statistic, 3))


def pit_clustering(u: np.ndarray, lags: int = 10) -> tuple[float, float]:
    """Ljung-Box statistic of (u - 1/2)^2 for one-day PITs (day,), and its p-value.

    Correlograms of PITs and their squares: Diebold, Gunther and Tay (1998).  Small p-values mean that the days on which
    the forecast was too narrow, or too wide, come in clusters: it does not follow volatility.
    """
    statistic, p_value = ljung_box((u - 0.5) ** 2, lags)
    return float(statistic), float(p_value)


def covered(u: np.ndarray, level: float) -> np.ndarray:
    """Whether the central interval of probability ``level`` held what came true, from PITs."""
    return np.abs(u - 0.5) <= level / 2


def coverage_band(windows: int, level: float, steps: int = 1) -> tuple[float, float]:
    """Where the share of so many central intervals of probability ``level`` that hold what came lies in 95 % of
    samples, forecasts being right; windows of ``steps`` periods overlap by all but one of them."""
    worth = windows / overlap_ratio(steps, 1 - level, both=True)
    error = NORMAL_95 * np.sqrt(level * (1 - level) / worth)
    return max(level - error, 0.0), min(level + error, 1.0)


def coverage_p(hits: np.ndarray, level: float) -> float:
    """Exact two-sided binomial p-value (Clopper and Pearson 1934) that independent ``hits`` (day,) have ``level``."""
    return float(stats.binomtest(int(hits.sum()), len(hits), level).pvalue)


def crps(draws: np.ndarray, realised: np.ndarray) -> np.ndarray:
    """Fair continuous ranked probability score of SORTED draws: (..., draw) and (...) -> (...), lower is better.

    ``mean_i |x_i - y| - sum_{i,j} |x_i - x_j| / (2 n (n - 1))``: its expectation does not depend on the number n of
    draws (Ferro 2014; Gneiting and Raftery 2007, eq. 21).  In units of the returns.
    """
    n = draws.shape[-1]
    weights = (2 * np.arange(1, n + 1) - n - 1) / (n * (n - 1))
    return np.abs(draws - realised[..., None]).mean(-1) - draws @ weights


def pinball(quantile: np.ndarray, realised: np.ndarray, probability: float) -> np.ndarray:
    """Pinball loss of forecasts of the ``probability`` quantile (Koenker and Bassett 1978); lower is better."""
    gap = realised - quantile
    return np.maximum(probability * gap, (probability - 1) * gap)
