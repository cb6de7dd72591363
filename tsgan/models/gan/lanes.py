"""Generators in lanes: the arithmetic of a day for many paths at once, which lie along the last axis of every array.

A generator is written for one path, as one reads it, and ``vmap`` makes many of it.  What comes out is slow where it
matters: products of features and weights leave arrays whose last axis is that of four outputs, and features are laid
out anew to be multiplied.  Here states, features and outputs are (asset, feature, path), and weights come first in
every product.  What all assets share of the market is multiplied once a path rather than once an asset:

    [own, market - own] W  =  own (W_own - W_market) + market W_market

A generator that knows its own lanes says so by ``in_lanes``; the others are batched by ``vmap``.  Either way a path is
the same up to rounding, which :func:`tsgan.testing.check_generator` checks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from tsgan.config import MemoryConfig
from tsgan.models.gan.density import Copula, Density, correlate, draw, from_parts, strength
from tsgan.models.gan.memory import Memory, decays

Noise = Float[Array, "number path"]


@runtime_checkable
class Lanes(Protocol):
    """A generator's day in lanes."""

    def enter(self, state: Any) -> Any:
        """States, leaves (path, ...), in lanes."""
        ...

    def step(self, state: Any, noise: Noise, day: Int[Array, ""]) -> tuple[Any, Float[Array, "asset path"]]:
        """A day: states after it, and its standardized returns, from the noise of the assets and of the factors."""
        ...

    def leave(self, state: Any) -> Any:
        """The way back."""
        ...


class Batched(NamedTuple):
    """Any generator, by ``vmap``."""

    generator: Any

    def enter(self, state: Any) -> Any:
        return entered(state)

    def step(self, state: Any, noise: Noise, day: jax.Array) -> tuple[Any, jax.Array]:
        generator = self.generator

        def one_path(state: Any, noise: jax.Array) -> tuple[Any, jax.Array]:
            own, common = noise[: -generator.commons], noise[-generator.commons :]
            x = draw(generator.density(state), correlate(generator.copula(state), own, common))
            return generator.step(state, x, day), x

        return jax.vmap(one_path, in_axes=-1, out_axes=-1)(state, noise)

    def leave(self, state: Any) -> Any:
        return left(state)


def entered(state: Any) -> Any:
    """Leaves (path, ...) as (..., path)."""
    return jax.tree.map(lambda leaf: jnp.moveaxis(leaf, 0, -1), state)


def left(state: Any) -> Any:
    """Leaves (..., path) as (path, ...)."""
    return jax.tree.map(lambda leaf: jnp.moveaxis(leaf, -1, 0), state)


# The volatility memory, (asset, scale, path) each.


def updated(memory: Memory, x: jax.Array, law: MemoryConfig) -> Memory:
    """The memory after standardized returns x (asset, path), as :func:`tsgan.models.gan.memory.update` has it."""
    x = (law.return_limit * jnp.tanh(x / law.return_limit))[:, None]
    decay = jnp.asarray(decays(law))[:, None]
    return Memory(decay * memory.trend + (1 - decay) * x, decay * memory.square + (1 - decay) * (x * x))


def levels(memory: Memory, law: MemoryConfig) -> Float[Array, "asset scale path"]:
    """Volatility at each scale, as :func:`tsgan.models.gan.memory.features` has it."""
    power, parts = memory.square + law.floor, []
    for first, stop in _runs(law.curvature):
        parts.append(_curved(power[:, first:stop], law.curvature[first]))
    return law.level_limit * jnp.tanh(jnp.concatenate(parts, axis=1) * (1.0 / law.level_limit))


def trends(memory: Memory, law: MemoryConfig) -> Float[Array, "asset scale path"]:
    """Trends at each scale, likewise."""
    unit = np.sqrt(2.0 * np.array(law.scales)).astype(np.float32) * 0.5
    return memory.trend * unit[:, None] / jnp.sqrt(memory.square + law.floor)


def gap(memory: Memory, law: MemoryConfig) -> Float[Array, "asset path"]:
    """How far prices lie above their slow average, as :func:`tsgan.models.gan.memory.gap` has it."""
    decay = float(decays(law)[-1])
    return memory.trend[:, -1] * (decay / (1.0 - decay))


def _curved(power: jax.Array, curvature: float) -> jax.Array:
    """Box and Cox's power of a volatility, of its square."""
    if curvature == 0:
        return 0.5 * jnp.log(power)
    if curvature == 0.5:
        return 2.0 * (jnp.sqrt(jnp.sqrt(power)) - 1.0)
    return (jnp.exp(0.5 * curvature * jnp.log(power)) - 1.0) * (1.0 / curvature)


def _runs(values: Sequence[float]) -> list[tuple[int, int]]:
    """Where equal values stand side by side: the first of each run, and the first behind it."""
    edges = [i for i in range(len(values)) if i == 0 or values[i] != values[i - 1]]
    return list(zip(edges, [*edges[1:], len(values)], strict=True))


# The head and the copula.


class Split(NamedTuple):
    """Weights of features that are an asset's alone, of its own and of the market's, as lanes multiply with them.

    Attributes:
        own: (output, alone + own); market: (output, own).
    """

    own: Float[Array, "output input"]
    market: Float[Array, "output feature"]

    @classmethod
    def of(cls, weights: Float[Array, "input output"], alone: int, own: int, silent: int = 0) -> Split:
        """Of weights whose inputs are ``alone`` features of an asset, ``own`` ones, and the market's less these; the
        first ``silent`` own ones are always 0, and left out."""
        beside = weights[alone + own + silent : alone + 2 * own]
        mine = weights[alone + silent : alone + own] - beside
        return cls(jnp.concatenate([weights[:alone], mine]).T, beside.T)

    def __call__(self, own: jax.Array, market: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Products (asset, output, path) with features (asset, input, path), and (1, output, path) with the market's
        (feature, path)."""
        return product(self.own, own), (self.market @ market)[None]


def product(weights: Float[Array, "output input"], x: Float[Array, "asset input path"]) -> jax.Array:
    """(asset, output, path), asset by asset: one product for all of them would have their axes made one, and what
    computes x take every index apart again."""
    if x.shape[0] == 1:
        return (weights @ x[0])[None]
    every = jnp.broadcast_to(weights, (x.shape[0], *weights.shape))
    return jax.lax.dot_general(every, x, (((2,), (1,)), ((0,), (0,))))


class Head(NamedTuple):
    """The head of :class:`tsgan.models.gan.generator.Generator`, ready for lanes.

    Attributes:
        generator: whose head it is.
        split: of the hidden layer's weights and the skipping ones, side by side.
        constant: (output,) what is added to both.
    """

    generator: Any
    split: Split
    constant: Float[Array, " output"]

    @classmethod
    def of(
        cls, generator: Any, alone: int, own: int, silent: int = 0, constant: Float[Array, " more"] | None = None
    ) -> Head:
        """As :meth:`Split.of`; ``constant`` are values of the inputs behind the market's, the same on all days."""
        weights = jnp.concatenate([generator.hidden[...], generator.skip[...]], axis=1)
        added = jnp.concatenate([generator.hidden_bias[...], jnp.zeros(4)])
        if constant is not None:
            added = added + constant @ weights[alone + 2 * own :]
        return cls(generator, Split.of(weights, alone, own, silent), added)

    def __call__(self, own: jax.Array, market: jax.Array, level: jax.Array, memory: Memory) -> Density:
        """The density (asset, path) of features (asset, input, path) and (feature, path) after a memory whose
        volatilities are ``level``."""
        generator, law = self.generator, self.generator.law
        width = generator.hidden.shape[1]
        by_own, by_market = self.split(own, market)
        by_market = by_market + self.constant[:, None]
        hidden = jnp.tanh(by_own[:, :width] + by_market[:, :width])
        pace = np.array(law.head.pace, np.float32)
        raw = product(generator.out[...].T, hidden) + by_own[:, width:] + by_market[:, width:]
        raw = raw + (pace * generator.offsets[...])[..., None]
        louder = generator.level_slope()[:, None] * level.mean(axis=1)
        density = from_parts(raw[:, 0], raw[:, 1] + louder, raw[:, 2], raw[:, 3], law.density)
        pull = generator.pull()[:, None] * gap(memory, law.memory)
        return Density(density.location - pull, density.log_scale, density.skew, density.tail, density.cap)


def scores(generator: Any, market: Float[Array, "feature path"], noise: Noise) -> Float[Array, "asset path"]:
    """Normal scores from the noise of a day, as :func:`tsgan.models.gan.density.correlate` has them, after the
    market's volatilities and trends."""
    raw, commons = generator.raw_loadings[...], generator.commons
    own, common, shock = noise[:-commons], noise[-commons:-1], noise[-1]
    spread = jnp.exp(generator.log_spread[...])
    copula = Copula(raw, generator.strength[...] @ market, spread, generator.law.density.strength_range)
    a = strength(copula, shock)
    rest = 1.0 / jnp.sqrt(1.0 + a * a * jnp.sum(raw * raw, axis=-1)[:, None])
    return rest * (a * (raw @ common) + own)
