"""What explanations ask of a GAN's networks (:class:`tsgan.models.explainable.Explainable`)."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from tsgan.models.explainable import Filtered
from tsgan.models.gan import memory as vol
from tsgan.models.gan.density import bounded, invert, strength
from tsgan.models.gan.generator import Generator, State
from tsgan.models.gan.memory import Memory
from tsgan.models.gan.model import GAN
from tsgan.models.gan.moments import mean_and_variance
from tsgan.models.gan.ties import limited

POINTS = 48
"""Gauss-Legendre points on the way from the baseline to the real history."""


def filtered(model: GAN, history: np.ndarray, returns: np.ndarray, member: int) -> Filtered:
    """:meth:`tsgan.models.explainable.Explainable.filtered`."""
    state = jax.tree.map(lambda leaf: jnp.asarray(leaf[member]), model.encode(history))
    x = jnp.asarray((returns - model.shift[member]) / model.scale, jnp.float32)
    generator = jax.tree.map(lambda leaf: leaf[member], model.members)
    mean, variance, noise, common = (np.asarray(a, np.float64) for a in _filter(generator, state, x))
    volatility, way = np.abs(model.scale) * np.sqrt(variance), np.sign(model.scale)
    return Filtered(model.shift[member] + model.scale * mean, volatility, way * noise, way * common)


def integrated_gradients(
    model: GAN, returns: np.ndarray, baseline: np.ndarray, asset: int
) -> tuple[np.ndarray, float, float]:
    """:meth:`tsgan.models.explainable.Explainable.integrated_gradients`.

    By Gauss-Legendre quadrature; the networks are differentiated through all of their steps.  Where returns are missing
    (NaN), through what the networks read of the past in their place: a day without a return leaves an asset's memory as
    it was, and adds nothing.
    """
    if not np.isfinite(returns).all():
        return _with_gaps(model, returns, baseline, asset)
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


def _with_gaps(model: GAN, returns: np.ndarray, baseline: np.ndarray, asset: int) -> tuple[np.ndarray, float, float]:
    """:func:`integrated_gradients` of a history (day, asset) with missing returns."""
    there = np.isfinite(returns)
    real, start = (jnp.asarray(np.where(there, r, 0) / model.scale, jnp.float32) for r in (returns, baseline))
    shift = jnp.asarray(model.shift / model.scale, jnp.float32)
    points, weights = np.polynomial.legendre.leggauss(POINTS)
    parts, after, before = _integrate_gaps(
        model.members, shift, jnp.asarray(there), real, start, jnp.int32(asset),
        jnp.asarray((points + 1) / 2, jnp.float32), jnp.asarray(weights / 2, jnp.float32),
    )  # fmt: skip
    unit = float(np.log(np.abs(model.scale[asset])))
    return np.asarray(parts, np.float64), float(after) + unit, float(before) + unit


@jax.jit
def _filter(generator: Generator, state: State, x: jax.Array) -> tuple[jax.Array, ...]:
    def one_day(carry: tuple[State, jax.Array], x: jax.Array):
        state, day = carry
        density = generator.density(state)
        noise, _ = invert(density, x)
        # The strength that the state calls for; the shock to it cannot be seen from one day's returns.
        copula = generator.copula(state)
        loadings = bounded(copula.loadings * strength(copula, 0.0))
        correlation = loadings @ loadings.T + jnp.diag(1.0 - jnp.sum(loadings * loadings, axis=-1))
        common = loadings @ (loadings.T @ jnp.linalg.solve(correlation, noise))
        if copula.ties is not None:  # which tell nothing of the factors beyond what the others do
            weights, _ = limited(copula.ties, loadings)
            common = common.at[np.array(copula.ties.places)].set(weights @ common)
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

    return _along(log_volatility, real, start, points, weights)


@jax.jit
def _integrate_gaps(
    members: Generator,
    shift: jax.Array,
    there: jax.Array,
    real: jax.Array,
    start: jax.Array,
    asset: jax.Array,
    points: jax.Array,
    weights: jax.Array,
) -> tuple[jax.Array, jax.Array, jax.Array]:
    def log_volatility(y: jax.Array) -> jax.Array:
        def one(generator: Generator, shift: jax.Array):
            law, reach = generator.law, generator.reach(generator.law)
            x = jnp.where(there, y - shift, 0.0)

            def one_day(memory: Memory, day: tuple[jax.Array, jax.Array]):
                x, here = day
                moved = vol.update(memory, x, law.memory)
                memory = jax.tree.map(lambda new, old: jnp.where(here[:, None], new, old), moved, memory)
                return memory, memory

            first = vol.initial(x.shape[1], law.memory)
            last, after = jax.lax.scan(one_day, first, (x, there))
            before = jax.tree.map(lambda one, rest: jnp.concatenate([one[None], rest[:-1]]), first, after)
            column = generator.traced_columns(x, there, before, after)
            empty = jnp.zeros((reach, *column.shape[1:]), column.dtype)
            recent = jnp.concatenate([empty, column])[len(x) :]
            mean, variance = mean_and_variance(generator.density(generator.begin(recent, last)))
            return mean + shift, variance

        mean, variance = jax.vmap(one)(members, shift)
        return 0.5 * jnp.log(variance.mean(axis=0) + mean.var(axis=0))[asset]

    return _along(log_volatility, real, start, points, weights)


def _along(
    log_volatility: Callable[[jax.Array], jax.Array],
    real: jax.Array,
    start: jax.Array,
    points: jax.Array,
    weights: jax.Array,
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """The gradient along the way from ``start`` to ``real``, times their difference; and both ends."""

    def gradient(at: jax.Array) -> jax.Array:
        return jax.grad(log_volatility)(start + at * (real - start))

    gradients = jax.lax.map(gradient, points, batch_size=8)
    parts = jnp.tensordot(weights, gradients, axes=1) * (real - start)
    return parts, log_volatility(real), log_volatility(start)
