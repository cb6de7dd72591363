"""Bars as numbers without constraints, and back: an overnight gap and two bridge wicks.

Let ``m`` be the log move from open to close, ``u`` the upper wick log(high / max(open, close)) and ``d`` the lower one,
log(min(open, close) / low).  For a Brownian bridge from open to close, ``2 u (u + |m|) / sigma^2`` is exponential with
mean 1 whatever ``m`` is, and so is that of ``d``.  So ``sqrt(u (u + |m|))``, called a bridge wick here, measures the
day's volatility free of its move, and the sum of both squares is the estimator of Rogers and Satchell (1991,
"Estimating variance from high, low and closing prices").  Any gap and any two bridge wicks of at least 0 make a valid
bar.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Shapes(NamedTuple):
    """Shapes of bars, all of the same form, in logs: the close-to-close return is not among them.

    Attributes:
        gap: log(open / close before).
        upper, lower: bridge wicks, at least 0.
    """

    gap: np.ndarray
    upper: np.ndarray
    lower: np.ndarray


def shapes_of(before: np.ndarray, opens: np.ndarray, highs: np.ndarray, lows: np.ndarray, closes: np.ndarray) -> Shapes:
    """The shapes of bars; ``before`` is the close of the day before.

    Bars that are missing, not positive, or contradict themselves beyond rounding (a millionth) are NaN throughout.
    """
    top, bottom = np.maximum(opens, closes), np.minimum(opens, closes)
    sound = (lows > 0) & (before > 0) & (highs >= top * (1 - 1e-6)) & (lows <= bottom * (1 + 1e-6))
    before, opens, highs, lows, closes = (np.where(sound, a, np.nan) for a in (before, opens, highs, lows, closes))
    move = np.abs(np.log(closes / opens))
    upper, lower = np.maximum(np.log(highs / top), 0.0), np.maximum(np.log(bottom / lows), 0.0)
    return Shapes(np.log(opens / before), np.sqrt(upper * (upper + move)), np.sqrt(lower * (lower + move)))


def bars_of(before: np.ndarray, closes: np.ndarray, shapes: Shapes) -> dict[str, np.ndarray]:
    """``open``, ``high`` and ``low`` of the given shapes around given closes: inverse of :func:`shapes_of`.

    low <= min(open, close) and max(open, close) <= high hold in floating point too: rounding keeps order.
    """
    opens = before * np.exp(shapes.gap)
    move = np.abs(np.log(closes / opens))
    highs = np.maximum(opens, closes) * np.exp(wick_of(shapes.upper, move))
    lows = np.minimum(opens, closes) * np.exp(-wick_of(shapes.lower, move))
    return {"open": opens, "high": highs, "low": lows}


def wick_of(bridge: np.ndarray, move: np.ndarray) -> np.ndarray:
    """The wick w >= 0 of a bridge wick: w (w + move) = bridge^2."""
    root = move + np.sqrt(move**2 + 4 * bridge**2)
    return 2 * bridge**2 / np.where(root > 0, root, 1.0)
