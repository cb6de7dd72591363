"""A stranger's generator: the volatility memory, and how long ago the last shock was.

Announced in the ``pyproject.toml`` of the package that it lives in::

    [project.entry-points."tsgan.generators"]
    aftershock = "generator:Aftershock"
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx

from tsgan.models.gan import Density, Generator, Memory, with_market
from tsgan.models.gan import memory as vol

SHOCK, FADE = 2.0, 0.8
"""Size of a shock, in training standard deviations, and the share of it that is left a day later."""


class State(NamedTuple):
    """What a path's future depends on: the memory, and what is left of the last shocks (asset,)."""

    memory: Memory
    shock: jax.Array


class Aftershock(Generator):
    """One more feature an asset: an average over days with a return beyond ``SHOCK``, which ``FADE`` forgets."""

    def __init__(self, n_assets: int, config: Any, *, rngs: nnx.Rngs):
        super().__init__(2 * (config.law.memory.features + 1), n_assets, config, rngs=rngs)

    @property
    def levels(self) -> tuple[slice, slice]:
        scales, width = len(self.law.memory.scales), self.law.memory.features + 1
        return slice(0, scales), slice(width, width + scales)

    def begin(self, columns: jax.Array, memory: Memory) -> State:
        return State(memory, self._faded(columns)[-1])

    def density(self, state: State) -> Density:
        return self._after(state.memory, state.shock)

    def step(self, state: State, x: jax.Array, day: jax.Array) -> State:
        return State(vol.update(state.memory, x, self.law.memory), FADE * state.shock + (jnp.abs(x) > SHOCK))

    def densities(self, columns: jax.Array, memory: Memory, listed: jax.Array | None = None) -> Density:
        before = jnp.concatenate([jnp.zeros((1, columns.shape[1])), self._faded(columns)])
        return self._after(memory, before[: memory.square.shape[0]], listed)

    @classmethod
    def reach(cls, law: Any) -> int:
        return 56  # what is left of older shocks is below a millionth or so of their size

    @classmethod
    def column(cls, x: jax.Array, memory: Memory, seen: jax.Array, law: Any) -> jax.Array:
        return (jnp.abs(x) > SHOCK)[..., None].astype(jnp.float32)

    def _after(self, memory: Memory, shock: jax.Array, listed: jax.Array | None = None) -> Density:
        features = jnp.concatenate([vol.features(memory, self.law.memory), shock[..., None]], axis=-1)
        return self.head(with_market(features, listed, self.apart), memory)

    def _faded(self, columns: jax.Array) -> jax.Array:
        """(day, asset) what is left of the shocks after each day."""
        start = jnp.zeros(columns.shape[1])
        return jax.lax.scan(lambda left, hit: (FADE * left + hit[:, 0],) * 2, start, columns)[1]
