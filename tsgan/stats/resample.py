"""Resampling a history so that its short-range dependence survives."""

from __future__ import annotations

import numpy as np


def stationary_indices(days: int, series: int, mean_block: float, rng: np.random.Generator) -> np.ndarray:
    """Day indices (series, day) of stationary-bootstrap histories as long as the real one.

    Blocks of geometric length with mean ``mean_block`` start anywhere and wrap around (Politis and Romano 1994).
    """
    starts = rng.integers(0, days, (series, days))
    new = rng.random((series, days)) < 1.0 / mean_block
    new[:, 0] = True
    today = np.arange(days)
    opened = np.maximum.accumulate(np.where(new, today, 0), axis=1)  # the day on which the running block began
    return (np.take_along_axis(starts, opened, axis=1) + today - opened) % days
