"""The volatility memory: exponential averages of returns and squared returns at several time scales.

After Guyon and Lekeufack (2023, "Volatility is (mostly) path-dependent"): tomorrow's volatility is a function of
averages of past returns (trend, leverage) and past squared returns (level) over scales from days to a year.  The
scales are fixed, so the memory of a whole history is data rather than a function of parameters: it is computed once,
and likelihood training becomes plain regression on it.

Notation: x is a return divided by its asset's training standard deviation; ``config`` says at which scales the memory
works, and what it does to large shocks (:class:`tsgan.config.MemoryConfig`).
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from tsgan.config import MemoryConfig

CHUNK = 16_384
"""Asset-days whose shares in the averages are worked out at once."""


class Memory(NamedTuple):
    """Exponential averages up to and including today, (..., asset, scale) each."""

    trend: Float[Array, "*batch asset scale"]
    square: Float[Array, "*batch asset scale"]


@cache
def decays(config: MemoryConfig) -> Float[np.ndarray, " scale"]:
    """(scale,) what is left of an average after a day."""
    decay = np.exp(-1.0 / np.array(config.scales)).astype(np.float32)
    decay.flags.writeable = False  # shared by everyone who asks
    return decay


def initial(n_assets: int, config: MemoryConfig) -> Memory:
    """The memory before any history: no trend, the training variance."""
    shape = (n_assets, len(config.scales))
    return Memory(jnp.zeros(shape), jnp.ones(shape))


def update(memory: Memory, x: Float[Array | np.ndarray, " asset"], config: MemoryConfig) -> Memory:
    """The memory after a day of standardized returns x, (asset,)."""
    x = config.return_limit * jnp.tanh(x / config.return_limit)[:, None]
    decay = jnp.asarray(decays(config))
    return Memory(
        decay * memory.trend + (1 - decay) * x,
        decay * memory.square + (1 - decay) * x * x,
    )


def trajectory(x: Float[np.ndarray, "day asset"], config: MemoryConfig) -> Memory:
    """The memory BEFORE each day of x (day, asset), and after the last: (day + 1, asset, scale) numpy arrays.

    A day without a return (NaN) leaves an asset's memory as it was.
    """
    days, assets = x.shape
    decay = decays(config)
    left = np.tile(decay, (assets, 1))  # as wide as what it multiplies, which then is one row of numbers
    after = np.zeros((2, days + 1, assets, len(config.scales)), np.float32)
    after[1, 0] = 1.0
    chunk = max(CHUNK // max(assets, 1), 1)
    for first in range(0, days, chunk):
        part = x[first : first + chunk]
        limited = (config.return_limit * np.tanh(part / config.return_limit))[..., None].astype(np.float32)
        trend = (1 - decay) * limited
        today, missing = np.stack([trend, trend * limited]), np.isnan(part)
        gaps = np.asarray(missing.any(axis=1))
        for day in range(len(part)):  # in place, and nothing else: this loop is what takes the time
            before, now = after[:, first + day], after[:, first + day + 1]
            np.multiply(left, before, out=now)
            np.add(now, today[:, day], out=now)
            if gaps[day]:
                now[:, missing[day]] = before[:, missing[day]]
    trend, square = after
    return Memory(cast(jax.Array, trend), cast(jax.Array, square))


def observed(x: Float[np.ndarray, "day asset"]) -> Int[np.ndarray, "days asset"]:
    """(day + 1, asset) returns of x (day, asset) before each day, and in all; missing ones do not count."""
    return np.concatenate([np.zeros((1, x.shape[1]), int), np.cumsum(~np.isnan(x), axis=0)])


def at(
    memory: Memory,
    begins: Int[np.ndarray, "#*batch"],
    days: Int[np.ndarray, "#*batch"],
    observed: Int[np.ndarray, "days asset"],
    config: MemoryConfig,
) -> Memory:
    """The memory after ``days`` as if it had begun, empty, on the days ``begins``: (..., asset, scale) numpy arrays.

    ``memory`` is a trajectory and ``observed`` its :func:`observed` days; both indices count its days, and broadcast.
    Averages are linear in what they began with, so a later beginning is a correction of the one trajectory.
    """
    forgotten = decays(config) ** (observed[days] - observed[begins])[..., None]
    trend = memory.trend[days] - forgotten * memory.trend[begins]
    square = memory.square[days] - forgotten * (memory.square[begins] - 1)
    return Memory(trend.astype(np.float32), square.astype(np.float32))


def before(memory: Memory) -> Memory:
    """The memory before each day, of a trajectory, which also has that after the last."""
    return Memory(memory.trend[:-1], memory.square[:-1])


def features(memory: Memory, config: MemoryConfig) -> Float[Array, "*batch asset feature"]:
    """(..., asset, feature): volatility at each scale on a Box-Cox scale, soft-limited, and trend in its units."""
    curvature = np.array(config.curvature, np.float32)
    power = memory.square + config.floor
    log = 0.5 * jnp.log(power)
    curved = jnp.where(curvature > 0, jnp.expm1(curvature * log) / np.maximum(curvature, 1e-6), log)
    level = config.level_limit * jnp.tanh(curved / config.level_limit)
    # Under independence the average over scale s has variance about 1 / (2 s): the factor makes all of order 1.
    trend = memory.trend * jax.lax.rsqrt(power) * np.sqrt(2.0 * np.array(config.scales)).astype(np.float32) * 0.5
    return jnp.concatenate([level, trend], axis=-1)


def memory_features(x: Float[np.ndarray, "day asset"], config: MemoryConfig) -> Float[np.ndarray, "days asset feature"]:
    """(day + 1, asset, feature) :func:`features` of a history (day, asset), before its first day and after each."""
    return np.asarray(features(trajectory(x, config), config))


def levels(features: Float[Array, "*batch feature"], config: MemoryConfig) -> Float[Array, "*batch scale"]:
    """The volatilities among features, (..., asset, scale)."""
    return features[..., : len(config.scales)]


def gap(memory: Memory, config: MemoryConfig) -> Float[Array, "*batch asset"]:
    """(..., asset): how far the sum of an asset's returns lies above its own average over the longest scale."""
    decay = float(decays(config)[-1])
    return memory.trend[..., -1] * (decay / (1.0 - decay))
