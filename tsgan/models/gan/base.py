"""The pretrained base: one law for all assets, found on many markets, in which nothing belongs to an asset.

What does belong to one is set from its history and never trained: its unit (a shrunk volatility), its age (how many
returns have been seen), and its loadings on the common factors.  The network reads the volatility memory at scales up
to six years, trends, the age, and the unit beside that of a typical stock, of the asset and of its market.

THE LEVEL.  The volatility of the next years lies elsewhere than that of the last ten, by more than a history can say.
So members of a population share all parameters but one: the level l, by which the memory is re-expressed in the unit
exp(l) (trends e^-l, squares e^-2l) and the law that it calls for expressed back.  Over the members l has the quantiles
of N(0, level_spread^2); path i belongs to member i modulo their number, so paths sample levels stratified, and the
one-day density is the mixture, in which conditioning on what happens tells levels apart.

THE RECORD.  What an asset has shown beyond its volatility, and what is new about the times, is kept as a record of
surprises (:mod:`tsgan.models.gan.surprises`): those of the law before it answers them, so that all days of a history
are read at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from scipy.special import ndtri

from tsgan.config import GANConfig, LawConfig
from tsgan.models.gan import lanes, surprises
from tsgan.models.gan import memory as vol
from tsgan.models.gan.density import Copula, Density, draw, invert
from tsgan.models.gan.generator import Generator, principal_loadings
from tsgan.models.gan.market import with_market
from tsgan.models.gan.memory import Memory
from tsgan.models.gan.surprises import Record
from tsgan.models.missing import correlation_of

CHUNK = 256
"""Days of a history that are read in one program: a day's record is the same bits however many follow."""


class BaseState(NamedTuple):
    """What a path's future depends on, beside its noise.

    Attributes:
        memory: exponential averages up to today, in the units of the history.
        age: (asset,) returns seen.
        record: (asset, kind, scale) of surprises.
    """

    memory: Memory
    age: jax.Array
    record: Record


class Base(Generator):
    """See the module's text.

    Attributes:
        level: () log of the member's level of volatility.
        log_unit: (asset,) log of an asset's unit over that of a typical one; 0 for levels and rates.
        answers: (answer, scale) responses to the record of surprises.
    """

    of_assets = (*Generator.of_assets, "log_unit")

    def __init__(self, n_assets: int, config: GANConfig, *, rngs: nnx.Rngs):
        super().__init__(2 * _own(config.law) + 1, n_assets, config, rngs=rngs)
        self.level = nnx.Param(jnp.zeros(()))
        self.log_unit = nnx.Param(jnp.zeros(n_assets))
        self.answers = nnx.Param(jnp.zeros((surprises.ANSWERS, len(self.law.base.surprise_scales))))

    @property
    def levels(self) -> tuple[slice, slice]:
        scales, own = len(self.law.memory.scales), _own(self.law)
        return slice(0, scales), slice(own, own + scales)

    @classmethod
    def reach(cls, law: LawConfig) -> int:
        return 1

    @classmethod
    def context(cls, law: LawConfig) -> int:
        return law.base.context

    @classmethod
    def column(cls, x: jax.Array, memory: Memory, seen: jax.Array, law: LawConfig) -> jax.Array:
        """The age, and a record that says nothing: whose it is knows the law (``columns``)."""
        nothing = jnp.zeros((*x.shape, surprises.KINDS * len(law.base.surprise_scales)))
        return jnp.concatenate([jnp.asarray(seen, jnp.float32)[..., None], nothing], axis=-1)

    def columns(self, x: np.ndarray, memory: Memory, listed: np.ndarray) -> np.ndarray:
        before, seen = vol.before(memory), vol.observed(x)
        record, parts = surprises.nothing(x.shape[1], self.law), []
        for first in range(0, len(x), CHUNK):
            days = slice(first, first + CHUNK)
            told = jax.tree.map(_full, (before.trend[days], before.square[days], seen[:-1][days], listed[days]))
            after = _records(self, record, _full(x[days], np.nan), *told)
            record = after[-1]
            parts.append(np.asarray(after))
        records = np.concatenate(parts)[: len(x)] if parts else np.zeros((0, *record.shape), np.float32)
        return np.concatenate([seen[1:, :, None], records.reshape(*x.shape, record[0].size)], axis=-1, dtype=np.float32)

    def traced_columns(self, x: jax.Array, there: jax.Array, before: Memory, after: Memory) -> jax.Array:
        age, listed = jnp.cumsum(there, axis=0), jax.lax.cummax(there.astype(jnp.int32)) > 0
        record, returns = surprises.nothing(x.shape[1], self.law), jnp.where(there, x, jnp.nan)
        records = _records(self, record, returns, before.trend, before.square, age - there, listed)
        return jnp.concatenate([age[..., None].astype(jnp.float32), records.reshape(*x.shape, -1)], axis=-1)

    def begin(self, columns: jax.Array, memory: Memory) -> BaseState:
        age, record = self._split(columns[-1])
        return BaseState(memory, age, record)

    def density(self, state: BaseState) -> Density:
        return self._answered(self._law(state.memory, state.age), state.memory, state.record)

    def step(self, state: BaseState, x: jax.Array, day: jax.Array) -> BaseState:
        today = self._surprises(self._law(state.memory, state.age), state.memory, x)
        record = surprises.updated(state.record, today, self.law)
        return BaseState(vol.update(state.memory, x, self.law.memory), state.age + 1, record)

    def densities(self, columns: jax.Array, memory: Memory, listed: jax.Array | None = None) -> Density:
        age, record = self._split(columns)
        before = jnp.concatenate([jnp.maximum(age[:1] - 1, 0), age[:-1]])
        record = jnp.concatenate([jnp.zeros_like(record[:1]), record[:-1]])
        return self._answered(self._law(memory, before, listed), memory, record)

    def copulas(self, memory: Memory, listed: jax.Array | None = None) -> Copula:
        return super().copulas(self._at_level(memory), listed)

    def law_after(
        self, memory: Memory, age: jax.Array, log_unit: jax.Array, listed: jax.Array | None = None
    ) -> Density:
        """The law, in units, after a memory (..., asset, scale) of ``age`` (..., asset) returns, in units of which
        ``log_unit`` (..., asset) are the logs over the typical one; ``listed`` as for ``densities``."""
        own = features(memory, age, jnp.broadcast_to(log_unit, age.shape), self.law)
        kept = np.setdiff1d(np.arange(own.shape[-2]), self.apart)
        number = jnp.float32(len(kept)) if listed is None else listed[..., kept].sum(axis=-1)[..., None, None]
        size = jnp.broadcast_to(jnp.log(jnp.maximum(number, 1.0)) / 3, (*own.shape[:-1], 1))
        density = self.head(jnp.concatenate([with_market(own, listed, self.apart), size], axis=-1), memory)
        # Prices have the drift that their model adds, and no other: what past trends seem to say of it cost .001 of log
        # score a day on later dates (55 stocks after 2004 and after 2009).
        return replace(density, location=-self.pull() * vol.gap(memory, self.law.memory))

    def in_lanes(self) -> BaseLanes:
        return BaseLanes.of(self)

    def for_assets(self, fresh: Generator, known: np.ndarray, levels: np.ndarray) -> Base:
        moved, log_unit = cast(Base, super().for_assets(fresh, known, levels)), cast(Base, fresh).log_unit[...]
        moved.log_unit = jnp.broadcast_to(log_unit, (*self.level.shape, *log_unit.shape))
        return moved

    @property
    def alone(self) -> Base:
        """One of stacked members, which differ in nothing else, at the level that the history supports."""
        one = jax.tree.map(lambda leaf: leaf[0], self)
        one.level[...] = jnp.zeros(())
        return one

    def members(self, count: int, spread: float) -> Base:
        """So many of it, stacked, whose levels have the quantiles of N(0, spread^2) and that standard deviation; the
        levels of two members that follow each other balance."""
        stacked = jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, (count, *leaf.shape)), self)
        if count > 1:
            quantiles = ndtri((np.arange(count) + 0.5) / count)
            quantiles *= spread / quantiles.std()
            balanced = np.stack([quantiles, quantiles[::-1]], axis=1).ravel()[:count]
            stacked.level[...] = jnp.asarray(balanced, jnp.float32)
        return stacked

    def for_history(
        self, log_unit: np.ndarray | jax.Array, reverting: np.ndarray, loadings: np.ndarray | jax.Array
    ) -> Base:
        """The base for assets with these logs of units over the typical one, levels and rates among them (asset,), and
        loadings (asset, factor) before they are bounded."""
        moved = jax.tree.map(lambda leaf: leaf, self)
        head, count = self.law.head, len(log_unit)
        moved.offsets.set_value(jnp.tile(self.offsets[...], (count, 1)))
        moved.reversion.set_value(jnp.where(jnp.asarray(reverting), head.reverting, head.wandering).astype(jnp.float32))
        moved.own_slope.set_value(jnp.zeros(count))
        moved.raw_loadings.set_value(jnp.asarray(loadings, jnp.float32))
        moved.log_unit.set_value(jnp.asarray(log_unit, jnp.float32))
        return moved

    def slow(self, least: float) -> np.ndarray:
        """(input,) which inputs of the head move over so many days or more: log volatilities at such scales, the ages
        and the unit, of the asset and of its market, and the number of assets."""
        past = [scale >= least for scale in self.law.memory.scales] + [False] * _trends(self.law)
        own = past + [True] * (_own(self.law) - len(past))
        return np.array([*own, *own, True])

    def _split(self, columns: jax.Array) -> tuple[jax.Array, Record]:
        """Age (..., asset) and record (..., asset, kind, scale) of columns."""
        scales = len(self.law.base.surprise_scales)
        return columns[..., 0], columns[..., 1:].reshape(*columns.shape[:-1], surprises.KINDS, scales)

    def losses(self, memory: Memory) -> jax.Array:
        """(..., asset, 2) what leverage answers to, after a memory (..., asset, scale) in units."""
        return surprises.losses(vol.features(memory, self.law.memory)[..., len(self.law.memory.scales) :], self.law)

    def _surprises(self, law: Density, memory: Memory, x: jax.Array) -> jax.Array:
        """(..., asset, kind) of returns x (..., asset), on days of which ``law`` had said this after the memory."""
        return surprises.surprise(invert(law, x)[0], self.losses(self._at_level(memory)), self.law)

    def _answered(self, law: Density, memory: Memory, record: Record) -> Density:
        losses = self.losses(self._at_level(memory))
        return surprises.answered(law, record, losses, self.answers[...], self.law)

    def _at_level(self, memory: Memory) -> Memory:
        """A memory in the units of the history, re-expressed in those of the member."""
        shrink = jnp.exp(-self.level[...])
        return Memory(memory.trend * shrink, memory.square * shrink**2)

    def _law(self, memory: Memory, age: jax.Array, listed: jax.Array | None = None) -> Density:
        """The member's law in the units of the history, after a memory in these."""
        level = self.level[...]
        density = self.law_after(self._at_level(memory), age, self.log_unit[...] + level, listed)
        return replace(density, location=density.location * jnp.exp(level), log_scale=density.log_scale + level)


class BaseLanes(NamedTuple):
    """See :mod:`tsgan.models.gan.lanes`."""

    base: Base
    head: lanes.Head

    @classmethod
    def of(cls, base: Base) -> BaseLanes:
        size = jnp.log(jnp.float32(base.log_unit.shape[-1])) / 3
        return cls(base, lanes.Head.of(base, 0, _own(base.law), constant=size[None]))

    def enter(self, state: BaseState) -> BaseState:
        return lanes.entered(state._replace(age=jnp.asarray(state.age, jnp.float32)))

    def step(self, state: BaseState, noise: jax.Array, day: jax.Array) -> tuple[BaseState, jax.Array]:
        base, law = self.base, self.base.law
        member = base.level[...]
        memory = base._at_level(state.memory)
        level, trend = lanes.levels(memory, law.memory), lanes.trends(memory, law.memory)
        own = jnp.concatenate([level, trend[:, : _trends(law)], self._rest(state.age, member)], axis=1)
        density = self.head(own, own.mean(axis=0), level, memory)
        # Prices have the drift that their model adds, and no other, see Base.law_after.
        pull = base.pull()[:, None] * lanes.gap(memory, law.memory) * jnp.exp(member)
        plain = replace(density, location=-pull, log_scale=density.log_scale + member)
        fallen = -jnp.tanh(trend[:, np.minimum(law.base.leverage_trends, trend.shape[1] - 1)])
        answered = self._answered(plain, state.record, fallen)
        market = jnp.concatenate([level, trend], axis=1).mean(axis=0)
        x = draw(answered, lanes.scores(base, market, noise))
        today = surprises.surprise(invert(plain, x)[0], jnp.moveaxis(fallen, 1, -1), law)
        decay = jnp.asarray(surprises.decays(law.base))[:, None]
        record = decay * state.record + (1 - decay) * jnp.moveaxis(today, -1, 1)[:, :, None]
        return BaseState(lanes.updated(state.memory, x, law.memory), state.age + 1, record), x

    def leave(self, state: BaseState) -> BaseState:
        return lanes.left(state)

    def _rest(self, age: jax.Array, member: jax.Array) -> jax.Array:
        """(asset, feature, path) of age and unit, as :func:`features` has them."""
        law, seen = self.base.law.base, jnp.maximum(age, 1.0)
        unit = jnp.clip(self.base.log_unit[...] + member, -3.0, 3.0) / 1.5
        rest = [jnp.log(seen / law.ages[0]) / 3, *(jnp.exp(-seen / days) for days in law.ages)]
        return jnp.stack([*rest, jnp.broadcast_to(unit[:, None], age.shape)], axis=1)

    def _answered(self, density: Density, record: jax.Array, fallen: jax.Array) -> Density:
        """:func:`tsgan.models.gan.surprises.answered`, for records (asset, kind, scale, path)."""
        answers, kinds = self.base.answers[...][..., None], surprises.KINDS
        each = (record * answers[:kinds]).sum(axis=(1, 2))
        leverage = ((record[:, 1:3] * answers[kinds : kinds + 2]).sum(axis=2) * fallen).sum(axis=1)
        skew, tails = ((record[:, k] * answers[k + 4]).sum(axis=1) for k in (3, 4))
        return surprises.moved(density, each + leverage, skew, tails, self.base.law)


def _full(days: np.ndarray, value: float | None = None) -> np.ndarray:
    """CHUNK days: those given, and then the last of them again, or days of a ``value``."""
    ends = [(0, CHUNK - len(days))] + [(0, 0)] * (days.ndim - 1)
    return np.pad(days, ends, mode="edge") if value is None else np.pad(days, ends, constant_values=value)


@jax.jit
def _records(
    base: Base,
    record: jax.Array,
    x: jax.Array,
    trend: jax.Array,
    square: jax.Array,
    seen: jax.Array,
    listed: jax.Array,
) -> jax.Array:
    """(day, asset, kind, scale) the record after each day, from the one before the first: see ``Base.columns``.

    Args:
        x: (day, asset) returns, NaN where there is none.
        trend, square: (day, asset, scale) memory before each day.
        seen: (day, asset) returns before each day.
        listed: (day, asset).
    """
    memory = Memory(trend, square)
    law = base._law(memory, jnp.asarray(seen, jnp.float32), listed)
    days = base._surprises(law, memory, jnp.nan_to_num(x))
    return surprises.records(days, jnp.isfinite(x), base.law, record)[1:]


def factor_loadings(scores: np.ndarray, factors: int, law: LawConfig) -> np.ndarray:
    """(asset, factor) loadings, before they are bounded, that past normal scores (day, asset), NaN where there is none,
    support: principal components of their correlation, that of each pair shrunk to the average one (Elton and Gruber
    1973) the more the fewer days they have in common."""
    count = scores.shape[1]
    correlation = np.eye(count)
    if count > 1:
        known = np.isfinite(scores).astype(np.float64)
        days = known.T @ known
        sample, off = correlation_of(scores), ~np.eye(count, dtype=bool)
        mean = (days * sample)[off].sum() / max(days[off].sum(), 1.0)
        weight = days / (days + law.base.correlation_days)
        correlation = np.where(off, weight * sample + (1 - weight) * mean, 1.0)
    return principal_loadings(correlation, min(factors, max(count - 1, 1)), law.head.most_loading)


def features(memory: Memory, age: jax.Array, log_unit: jax.Array, law: LawConfig) -> jax.Array:
    """(..., asset, feature) what the head reads of an asset itself: volatilities, trends, age and unit."""
    past = vol.features(memory, law.memory)[..., : len(law.memory.scales) + _trends(law)]
    age = jnp.maximum(age, 1.0)
    first = law.base.ages[0]
    rest = [jnp.log(age / first) / 3, *(jnp.exp(-age / days) for days in law.base.ages)]
    rest.append(jnp.clip(log_unit, -3.0, 3.0) / 1.5)
    return jnp.concatenate([past, jnp.stack(rest, axis=-1)], axis=-1)


def _trends(law: LawConfig) -> int:
    return min(law.base.trends, len(law.memory.scales))


def _own(law: LawConfig) -> int:
    """Features of an asset itself."""
    return len(law.memory.scales) + _trends(law) + len(law.base.ages) + 2
