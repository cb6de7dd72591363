"""A stranger's stress measure: conditional drawdown at risk (Chekhlov, Uryasev and Zabarankin 2005)."""

from __future__ import annotations

import tsgan
from tsgan.stats import drawdowns, weighted


def drawdown_at_risk(test: tsgan.StressTest, day: int, level: float = 0.95) -> weighted.Tail:
    """How deep the worst drawdown of ``day`` days gets on the worst paths: its quantile, and the mean beyond it.

    Args:
        test: what :func:`tsgan.stress` gave.
        day: last day that counts, at most the horizon.
        level: such as 0.95.

    Returns:
        ``var`` and ``es``, fractions of the capital at the start, each with its Monte Carlo error.
    """
    daily = test.profits[:, :day].copy()
    daily[:, 1:] -= test.profits[:, : day - 1]
    return weighted.tail(drawdowns(daily).max(axis=1), level, test.usual.weights)
