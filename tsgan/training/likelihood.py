"""The likelihood of a history: the warm start, and a term that stays in the generator's loss."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from tsgan.models.gan.density import copula_log_density, invert
from tsgan.models.gan.generator import Generator
from tsgan.models.gan.memory import Memory
from tsgan.training.data import TrainingData


def log_scores(
    generator: Generator, data: TrainingData, every: int = 1
) -> tuple[Float[Array, "day asset"], Float[Array, " some"]]:
    """One-day-ahead log densities of a history of standardized returns.

    Returns marginal log densities (day, asset), 0 where there is no return, and the joint gain of the copula on
    ``every`` so many days, (day / every,).
    The copula sees the normal scores as data (inference functions for margins, Joe and Xu 1996): otherwise a
    correlation that is wrong on some days is made up for by wrong volatilities.
    """
    columns, before, listed = data.every_day()
    density = generator.densities(columns, before, listed)
    z, marginal = invert(density, data.x)
    marginal = jnp.where(data.present, marginal, 0.0)
    if data.x.shape[1] == 1:
        return marginal, jnp.zeros(data.x.shape[0])[::every]
    scores = jax.lax.stop_gradient(jnp.where(data.present, z, 0.0))[::every]
    copula = generator.copulas(Memory(before.trend[::every], before.square[::every]), listed[::every])
    return marginal, copula_log_density(copula, scores, data.present[::every])


def negative_log_likelihood(
    generator: Generator, data: TrainingData, *, later: bool = False, joint_asset_days: int | None = None
) -> Float[Array, ""]:
    """Mean negative log likelihood per asset-day, joint over assets: of the training days, or of the ``later`` ones.

    The copula is asked about so many asset-days at most: every second day of a larger history, every third, ...
    """
    every = 1 if joint_asset_days is None else max(round(data.x.size / joint_asset_days), 1)
    marginal, joint = log_scores(generator, data, every)
    weight = data.day_weights(later=later)
    # The days that the copula is not asked about count as much as those on which it is.
    stride = weight.sum() / jnp.maximum(weight[::every].sum(), 1e-6)
    total = _weighted(weight, marginal.sum(axis=-1)) + stride * _weighted(weight[::every], joint)
    return -total / jnp.maximum(jnp.sum(weight[:, None] * data.present), 1)


def _weighted(weight: jax.Array, values: jax.Array) -> jax.Array:
    """Weighted sum over days; what has no weight may be anything."""
    return jnp.sum(weight * jnp.where(weight > 0, values, 0.0))
