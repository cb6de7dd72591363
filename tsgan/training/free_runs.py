"""Free runs of generators in training: what a member does when left to itself."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, UInt32

from tsgan.models.gan.density import Density
from tsgan.models.gan.members import Members
from tsgan.models.gan.memory import Memory
from tsgan.models.gan.rollout import rollout
from tsgan.training.step import each_asset


def free_run_mean(
    members: Members,
    columns: Float[Array, "*member reach asset width"],
    memory: Memory,
    ids: UInt32[Array, " asset"],
    key: jax.Array,
    observe: Callable[[Density, jax.Array], jax.Array],
    *,
    paths: int,
    days: int,
    burn_in: int,
    shared: bool = False,
) -> Float[Array, "member asset"]:
    """(member, asset): what is observed of free runs, averaged over paths and over the days after ``burn_in``.

    Args:
        columns, memory: where every member starts, with a leading axis for members unless all ``shared`` them.
        ids: (asset,) see :func:`tsgan.models.gan.rollout.asset_ids`.
        key: randomness, the same for all members.
        observe: of a day, from its densities and standardized returns (path, asset), a number a path and asset.
    """
    own_key, common_key = jax.random.split(key)
    own = each_asset(lambda k: jax.random.normal(k, (days, paths)), own_key, ids)
    common = jax.random.normal(common_key, (days, paths, members.commons))

    def one(generator, columns: jax.Array, memory: Memory) -> jax.Array:
        begun = generator.begin(columns, memory)
        state = jax.tree.map(lambda a: jnp.broadcast_to(a, (paths, *a.shape)), begun)
        _, seen = rollout(generator, state, own, common, lambda law, x: observe(law, x).mean(axis=0))
        return seen[burn_in:].mean(axis=0)

    start = None if shared else 0
    return jax.vmap(one, in_axes=(0, start, start))(members, columns, memory)
