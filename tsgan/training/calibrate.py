"""The mean of a generator's free run, so that the scenarios' drift can be set to the historical one."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from tsgan.models import density
from tsgan.models.contract import MarketModel
from tsgan.models.generators import histories
from tsgan.models.memory import Memory
from tsgan.models.rollout import rollout
from tsgan.training.loop import Members

CONTEXT_DAYS = MarketModel.context_days

PATHS, DAYS, SETTLE = 256, 1250, 250

ROUNDS = 3
"""The shift moves the state that paths start from, and slow trends remember it: found by repetition."""


def drift_shift(members: Members, returns: np.ndarray, scale: np.ndarray, key: jax.Array) -> np.ndarray:
    """(member, asset), in units of returns: added to every path, it makes the long-run mean that of ``returns``.

    Args:
        members: stacked generators.
        returns: (day, asset) the training returns.
        scale: (asset,) what standardizes them.
        key: randomness of the free runs.
    """
    shift = np.zeros((members.out.shape[0], returns.shape[1]))
    ends = np.array([len(returns)])
    for _ in range(ROUNDS):
        starts = [
            histories(((returns - s) / scale).astype(np.float32), ends, CONTEXT_DAYS, members.reach) for s in shift
        ]
        columns, memory = jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *starts)
        shift = returns.mean(axis=0) - scale * np.asarray(free_run_mean(members, columns, memory, key), np.float64)
    return shift


@jax.jit
def free_run_mean(members: Members, columns: jax.Array, memory: Memory, key: jax.Array) -> jax.Array:
    """(member, asset): long-run mean of a day's standardized return, from each member's columns and memory on.

    Averages CONDITIONAL means, which vary far less than returns do, over free runs after they have settled.
    """
    own_key, common_key = jax.random.split(key)
    assets, factors = members.raw_loadings.shape[1:]
    own = jax.random.normal(own_key, (DAYS, PATHS, assets))
    common = jax.random.normal(common_key, (DAYS, PATHS, factors))

    def one(generator, columns: jax.Array, memory: Memory) -> jax.Array:
        begun = generator.begin(columns, memory)
        state = jax.tree.map(lambda a: jnp.broadcast_to(a, (PATHS, *a.shape)), begun)
        _, means = rollout(generator, state, own, common, lambda law, x: density.mean(law).mean(axis=0))
        return means[SETTLE:].mean(axis=0)

    return jax.vmap(one)(members, columns, memory)
