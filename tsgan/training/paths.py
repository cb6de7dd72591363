"""Free-running paths that training differentiates: :func:`tsgan.models.gan.rollout.rollout`, with days computed again.

Backwards through a scan every number that a day computes would be kept from the way forwards, hundreds a path and
asset, and writing and reading them takes several times as long as computing them.  So only the states are kept, and the
rest of each day is computed again where its slope is needed (rematerialization, Griewank and Walther 2000).  Paths are
those of a rollout to the last bit; slopes differ from those through a rollout by rounding.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from tsgan.models.gan.density import correlate, draw
from tsgan.models.gan.generator import Generator, State


def paths_with_slopes(
    generator: Generator, state: State, own: Float[Array, "day path asset"], common: Float[Array, "day path common"]
) -> tuple[State, Float[Array, "day path asset"]]:
    """Carry a batch of paths on, one day a noise column: the states after the last day, and standardized returns.

    Args:
        generator: one generator, shared by the batch.
        state: batched states, leaves (path, ...).
        own, common: standard normal noise (day, path, asset) and (day, path, ``generator.commons``).
    """

    def one_path(state: State, own: jax.Array, common: jax.Array, day: jax.Array) -> tuple[State, jax.Array]:
        x = draw(generator.density(state), correlate(generator.copula(state), own, common))
        return generator.step(state, x, day), x

    one_day = jax.vmap(one_path, in_axes=(-1, 0, 0, None), out_axes=(-1, 0))

    @jax.checkpoint
    def advance(
        carry: tuple[State, jax.Array], noise: tuple[jax.Array, jax.Array]
    ) -> tuple[tuple[State, jax.Array], jax.Array]:
        state, day = carry
        state, x = one_day(state, *noise, day)
        return (state, day + 1), x

    start = jax.tree.map(lambda leaf: jnp.moveaxis(leaf, 0, -1), state)
    (state, _), x = jax.lax.scan(advance, (start, jnp.int32(0)), (own, common))
    state = jax.tree.map(lambda leaf: jnp.moveaxis(leaf, -1, 0), state)
    return generator.rewind(state, own.shape[0]), x
