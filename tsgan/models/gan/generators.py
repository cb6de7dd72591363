"""Generators: noise and the recent past become tomorrow's returns, day after day.

Both kinds keep one contract, written for ONE path and batched with ``vmap``:

    begin(columns, memory)      -> State      the state that a history leaves behind
    density(state)              -> Density    tomorrow's law, one row an asset
    step(state, x, day)         -> State      after a day of standardized returns x
    densities(columns, memory)  -> Density    the same for every day of a history, in one parallel pass

``day`` counts from where the state began: the TCN's ring position.

``columns`` are what convolutions read of each day, see :func:`columns`; ``memory`` is the volatility memory.  One
network is shared by all assets: it reads an asset's own features beside the market's, and every asset has its own
offsets.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from tsgan.config import GANConfig
from tsgan.models.gan import memory as vol
from tsgan.models.gan.density import Copula, Density, bounded, from_raw
from tsgan.models.gan.memory import FEATURES, SCALES, Memory

COLUMN = 6
"""Width of a day's column: the return, its size, and log volatility at the four longest scales."""

LAYERS = 8
"""Dilated layers of the TCN: dilations 1, 2, 4, .. 128, a receptive field of 256 days; beyond it the long-scale log
volatilities in the columns carry the memory on."""

REACH = 2**LAYERS
"""Days of columns that the TCN's state depends on."""


PACE = np.array([1.0, 1.0, 1.0, 4.0], np.float32)
"""What offsets of location, log scale, skew and tail are multiplied by.  The log score feels tails so weakly that
training would otherwise stop before they have moved from where they began."""


PULL, MOST_PULL = 0.05, 0.5
"""What reversions are multiplied by, and the largest share of the way back that a level goes in a day."""

SLOPE_PACE = 4.0
"""What levels' own slopes are multiplied by, as offsets of tails are: they had not arrived when training stopped."""

TAIL_SLOPE = 1.5
"""Where the answer of raw tails to log volatility begins; the ridge holds it there.  Surprises are rarer in storms than
in calms: one over the degrees of freedom of standardized returns, from the calmest quarter of the days to the wildest,
is .11 .06 .06 .05 (S&P 500 and Nasdaq to 2008) and .18 .15 .13 .14 (20 stocks to 2008; ``scripts/residuals.py``).  One
history says so too softly to be left alone with it, and may seem to say the opposite.  From 0 to 1.5 the log score of
later years over GJR-GARCH's rose from .0255 to .0277 a day (indices to 2008, warm start) and from .0264 to .0292 (to
2013); at 2 it was .0278 and .0295."""

REVERTING, WANDERING = 0.5, -1.0
"""Where reversions begin: of levels and rates, and of prices, whose are below zero and stay there."""


class State(NamedTuple):
    """What a path's future depends on, beside its noise.

    Attributes:
        memory: exponential averages up to today.
        buffers: per TCN layer (dilation, asset, channel): its last inputs, a ring indexed by day modulo dilation;
            () for the recurrent generator.
        top: (asset, channel) the TCN's last output; () for the recurrent generator.
    """

    memory: Memory
    buffers: tuple[jax.Array, ...]
    top: jax.Array | tuple[()]


class Generator(nnx.Module):
    """What both generators share: a head on features, per-asset offsets, and common factors."""

    reach: ClassVar[int] = 0
    """Days of columns that ``begin`` reads."""

    def __init__(self, inputs: int, n_assets: int, config: GANConfig, *, rngs: nnx.Rngs):
        width, factors = config.width, min(config.loadings, max(n_assets - 1, 1))
        init = nnx.initializers.lecun_normal()
        self.hidden = nnx.Param(init(rngs.params(), (inputs, width)))
        self.hidden_bias = nnx.Param(jnp.zeros(width))
        # The hidden layer starts silent and the likelihood leaves it so: on 10 years of data it only overfits there
        # (see tsgan.training.likelihood).  The adversarial stage wakes it.
        self.out = nnx.Param(jnp.zeros((width, 4)))
        self.skip = nnx.Param(jnp.zeros((inputs, 4)))
        # Per asset: offsets of location, log scale, skew and tail, which starts at 5.7 degrees of freedom.
        self.offsets = nnx.Param(jnp.tile(jnp.array([0.0, -0.1, 0.0, 0.0]), (n_assets, 1)))
        # Per asset: the share of the way back to its average of the last year that a level or rate goes in a day, see
        # set_reverting.  What all assets share cannot say so: prices do not come back.
        self.reversion = nnx.Param(jnp.full(n_assets, WANDERING))
        # Per asset: how much more a level's volatility answers its own past than all assets' does.  Prices share
        # theirs: slopes of their own cost 20 stocks .001 of log score a day.
        self.own_slope = nnx.Param(jnp.zeros(n_assets))
        self.raw_loadings = nnx.Param(jnp.zeros((n_assets, factors)))
        # The strength of the common factors: its response to the market's features, and the log spread of its shocks.
        self.strength = nnx.Param(jnp.zeros(FEATURES))
        self.log_spread = nnx.Param(jnp.float32(-1.2))

    @property
    def commons(self) -> int:
        """Common noises a day: one a factor, and the shock to their strength.  Holds of stacked generators too."""
        return self.raw_loadings.shape[-1] + 1

    def _start_plausibly(self, own: slice) -> None:
        """Log scale is the average of ``own`` log volatilities, and tails are thinner where that is high."""
        share = 1.0 / (own.stop - own.start)
        self.skip[...] = self.skip[...].at[own, 1].set(share).at[own, 3].set(TAIL_SLOPE * share)

    def head(self, features: jax.Array, memory: Memory) -> Density:
        """The density that features (..., asset, inputs) call for after a memory (..., asset, scale)."""
        hidden = jnp.tanh(features @ self.hidden[...] + self.hidden_bias[...])
        raw = hidden @ self.out[...] + features @ self.skip[...] + PACE * self.offsets[...]
        past = vol.features(memory)[..., : len(SCALES)].mean(axis=-1)
        law = from_raw(raw.at[..., 1].add(self.level_slope() * past))
        return law._replace(location=law.location - self.pull() * vol.gap(memory))

    def pull(self) -> jax.Array:
        """(asset,) shares of the way back to its slow average that an asset goes in a day; 0 for prices."""
        return jnp.minimum(PULL * jax.nn.relu(self.reversion[...]), MOST_PULL)

    def level_slope(self) -> jax.Array:
        """(asset,) by how much the slope of a level's log scale in its past exceeds the one all share; 0 for prices."""
        return jnp.where(self.reversion[...] > 0, SLOPE_PACE * self.own_slope[...], 0.0)

    def set_reverting(self, which: jax.Array) -> None:
        """Which assets (asset,) have a level that they come back to."""
        # Typed, not weakly as where() of two numbers is: an update would change that, and compile training again.
        self.reversion[...] = jnp.where(which, REVERTING, WANDERING).astype(jnp.float32)

    def set_correlation(self, correlation: np.ndarray) -> None:
        """Start the common factors from a correlation matrix (asset, asset): its leading principal components."""
        values, vectors = np.linalg.eigh(correlation)
        factors = self.raw_loadings.shape[-1]
        if len(correlation) == 1:
            b = np.zeros((1, factors))
        elif len(correlation) == 2:  # one factor, equal loadings up to sign: exact
            b = np.sqrt(abs(correlation[0, 1])) * np.array([[1.0], [np.sign(correlation[0, 1]) or 1.0]])
        else:
            b = vectors[:, ::-1][:, :factors] * np.sqrt(np.maximum(values[::-1][:factors], 0.0))
        b *= np.where(b.sum(axis=0) < 0, -1.0, 1.0)  # signs that do not depend on the order of the assets
        norm = np.minimum(np.linalg.norm(b, axis=1, keepdims=True), 0.98)
        b *= norm / np.maximum(np.linalg.norm(b, axis=1, keepdims=True), 1e-9)
        self.raw_loadings[...] = jnp.asarray(b / np.sqrt(1.0 - norm**2), jnp.float32)

    def loadings(self) -> jax.Array:
        """(asset, factor) loadings of the common factors at strength 1; their row norms stay below 1."""
        return bounded(self.raw_loadings[...])

    def copula(self, memory: Memory, listed: jax.Array | None = None) -> Copula:
        """How the normal scores of the day after a memory (..., asset, scale) hang together."""
        market = average(vol.features(memory), listed)[..., 0, :]
        return Copula(self.raw_loadings[...], market @ self.strength[...], jnp.exp(self.log_spread[...]))


def average(features: jax.Array, listed: jax.Array | None) -> jax.Array:
    """The market's features (..., 1, F): the mean over the assets that are ``listed`` (..., asset), or over all."""
    if listed is None:
        return jnp.mean(features, axis=-2, keepdims=True)
    weight = listed[..., None].astype(features.dtype)
    return jnp.sum(weight * features, axis=-2, keepdims=True) / jnp.maximum(weight.sum(axis=-2, keepdims=True), 1.0)


def with_market(features: jax.Array, listed: jax.Array | None = None) -> jax.Array:
    """Own features (..., asset, F) beside how far the market's (their average) lie from them, (..., asset, 2 F).

    The second half is zero for a single asset.
    """
    return jnp.concatenate([features, average(features, listed) - features], axis=-1)


class Recurrent(Generator):
    """The explicit volatility memory read by a small network (design: Guyon and Lekeufack 2023)."""

    def __init__(self, n_assets: int, config: GANConfig, *, rngs: nnx.Rngs):
        super().__init__(2 * FEATURES, n_assets, config, rngs=rngs)
        self._start_plausibly(self.levels[0])

    @property
    def levels(self) -> tuple[slice, slice]:
        """Inputs of the head that are own log volatilities, and those that are the market's less the own ones."""
        return slice(0, len(SCALES)), slice(FEATURES, FEATURES + len(SCALES))

    def begin(self, columns: jax.Array, memory: Memory) -> State:
        return State(memory, (), ())

    def density(self, state: State) -> Density:
        return self.head(with_market(vol.features(state.memory)), state.memory)

    def step(self, state: State, x: jax.Array, day: jax.Array) -> State:
        return State(vol.update(state.memory, x), (), ())

    def densities(self, columns: jax.Array, memory: Memory, listed: jax.Array | None = None) -> Density:
        return self.head(with_market(vol.features(memory), listed), memory)


class TCN(Generator):
    """Causal dilated convolutions over daily columns (Bai, Kolter and Koltun 2018), sampled one column a day.

    Each layer is h + tanh(h W0 + h[t - dilation] W1 + b), written as shift and matmul: on CPU a convolution inside a
    scan costs many times one outside it (https://github.com/jax-ml/jax/issues/12868).
    """

    reach = REACH

    def __init__(self, n_assets: int, config: GANConfig, *, rngs: nnx.Rngs):
        channels = config.channels
        super().__init__(channels + 2 * COLUMN, n_assets, config, rngs=rngs)
        init = nnx.initializers.lecun_normal()
        self.embed = nnx.Param(init(rngs.params(), (2 * COLUMN, channels)))
        self.taps = nnx.Param(0.5 * init(rngs.params(), (LAYERS, 2 * channels, channels)))
        self.bias = nnx.Param(jnp.zeros((LAYERS, channels)))
        self._start_plausibly(self.levels[0])

    @property
    def levels(self) -> tuple[slice, slice]:
        """As of :class:`Recurrent`."""
        first = self.skip.shape[0] - 2 * COLUMN + 2
        return slice(first, first + COLUMN - 2), slice(first + COLUMN, first + 2 * COLUMN - 2)

    def begin(self, columns: jax.Array, memory: Memory) -> State:
        layers = self._layers(columns)
        days = columns.shape[0]
        # Ring position of day t is t modulo dilation; the day after the history counts as day 0.
        buffers = tuple(
            jnp.concatenate([jnp.broadcast_to(rest, (max(2**i - days, 0), *h.shape[1:])), h[-(2**i) :]])
            for i, (h, rest) in enumerate(zip(layers[:-1], self._rest()[:-1], strict=True))
        )
        return State(memory, buffers, layers[-1][-1])

    def density(self, state: State) -> Density:
        assert not isinstance(state.top, tuple)
        return self.head(self._head_features(state.top, _daily(state.memory)), state.memory)

    def step(self, state: State, x: jax.Array, day: jax.Array) -> State:
        memory = vol.update(state.memory, x)
        h = with_market(_column(x, memory)) @ self.embed[...]
        buffers = []
        for i, ring in enumerate(state.buffers):
            at = day % ring.shape[0]
            past = jax.lax.dynamic_index_in_dim(ring, at, keepdims=False)
            buffers.append(jax.lax.dynamic_update_index_in_dim(ring, h, at, 0))
            h = self._layer(i, h, past)
        return State(memory, tuple(buffers), h)

    def densities(self, columns: jax.Array, memory: Memory, listed: jax.Array | None = None) -> Density:
        top = self._layers(columns, listed)[-1]
        before = jnp.concatenate([jnp.broadcast_to(self._rest()[-1], top[:1].shape), top])[: memory.square.shape[0]]
        return self.head(self._head_features(before, _daily(memory), listed), memory)

    def _layer(self, i: int, h: jax.Array, past: jax.Array) -> jax.Array:
        return h + jnp.tanh(jnp.concatenate([h, past], axis=-1) @ self.taps[...][i] + self.bias[...][i])

    def _rest(self) -> list[jax.Array]:
        """What every layer reads, and the last output, after an endless past of empty columns, (channel,) each."""
        rest = [jnp.zeros(self.embed.shape[-1])]
        for i in range(LAYERS):
            rest.append(self._layer(i, rest[-1], rest[-1]))
        return rest

    def _layers(self, columns: jax.Array, listed: jax.Array | None = None) -> list[jax.Array]:
        """The inputs of every layer and the last output, (day, asset, channel) each."""
        h = with_market(columns, listed) @ self.embed[...]
        layers = [h]
        for i, rest in enumerate(self._rest()[:-1]):
            shift = min(2**i, h.shape[0])
            past = jnp.concatenate([jnp.broadcast_to(rest, h[:shift].shape), h])[: h.shape[0]]
            h = self._layer(i, h, past)
            layers.append(h)
        return layers

    def _head_features(self, top: jax.Array, column: jax.Array, listed: jax.Array | None = None) -> jax.Array:
        return jnp.concatenate([top, with_market(column, listed)], axis=-1)


def _column(x: jax.Array, memory: Memory) -> jax.Array:
    """The column of a day, from its returns (..., asset) and the memory after it."""
    level = vol.features(memory)[..., len(SCALES) - (COLUMN - 2) : len(SCALES)]
    return jnp.concatenate([jnp.tanh(0.5 * x)[..., None], jnp.log1p(jnp.abs(x))[..., None], level], axis=-1)


def _daily(memory: Memory) -> jax.Array:
    """A column without its return: what the head reads beside the convolutions."""
    return _column(jnp.zeros(memory.square.shape[:-1]), memory)


def columns(x: np.ndarray, memory: Memory) -> np.ndarray:
    """The columns of a history: x (day, asset) and its trajectory (day + 1, asset, scale) give (day, asset, COLUMN).

    A day without a return (NaN) reads as one on which nothing happened.
    """
    after = Memory(memory.trend[1:], memory.square[1:])
    return np.asarray(_column(jnp.asarray(np.nan_to_num(x), jnp.float32), after))


def histories(x: np.ndarray, ends: np.ndarray, days: int, reach: int) -> tuple[np.ndarray, Memory]:
    """What ``begin`` reads of many histories: the last ``days`` of ``x[:end]`` for each of ``ends``.

    The columns of their last ``reach`` days (history, reach, asset, COLUMN), zeros where a history is shorter, and the
    memory after them (history, asset, scale); the trajectory is computed once.
    """
    begins = np.maximum(ends - days, 0)
    first = int(begins.min())
    memory = vol.trajectory(x[first : int(ends.max())])
    seen = vol.observed(x[first : int(ends.max())])
    last = vol.at(memory, begins - first, ends - first, seen)
    day = ends[:, None] + np.arange(-reach, 0)
    inside = day >= begins[:, None]
    day = np.where(inside, day, begins[:, None])
    after = vol.at(memory, begins[:, None] - first, day + 1 - first, seen)
    column = np.asarray(_column(jnp.asarray(np.nan_to_num(x[day])), after))
    return np.where(inside[..., None, None], column, np.float32(0)), last


def persistence(generator: Recurrent | TCN) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Slopes of log scale in past log volatility: of all assets together, (), of one against the others, (), and of
    each level whose own slope adds to that of all, (asset,), 0 for the rest.

    At 1 volatility never returns to its level, and beyond it free runs drift apart.
    """
    response, (own, market) = generator.skip[...][:, 1], generator.levels
    together, beyond = response[own].sum(), generator.level_slope()
    return together, together - response[market].sum(), jnp.where(beyond > 0, together + beyond, 0.0)


GENERATORS: dict[str, type[Recurrent] | type[TCN]] = {"recurrent": Recurrent, "tcn": TCN}
