"""The mean of a generator's free run, so that the scenarios' drift can be set to the historical one."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from tsgan.models import density
from tsgan.models.generators import REACH
from tsgan.models.memory import Memory
from tsgan.models.rollout import rollout
from tsgan.training.data import History
from tsgan.training.loop import Members

PATHS, DAYS, SETTLE = 256, 1250, 250


@jax.jit
def free_run_mean(members: Members, data: History, key: jax.Array) -> jax.Array:
    """(member, asset): long-run mean of a day's standardized return.

    Averages CONDITIONAL means, which vary far less than returns do, over free runs after they have settled.
    """
    own_key, common_key = jax.random.split(key)
    assets, factors = members.raw_loadings.shape[1:]
    own = jax.random.normal(own_key, (DAYS, PATHS, assets))
    common = jax.random.normal(common_key, (DAYS, PATHS, factors))

    def one(generator):
        begun = generator.begin(data.columns[-REACH:], Memory(data.memory.trend[-1], data.memory.square[-1]))
        state = jax.tree.map(lambda a: jnp.broadcast_to(a, (PATHS, *a.shape)), begun)
        _, means = rollout(generator, state, own, common, lambda law, x: density.mean(law).mean(axis=0))
        return means[SETTLE:].mean(axis=0)

    return jax.vmap(one)(members)
