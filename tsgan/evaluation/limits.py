"""How wide the band of a model may be: the limits of the width rule, and where they come from.

A model so dispersed that its band holds everything has learnt nothing.  Its band is therefore compared with the one
that a block bootstrap of the real history gives.  One history cannot know how much volatility varies from history
to history, so even the truth is wider than that: each limit is the 99 % point of the ratio where the truth is KNOWN,
a GJR-GARCH(1,1) with Student t innovations, over 200 histories of each of four lengths.  The longer the history, the
better the bootstrap knows, and the narrower the limit.  ``scripts/calibrate_bands.py --limits`` computes them; without
it, it checks, on other histories, that the truth is rejected at most 5 % of the time.
"""

from __future__ import annotations

import numpy as np

LENGTHS = (500, 1250, 2500, 5000)
"""Days of the histories for which limits were computed."""

WIDEST: dict[str, tuple[float, ...]] = {
    "acf": (2.5, 2.5, 2.5, 2.5),
    "ljung_box": (2.4, 2.4, 2.4, 2.4),
    "variance_ratio": (2.6, 2.6, 2.6, 2.6),
    "hill_left": (2.7, 2.7, 2.7, 2.7),
    "hill_right": (2.8, 2.8, 2.8, 2.8),
    "gpd_left": (2.3, 2.3, 2.3, 2.3),
    "kurtosis": (8.3, 8.3, 8.3, 8.3),
    "skewness": (6.7, 6.7, 6.7, 6.7),
    "tail_ratio": (1.9, 1.9, 1.9, 1.9),
    "first_passage": (1.5, 1.5, 1.5, 1.5),
    "kurtosis_5": (7.6, 7.6, 7.6, 7.6),
    "kurtosis_20": (6.1, 6.1, 6.1, 6.1),
    "kurtosis_fall": (3.9, 3.9, 3.9, 3.9),
    "dispersion": (4.5, 4.5, 4.5, 4.5),
    "fano": (3.1, 3.1, 3.1, 3.1),
    "acf_abs": (3.1, 3.1, 3.1, 3.1),
    "acf_sq": (3.1, 3.1, 3.1, 3.1),
    "arch_lm": (4.0, 4.0, 4.0, 4.0),
    "conditional_kurtosis": (3.0, 3.0, 3.0, 3.0),
    "decay": (1.5, 1.5, 1.5, 1.5),
    "hurst": (2.4, 2.4, 2.4, 2.4),
    "leverage": (3.7, 3.7, 3.7, 3.7),
    "volume": (3.0, 3.0, 3.0, 3.0),
    "time_scales": (1.8, 1.8, 1.8, 1.8),
    "std": (6.6, 6.6, 6.6, 6.6),
    "drawdown": (2.4, 2.4, 2.4, 2.4),
    "drawdown_days": (2.7, 2.7, 2.7, 2.7),
    "correlation": (3.4, 3.4, 3.4, 3.4),
    "stress_correlation": (3.4, 3.4, 3.4, 3.4),
    "lower_tail": (1.9, 1.9, 1.9, 1.9),
    "upper_tail": (1.7, 1.7, 1.7, 1.7),
    "first_eigenvalue": (3.3, 3.3, 3.3, 3.3),
}
"""Fact -> the widest band of a model, in widths of the block-bootstrap band of a real history, by ``LENGTHS``."""


def widest(fact: str, days: int) -> float:
    """The limit for a history of so many days: between lengths by interpolation over log days, beyond them the last."""
    return float(np.interp(np.log(days), np.log(LENGTHS), WIDEST[fact]))
