"""The recurrent generator: a small network that reads the volatility memory (:mod:`tsgan.models.gan.memory`)."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float, Int

from tsgan.config import GANConfig
from tsgan.models.gan import lanes
from tsgan.models.gan import memory as vol
from tsgan.models.gan.density import Density, draw
from tsgan.models.gan.generator import Generator
from tsgan.models.gan.market import with_market
from tsgan.models.gan.memory import Memory


class RecurrentState(NamedTuple):
    """Exponential averages up to today, and nothing else."""

    memory: Memory


class Recurrent(Generator):
    """Tomorrow's law depends on the past through the volatility memory alone."""

    def __init__(self, n_assets: int, config: GANConfig, *, rngs: nnx.Rngs):
        super().__init__(2 * config.law.memory.features, n_assets, config, rngs=rngs)

    @property
    def levels(self) -> tuple[slice, slice]:
        law = self.law.memory
        return slice(0, len(law.scales)), slice(law.features, law.features + len(law.scales))

    def begin(self, columns: Float[Array, "reach asset width"], memory: Memory) -> RecurrentState:
        return RecurrentState(memory)

    def density(self, state: RecurrentState) -> Density:
        return self._after(state.memory)

    def step(self, state: RecurrentState, x: Float[Array, " asset"], day: Int[Array, ""]) -> RecurrentState:
        return RecurrentState(vol.update(state.memory, x, self.law.memory))

    def in_lanes(self) -> RecurrentLanes:
        return RecurrentLanes(self, lanes.Head.of(self, 0, self.law.memory.features))

    def densities(
        self, columns: Float[Array, "day asset width"], memory: Memory, listed: Bool[Array, "day asset"] | None = None
    ) -> Density:
        return self._after(memory, listed)

    def _after(self, memory: Memory, listed: jax.Array | None = None) -> Density:
        return self.head(with_market(vol.features(memory, self.law.memory), listed, self.apart), memory)


class RecurrentLanes(NamedTuple):
    """See :mod:`tsgan.models.gan.lanes`; states are memories (asset, scale, path)."""

    generator: Recurrent
    head: lanes.Head

    def enter(self, state: RecurrentState) -> Memory:
        return lanes.entered(state.memory)

    def step(self, state: Memory, noise: jax.Array, day: jax.Array) -> tuple[Memory, jax.Array]:
        law = self.generator.law.memory
        level = lanes.levels(state, law)
        own = jnp.concatenate([level, lanes.trends(state, law)], axis=1)
        market = own.mean(axis=0)
        x = draw(self.head(own, market, level, state), lanes.scores(self.generator, market, noise))
        return lanes.updated(state, x, law), x

    def leave(self, state: Memory) -> RecurrentState:
        return RecurrentState(lanes.left(state))
