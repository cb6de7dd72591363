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
    "acf": (1.7, 2.0, 2.4, 3.0),
    "ljung_box": (1.7, 2.1, 2.6, 2.5),
    "variance_ratio": (2.0, 2.4, 2.4, 2.6),
    "hill_left": (1.8, 2.4, 2.9, 3.3),
    "hill_right": (1.9, 2.3, 2.8, 3.0),
    "gpd_left": (1.6, 1.8, 2.4, 2.9),
    "kurtosis": (6.0, 7.4, 8.8, 9.5),
    "skewness": (5.5, 6.1, 6.7, 8.6),
    "tail_ratio": (2.1, 1.9, 2.1, 1.9),
    "first_passage": (1.5, 1.5, 1.5, 1.5),
    "kurtosis_5": (5.2, 6.5, 9.5, 10.0),
    "kurtosis_20": (2.9, 4.8, 6.6, 6.9),
    "kurtosis_fall": (2.8, 3.5, 4.5, 4.8),
    "dispersion": (2.9, 4.4, 5.3, 5.7),
    "fano": (2.0, 2.5, 3.1, 3.2),
    "acf_abs": (2.3, 2.8, 3.2, 3.5),
    "acf_sq": (2.2, 2.7, 3.1, 3.2),
    "arch_lm": (3.5, 4.0, 3.9, 3.4),
    "conditional_kurtosis": (3.4, 3.0, 3.2, 2.4),
    "decay": (1.5, 1.5, 1.5, 1.5),
    "hurst": (2.0, 2.3, 2.5, 2.6),
    "leverage": (2.5, 3.3, 3.5, 3.6),
    "volume": (3.0, 3.0, 3.0, 3.0),
    "time_scales": (1.7, 1.8, 1.7, 1.7),
    "std": (7.2, 6.6, 5.8, 5.8),
    "drawdown": (2.5, 2.4, 2.2, 1.9),
    "drawdown_days": (2.7, 2.7, 2.4, 3.4),
    "correlation": (2.2, 2.5, 3.1, 3.4),
    "stress_correlation": (4.2, 3.2, 3.4, 3.6),
    "lower_tail": (1.8, 1.8, 1.9, 1.7),
    "upper_tail": (1.8, 1.7, 1.6, 1.6),
    "first_eigenvalue": (2.2, 2.5, 3.0, 3.4),
}
"""Fact -> the widest band of a model, in widths of the block-bootstrap band of a real history, by ``LENGTHS``."""

BARS: dict[str, float] = {
    "volume_range": 2.4,
    "volume_dispersion": 2.0,
    "volume_acf": 2.5,
    "overnight": 1.8,
    "gap_correlation": 1.9,
    "gap_kurtosis": 6.3,
    "parkinson": 1.8,
    "garman_klass": 1.7,
    "range_dispersion": 4.1,
    "range_acf": 4.2,
    "range_leverage": 1.9,
    "wick_asymmetry": 1.6,
    "wick_share": 1.5,
    "bare_share": 1.5,
}
"""The same for facts of bars, from 20 histories of 500 days and used for every length: for longer ones that is lenient.

``scripts/calibrate_bars.py --days 500 --histories 20 --pool 300`` computes them.
"""

DEFAULT = 4.0
"""The limit of facts for which none was calibrated, such as those of plug-ins: four in five of the limits above are
narrower, so that it rather lets a wide band pass than calls the truth too wide."""


def widest(fact: str, days: int) -> float:
    """The limit for a history of so many days: between lengths by interpolation over log days, beyond them the last;
    ``DEFAULT`` where none was calibrated."""
    if fact in WIDEST:
        return float(np.interp(np.log(days), np.log(LENGTHS), WIDEST[fact]))
    return BARS.get(fact, DEFAULT)
