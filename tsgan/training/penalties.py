"""Gradient penalties on the critic, at windows (pair, day) of portfolios with weights (pair, asset).

Every penalty is a pure function of the critic, of paired real and generated windows with their weights, and of a key;
:data:`PENALTIES` has them by name, as :data:`tsgan.config.Penalty` lists them.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from tsgan.errors import ConfigError

Critic = Callable[[Float[Array, " day"], Float[Array, " asset"]], Float[Array, ""]]
Windows = Float[Array, "pair day"]
Weights = Float[Array, "pair asset"]


def squared_slope(critic: Critic, windows: Windows, weights: Weights) -> Float[Array, ""]:
    """Mean squared norm of the critic's gradient at windows (pair, day) of portfolios (pair, asset)."""
    slopes = jax.vmap(jax.grad(critic))(windows, weights)
    return jnp.mean(jnp.sum(slopes * slopes, axis=-1))


def r1(critic: Critic, real: Windows, fake: Windows, weights: Weights, key: jax.Array) -> Float[Array, ""]:
    """Half the mean squared slope at real windows (Mescheder, Geiger and Nowozin 2018)."""
    return 0.5 * squared_slope(critic, real, weights)


def r2(critic: Critic, real: Windows, fake: Windows, weights: Weights, key: jax.Array) -> Float[Array, ""]:
    """Half the mean squared slope at generated windows."""
    return 0.5 * squared_slope(critic, fake, weights)


def r1_and_r2(critic: Critic, real: Windows, fake: Windows, weights: Weights, key: jax.Array) -> Float[Array, ""]:
    """Both of them."""
    return 0.5 * (squared_slope(critic, real, weights) + squared_slope(critic, fake, weights))


def gp(critic: Critic, real: Windows, fake: Windows, weights: Weights, key: jax.Array) -> Float[Array, ""]:
    """Mean of (slope norm - 1)^2 at random points between each real window and its fake (Gulrajani et al. 2017)."""
    mix = jax.random.uniform(key, (real.shape[0], 1))
    slopes = jax.vmap(jax.grad(critic))(mix * real + (1 - mix) * fake, weights)
    norms = jnp.sqrt(jnp.sum(slopes * slopes, axis=-1) + 1e-12)
    return jnp.mean((norms - 1.0) ** 2)


def none(critic: Critic, real: Windows, fake: Windows, weights: Weights, key: jax.Array) -> Float[Array, ""]:
    """No penalty."""
    return jnp.zeros(())


PENALTIES = {"r1": r1, "r2": r2, "r1+r2": r1_and_r2, "gp": gp, "none": none}


def penalty(
    name: str, critic: Critic, real: Windows, fake: Windows, weights: Weights, key: jax.Array, weight: float
) -> Float[Array, ""]:
    """The penalty called ``name``, times ``weight``; ConfigError where there is none of that name."""
    if name not in PENALTIES:
        raise ConfigError(f"no penalty is called {name!r}; choose one of {', '.join(PENALTIES)}")
    if weight == 0:
        return jnp.zeros(())
    return weight * PENALTIES[name](critic, real, fake, weights, key)
