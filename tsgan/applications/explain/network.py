"""What the explanations ask of a GAN's networks: tomorrow's moments, the noise behind a day, gradients."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tsgan.models.gan.density import Density, bounded, draw, invert, strength
from tsgan.models.gan.generator import Generator, State
from tsgan.models.gan.model import GAN

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(41)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()

POINTS = 48
"""Gauss-Legendre points on the way from the baseline to the real history."""


def mean_and_variance(density: Density) -> tuple[jax.Array, jax.Array]:
    """Of tomorrow's standardized returns, (..., asset) each, by Gauss-Hermite quadrature."""
    draws = jnp.stack([draw(density, float(z)) for z in _NODES])
    weights = jnp.asarray(_WEIGHTS, draws.dtype)
    mean = jnp.tensordot(weights, draws, axes=1)
    return mean, jnp.tensordot(weights, (draws - mean) ** 2, axes=1)


def moments(model: GAN, states: State) -> tuple[np.ndarray, np.ndarray]:
    """Mean and volatility of tomorrow's returns, (history, asset) each; ``states`` as ``encode_each`` gives them.

    Of an ensemble, those of the equal mixture of its members.
    """
    mean, variance = (np.asarray(m, np.float64) for m in _moments(model.members, states))  # (history, member, asset)
    mean, variance = model.shift + model.scale * mean, model.scale**2 * variance
    return mean.mean(axis=1), np.sqrt(variance.mean(axis=1) + mean.var(axis=1))


class Along(NamedTuple):
    """What a path met, (day, asset) each: conditional mean and volatility of every day, and the noise that it drew.

    Attributes:
        mean, volatility: in units of returns.
        noise: normal scores of the returns.
        common: the part of the noise that the common factors explain: its conditional mean given all assets' noise.
    """

    mean: np.ndarray
    volatility: np.ndarray
    noise: np.ndarray
    common: np.ndarray


def along(model: GAN, member: int, history: np.ndarray, returns: np.ndarray) -> Along:
    """Filter a path of returns (day, asset) that carries on from a history, as one member sees it."""
    state = jax.tree.map(lambda leaf: jnp.asarray(leaf[member]), model.encode(history))
    x = jnp.asarray((returns - model.shift[member]) / model.scale, jnp.float32)
    generator = jax.tree.map(lambda leaf: leaf[member], model.members)
    mean, variance, noise, common = (np.asarray(a, np.float64) for a in _along(generator, state, x))
    volatility, way = np.abs(model.scale) * np.sqrt(variance), np.sign(model.scale)
    return Along(model.shift[member] + model.scale * mean, volatility, way * noise, way * common)


def integrated_gradients(
    model: GAN, returns: np.ndarray, baseline: np.ndarray, asset: int
) -> tuple[np.ndarray, float, float]:
    """Integrated gradients of tomorrow's log volatility over a history, from a baseline to the real one.

    Sundararajan, Taly and Yan (2017): the gradient, averaged over the straight line between them, times their
    difference.  By Gauss-Legendre quadrature; the networks are differentiated through all of their steps.

    Args:
        returns, baseline: (day, asset).
        asset: column whose volatility is explained.

    Returns:
        (day, asset) contributions, and the log volatility (of returns as plain numbers) after ``returns`` and after
        ``baseline``; the contributions sum to their difference.
    """
    empty = jax.tree.map(lambda leaf: leaf[0], model.encode_each(returns, np.array([0, 1])))  # (member, ...)
    real, start = (jnp.asarray(r / model.scale, jnp.float32) for r in (returns, baseline))
    shift = jnp.asarray(model.shift / model.scale, jnp.float32)
    points, weights = np.polynomial.legendre.leggauss(POINTS)
    parts, after, before = _integrate(
        model.members, empty, shift, real, start, jnp.int32(asset),
        jnp.asarray((points + 1) / 2, jnp.float32), jnp.asarray(weights / 2, jnp.float32),
    )  # fmt: skip
    unit = float(np.log(np.abs(model.scale[asset])))
    return np.asarray(parts, np.float64), float(after) + unit, float(before) + unit


@jax.jit
def _moments(members: Generator, states: State) -> tuple[jax.Array, jax.Array]:
    each = jax.vmap(lambda generator, state: mean_and_variance(generator.density(state)))
    return jax.vmap(each, in_axes=(None, 0))(members, states)


@jax.jit
def _along(generator: Generator, state: State, x: jax.Array) -> tuple[jax.Array, ...]:
    def one_day(carry: tuple[State, jax.Array], x: jax.Array):
        state, day = carry
        density = generator.density(state)
        noise, _ = invert(density, x)
        # The strength that the state calls for; the shock to it cannot be seen from one day's returns.
        copula = generator.copula(state)
        loadings = bounded(copula.loadings * strength(copula, 0.0))
        correlation = loadings @ loadings.T + jnp.diag(1.0 - jnp.sum(loadings * loadings, axis=-1))
        common = loadings @ (loadings.T @ jnp.linalg.solve(correlation, noise))
        return (generator.step(state, x, day), day + 1), (*mean_and_variance(density), noise, common)

    return jax.lax.scan(one_day, (state, jnp.int32(0)), x)[1]


@jax.jit
def _integrate(
    members: Generator,
    empty: State,
    shift: jax.Array,
    real: jax.Array,
    start: jax.Array,
    asset: jax.Array,
    points: jax.Array,
    weights: jax.Array,
) -> tuple[jax.Array, jax.Array, jax.Array]:
    def log_volatility(y: jax.Array) -> jax.Array:
        def one(generator: Generator, state: State, shift: jax.Array):
            def one_day(carry: tuple[State, jax.Array], x: jax.Array):
                state, day = carry
                return (generator.step(state, x, day), day + 1), None

            (state, _), _ = jax.lax.scan(one_day, (state, jnp.int32(0)), y - shift)
            mean, variance = mean_and_variance(generator.density(state))
            return mean + shift, variance

        mean, variance = jax.vmap(one)(members, empty, shift)
        return 0.5 * jnp.log(variance.mean(axis=0) + mean.var(axis=0))[asset]

    def gradient(at: jax.Array) -> jax.Array:
        return jax.grad(log_volatility)(start + at * (real - start))

    gradients = jax.lax.map(gradient, points, batch_size=8)
    parts = jnp.tensordot(weights, gradients, axes=1) * (real - start)
    return parts, log_volatility(real), log_volatility(start)
