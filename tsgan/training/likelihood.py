"""The likelihood of a history: the warm start, and a term that stays in the generator's loss."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from tsgan.models.density import copula_log_density, invert
from tsgan.models.generators import REACH, TCN, Recurrent
from tsgan.models.memory import Memory
from tsgan.training.data import History


def log_scores(generator: Recurrent | TCN, data: History) -> tuple[jax.Array, jax.Array]:
    """One-day-ahead log densities of a history of standardized returns.

    Returns marginal log densities (day, asset), and the joint gain of the copula (day,).  The copula sees the normal
    scores as data (inference functions for margins, Joe and Xu 1996): otherwise a correlation that is wrong on some
    days is made up for by wrong volatilities.
    """
    before = Memory(data.memory.trend[:-1], data.memory.square[:-1])
    density = generator.densities(data.columns[REACH:], before)
    z, marginal = invert(density, data.x)
    if data.x.shape[1] == 1:
        return marginal, jnp.zeros(data.x.shape[0])
    return marginal, copula_log_density(generator.loadings(), jax.lax.stop_gradient(z))


def negative_log_likelihood(generator: Recurrent | TCN, data: History, *, later: bool = False) -> jax.Array:
    """Mean negative log likelihood per asset-day, joint over assets: of the training days, or of the ``later`` ones."""
    marginal, joint = log_scores(generator, data)
    wanted = (jnp.arange(data.x.shape[0]) >= data.length) == later
    total = jnp.sum(jnp.where(wanted, marginal.sum(axis=-1) + joint, 0.0))
    return -total / (jnp.maximum(wanted.sum(), 1) * data.x.shape[1])
