"""Distances between two samples of returns."""

from __future__ import annotations

import numpy as np
from scipy import stats

DY_BINS = 110
"""Bins of the DY metric; Wiese et al. do not print theirs, and 100 to 120 reproduce their GARCH column."""


def wasserstein(a: np.ndarray, b: np.ndarray) -> float:
    """First Wasserstein (earth mover's) distance of two samples of any shape, in units of returns.

    The area between the two quantile functions; equals ``scipy.stats.wasserstein_distance``, at half its sorting.
    """
    a, b = np.sort(a, axis=None).astype(np.float64), np.sort(b, axis=None).astype(np.float64)
    # Probabilities at which either quantile function steps, counted in units of 1 / (len(a) len(b)): exact in integers.
    steps = np.concatenate([np.arange(1, len(a) + 1) * len(b), np.arange(1, len(b) + 1) * len(a)])
    steps.sort(kind="stable")
    widths = np.diff(steps, prepend=0)
    at_a, at_b = (steps - 1) // len(b), (steps - 1) // len(a)
    return float(np.sum(np.abs(a[at_a] - b[at_b]) * widths) / (len(a) * len(b)))


def energy(a: np.ndarray, b: np.ndarray) -> float:
    """Energy distance sqrt(2 E|A - B| - E|A - A'| - E|B - B'|) of two samples (Szekely and Rizzo 2013)."""
    return float(stats.energy_distance(np.ravel(a), np.ravel(b)))


def dy(real: np.ndarray, generated: np.ndarray, bins: int = DY_BINS) -> float:
    """DY metric: sum over bins of |log P_real - log P_generated| (Dragulescu and Yakovenko 2002; Wiese et al. 2020).

    The inner edges are the real quantiles, the outer bins are open; an empty generated bin counts half an observation.
    """
    edges = np.unique(np.quantile(real, np.linspace(0.0, 1.0, bins + 1)[1:-1]))

    def log_frequency(sample: np.ndarray) -> np.ndarray:
        below = np.searchsorted(np.sort(sample, axis=None), edges, side="left")
        counts = np.diff(below, prepend=0, append=sample.size)
        return np.log(np.maximum(counts, 0.5) / sample.size)

    return float(np.abs(log_frequency(real) - log_frequency(generated)).sum())
