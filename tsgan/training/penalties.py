"""Gradient penalties on the critic, at windows (pair, day) of portfolios with weights (pair, asset)."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

Critic = Callable[[Float[Array, " day"], Float[Array, " asset"]], Float[Array, ""]]


def squared_slope(
    critic: Critic, windows: Float[Array, "pair day"], weights: Float[Array, "pair asset"]
) -> Float[Array, ""]:
    """Mean squared norm of the critic's gradient at windows (pair, day) of portfolios (pair, asset)."""
    slopes = jax.vmap(jax.grad(critic))(windows, weights)
    return jnp.mean(jnp.sum(slopes * slopes, axis=-1))


def penalty(
    name: str,
    critic: Critic,
    real: Float[Array, "pair day"],
    fake: Float[Array, "pair day"],
    weights: Float[Array, "pair asset"],
    key: jax.Array,
    weight: float,
) -> Float[Array, ""]:
    """The penalty called ``name``, times its weight.

    ``r1``, ``r2``, ``r1+r2``: weight / 2 times the mean squared slope at real, generated or both kinds of windows
    (Mescheder, Geiger and Nowozin 2018).  ``gp``: weight times (slope norm - 1)^2 between them (Gulrajani et al. 2017).
    """
    if name == "none" or weight == 0:
        return jnp.zeros(())
    if name == "gp":
        mix = jax.random.uniform(key, (real.shape[0], 1))
        slopes = jax.vmap(jax.grad(critic))(mix * real + (1 - mix) * fake, weights)
        norms = jnp.sqrt(jnp.sum(slopes * slopes, axis=-1) + 1e-12)
        return weight * jnp.mean((norms - 1.0) ** 2)
    total = jnp.zeros(())
    if "r1" in name:
        total += squared_slope(critic, real, weights)
    if "r2" in name:
        total += squared_slope(critic, fake, weights)
    return 0.5 * weight * total
