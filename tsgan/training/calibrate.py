"""The mean of a generator's free run, so that the drift of scenarios can be set."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from tsgan.data.panel import Panel
from tsgan.models.contract import MarketModel
from tsgan.models.gan import density
from tsgan.models.gan.generators import histories
from tsgan.models.gan.memory import Memory
from tsgan.models.gan.rollout import asset_ids
from tsgan.models.moves import mean_move
from tsgan.training.free_runs import settled_mean
from tsgan.training.loop import Members

CONTEXT_DAYS = MarketModel.context_days

PATHS, DAYS, SETTLE = 256, 1250, 250

MOST = 0.25
"""The largest shift, in standard deviations.  A correction beyond it comes from a free run that has not settled, and is
left out."""

ROUNDS = 3
"""The shift moves the state that paths start from, and slow trends remember it: found by repetition."""


def lasting_drift(panel: Panel) -> np.ndarray:
    """(asset,) the long-run mean move of scenarios: of prices the historical one; levels and rates come back to where
    they are at home, and their historical mean move says no more than where history happened to begin and end."""
    return np.where(panel.space.logs, mean_move(panel.moves), 0.0)


def drift_shift(
    members: Members,
    returns: np.ndarray,
    scale: np.ndarray,
    drift: np.ndarray,
    key: jax.Array,
    assets: Sequence[str],
) -> np.ndarray:
    """(member, asset), in units of returns: added to every path, it makes the long-run mean the ``drift``.

    Args:
        members: stacked generators.
        returns: (day, asset) the training returns.
        scale: (asset,) what standardizes them, see :func:`tsgan.training.units.units`.
        drift: (asset,) see :func:`lasting_drift`.
        key: randomness of the free runs.
        assets: tickers.
    """
    ids = jnp.asarray(asset_ids(assets))
    shift = np.zeros((members.out.shape[0], returns.shape[1]))
    ends = np.array([len(returns)])
    for _ in range(ROUNDS):
        starts = [
            histories(((returns - s) / scale).astype(np.float32), ends, CONTEXT_DAYS, members.reach) for s in shift
        ]
        columns, memory = jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *starts)
        means = np.asarray(free_run_mean(members, columns, memory, ids, key), np.float64)
        correction = drift - scale * means
        shift = np.where(np.abs(correction) <= MOST * np.abs(scale), correction, 0.0)
    return shift


@jax.jit
def free_run_mean(members: Members, columns: jax.Array, memory: Memory, ids: jax.Array, key: jax.Array) -> jax.Array:
    """(member, asset): long-run mean of a day's standardized return, from each member's columns and memory on.

    Averages CONDITIONAL means, which vary far less than returns do, over free runs after they have settled.
    """
    return settled_mean(
        members, columns, memory, ids, key, lambda law, x: density.mean(law), paths=PATHS, days=DAYS, after=SETTLE
    )
