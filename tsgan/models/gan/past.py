"""What generators read of the past: columns of days, and the volatility memory."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from tsgan.config import LawConfig
from tsgan.models.gan import memory as vol
from tsgan.models.gan.generator import Generator
from tsgan.models.gan.memory import Memory


def columns(
    kind: type[Generator], law: LawConfig, x: Float[np.ndarray, "day asset"], memory: Memory
) -> Float[np.ndarray, "day asset width"]:
    """The columns of a history: x (day, asset) and its trajectory (day + 1, asset, scale) give (day, asset, width).

    A day without a return (NaN) reads as one on which nothing happened.
    """
    after = Memory(memory.trend[1:], memory.square[1:])
    return np.asarray(
        kind.column(jnp.asarray(np.nan_to_num(x), jnp.float32), after, jnp.asarray(vol.observed(x)[1:]), law)
    )


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
    memory = vol.trajectory(x[first : int(ends.max())], law.memory)
    seen = vol.observed(x[first : int(ends.max())])
    last = vol.at(memory, begins - first, ends - first, seen, law.memory)
    day = ends[:, None] + np.arange(-reach, 0)
    inside = day >= begins[:, None]
    day = np.where(inside, day, begins[:, None])
    after = vol.at(memory, begins[:, None] - first, day + 1 - first, seen, law.memory)
    count = seen[day + 1 - first] - seen[begins - first][:, None]
    column = np.asarray(generator.column(jnp.asarray(np.nan_to_num(x[day])), after, jnp.asarray(count), law))
    return np.where(inside[..., None, None], column, np.float32(0)), last
