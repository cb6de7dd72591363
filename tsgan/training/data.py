"""A training history as arrays on the device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tsgan.models.gan import memory as vol
from tsgan.models.gan.generators import REACH, columns
from tsgan.models.gan.memory import Memory
from tsgan.models.gan.rollout import asset_ids
from tsgan.models.missing import correlation_of


class History(NamedTuple):
    """Standardized returns and everything that depends on them alone.

    Attributes:
        x: (day, asset) returns over their training standard deviation; 0 where there is none.
        present: (day, asset) whether there is one.
        listed: (day, asset) whether there has been one, on that day or earlier.
        columns: (REACH + day, asset, COLUMN), zeros before the first day.
        memory: (day + 1, asset, scale): before each day, and after the last.
        correlation: (asset, asset) of the training days, pair by pair.
        reverting: (asset,) whether an asset has a level that it comes back to.
        ids: (asset,) what randomness is drawn by, see :func:`tsgan.models.gan.rollout.asset_ids`.
        closed: () how many days lack a return after an asset's first, or None where no day does, which spares training
            the care for them.
        length: () int32: days before it are trained on, later ones validate.  It is a value rather than a shape, so
            that choosing the step count and training on everything share one compilation.
        weight: (member, day) how much a training day counts for each member of an ensemble, 1 on average, or None where
            all count the same; (day,) for one member, see :meth:`of_member`.
    """

    x: jax.Array
    present: jax.Array
    listed: jax.Array
    columns: jax.Array
    memory: Memory
    correlation: jax.Array
    reverting: jax.Array
    ids: jax.Array
    closed: jax.Array | None
    length: jax.Array
    weight: jax.Array | None = None

    def of_member(self, member: jax.Array | int) -> History:
        """What one member of an ensemble is trained on."""
        return self if self.weight is None else self._replace(weight=self.weight[member])

    def day_weights(self, *, later: bool = False) -> jax.Array:
        """(day,) how much each training day counts for one member, 0 on later days; or which days are ``later``."""
        wanted = (jnp.arange(self.x.shape[0]) >= self.length) == later
        return wanted * (jnp.float32(1) if later or self.weight is None else self.weight)


def years_drawn_anew(days: int, length: int, year: int, members: int, key: jax.Array) -> np.ndarray:
    """(member, day) weights of training days, for an ensemble whose members differ as histories of that length would.

    Each member gets a circular block bootstrap (Politis and Romano 1992) of the first ``length`` days in blocks of a
    year: how often a day was drawn, over the mean.  What one history leaves open, the long-run level of volatility
    above all, then differs between members by about its sampling error.
    """
    blocks = max(round(length / year), 1)
    starts = np.asarray(jax.random.randint(key, (members, blocks), 0, length))
    drawn = (starts[..., None] + np.arange(min(year, length))) % length
    counts = np.stack([np.bincount(d.ravel(), minlength=days) for d in drawn]).astype(np.float32)
    return counts * length / counts.sum(axis=1, keepdims=True)


def history(
    returns: np.ndarray,
    scale: np.ndarray,
    length: int | None = None,
    assets: Sequence[str] | None = None,
    reverting: np.ndarray | None = None,
) -> History:
    """The history of returns (day, asset), NaN where there is none, in units of ``scale`` (asset,).

    Its first ``length`` days are for training; ``assets`` are the tickers, numbers unless given; ``reverting`` are
    those (asset,) that come back to a level, none unless given.
    """
    length = len(returns) if length is None else length
    names = assets or [str(i) for i in range(returns.shape[1])]
    x = (returns / scale).astype(np.float32)
    memory = vol.trajectory(x)
    column = columns(x, memory)
    present = np.isfinite(x)
    listed = np.maximum.accumulate(present, axis=0)
    closed = int((listed & ~present).sum())
    return History(
        x=jnp.asarray(np.where(present, x, 0)),
        present=jnp.asarray(present),
        listed=jnp.asarray(listed),
        columns=jnp.concatenate([jnp.zeros((REACH, *column.shape[1:])), jnp.asarray(column)]),
        memory=Memory(jnp.asarray(memory.trend), jnp.asarray(memory.square)),
        correlation=jnp.asarray(correlation_of(x[:length]), jnp.float32),
        reverting=jnp.zeros(x.shape[1], bool) if reverting is None else jnp.asarray(reverting),
        ids=jnp.asarray(asset_ids(names)),
        closed=jnp.int32(closed) if closed else None,
        length=jnp.int32(length),
    )
