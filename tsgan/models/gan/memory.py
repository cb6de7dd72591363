"""The volatility memory: exponential averages of returns and squared returns at several time scales.

After Guyon and Lekeufack (2023, "Volatility is (mostly) path-dependent"): tomorrow's volatility is a function of
averages of past returns (trend, leverage) and past squared returns (level) over scales from days to a year.  The
scales are fixed, so the memory of a whole history is data rather than a function of parameters: it is computed once,
and likelihood training becomes plain regression on it.

Notation: x is a return divided by its asset's training standard deviation.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np

SCALES = (1.5, 3.5, 8.0, 20.0, 50.0, 110.0, 250.0)
"""Time scales in days: an average over scale s forgets by exp(-1 / s) a day."""

FLOOR = 0.01
"""Added to averages of squares, so that a run of unchanged prices leaves finite logarithms."""

RETURN_LIMIT = 12.0
"""Returns enter the memory softly limited here, in training standard deviations.  Tails of a power law would otherwise
rule the averages of squares, in whose logarithm volatility has nearly a unit root: free runs would drift off."""

CURVATURE = np.array([0.5, 0.5, 0.4, 0.2, 0.0, 0.0, 0.0], np.float32)
"""Box and Cox's (1964) power of volatility at each scale; 0 is the logarithm, which makes little of a large shock: in
free runs squared returns were too weakly correlated over the next days (S&P 500 2009-18, lags 2-5: .14, real .24, and
.17 with powers).  Long scales keep the logarithm: there a power would hold volatility up for long after a crisis."""

LEVEL_LIMIT = 3.0
"""Volatility features saturate smoothly here: a free run cannot talk itself into infinite volatility."""

_DECAY = np.exp(-1.0 / np.array(SCALES)).astype(np.float32)

FEATURES = 2 * len(SCALES)
"""Features an asset: volatility and normalized trend at each scale."""


class Memory(NamedTuple):
    """Exponential averages up to and including today, (..., asset, scale) each."""

    trend: jax.Array
    square: jax.Array


def initial(n_assets: int) -> Memory:
    """The memory before any history: no trend, the training variance."""
    shape = (n_assets, len(SCALES))
    return Memory(jnp.zeros(shape), jnp.ones(shape))


def update(memory: Memory, x: jax.Array) -> Memory:
    """The memory after a day of standardized returns x, (asset,)."""
    x = RETURN_LIMIT * jnp.tanh(x / RETURN_LIMIT)[:, None]
    decay = jnp.asarray(_DECAY)
    return Memory(
        decay * memory.trend + (1 - decay) * x,
        decay * memory.square + (1 - decay) * x * x,
    )


def trajectory(x: np.ndarray) -> Memory:
    """The memory BEFORE each day of x (day, asset), and after the last: (day + 1, asset, scale) numpy arrays.

    A day without a return (NaN) leaves an asset's memory as it was.
    """
    days, assets = x.shape
    trend = np.zeros((days + 1, assets, len(SCALES)), np.float32)
    square = np.ones_like(trend)
    for day in range(days):
        column = (RETURN_LIMIT * np.tanh(x[day] / RETURN_LIMIT))[:, None].astype(np.float32)
        trend[day + 1] = _DECAY * trend[day] + (1 - _DECAY) * column
        square[day + 1] = _DECAY * square[day] + (1 - _DECAY) * column * column
        missing = np.isnan(x[day])
        if missing.any():
            trend[day + 1, missing], square[day + 1, missing] = trend[day, missing], square[day, missing]
    return Memory(cast(jax.Array, trend), cast(jax.Array, square))


def observed(x: np.ndarray) -> np.ndarray:
    """(day + 1, asset) returns of x (day, asset) before each day, and in all; missing ones do not count."""
    return np.concatenate([np.zeros((1, x.shape[1]), int), np.cumsum(~np.isnan(x), axis=0)])


def at(memory: Memory, begins: np.ndarray, days: np.ndarray, observed: np.ndarray) -> Memory:
    """The memory after ``days`` as if it had begun, empty, on the days ``begins``: (..., asset, scale) numpy arrays.

    ``memory`` is a trajectory and ``observed`` its :func:`observed` days; both indices count its days, and broadcast.
    Averages are linear in what they began with, so a later beginning is a correction of the one trajectory.
    """
    forgotten = _DECAY ** (observed[days] - observed[begins])[..., None]
    trend = memory.trend[days] - forgotten * memory.trend[begins]
    square = memory.square[days] - forgotten * (memory.square[begins] - 1)
    return Memory(trend.astype(np.float32), square.astype(np.float32))


def features(memory: Memory) -> jax.Array:
    """(..., asset, FEATURES): volatility at each scale on a Box-Cox scale, soft-limited, and trend in its units."""
    power = memory.square + FLOOR
    log = 0.5 * jnp.log(power)
    curved = jnp.where(CURVATURE > 0, jnp.expm1(CURVATURE * log) / np.maximum(CURVATURE, 1e-6), log)
    level = LEVEL_LIMIT * jnp.tanh(curved / LEVEL_LIMIT)
    # Under independence the average over scale s has variance about 1 / (2 s): the factor makes all of order 1.
    trend = memory.trend * jax.lax.rsqrt(power) * np.sqrt(2.0 * np.array(SCALES)).astype(np.float32) * 0.5
    return jnp.concatenate([level, trend], axis=-1)


def gap(memory: Memory) -> jax.Array:
    """(..., asset): how far the sum of an asset's returns lies above its own average over the longest scale."""
    decay = float(_DECAY[-1])
    return memory.trend[..., -1] * (decay / (1.0 - decay))
