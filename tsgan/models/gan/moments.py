"""Mean and volatility of the next returns, exactly as the networks see them: no draws, no noise."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from tsgan.models.gan.density import Density, draw
from tsgan.models.gan.generator import Generator, State
from tsgan.models.gan.model import GAN

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(41)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


def mean_and_variance(density: Density) -> tuple[jax.Array, jax.Array]:
    """Of the next standardized returns, (..., asset) each, by Gauss-Hermite quadrature."""
    draws = jnp.stack([draw(density, float(z)) for z in _NODES])
    weights = jnp.asarray(_WEIGHTS, draws.dtype)
    mean = jnp.tensordot(weights, draws, axes=1)
    return mean, jnp.tensordot(weights, (draws - mean) ** 2, axes=1)


def moments(model: GAN, states: State) -> tuple[np.ndarray, np.ndarray]:
    """Mean and volatility of the next returns, (history, asset) each; ``states`` as ``encode_each`` gives them.

    Of an ensemble, those of the equal mixture of its members.
    """
    mean, variance = (np.asarray(m, np.float64) for m in _moments(model.members, states))  # (history, member, asset)
    mean, variance = model.shift + model.scale * mean, model.scale**2 * variance
    return mean.mean(axis=1), np.sqrt(variance.mean(axis=1) + mean.var(axis=1))


@jax.jit
def _moments(members: Generator, states: State) -> tuple[jax.Array, jax.Array]:
    each = jax.vmap(lambda generator, state: mean_and_variance(generator.density(state)))
    return jax.vmap(each, in_axes=(None, 0))(members, states)
