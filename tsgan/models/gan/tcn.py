"""Causal dilated convolutions beside the volatility memory (Bai, Kolter and Koltun 2018), sampled one column a day."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float, Int, Real

from tsgan.config import GANConfig, LawConfig
from tsgan.models.gan import lanes
from tsgan.models.gan import memory as vol
from tsgan.models.gan.density import Density, draw
from tsgan.models.gan.generator import Generator
from tsgan.models.gan.market import with_market
from tsgan.models.gan.memory import Memory


class TCNState(NamedTuple):
    """What a path's future depends on, beside its noise.

    Attributes:
        memory: exponential averages up to today.
        buffers: per layer (dilation, asset, channel): its last inputs, a ring indexed by day modulo dilation.
        top: (asset, channel) the last output.
    """

    memory: Memory
    buffers: tuple[jax.Array, ...]
    top: jax.Array


class TCN(Generator):
    """Each layer is h + tanh(h W0 + h[t - dilation] W1 + b), written as shift and matmul: on CPU a convolution inside a
    scan costs many times one outside it (https://github.com/jax-ml/jax/issues/12868).

    A column is the return, its size, and log volatility at the longest scales.
    """

    def __init__(self, n_assets: int, config: GANConfig, *, rngs: nnx.Rngs):
        channels, width, layers = config.channels, _width(config.law), config.law.tcn.layers
        super().__init__(channels + 2 * width, n_assets, config, rngs=rngs)
        init = nnx.initializers.lecun_normal()
        self.embed = nnx.Param(init(rngs.params(), (2 * width, channels)))
        self.taps = nnx.Param(0.5 * init(rngs.params(), (layers, 2 * channels, channels)))
        self.bias = nnx.Param(jnp.zeros((layers, channels)))

    @property
    def levels(self) -> tuple[slice, slice]:
        width = _width(self.law)
        first = self.skip.shape[0] - 2 * width + 2
        return slice(first, first + width - 2), slice(first + width, first + 2 * width - 2)

    @classmethod
    def reach(cls, law: LawConfig) -> int:
        return 2**law.tcn.layers

    @classmethod
    def column(
        cls, x: Float[Array, "*batch asset"], memory: Memory, seen: Real[Array, "*batch asset"], law: LawConfig
    ) -> Float[Array, "*batch asset width"]:
        return _column(x, memory, law)

    def begin(self, columns: Float[Array, "reach asset width"], memory: Memory) -> TCNState:
        layers = self._layers(columns)
        days = columns.shape[0]
        # Ring position of day t is t modulo dilation; the day after the history counts as day 0.
        buffers = tuple(
            jnp.concatenate([jnp.broadcast_to(rest, (max(2**i - days, 0), *h.shape[1:])), h[-(2**i) :]])
            for i, (h, rest) in enumerate(zip(layers[:-1], self._rest()[:-1], strict=True))
        )
        return TCNState(memory, buffers, layers[-1][-1])

    def density(self, state: TCNState) -> Density:
        return self.head(self._head_features(state.top, self._daily(state.memory)), state.memory)

    def step(self, state: TCNState, x: Float[Array, " asset"], day: Int[Array, ""]) -> TCNState:
        memory = vol.update(state.memory, x, self.law.memory)
        h = with_market(_column(x, memory, self.law), apart=self.apart) @ self.embed[...]
        buffers = []
        for i, ring in enumerate(state.buffers):
            at = day % ring.shape[0]
            past = jax.lax.dynamic_index_in_dim(ring, at, keepdims=False)
            buffers.append(jax.lax.dynamic_update_index_in_dim(ring, h, at, 0))
            h = self._layer(i, h, past)
        return TCNState(memory, tuple(buffers), h)

    def densities(
        self, columns: Float[Array, "day asset width"], memory: Memory, listed: Bool[Array, "day asset"] | None = None
    ) -> Density:
        top = self._layers(columns, listed)[-1]
        before = jnp.concatenate([jnp.broadcast_to(self._rest()[-1], top[:1].shape), top])[: memory.square.shape[0]]
        return self.head(self._head_features(before, self._daily(memory), listed), memory)

    def truncate(self, state: TCNState, days: int) -> TCNState:
        return state._replace(buffers=tuple(ring[..., :days, :, :] for ring in state.buffers))

    def rewind(self, state: TCNState, days: int) -> TCNState:
        """Rings turned so that the next call starts at position 0 again."""
        rings = tuple(jnp.roll(ring, -(days % ring.shape[-3]), axis=-3) for ring in state.buffers)
        return state._replace(buffers=rings)

    def in_lanes(self) -> TCNLanes:
        return TCNLanes(
            self,
            # The head reads a day's column without its return and its size.
            lanes.Head.of(self, self.embed.shape[-1], _width(self.law), silent=2),
            lanes.Split.of(self.embed[...], 0, _width(self.law)),
        )

    def _layer(self, i: int, h: jax.Array, past: jax.Array) -> jax.Array:
        return h + jnp.tanh(jnp.concatenate([h, past], axis=-1) @ self.taps[...][i] + self.bias[...][i])

    def _rest(self) -> list[jax.Array]:
        """What every layer reads, and the last output, after an endless past of empty columns, (channel,) each."""
        rest = [jnp.zeros(self.embed.shape[-1])]
        for i in range(self.law.tcn.layers):
            rest.append(self._layer(i, rest[-1], rest[-1]))
        return rest

    def _layers(self, columns: jax.Array, listed: jax.Array | None = None) -> list[jax.Array]:
        """The inputs of every layer and the last output, (day, asset, channel) each."""
        h = with_market(columns, listed, self.apart) @ self.embed[...]
        layers = [h]
        for i, rest in enumerate(self._rest()[:-1]):
            shift = min(2**i, h.shape[0])
            past = jnp.concatenate([jnp.broadcast_to(rest, h[:shift].shape), h])[: h.shape[0]]
            h = self._layer(i, h, past)
            layers.append(h)
        return layers

    def _daily(self, memory: Memory) -> jax.Array:
        """A column without its return: what the head reads beside the convolutions."""
        return _column(jnp.zeros(memory.square.shape[:-1]), memory, self.law)

    def _head_features(self, top: jax.Array, column: jax.Array, listed: jax.Array | None = None) -> jax.Array:
        return jnp.concatenate([top, with_market(column, listed, self.apart)], axis=-1)


def _width(law: LawConfig) -> int:
    """Of a column."""
    return 2 + law.tcn.levels


def _column(x: jax.Array, memory: Memory, law: LawConfig) -> jax.Array:
    """(..., asset, width) of a day: its return, its size, and log volatility after it."""
    level = vol.levels(vol.features(memory, law.memory), law.memory)[..., -law.tcn.levels :]
    return jnp.concatenate([jnp.tanh(0.5 * x)[..., None], jnp.log1p(jnp.abs(x))[..., None], level], axis=-1)


class TCNLanes(NamedTuple):
    """See :mod:`tsgan.models.gan.lanes`; states are those of paths, with what every layer reads on the day to come.

    A ring that is read and then written on the same day would be copied as a whole.
    """

    generator: TCN
    head: lanes.Head
    embed: lanes.Split

    def enter(self, state: TCNState) -> tuple[TCNState, tuple[jax.Array, ...]]:
        state = lanes.entered(state)
        return state, tuple(ring[0] for ring in state.buffers)

    def step(
        self, state: tuple[TCNState, tuple[jax.Array, ...]], noise: jax.Array, day: jax.Array
    ) -> tuple[tuple[TCNState, tuple[jax.Array, ...]], jax.Array]:
        (before, pasts), generator, law = state, self.generator, self.generator.law
        level, trend = lanes.levels(before.memory, law.memory), lanes.trends(before.memory, law.memory)
        read = level[:, -law.tcn.levels :]
        density = self.head(jnp.concatenate([before.top, read], axis=1), read.mean(axis=0), level, before.memory)
        market = jnp.concatenate([level, trend], axis=1).mean(axis=0)
        x = draw(density, lanes.scores(generator, market, noise))
        memory = lanes.updated(before.memory, x, law.memory)
        after = lanes.levels(memory, law.memory)[:, -law.tcn.levels :]
        column = jnp.concatenate([jnp.tanh(0.5 * x)[:, None], jnp.log1p(jnp.abs(x))[:, None], after], axis=1)
        own, beside = self.embed(column, column.mean(axis=0))
        h, rings, following = own + beside, [], []
        for i, (ring, past) in enumerate(zip(before.buffers, pasts, strict=True)):
            days = ring.shape[0]
            rings.append(jax.lax.dynamic_update_index_in_dim(ring, h, day % days, 0))
            following.append(jax.lax.dynamic_index_in_dim(rings[-1], (day + 1) % days, keepdims=False))
            both = lanes.product(generator.taps[...][i].T, jnp.concatenate([h, past], axis=1))
            h = h + jnp.tanh(both + generator.bias[...][i][:, None])
        return (TCNState(memory, tuple(rings), h), tuple(following)), x

    def leave(self, state: tuple[TCNState, tuple[jax.Array, ...]]) -> TCNState:
        return lanes.left(state[0])
