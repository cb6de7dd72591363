"""What bars remember: exponential averages of returns, ranges, gaps and volume, as :mod:`tsgan.models.gan.memory` does.

Notation, all for one asset and day: x is the return over the training volatility s; q the squared bridge wicks of the
day (Rogers and Satchell 1991) over their training mean; g the gap over s; volume the deviation
of log volume from its response to volatility.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.signal import lfilter

from tsgan.models.bars.shapes import Shapes

SCALES = np.array([1.0, 4.0, 15.0, 60.0, 250.0])
"""Time scales in days: an average over scale s forgets by exp(-1 / s) a day.  The slowest is the level of volume."""

DECAY = np.exp(-1.0 / SCALES)

SERIES = ("square", "range", "gap", "loss", "volume")
"""What is averaged: x^2, q, g^2 over its training mean, min(x, 0), and volume."""

FLOOR = 0.01
"""Added to averages of squares, so that days without any move leave finite logarithms."""

FIRST = 20
"""Days whose mean volume the averages begin with."""

LIMIT = 3.0
"""Log volatilities saturate smoothly here: a free run cannot talk itself into infinite ranges."""


class Past(NamedTuple):
    """What the averages say before a day, (...,) or (..., scale) each.

    Attributes:
        moves, ranges, gaps: log volatilities by x^2, q, g^2.
        losses: mean losses in units of the volatility by q.
        volumes: volume over all but the slowest scale less that over the slowest.
        level: volume over the slowest scale.
    """

    moves: np.ndarray
    ranges: np.ndarray
    gaps: np.ndarray
    losses: np.ndarray
    volumes: np.ndarray
    level: np.ndarray


class Units(NamedTuple):
    """What an asset's bars are measured in, (asset,) each.

    Attributes:
        returns: training volatility s.
        ranges, gaps: training means of the squared bridge wicks and of the squared gap, over s^2.
    """

    returns: np.ndarray
    ranges: np.ndarray
    gaps: np.ndarray


def units_of(returns: np.ndarray, shapes: Shapes) -> Units:
    """The units of a history (day, asset) with gaps."""
    variance = np.nanvar(returns, axis=0)
    squares = shapes.upper**2 + shapes.lower**2
    return Units(
        np.sqrt(variance), np.nanmean(squares, axis=0) / variance, np.nanmean(shapes.gap**2, axis=0) / variance
    )


def observed(units: Units, returns: np.ndarray, shapes: Shapes, volume: np.ndarray) -> np.ndarray:
    """What is averaged, (..., asset, series), of bars (..., asset); a day without a bar is judged by its return."""
    x = returns / units.returns
    square = x**2
    q = (shapes.upper**2 + shapes.lower**2) / (units.returns**2 * units.ranges)
    g = shapes.gap**2 / (units.returns**2 * units.gaps)
    q, g = np.where(np.isfinite(q), q, square), np.where(np.isfinite(g), g, square)
    return np.stack([square, q, g, np.minimum(x, 0.0), volume], -1)


def update(averages: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Averages (..., series, scale) after a day on which :func:`observed` gave ``seen`` (..., series)."""
    return DECAY * averages + (1 - DECAY) * seen[..., None]


def trajectory(seen: np.ndarray) -> np.ndarray:
    """One asset's averages before each day of what was ``seen`` (day, series), and after the last: (day + 1, ...).

    They begin with training variances, no losses, and the mean volume of the first days.
    """
    return averaged(seen, np.array([1.0, 1.0, 1.0, 0.0, seen[:FIRST, -1].mean() if len(seen) else 0.0]))


def averaged(values: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Averages of ``values`` (day, series) before each day and after the last, (day + 1, series, scale)."""
    out = np.empty((len(values) + 1, len(start), len(SCALES)))
    out[0] = start[:, None]
    for k, decay in enumerate(DECAY):
        out[1:, :, k], _ = lfilter([1 - decay], [1.0, -decay], values, axis=0, zi=decay * start[None])
    return out


def past_of(averages: np.ndarray) -> Past:
    """The features of averages (..., series, scale)."""
    logs = LIMIT * np.tanh(0.5 * np.log(averages[..., :3, :] + FLOOR) / LIMIT)
    volume = averages[..., 4, :]
    return Past(
        moves=logs[..., 0, :],
        ranges=logs[..., 1, :],
        gaps=logs[..., 2, :],
        losses=averages[..., 3, :] * np.exp(-logs[..., 1, 1:2]),
        volumes=volume[..., :-1] - volume[..., -1:],
        level=volume[..., -1],
    )


def mapped(function: Callable[..., Any], *trees: Any) -> Any:
    """``function`` of the arrays at the same places of nested tuples."""
    first = trees[0]
    if not isinstance(first, tuple):
        return function(*trees)
    parts = [mapped(function, *same) for same in zip(*trees, strict=True)]
    return type(first)(*parts) if hasattr(first, "_fields") else tuple(parts)
