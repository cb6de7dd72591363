"""Between likelihood and adversarial training: offsets under which free runs are as volatile as the market was.

Log volatility responds to its own past with a slope close to 1, as volatility is persistent.  The likelihood of
one-day forecasts hardly feels an error of a per cent in an asset's offset, but a free run multiplies it by one over the
distance of that slope from 1.  Variance targeting (Engle and Mezrich 1996), for a recursion without a closed form: the
offsets are moved until free runs agree with the data, at next to no cost in likelihood.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from tsgan.models.gan.generators import REACH
from tsgan.training.data import History
from tsgan.training.free_runs import settled_mean
from tsgan.training.loop import Members

PATHS, DAYS, FROM = 64, 1000, 250
ROUNDS, CLOSE = 24, 0.03
RATE, HALVED = 0.03, 6
"""First step of an offset where free runs are e times too volatile, and rounds after which steps are half as large."""
LOG_SCALE = 1


def settled(members: Members, data: History, key: jax.Array) -> Members:
    """The generators, their offsets of log scale moved until mean absolute returns of free runs are the training days',
    by the weights that these have for each member.

    Mean absolute returns, because squares of power tails converge slowly.  ``data`` ends where training does.
    """
    trained = np.asarray(data.present) & (np.arange(len(data.x)) < int(data.length))[:, None]
    weight = np.ones((1, len(data.x))) if data.weight is None else np.asarray(data.weight)
    target = np.log(weight @ np.abs(np.where(trained, data.x, 0)) / (weight @ trained))
    members = jax.tree.map(lambda leaf: leaf, members)
    for round_ in range(ROUNDS):
        gap = np.log(np.asarray(free_run_size(members, data, key))) - target
        if np.abs(gap).max() < CLOSE:
            break
        step = RATE * HALVED / (HALVED + round_) * np.clip(gap, -1.0, 1.0)
        members.offsets[...] = members.offsets[...].at[..., LOG_SCALE].add(-jnp.asarray(step, jnp.float32))
    return members


@jax.jit
def free_run_size(members: Members, data: History, key: jax.Array) -> jax.Array:
    """(member, asset): mean absolute standardized return of free runs that carry on the training days."""
    columns = jax.lax.dynamic_slice_in_dim(data.columns, data.length, REACH)
    memory = jax.tree.map(lambda a: a[data.length], data.memory)
    # Every member starts from the same history.
    return settled_mean(
        members, columns, memory, data.ids, key, lambda law, x: jnp.abs(x),
        paths=PATHS, days=DAYS, after=FROM, shared=True,
    )  # fmt: skip
