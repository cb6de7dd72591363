"""Free-running paths of a generator: the one scan that both training and sampling use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from tsgan.models.density import Density, correlate, draw
from tsgan.models.generators import TCN, Recurrent, State


def returns_only(density: Density, x: jax.Array) -> jax.Array:
    """What a rollout reports of a day unless told otherwise: the standardized returns."""
    return x


def rollout(
    generator: Recurrent | TCN,
    state: State,
    own: jax.Array,
    common: jax.Array,
    observe: Callable[[Density, jax.Array], Any] = returns_only,
) -> tuple[State, Any]:
    """Carry a batch of paths on, one day a noise column.

    Args:
        generator: one generator, shared by the batch.
        state: batched states, leaves (path, ...).
        own, common: standard normal noise (day, path, asset) and (day, path, factor).
        observe: what to report of a day, from its densities and standardized returns (path, asset).

    Returns:
        The states after the last day, and what was observed, stacked over days: by default the returns
        (day, path, asset).
    """
    loadings = generator.loadings()
    advance = jax.vmap(generator.step, in_axes=(0, 0, None))

    def one_day(carry: tuple[State, jax.Array], noise: tuple[jax.Array, jax.Array]):
        state, day = carry
        density = jax.vmap(generator.density)(state)
        x = draw(density, correlate(loadings, *noise))
        return (advance(state, x, day), day + 1), observe(density, x)

    (state, _), seen = jax.lax.scan(one_day, (state, jnp.int32(0)), (own, common))
    # Rings are turned so that the next call starts at position 0 again.
    rings = tuple(jnp.roll(ring, -(own.shape[0] % 2**i), axis=1) for i, ring in enumerate(state.buffers))
    return state._replace(buffers=rings), seen


def path_noise(
    seed: jax.Array, paths: jax.Array, day: jax.Array, days: int, n_assets: int, n_factors: int
) -> tuple[jax.Array, jax.Array]:
    """Noise of days ``day`` .. ``day + days - 1``: own (day, path, asset) and common (day, path, factor).

    Counter-based: the noise of path i on day t is a function of ``(seed, i, t)``, so neither the number of paths, nor
    chunks, nor the horizon change it.
    """

    def one(path: jax.Array, t: jax.Array) -> jax.Array:
        return jax.random.normal(jax.random.fold_in(jax.random.fold_in(seed, path), t), (n_assets + n_factors,))

    steps = day + jnp.arange(days)
    noise = jax.vmap(lambda t: jax.vmap(lambda p: one(p, t))(paths))(steps)
    return noise[..., :n_assets], noise[..., n_assets:]
