"""The contract of generators: noise and the recent past become tomorrow's returns, day after day.

A generator is written for ONE path and batched with ``vmap``.  It supplies

    begin(columns, memory)             -> state      the state that a history leaves behind
    density(state)                     -> Density    tomorrow's law, (asset,) each
    step(state, x, day)                -> state      after a day of standardized returns x (asset,)
    densities(columns, memory, listed) -> Density    (day, asset) each: every day of a history in one parallel pass
    levels                             -> slices     which inputs of the head are log volatilities

and, where it reads more of the past than the volatility memory tells,

    column(x, memory, seen, law)       -> (..., asset, width)   what is kept of a day for ``begin`` and ``densities``
    columns(x, memory, listed)         -> (day, asset, width)   the same of a whole history, where that takes its law
    reach(law)                         -> days                  how many of them ``begin`` reads
    context(law)                       -> days                  of a history that are read at all
    truncate(state, days)              -> state      without what would be read only after so many more days
    rewind(state, days)                -> state      after so many days, as if the next one were day 0

THE STATE BELONGS TO THE GENERATOR: any pytree of arrays (a NamedTuple, say).  Nobody else looks into it; others may
batch it, stack it, save it and hand it back.  ``columns`` are (reach, asset, width) in ``begin``, of the last days,
zeros before the first one, and (day, asset, width) in ``densities``; ``memory`` is the volatility memory
(:mod:`tsgan.models.gan.memory`), (asset, scale) after those days, and (day, asset, scale) before each of them.

``step`` is told the ``day``, counted from ``begin`` or from the last ``rewind``.  It is no part of the state because it
is the same for all paths of a batch: positions of their own would turn every read of a ring into a gather.

Everything else is here, and a generator may override it: one head for all assets, which reads an asset's own features
beside the market's; what belongs to each asset; the common factors (the copula of the inherited ``copula`` reads
``state.memory``); and what training asks for, which is told apart below.  What a generator makes of the market, by
:func:`tsgan.models.gan.with_market` say, leaves out the assets ``apart``.  ``law`` is the configuration that the
parameters were found under, and stays with them.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Bool, Float, Int, Real

from tsgan.config import GANConfig, LawConfig
from tsgan.models.contract import MarketModel
from tsgan.models.gan import memory as vol
from tsgan.models.gan.density import Copula, Density, bounded, from_raw
from tsgan.models.gan.lanes import Lanes
from tsgan.models.gan.market import average
from tsgan.models.gan.memory import Memory
from tsgan.models.gan.ties import Ties

State = Any
"""A pytree of arrays that only its generator knows."""

LOG_SCALE, TAIL = 1, 3
"""Columns of the head's raw outputs; the others are location, 0, and skew, 2."""


class Generator(nnx.Module):
    """See the module's text for what a generator supplies.

    Attributes:
        law: what the parameters mean; static.
        apart: places of the assets that are modelled apart; static.  They are no part of the market that the others
            read, and have ``ties`` in place of loadings, see :mod:`tsgan.models.gan.ties`.
    """

    tie_weights: nnx.Param
    tie_mixing: nnx.Param
    """Of a generator with assets apart."""

    of_assets: ClassVar[tuple[str, ...]] = ("offsets", "reversion", "own_slope", "raw_loadings")
    """Parameters that belong to assets, whose order is theirs."""

    def __init__(self, inputs: int, n_assets: int, config: GANConfig, *, rngs: nnx.Rngs):
        self.law = config.law
        self.apart: tuple[int, ...] = ()
        start = config.law.head
        width, factors = config.width, min(config.loadings, max(n_assets - 1, 1))
        init = nnx.initializers.lecun_normal()
        self.hidden = nnx.Param(init(rngs.params(), (inputs, width)))
        self.hidden_bias = nnx.Param(jnp.zeros(width))
        # The hidden layer starts silent, and the likelihood leaves it so, see without_hidden.
        self.out = nnx.Param(jnp.zeros((width, 4)))
        self.skip = nnx.Param(jnp.zeros((inputs, 4)))
        # Per asset: offsets of location, log scale, skew and tail.
        self.offsets = nnx.Param(jnp.tile(jnp.array(start.offsets), (n_assets, 1)))
        # Per asset: the share of the way back to its average of the last year that a level or rate goes in a day, see
        # set_reverting.  What all assets share cannot say so: prices do not come back.
        self.reversion = nnx.Param(jnp.full(n_assets, start.wandering))
        # Per asset: how much more a level's volatility answers its own past than all assets' does, or that of an asset
        # apart.  Other prices share theirs: slopes of their own cost 20 stocks .001 of log score a day.
        self.own_slope = nnx.Param(jnp.zeros(n_assets))
        self.raw_loadings = nnx.Param(jnp.zeros((n_assets, factors)))
        # The strength of the common factors: its response to the market's features, and the log spread of its shocks.
        self.strength = nnx.Param(jnp.zeros(config.law.memory.features))
        self.log_spread = nnx.Param(jnp.float32(start.log_spread))
        # Log scale is the average of own log volatilities, and tails are thinner where that is high.
        own = self.levels[0]
        share = 1.0 / (own.stop - own.start)
        self.skip[...] = self.skip[...].at[own, LOG_SCALE].set(share).at[own, TAIL].set(start.tail_slope * share)

    # What a generator supplies.

    @abstractmethod
    def begin(self, columns: Float[Array, "reach asset width"], memory: Memory) -> State:
        """The state after a history: the columns of its last ``reach`` days, and the memory (asset, scale) after it."""

    @abstractmethod
    def density(self, state: State) -> Density:
        """Tomorrow's law, (asset,) each."""

    @abstractmethod
    def step(self, state: State, x: Float[Array, " asset"], day: Int[Array, ""]) -> State:
        """The state after a day of standardized returns x (asset,); ``day`` () counts from 0."""

    @abstractmethod
    def densities(
        self, columns: Float[Array, "day asset width"], memory: Memory, listed: Bool[Array, "day asset"] | None = None
    ) -> Density:
        """The law of every day of a history, (day, asset) each, the first as after an endless uneventful past.

        Args:
            columns: (day, asset, width) of these days; a day's law must not depend on its own, nor on later ones.
            memory: (day, asset, scale) before each day.
            listed: (day, asset) assets that make the market; all unless given.
        """

    @property
    @abstractmethod
    def levels(self) -> tuple[slice, slice]:
        """Inputs of the head that are own log volatilities, and those that are the market's less the own ones.

        Read while the generator is being made, when it has the head's parameters only.
        """

    # What it supplies where it reads more of the past than the memory.

    @classmethod
    def reach(cls, law: LawConfig) -> int:
        """Days of columns that ``begin`` reads."""
        return 0

    @classmethod
    def context(cls, law: LawConfig) -> int:
        """Days of a history that are read: the memory after more of them is that after the last so many."""
        return MarketModel.context_days

    @classmethod
    def column(
        cls, x: Float[Array, "*batch asset"], memory: Memory, seen: Real[Array, "*batch asset"], law: LawConfig
    ) -> Float[Array, "*batch asset width"]:
        """What is kept of a day, (..., asset, width), from its returns x (..., asset), 0 where there is none, and
        after it the memory (..., asset, scale) and the number of returns seen (..., asset)."""
        return jnp.zeros((*x.shape, 0))

    def columns(
        self, x: Float[np.ndarray, "day asset"], memory: Memory, listed: Bool[np.ndarray, "day asset"]
    ) -> Float[np.ndarray, "day asset width"]:
        """What is kept of every day of a history: ``column``, day by day, unless a generator keeps what its own law
        says of the days before.

        Args:
            x: (day, asset) standardized returns, NaN where there is none.
            memory: (day + 1, asset, scale) their trajectory.
            listed: (day, asset) assets that make the market.
        """
        return plain_columns(type(self), self.law, x, memory)

    def traced_columns(self, x: jax.Array, there: jax.Array, before: Memory, after: Memory) -> jax.Array:
        """``columns`` (day, asset, width) as a function that can be differentiated: of returns x (day, asset), 0 where
        there is none, where they are ``there``, and of the memory (day, asset, scale) before and after each day."""
        return self.column(x, after, jnp.cumsum(there, axis=0), self.law)

    def in_lanes(self) -> Lanes | None:
        """A day's arithmetic for many paths that lie along the last axis (:mod:`tsgan.models.gan.lanes`), where a
        generator has its own; None has it batched by ``vmap``."""
        return None

    def truncate(self, state: State, days: int) -> State:
        """The state, any leading axes before its own, without what would be read only after ``days`` more days."""
        return state

    def rewind(self, state: State, days: int) -> State:
        """The state after ``days`` days, any leading axes before its own, as if the next one were day 0."""
        return state

    # The head, the same for all generators.

    def head(self, features: Float[Array, "*batch asset input"], memory: Memory) -> Density:
        """The density that features (..., asset, inputs) call for after a memory (..., asset, scale)."""
        hidden = jnp.tanh(features @ self.hidden[...] + self.hidden_bias[...])
        pace = np.array(self.law.head.pace, np.float32)
        raw = hidden @ self.out[...] + features @ self.skip[...] + pace * self.offsets[...]
        past = vol.levels(vol.features(memory, self.law.memory), self.law.memory).mean(axis=-1)
        raw = raw.at[..., LOG_SCALE].add(self.level_slope() * past)
        at = from_raw(raw, self.law.density)
        location = at.location - self.pull() * vol.gap(memory, self.law.memory)
        return Density(location, at.log_scale, at.skew, at.tail, at.cap)

    def pull(self) -> Float[Array, " asset"]:
        """(asset,) shares of the way back to its slow average that an asset goes in a day; 0 for prices."""
        head = self.law.head
        return jnp.minimum(head.pull * jax.nn.relu(self.reversion[...]), head.most_pull)

    def level_slope(self) -> Float[Array, " asset"]:
        """(asset,) by how much the slope of log scale in its past exceeds the one all share, of a level or of an asset
        apart; 0 for other prices."""
        own = self.reversion[...] > 0
        if self.apart:
            own = own | np.isin(np.arange(own.shape[-1]), self.apart)
        return jnp.where(own, self.law.head.slope_pace * self.own_slope[...], 0.0)

    # The common factors.

    @property
    def commons(self) -> int:
        """Common noises a day: one a factor, and the shock to their strength.  Holds of stacked generators too."""
        return self.raw_loadings.shape[-1] + 1

    def loadings(self) -> Float[Array, "asset factor"]:
        """(asset, factor) loadings of the common factors at strength 1; their row norms stay below 1."""
        return bounded(self.raw_loadings[...])

    def copula(self, state: State) -> Copula:
        """How tomorrow's normal scores hang together."""
        return self.copulas(state.memory)

    def copulas(self, memory: Memory, listed: Bool[Array, "*batch asset"] | None = None) -> Copula:
        """The same for any days, from the memory (..., asset, scale) before each.

        It reads nothing else, as training asks for it on some days of a long history only.
        """
        market = average(vol.features(memory, self.law.memory), listed, self.apart)[..., 0, :]
        return Copula(
            self.raw_loadings[...],
            market @ self.strength[...],
            jnp.exp(self.log_spread[...]),
            self.law.density.strength_range,
            Ties(self.tie_weights[...], self.tie_mixing[...], self.apart) if self.apart else None,
        )

    # What training asks for.

    def set_reverting(self, which: Bool[Array, " asset"]) -> None:
        """Which assets (asset,) have a level that they come back to."""
        head = self.law.head
        # Typed, not weakly as where() of two numbers is: an update would change that, and compile training again.
        self.reversion[...] = jnp.where(which, head.reverting, head.wandering).astype(jnp.float32)

    def set_correlation(self, correlation: Float[np.ndarray, "asset asset"]) -> None:
        """Start the common factors from a correlation matrix (asset, asset): its leading principal components."""
        factors = self.raw_loadings.shape[-1]
        loadings = principal_loadings(correlation, factors, self.law.head.most_loading)
        self.raw_loadings[...] = jnp.asarray(loadings, jnp.float32)

    def without_hidden(self) -> Generator:
        """Of a gradient, which has a generator's form: without the part of the head's hidden layer.

        Fitted to ten years of daily returns by likelihood that layer only overfits (S&P 500, trained on 1999-2012: log
        score on 2013-18 of -1.026 a day linear, -1.060 with it after 250 steps, and falling).  As its weights start at
        zero it stays silent; the adversarial stage wakes it.
        """
        linear = jax.tree.map(lambda leaf: leaf, self)
        linear.out[...] = jnp.zeros_like(self.out[...])
        return linear

    def responses(self) -> tuple[Float[Array, "input 4"], Float[Array, " feature"]]:
        """Linear responses to the past, of the raw outputs (inputs, 4) and of the common factors' strength (feature,):
        the likelihood stage holds them close to where they began."""
        return self.skip[...], self.strength[...]

    def persistence(self) -> tuple[Float[Array, ""], Float[Array, ""], Float[Array, " asset"]]:
        """Slopes of log scale in past log volatility: of all assets together, (), of one against the others, (), and of
        each level whose own slope adds to that of all, (asset,), 0 for the rest.

        At 1 volatility never returns to its level, and beyond it free runs drift apart.
        """
        response, (own, market) = self.skip[...][:, LOG_SCALE], self.levels
        together, beyond = response[own].sum(), self.level_slope()
        return together, together - response[market].sum(), jnp.where(beyond > 0, together + beyond, 0.0)

    def louder(self, by: Float[Array, "*member asset"]) -> Generator:
        """The generator, or stacked ones, with log scales moved by (..., asset)."""
        moved = jax.tree.map(lambda leaf: leaf, self)
        step = by / self.law.head.pace[LOG_SCALE]
        moved.offsets[...] = moved.offsets[...].at[..., LOG_SCALE].add(step)
        return moved

    def for_assets(
        self, fresh: Generator, known: Bool[np.ndarray, " asset"], levels: Bool[np.ndarray, " new_asset"]
    ) -> Generator:
        """The generator, or stacked ones, for assets that it was not trained on.

        What belongs to an asset becomes the mean over those it was trained on, how levels differ from prices the mean
        over its levels.

        Args:
            fresh: a generator of the new assets; common factors start from its.
            known: (asset,) whether the assets trained on are levels or rates.
            levels: (new asset,) whether the new ones are.
        """
        if self.apart:
            return self.without_apart().for_assets(fresh, np.delete(known, self.apart), levels)
        head, moved = self.law.head, jax.tree.map(lambda leaf: leaf, self)
        before, count = self.offsets.shape[:-2], len(levels)
        offsets = self.offsets[...].mean(axis=-2, keepdims=True)

        def of_levels(theirs: jax.Array, usual: float, prices: float) -> nnx.Param:
            own = np.asarray(theirs)[..., known]
            mean = own.mean(axis=-1, keepdims=True) if own.size else np.full((*before, 1), usual)
            return nnx.Param(jnp.asarray(np.where(levels, mean, prices), jnp.float32))

        moved.offsets = nnx.Param(jnp.broadcast_to(offsets, (*before, count, offsets.shape[-1])))
        moved.raw_loadings = nnx.Param(jnp.broadcast_to(fresh.raw_loadings[...], (*before, *fresh.raw_loadings.shape)))
        moved.reversion = of_levels(self.reversion[...], head.reverting, head.wandering)
        moved.own_slope = of_levels(self.own_slope[...], 0.0, 0.0)
        return moved

    # Assets that are modelled apart.

    def beside(self, places: tuple[int, ...]) -> Generator:
        """The generator, or stacked ones, with assets apart at these places of all.

        What belongs to an asset is the mean over the others, and nothing ties them to these yet.
        """
        moved = jax.tree.map(lambda leaf: leaf, self)
        before = self.offsets.shape[:-2]
        lead, count = len(before), self.offsets.shape[-2] + len(places)
        others = np.setdiff1d(np.arange(count), places)
        index = (slice(None),) * lead
        for name in self.of_assets:
            theirs = getattr(self, name)[...]
            mean = jnp.mean(theirs, axis=lead, keepdims=True) * (name != "raw_loadings")
            full = jnp.broadcast_to(mean, (*before, count, *theirs.shape[lead + 1 :]))
            setattr(moved, name, nnx.Param(full.at[(*index, others)].set(theirs)))
        moved.tie_weights = nnx.Param(jnp.zeros((*before, len(places), count)))
        moved.tie_mixing = nnx.Param(jnp.broadcast_to(jnp.eye(len(places)), (*before, len(places), len(places))))
        moved.apart = places
        return moved

    def without_apart(self) -> Generator:
        """The generator, or stacked ones, of the others alone."""
        moved = jax.tree.map(lambda leaf: leaf, self)
        lead = self.offsets.ndim - 2
        for name in self.of_assets:
            setattr(moved, name, nnx.Param(jnp.delete(getattr(self, name)[...], np.array(self.apart), axis=lead)))
        del moved.tie_weights, moved.tie_mixing
        moved.apart = ()
        return moved


def plain_columns(
    kind: type[Generator], law: LawConfig, x: Float[np.ndarray, "day asset"], memory: Memory
) -> Float[np.ndarray, "day asset width"]:
    """Columns (day, asset, width) of a history x (day, asset) with a trajectory (day + 1, asset, scale), each day by
    itself; one without a return (NaN) reads as one on which nothing happened."""
    after = Memory(memory.trend[1:], memory.square[1:])
    return np.asarray(
        kind.column(jnp.asarray(np.nan_to_num(x), jnp.float32), after, jnp.asarray(vol.observed(x)[1:]), law)
    )


def principal_loadings(correlation: np.ndarray, factors: int, most: float) -> np.ndarray:
    """(asset, factor) loadings, before they are bounded, from the leading principal components of a correlation matrix;
    the bounded ones have norms of at ``most`` that."""
    values, vectors = np.linalg.eigh(correlation)
    if len(correlation) == 1:
        b = np.zeros((1, factors))
    elif len(correlation) == 2:  # one factor, equal loadings up to sign: exact
        b = np.sqrt(abs(correlation[0, 1])) * np.array([[1.0], [np.sign(correlation[0, 1]) or 1.0]])
    else:
        b = vectors[:, ::-1][:, :factors] * np.sqrt(np.maximum(values[::-1][:factors], 0.0))
    b *= np.where(b.sum(axis=0) < 0, -1.0, 1.0)  # signs that do not depend on the order of the assets
    norm = np.minimum(np.linalg.norm(b, axis=1, keepdims=True), most)
    b *= norm / np.maximum(np.linalg.norm(b, axis=1, keepdims=True), 1e-9)
    return b / np.sqrt(1.0 - norm**2)
