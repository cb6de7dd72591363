"""What the explanations ask of a GAN's networks: states, tomorrow's moments, and the noise behind a day."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from tsgan.models.density import Density, draw
from tsgan.models.gan import GAN
from tsgan.models.generators import TCN, Recurrent, State

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(41)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


def mean_and_variance(density: Density) -> tuple[jax.Array, jax.Array]:
    """Of tomorrow's standardized returns, (..., asset) each, by Gauss-Hermite quadrature."""
    draws = jnp.stack([draw(density, float(z)) for z in _NODES])
    weights = jnp.asarray(_WEIGHTS, draws.dtype)
    mean = jnp.tensordot(weights, draws, axes=1)
    return mean, jnp.tensordot(weights, (draws - mean) ** 2, axes=1)


def moments(model: GAN, member: int, states: State) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of tomorrow's returns as one member sees them; ``states`` as ``encode_each`` gives them."""
    own = jax.tree.map(lambda leaf: leaf[:, member], states)
    mean, variance = (np.asarray(m, np.float64) for m in _moments(model._generators[member], own))
    return model.shift[member] + model.scale * mean, model.scale**2 * variance


def mixture(model: GAN, parts: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and volatility of the equal mixture of the members' laws, from their means and variances."""
    means, variances = (np.stack(part) for part in zip(*parts, strict=True))
    return means.mean(axis=0), np.sqrt(variances.mean(axis=0) + means.var(axis=0))


@jax.jit
def _moments(generator: Recurrent | TCN, states: State) -> tuple[jax.Array, jax.Array]:
    return mean_and_variance(jax.vmap(generator.density)(states))
