"""What generators read of the past: columns of days, and the volatility memory."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from tsgan.models.gan import memory as vol
from tsgan.models.gan.generator import Generator
from tsgan.models.gan.memory import Memory


def histories(
    generator: Generator, x: Float[np.ndarray, "day asset"], ends: Int[np.ndarray, " history"], days: int
) -> tuple[Float[np.ndarray, "history reach asset width"], Memory]:
    """What ``begin`` reads of many histories: the last ``days`` of ``x[:end]`` for each of ``ends``.

    The columns of their last ``reach`` days (history, reach, asset, width), zeros where a history is shorter, and the
    memory after them (history, asset, scale); the trajectory is computed once.
    """
    law, reach = generator.law, generator.reach(generator.law)
    begins = np.maximum(ends - days, 0)
    first = int(begins.min())
    read = x[first : int(ends.max())]
    memory, seen = vol.trajectory(read, law.memory), vol.observed(read)
    last = vol.at(memory, begins - first, ends - first, seen, law.memory)
    day = ends[:, None] + np.arange(-reach, 0)
    inside = day >= begins[:, None]
    day = np.where(inside, day, begins[:, None])
    if type(generator).columns is not Generator.columns:
        column = _of_whole_histories(generator, x[first:], memory, begins - first, day - first, days)
        return np.where(inside[..., None, None], column, np.float32(0)), last
    after = vol.at(memory, begins[:, None] - first, day + 1 - first, seen, law.memory)
    count = seen[day + 1 - first] - seen[begins - first][:, None]
    column = np.asarray(generator.column(jnp.asarray(np.nan_to_num(x[day])), after, jnp.asarray(count), law))
    return np.where(inside[..., None, None], column, np.float32(0)), last


def _of_whole_histories(
    generator: Generator, x: np.ndarray, memory: Memory, begins: np.ndarray, day: np.ndarray, days: int
) -> Float[np.ndarray, "history reach asset width"]:
    """Columns of the days (history, reach) of histories with these beginnings (history,), read as a whole; ``memory``
    is the trajectory of x to the last of their ends.

    Where histories are as long as their context they are all read from the first beginning on: what lies before the
    context is felt no more, and a pass a beginning would take hours.
    """
    starts = np.zeros_like(begins) if days >= generator.context(generator.law) else begins
    every = {}
    for start in np.unique(starts):
        read = x[start : day[starts == start].max() + 1]
        known = start == 0 and len(memory.trend) > len(read)
        own = (
            Memory(*(part[: len(read) + 1] for part in memory)) if known else vol.trajectory(read, generator.law.memory)
        )
        listed = np.maximum.accumulate(np.isfinite(read), axis=0)
        every[start] = generator.columns(read, own, listed)
    return np.stack([every[start][each - start] for start, each in zip(starts, day, strict=True)])
