"""The mean of a generator's free run, so that the drift of scenarios can be set."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, UInt32

from tsgan.config import DriftConfig
from tsgan.data.panel import Panel
from tsgan.errors import TsganWarning
from tsgan.models.contract import MarketModel
from tsgan.models.gan import density
from tsgan.models.gan.members import Members, member_of, population
from tsgan.models.gan.memory import Memory
from tsgan.models.gan.past import histories
from tsgan.models.gan.rollout import asset_ids
from tsgan.models.moves import mean_move
from tsgan.training.free_runs import free_run_mean


def lasting_drift(panel: Panel) -> Float[np.ndarray, " asset"]:
    """(asset,) the long-run mean move of scenarios: of prices the historical one; levels and rates come back to where
    they are at home, and their historical mean move says no more than where history happened to begin and end."""
    return np.where(panel.space.logs, mean_move(panel.moves), 0.0)


def drift_shift(
    members: Members,
    returns: Float[np.ndarray, "day asset"],
    scale: Float[np.ndarray, " asset"],
    drift: Float[np.ndarray, " asset"],
    key: jax.Array,
    assets: Sequence[str],
    config: DriftConfig,
) -> Float[np.ndarray, "member asset"]:
    """(member, asset), in units of returns: added to every path, it makes the long-run mean the ``drift``.

    Args:
        members: stacked generators.
        returns: (day, asset) the training returns.
        scale: (asset,) what standardizes them, see :func:`tsgan.training.units.units`.
        drift: (asset,) see :func:`lasting_drift`.
        key: randomness of the free runs.
        assets: tickers.
        config: sizes and limits.
    """
    ids = jnp.asarray(asset_ids(assets))
    shift = np.zeros((population(members), returns.shape[1]))
    ends = np.array([len(returns)])
    for _ in range(config.rounds):
        starts = [
            histories(member_of(members, m), ((returns - s) / scale).astype(np.float32), ends, MarketModel.context_days)
            for m, s in enumerate(shift)
        ]
        columns, memory = jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *starts)
        means = np.asarray(mean_return(members, columns, memory, ids, key, config), np.float64)
        correction = drift - scale * means
        shift = np.where(np.abs(correction) <= config.limit * np.abs(scale), correction, 0.0)
    large = np.abs(drift) > config.limit * np.abs(scale)
    lost = large & (np.abs(correction) > config.limit * np.abs(scale)).any(axis=0)
    if lost.any():
        names = ", ".join(asset for asset, one in zip(assets, lost, strict=True) if one)
        warnings.warn(
            f"the paths of {names} do not carry the whole drift of their history, which is large beside their moves; "
            "choose fhs, gjr-garch or gbm, or read their means with care",
            TsganWarning,
            stacklevel=2,
        )
    return shift


@partial(jax.jit, static_argnames="config")
def mean_return(
    members: Members,
    columns: Float[Array, "member reach asset width"],
    memory: Memory,
    ids: UInt32[Array, " asset"],
    key: jax.Array,
    config: DriftConfig,
) -> Float[Array, "member asset"]:
    """(member, asset): long-run mean of a day's standardized return, from each member's columns and memory on.

    Averages CONDITIONAL means, which vary far less than returns do, over free runs after their burn-in.
    """
    return free_run_mean(
        members, columns, memory, ids, key, lambda law, x: density.mean(law),
        paths=config.paths, days=config.days, burn_in=config.burn_in,
    )  # fmt: skip
