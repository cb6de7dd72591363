"""Tomorrow's law: map and inverse, log density and draws, marginals and copula agree with each other and with scipy."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from tsgan.models import density as law
from tsgan.models.density import CAP, TAIL_RANGE, Density

DRAW = jax.jit(law.draw)
INVERT = jax.jit(law.invert)

LAWS = [(0.0, 0.0, 0.0, 1.0), (0.2, -0.5, 0.4, 0.7), (-0.3, 0.6, -0.7, 0.6), (0.1, 0.0, 0.3, 1.3)]
"""Location, log scale, skew, tail."""


def density(*parameters: float) -> Density:
    return Density(*(jnp.asarray([p], jnp.float32) for p in parameters))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    location=st.floats(-1, 1),
    log_scale=st.floats(-3, 3),
    skew=st.floats(-0.9, 0.9),
    tail=st.floats(*TAIL_RANGE),
    z=st.floats(-3.5, 3.5),
)
def test_invert_undoes_draw(location, log_scale, skew, tail, z):
    at = density(location, log_scale, skew, tail)
    x = DRAW(at, jnp.array([z], jnp.float32))
    y = float((x[0] - location) * np.exp(-log_scale))
    if abs(y) >= CAP * 0.999:
        return  # what is clipped cannot be undone
    back, score = INVERT(at, x)
    # float32: the location hides digits of a small scale, and the heaviest tails stretch what is left.
    tolerance = 1e-4 * (1 + abs(z)) + 1e-5 * np.exp(-log_scale) * (1 + abs(location))
    assert abs(float(back[0]) - z) < tolerance
    assert np.isfinite(score).all()


@pytest.mark.parametrize("parameters", LAWS)
def test_log_density_is_the_change_of_variables(parameters):
    at = density(*parameters)
    slope = jax.jit(jax.vmap(jax.grad(lambda z: law.draw(at, z)[0])))
    z = jnp.linspace(-3, 3, 61)
    x = jax.vmap(lambda z: DRAW(at, z))(z)[:, 0]
    expected = stats.norm.logpdf(np.asarray(z)) - np.log(np.asarray(slope(z)))
    np.testing.assert_allclose(INVERT(at, x[:, None])[1][:, 0], expected, atol=2e-3)


@pytest.mark.parametrize("parameters", LAWS)
def test_log_density_integrates_to_one_and_to_the_mean(parameters):
    at = density(*parameters)
    # A grid that is fine at the centre and reaches far into the tails.
    x = np.sinh(np.linspace(-8, 8, 20_001)) * np.exp(parameters[1]) + parameters[0]
    p = np.exp(np.asarray(INVERT(at, jnp.asarray(x, jnp.float32)[:, None])[1][:, 0], np.float64))
    assert integrate.simpson(p, x=x) == pytest.approx(1, abs=2e-3)
    assert integrate.simpson(p * x, x=x) == pytest.approx(float(law.mean(at)[0]), abs=5e-3)


@pytest.mark.parametrize("parameters", LAWS)
def test_mean_agrees_with_draws(parameters):
    at, count = density(*parameters), 400_000
    x = np.asarray(DRAW(at, jax.random.normal(jax.random.key(0), (count, 1))), np.float64)[:, 0]
    error = x.std() / np.sqrt(count)
    assert abs(x.mean() - float(law.mean(at)[0])) < 4 * error + 1e-4  # and the quadrature's own error


def test_signs():
    z = np.asarray(jax.random.normal(jax.random.key(1), (100_000, 1)))
    skewness = {s: float(stats.skew(np.asarray(DRAW(density(0, 0, s, 0.8), z), np.float64)[:, 0])) for s in (-0.3, 0.3)}
    assert skewness[0.3] > 0.5 and skewness[-0.3] < -0.5
    kurtosis = [
        float(stats.kurtosis(np.asarray(DRAW(density(0, 0, 0, t), z), np.float64)[:, 0])) for t in (0.7, 1, 1.3)
    ]
    # Four standard errors of a normal sample's kurtosis, sqrt(24 / n).
    assert kurtosis[0] > 1 and abs(kurtosis[1]) < 4 * np.sqrt(24 / 100_000) and kurtosis[2] < -0.3
    assert DRAW(density(0.5, 0, 0, 1), jnp.zeros(1))[0] == 0.5
    np.testing.assert_allclose(DRAW(density(0, 1.0, 0, 1), jnp.ones(1)), np.e, rtol=1e-5)


def test_draws_follow_the_density():
    # An asymmetric law: a Kolmogorov-Smirnov test of draws against the integral of the density.
    at = density(0.1, -0.2, 0.5, 0.7)
    x = np.asarray(DRAW(at, jax.random.normal(jax.random.key(2), (20_000, 1))), np.float64)[:, 0]
    grid = np.sinh(np.linspace(-7, 7, 8001))
    p = np.exp(np.asarray(INVERT(at, jnp.asarray(grid, jnp.float32)[:, None])[1][:, 0], np.float64))
    cdf = integrate.cumulative_trapezoid(p, grid, initial=0)
    assert stats.kstest(x, lambda v: np.interp(v, grid, cdf)).pvalue > 1e-3
    assert stats.kstest(-x, lambda v: np.interp(v, grid, cdf)).pvalue < 1e-6


def test_draws_are_capped():
    at = density(0.3, 0.5, 1.0, TAIL_RANGE[0])
    for z, sign in ((50.0, 1), (-1e6, -1), (1e30, 1)):
        expected = np.float32(0.3) + np.exp(np.float32(0.5)) * sign * CAP
        np.testing.assert_allclose(DRAW(at, jnp.array([z]))[0], expected, rtol=1e-6)


def test_raw_outputs_are_squashed_into_their_ranges():
    raw = jnp.array([[-1e6] * 4, [1e6] * 4, [0.0] * 4])
    at = law.from_raw(raw)
    assert all(np.isfinite(leaf).all() for leaf in at)
    np.testing.assert_allclose(at.tail[:2], TAIL_RANGE, rtol=1e-6)
    np.testing.assert_allclose(at.log_scale[:2], [-law.LOG_SCALE_RANGE, law.LOG_SCALE_RANGE], rtol=1e-6)
    np.testing.assert_allclose(at.location, [-law.LOCATION_RANGE, law.LOCATION_RANGE, 0], atol=1e-6)
    np.testing.assert_allclose(at.skew, [-1, 1, 0], atol=1e-6)


LOADINGS = np.array([[0.8, 0.1], [0.5, -0.6], [-0.7, 0.2]], np.float32)
CORRELATION = LOADINGS @ LOADINGS.T + np.diag(1 - (LOADINGS**2).sum(axis=1))


def test_copula_against_scipy():
    z = np.random.default_rng(0).standard_normal((50, 3))
    expected = stats.multivariate_normal(cov=CORRELATION).logpdf(z) - stats.norm.logpdf(z).sum(axis=1)
    actual = law.copula_log_density(jnp.asarray(LOADINGS), jnp.asarray(z, jnp.float32))
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(law.copula_log_density(jnp.zeros((3, 2)), jnp.asarray(z, jnp.float32)), 0, atol=1e-6)


def test_correlate_has_the_stated_correlation():
    count = 100_000
    own, common = jax.random.normal(jax.random.key(3), (count, 3)), jax.random.normal(jax.random.key(4), (count, 2))
    z = np.asarray(law.correlate(jnp.asarray(LOADINGS), own, common), np.float64)
    # A sample covariance of correlated normals has standard error sqrt((1 + rho^2) / n), at most sqrt(2 / n).
    np.testing.assert_allclose(z.T @ z / count, CORRELATION, atol=4 * np.sqrt(2 / count))


def test_loadings_leave_every_asset_noise_of_its_own():
    bounded = np.asarray(law.bounded_loadings(jnp.array([[0.0, 0.0], [3.0, 4.0], [-100.0, 0.0]])))
    norms = np.linalg.norm(bounded, axis=1)
    assert (norms < 1).all() and norms[0] == 0
    np.testing.assert_allclose(bounded[1], np.array([3.0, 4.0]) / np.sqrt(26), rtol=1e-5)
