"""Which of two forecasters is better, by their losses day after day."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from tsgan.stats.inference import hac_mean


class DieboldMariano(NamedTuple):
    """Mean difference of two losses, first minus second: negative where the first forecaster is better.

    Attributes:
        difference: mean difference.
        t: its t-statistic.
        p_value: two-sided, from the normal law.
    """

    difference: float
    t: float
    p_value: float


def diebold_mariano(first: np.ndarray, second: np.ndarray, horizon: int = 1) -> DieboldMariano:
    """Diebold and Mariano (1995) test that two losses (day,) have the same mean, with Newey-West errors.

    Forecasts of ``horizon`` days that are made daily overlap, and their losses are correlated over horizon - 1 days.
    Bartlett's weights shrink those correlations, by a third of the variance if only horizon - 1 lags are taken, so
    3 * horizon lags are (30 for ten days), or the default of :func:`tsgan.stats.inference.hac_mean` where that is more.
    """
    gap = np.asarray(first, np.float64) - np.asarray(second, np.float64)
    lags = max(3 * horizon if horizon > 1 else 0, int(4 * (len(gap) / 100) ** (2 / 9)))
    difference, t = hac_mean(gap, lags)
    return DieboldMariano(difference, float(t), float(2 * stats.norm.sf(abs(t))))
