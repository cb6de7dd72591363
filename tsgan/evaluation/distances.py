"""Distances between the market and generated paths, and whether they are larger than chance makes them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tsgan.stats.aggregation import aggregate
from tsgan.stats.distances import energy, wasserstein
from tsgan.stats.paths import cumulated, drawdown_distances, mmd, windows
from tsgan.stats.quantgans import Summary

MOST_WINDOWS = 500
"""Windows on each side that enter a maximum mean discrepancy."""

LABELS = {
    "wasserstein_1": "Wasserstein, 1 {day}",
    "wasserstein_5": "Wasserstein, 5 {days}",
    "wasserstein_20": "Wasserstein, 20 {days}",
    "wasserstein_100": "Wasserstein, 100 {days}",
    "equal_volatility_1": "The same at equal volatility, 1 {day}, standard deviations",
    "equal_volatility_5": "The same at equal volatility, 5 {days}",
    "equal_volatility_20": "The same at equal volatility, 20 {days}",
    "equal_volatility_100": "The same at equal volatility, 100 {days}",
    "energy_1": "Energy, 1 {day}",
    "energy_20": "Energy, 20 {days}",
    "mmd": "MMD of 20-{day} paths",
    "drawdown_depth": "Drawdown depth in 60 {days}, Wasserstein",
    "drawdown_days": "Drawdown length in 60 {days}, Wasserstein",
}
"""Score -> name for people, to be filled by :class:`tsgan.reports.period.Period`."""


def distances(
    real: np.ndarray, generated: np.ndarray, summary: Summary, quantgans: Mapping[str, float], seed: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Distances of generated paths (path, day) to one real series (day,), and p-values of those that have one.

    Wasserstein and energy distances are those of overlapping k-day returns, in units of returns, for the horizons of
    the ``summary`` of the same paths, the former out of their ``quantgans`` scores; MMD that of 20-day paths in units
    of the real volatility; drawdowns are those of blocks of 60 days.  See ``tsgan.stats``.

    ``equal_volatility_k`` is the Wasserstein distance after both sides are divided by their own standard deviation of
    one day: it is about the shape of the law alone, and says nothing for a side that knew the level by hindsight.

    The p-value of a Wasserstein distance is the share of generated histories that lie at least as far from the whole of
    the generated ones as the real history does (:func:`wasserstein_p_value`); it needs at least 20 paths.
    """
    scores, p_values = {}, {}
    for days, pooled in summary.sums.items():
        scores[f"wasserstein_{days}"] = quantgans[f"emd_{days}"]
        if len(generated) >= 20:
            ours, theirs = aggregate(real, days), aggregate(generated, days)
            p_values[f"wasserstein_{days}"] = wasserstein_p_value(ours, theirs, pooled)
    own, theirs = real.std(), summary.sums[min(summary.sums)].std()
    for days, pooled in summary.sums.items():
        scaled = min(own, theirs) > 0  # broken paths have no volatility to be divided by
        distance = wasserstein(aggregate(real, days) / own, pooled / theirs) if scaled else float("nan")
        scores[f"equal_volatility_{days}"] = distance
    for days in (h for h in (1, 20) if h in summary.sums):
        scores[f"energy_{days}"] = energy(aggregate(real, days), summary.sums[days])
    scale = real.std()
    rows = [windows(x[:, :, None] / scale, MOST_WINDOWS, seed) for x in (real[None], generated)]
    scores["mmd"] = mmd(*(cumulated(r, 1) for r in rows))
    block = min(60, real.shape[-1], generated.shape[-1])
    scores["drawdown_depth"], scores["drawdown_days"] = drawdown_distances(real, generated, block)
    return scores, p_values


def wasserstein_p_value(real: np.ndarray, generated: np.ndarray, pooled: np.ndarray) -> float:
    """One-sided Monte Carlo p-value of the real history's distance to the generated law: (day,), (path, day) -> number.

    ``pooled`` are all generated values, sorted.

    Every generated history has a distance to that law too, although it was drawn from it: only a real one beyond those
    is too far.  Distances are taken between the sorted history and the law's quantiles at its plotting positions.
    """
    days = min(real.shape[-1], generated.shape[-1])
    ours, theirs = np.sort(real[:days]), np.sort(generated[:, :days], axis=1)
    positions = (np.arange(days) + 0.5) / days
    law = pooled[np.minimum((positions * len(pooled)).astype(int), len(pooled) - 1)]
    distance, others = np.abs(ours - law).mean(), np.abs(theirs - law).mean(axis=1)
    return float((1 + np.sum(others >= distance)) / (1 + len(others)))
