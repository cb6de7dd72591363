"""A training history as arrays on the device."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tsgan.models import memory as vol
from tsgan.models.generators import REACH, columns
from tsgan.models.memory import Memory


class History(NamedTuple):
    """Standardized returns and everything that depends on them alone.

    Attributes:
        x: (day, asset) returns over their training standard deviation.
        columns: (REACH + day, asset, COLUMN), zeros before the first day.
        memory: (day + 1, asset, scale): before each day, and after the last.
        correlation: (asset, asset) of the training days.
        length: () int32: days before it are trained on, later ones validate.  It is a value rather than a shape, so
            that choosing the step count and training on everything share one compilation.
    """

    x: jax.Array
    columns: jax.Array
    memory: Memory
    correlation: jax.Array
    length: jax.Array


def history(returns: np.ndarray, scale: np.ndarray, length: int | None = None) -> History:
    """The history of returns (day, asset) in units of ``scale`` (asset,), its first ``length`` days for training."""
    length = len(returns) if length is None else length
    x = (returns / scale).astype(np.float32)
    memory = vol.trajectory(x)
    column = columns(x, memory)
    return History(
        x=jnp.asarray(x),
        columns=jnp.concatenate([jnp.zeros((REACH, *column.shape[1:])), jnp.asarray(column)]),
        memory=Memory(jnp.asarray(memory.trend), jnp.asarray(memory.square)),
        correlation=jnp.asarray(np.atleast_2d(np.corrcoef(x[:length], rowvar=False)), jnp.float32),
        length=jnp.int32(length),
    )
