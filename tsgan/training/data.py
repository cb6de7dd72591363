"""A training history as arrays on the device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, UInt32

from tsgan.config import GANConfig
from tsgan.models.gan import memory as vol
from tsgan.models.gan.generator import Generator, plain_columns
from tsgan.models.gan.members import kind_of
from tsgan.models.gan.memory import Memory
from tsgan.models.gan.rollout import asset_ids
from tsgan.models.missing import correlation_of


class TrainingData(NamedTuple):
    """Standardized returns and everything that depends on them alone.

    Attributes:
        x: (day, asset) returns over their training standard deviation; 0 where there is none.
        present: (day, asset) whether there is one.
        listed: (day, asset) whether there has been one, on that day or earlier.
        columns: (reach + day, asset, width) what the generator reads of days, zeros before the first one.
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

    x: Float[Array, "day asset"]
    present: Bool[Array, "day asset"]
    listed: Bool[Array, "day asset"]
    columns: Float[Array, "reach+day asset width"]
    memory: Memory
    correlation: Float[Array, "asset asset"]
    reverting: Bool[Array, " asset"]
    ids: UInt32[Array, " asset"]
    closed: Int[Array, ""] | None
    length: Int[Array, ""]
    weight: Float[Array, "*member day"] | None = None

    @property
    def reach(self) -> int:
        """Days of columns that the generator begins from."""
        return self.columns.shape[0] - self.x.shape[0]

    def past(self, day: Int[Array | np.ndarray, "*batch"]) -> tuple[Float[Array, "*batch reach asset width"], Memory]:
        """What generators begin from on the days (...): columns (..., reach, asset, width) and memory before them."""
        columns = self.columns[day[..., None] + jnp.arange(self.reach)]
        return columns, Memory(self.memory.trend[day], self.memory.square[day])

    def every_day(self) -> tuple[Float[Array, "day asset width"], Memory, Bool[Array, "day asset"]]:
        """What ``densities`` reads of all days: columns, the memory before each, and which assets are listed."""
        return self.columns[self.reach :], vol.before(self.memory), self.listed

    def from_day(self, begin: Int[Array, ""], count: int) -> TrainingData:
        """``count`` consecutive days of it."""

        def part(a: jax.Array, extra: int) -> jax.Array:
            return jax.lax.dynamic_slice_in_dim(a, begin, count + extra)

        return self._replace(
            x=part(self.x, 0),
            present=part(self.present, 0),
            closed=None,
            listed=part(self.listed, 0),
            columns=part(self.columns, self.reach),
            memory=Memory(part(self.memory.trend, 1), part(self.memory.square, 1)),
            length=jnp.minimum(self.length - begin, count),
            weight=None if self.weight is None else part(self.weight, 0),
        )

    def read_by(self, generator: Generator) -> TrainingData:
        """The same history with the columns that this generator keeps of it: a base's surprises are its own."""
        x = np.where(np.asarray(self.present), np.asarray(self.x), np.nan)
        column = generator.columns(x, jax.tree.map(np.asarray, self.memory), np.asarray(self.listed))
        return self._replace(columns=self.columns.at[self.reach :].set(column))

    def of_member(self, member: Int[Array, ""] | int) -> TrainingData:
        """What one member of an ensemble is trained on."""
        return self if self.weight is None else self._replace(weight=self.weight[member])

    def day_weights(self, *, later: bool = False) -> Float[Array, " day"]:
        """(day,) how much each training day counts for one member, 0 on later days; or which days are ``later``."""
        wanted = (jnp.arange(self.x.shape[0]) >= self.length) == later
        return wanted * (jnp.float32(1) if later or self.weight is None else self.weight)


def block_bootstrap_weights(
    days: int, length: int, block: int, members: int, key: jax.Array
) -> Float[np.ndarray, "member day"]:
    """(member, day) weights of training days, for an ensemble whose members differ as histories of that length would.

    Each member gets a circular block bootstrap (Politis and Romano 1992) of the first ``length`` days in blocks of
    ``block`` days: how often a day was drawn, over the mean.  What one history leaves open, the long-run level of
    volatility above all, then differs between members by about its sampling error, if blocks are as long as a year.
    """
    blocks = max(round(length / block), 1)
    starts = np.asarray(jax.random.randint(key, (members, blocks), 0, length))
    drawn = (starts[..., None] + np.arange(min(block, length))) % length
    counts = np.stack([np.bincount(d.ravel(), minlength=days) for d in drawn]).astype(np.float32)
    return counts * length / counts.sum(axis=1, keepdims=True)


def bagged(data: TrainingData, periods_per_year: int, config: GANConfig, key: jax.Array) -> TrainingData:
    """The data, their days weighted for each member of an ensemble where members are to differ."""
    if config.population == 1 or not config.bagging:
        return data
    block = max(round(config.training.bootstrap.years * periods_per_year), 1)
    weight = block_bootstrap_weights(len(data.x), int(data.length), block, config.population, key)
    return data._replace(weight=jnp.asarray(weight))


def training_data(
    returns: Float[np.ndarray, "day asset"],
    scale: Float[np.ndarray, " asset"],
    config: GANConfig,
    length: int | None = None,
    assets: Sequence[str] | None = None,
    reverting: Bool[np.ndarray, " asset"] | None = None,
    generator: Generator | None = None,
) -> TrainingData:
    """A history of returns (day, asset), NaN where there is none, as the configured generator reads it.

    Args:
        returns: one a day and asset.
        scale: (asset,) their units, see :func:`tsgan.training.units.units`.
        config: names the generator, and how it remembers.
        length: so many first days are for training; all unless given.
        assets: tickers; numbers unless given.
        reverting: (asset,) those that come back to a level; none unless given.
        generator: whose columns they are, where its kind alone does not know them.
    """
    kind = kind_of(config)
    length = len(returns) if length is None else length
    names = assets or [str(i) for i in range(returns.shape[1])]
    x = (returns / scale).astype(np.float32)
    memory = vol.trajectory(x, config.law.memory)
    present = np.isfinite(x)
    listed = np.maximum.accumulate(present, axis=0)
    if generator is None:
        column = plain_columns(kind, config.law, x, memory)
    else:
        column = generator.columns(x, memory, listed)
    empty = np.zeros((kind.reach(config.law), *column.shape[1:]), np.float32)
    closed = int((listed & ~present).sum())
    return TrainingData(
        x=jnp.asarray(np.where(present, x, 0)),
        present=jnp.asarray(present),
        listed=jnp.asarray(listed),
        columns=jnp.asarray(np.concatenate([empty, column])),
        memory=Memory(jnp.asarray(memory.trend), jnp.asarray(memory.square)),
        correlation=jnp.asarray(correlation_of(x[:length]), jnp.float32),
        reverting=jnp.zeros(x.shape[1], bool) if reverting is None else jnp.asarray(reverting),
        ids=jnp.asarray(asset_ids(names)),
        closed=jnp.int32(closed) if closed else None,
        length=jnp.int32(length),
    )
