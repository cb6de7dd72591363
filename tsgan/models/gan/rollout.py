"""Free-running paths of a generator: the one scan that both training and sampling use."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Integer, UInt32

from tsgan.models.gan.density import Density, correlate, draw
from tsgan.models.gan.generator import Generator, State


def returns_only(density: Density, x: jax.Array) -> jax.Array:
    """What a rollout reports of a day unless told otherwise: the standardized returns."""
    return x


def rollout(
    generator: Generator,
    state: State,
    own: Float[Array, "day path asset"],
    common: Float[Array, "day path common"],
    observe: Callable[[Density, jax.Array], Any] = returns_only,
) -> tuple[State, Any]:
    """Carry a batch of paths on, one day a noise column.

    Args:
        generator: one generator, shared by the batch.
        state: batched states, leaves (path, ...).
        own, common: standard normal noise (day, path, asset) and (day, path, ``generator.commons``).
        observe: what to report of a day, from its densities and standardized returns (path, asset).

    Returns:
        The states after the last day, and what was observed, stacked over days: by default the returns
        (day, path, asset).
    """

    def one_path(state: State, own: jax.Array, common: jax.Array, day: jax.Array):
        density = generator.density(state)
        x = draw(density, correlate(generator.copula(state), own, common))
        return generator.step(state, x, day), density, x

    # In the state paths lie side by side: processors work on many of them at once, but not on the few scales of one.
    one_day = jax.vmap(one_path, in_axes=(-1, 0, 0, None), out_axes=(-1, 0, 0))

    def advance(carry: tuple[State, jax.Array], noise: tuple[jax.Array, jax.Array]):
        state, day = carry
        state, density, x = one_day(state, *noise, day)
        return (state, day + 1), observe(density, x)

    start = jax.tree.map(lambda leaf: jnp.moveaxis(leaf, 0, -1), state)
    (state, _), seen = jax.lax.scan(advance, (start, jnp.int32(0)), (own, common))
    state = jax.tree.map(lambda leaf: jnp.moveaxis(leaf, -1, 0), state)
    return generator.rewind(state, own.shape[0]), seen


def asset_ids(assets: Sequence[str]) -> UInt32[np.ndarray, " asset"]:
    """(asset,) uint32: what an asset's noise is drawn by, so that the order of the columns does not matter."""
    return np.array([zlib.crc32(asset.encode()) for asset in assets], np.uint32)


def path_noise(
    seed: jax.Array,
    paths: Integer[Array, " path"],
    day: Integer[Array, ""] | int,
    days: int,
    ids: UInt32[Array, " asset"],
    commons: int,
) -> tuple[Float[Array, "day path asset"], Float[Array, "day path common"]]:
    """Noise of days ``day`` .. ``day + days - 1``: own (day, path, asset) and common (day, path, common).

    Counter-based: the noise of asset a on path i and day t is a function of ``(seed, ids[a], i, t)``, so neither the
    number of paths, nor chunks, nor the horizon, nor the other assets change it.
    """
    steps = day + jnp.arange(days)

    def own(asset: jax.Array, path: jax.Array) -> jax.Array:
        key = jax.random.fold_in(jax.random.fold_in(seed, asset), path)
        return jax.vmap(lambda t: jax.random.normal(jax.random.fold_in(key, t)))(steps)

    def common(path: jax.Array) -> jax.Array:
        key = jax.random.fold_in(seed, path)
        return jax.vmap(lambda t: jax.random.normal(jax.random.fold_in(key, t), (commons,)))(steps)

    each = jax.vmap(jax.vmap(own, (0, None)), (None, 0), out_axes=1)(ids, paths)  # (asset, path, day)
    return jnp.moveaxis(each, 0, -1).swapaxes(0, 1), jax.vmap(common, out_axes=1)(paths)
