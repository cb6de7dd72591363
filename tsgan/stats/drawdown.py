"""How deep and how long losses from a peak are."""

from __future__ import annotations

import numpy as np


def drawdowns(returns: np.ndarray) -> np.ndarray:
    """Running maximum of the cumulated return minus its value, starting at 0: (..., day) -> (..., day), never negative.

    In units of the returns: for log returns, 1 - exp(-d) is the fraction lost.
    """
    level = np.cumsum(returns, -1, dtype=np.float64)
    peak = np.maximum(np.maximum.accumulate(level, -1), 0.0)
    return peak - level


def drawdown_depth(returns: np.ndarray) -> np.ndarray:
    """The deepest drawdown, in units of the returns: (..., day) -> (...)."""
    return drawdowns(returns).max(-1)


def drawdown_duration(returns: np.ndarray) -> np.ndarray:
    """The most consecutive days spent below an earlier peak: (..., day) -> (...)."""
    under = drawdowns(returns) > 0
    days = np.arange(1, under.shape[-1] + 1)
    last_peak = np.maximum.accumulate(np.where(under, 0, days), -1)
    return (days - last_peak).max(-1).astype(np.float64)
