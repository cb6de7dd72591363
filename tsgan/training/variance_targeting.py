"""Between likelihood and adversarial training: offsets under which free runs are as volatile as the market was.

Log volatility responds to its own past with a slope close to 1, as volatility is persistent.  The likelihood of
one-day forecasts hardly feels an error of a per cent in an asset's offset, but a free run multiplies it by one over the
distance of that slope from 1.  Variance targeting (Engle and Mezrich 1996), for a recursion without a closed form: the
offsets are moved until free runs agree with the data, at next to no cost in likelihood.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from tsgan.config import TargetingConfig
from tsgan.models.gan.members import Members
from tsgan.training.data import TrainingData
from tsgan.training.free_runs import free_run_mean


def variance_targeted(
    members: Members,
    data: TrainingData,
    key: jax.Array,
    config: TargetingConfig,
    only: Bool[np.ndarray, " asset"] | None = None,
) -> Members:
    """The generators, their log scales moved until mean absolute returns of free runs are the training days', by the
    weights that these have for each member.

    Mean absolute returns, because squares of power tails converge slowly.  ``data`` ends where training does.
    Where assets are named (``only``), those of others stay as they are.
    """
    trained = np.asarray(data.present) & (np.arange(len(data.x)) < int(data.length))[:, None]
    weight = np.ones((1, len(data.x))) if data.weight is None else np.asarray(data.weight)
    target = np.log(weight @ np.abs(np.where(trained, data.x, 0)) / (weight @ trained))
    for done in range(config.rounds):
        gap = np.log(np.asarray(free_run_size(members, data, key, config))) - target
        if only is not None:
            gap = np.where(only, gap, 0.0)
        if np.abs(gap).max() < config.tolerance:
            break
        step = config.rate * config.halved / (config.halved + done) * np.clip(gap, -1.0, 1.0)
        members = members.louder(-jnp.asarray(step, jnp.float32))
    return members


@partial(jax.jit, static_argnames="config")
def free_run_size(
    members: Members, data: TrainingData, key: jax.Array, config: TargetingConfig
) -> Float[Array, "member asset"]:
    """(member, asset): mean absolute standardized return of free runs that carry on the training days."""
    columns, memory = data.past(data.length)
    # Every member starts from the same history.
    return free_run_mean(
        members, columns, memory, data.ids, key, lambda law, x: jnp.abs(x),
        paths=config.paths, days=config.days, burn_in=config.burn_in, shared=True,
    )  # fmt: skip
