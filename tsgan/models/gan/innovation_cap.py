"""Whether the cap on innovations, which keeps every draw finite, is ever felt."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from tsgan.models.gan.density import Density
from tsgan.models.gan.model import GAN
from tsgan.models.gan.rollout import asset_ids, path_noise, rollout

AT_CAP = 1 - 1e-5
"""A draw this close to the cap, as a fraction of it, lies at it."""


def draws_at_cap(model: GAN, paths: int = 256, days: int = 4000, *, seed: int = 0) -> tuple[int, int]:
    """How many draws of free runs of the first member lie at the cap of the innovations, and how many there are."""
    generator = jax.tree.map(lambda leaf: leaf[0], model.members)
    state = jax.tree.map(lambda leaf: jnp.repeat(leaf[:1], paths, axis=0), model.encode(model.recent))
    indices, ids = jnp.arange(paths, dtype=jnp.uint32), jnp.asarray(asset_ids(model.info.assets))

    def at_cap(law: Density, x: jax.Array) -> jax.Array:
        return jnp.sum(jnp.abs(x - law.location) * jnp.exp(-law.log_scale) >= law.cap * AT_CAP)

    @jax.jit
    def count(state):
        noise = path_noise(jax.random.key(seed), indices, 0, days, ids, generator.commons)
        return rollout(generator, state, *noise, at_cap)[1].sum()

    return int(count(state)), paths * days * len(model.info.assets)
