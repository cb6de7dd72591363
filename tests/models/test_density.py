"""Tomorrow's law: map and inverse, log density and draws, marginals and copula agree with each other and with scipy."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from tsgan.config import DensityConfig
from tsgan.models.gan import density as law
from tsgan.models.gan.density import Density

LAW = DensityConfig()
CAP, TAIL_RANGE = LAW.cap, LAW.tails
DRAW = jax.jit(law.draw)
INVERT = jax.jit(law.invert)

LAWS = [(0.0, 0.0, 0.0, 50.0), (0.2, -0.5, 0.4, 6.0), (-0.3, 0.6, -0.6, 5.0), (0.1, 0.0, 0.3, 20.0)]
"""Location, log scale, skew, tail."""


def density(*parameters: float) -> Density:
    return Density(*(jnp.asarray([p], jnp.float32) for p in parameters), cap=CAP)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    location=st.floats(-1, 1),
    log_scale=st.floats(-3, 3),
    skew=st.floats(-0.79, 0.79),
    tail=st.floats(*TAIL_RANGE),
    z=st.floats(-4.5, 4.5),
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
    x = np.sinh(np.linspace(-9, 9, 20_001)) * np.exp(parameters[1]) + parameters[0]
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
    skewness = {s: float(stats.skew(np.asarray(DRAW(density(0, 0, s, 20), z), np.float64)[:, 0])) for s in (-0.3, 0.3)}
    assert skewness[0.3] > 0.3 and skewness[-0.3] < -0.3
    kurtosis = [float(stats.kurtosis(np.asarray(DRAW(density(0, 0, 0, t), z), np.float64)[:, 0])) for t in (6, 12, 57)]
    assert kurtosis[0] > kurtosis[1] + 0.3 > kurtosis[2] + 0.6
    assert DRAW(density(0.5, 0, 0, 8), jnp.zeros(1))[0] == 0.5


@pytest.mark.parametrize("skew", [-0.6, 0.4])
@pytest.mark.parametrize("tail", [3.5, 6.0, 30.0])
def test_location_is_the_mean(skew, tail):
    z = np.linspace(-12, 12, 200_001)
    x = np.asarray(DRAW(density(0.1, 0.3, skew, tail), jnp.asarray(z, jnp.float32)[:, None]), np.float64)[:, 0]
    assert integrate.simpson(x * stats.norm.pdf(z), x=z) == pytest.approx(0.1, abs=2e-3)


@pytest.mark.parametrize("tail", [4.0, 8.0, 30.0])
def test_without_skew_it_is_nearly_student(tail):
    # Wallace's approximation is good to a few per cent of the quantile where risk is measured.
    p = np.array([0.6, 0.9, 0.99, 0.999])
    x = [float(DRAW(density(0, 0, 0, tail), jnp.array([z], jnp.float32))[0]) for z in stats.norm.ppf(p)]
    np.testing.assert_allclose(x, stats.t.ppf(p, tail), rtol=0.035)


def test_draws_follow_the_density():
    # An asymmetric law: a Kolmogorov-Smirnov test of draws against the integral of the density.
    at = density(0.1, -0.2, 0.5, 5.0)
    x = np.asarray(DRAW(at, jax.random.normal(jax.random.key(2), (20_000, 1))), np.float64)[:, 0]
    grid = np.sinh(np.linspace(-7, 7, 8001))
    p = np.exp(np.asarray(INVERT(at, jnp.asarray(grid, jnp.float32)[:, None])[1][:, 0], np.float64))
    cdf = integrate.cumulative_trapezoid(p, grid, initial=0)
    assert stats.kstest(x, lambda v: np.interp(v, grid, cdf)).pvalue > 1e-3
    assert stats.kstest(-x, lambda v: np.interp(v, grid, cdf)).pvalue < 1e-6


def test_draws_are_capped():
    at = density(0.3, 0.5, 0.5, TAIL_RANGE[0])
    for z, sign in ((50.0, 1), (-1e6, -1), (1e30, 1)):
        expected = np.float32(0.3) + np.exp(np.float32(0.5)) * sign * CAP
        np.testing.assert_allclose(DRAW(at, jnp.array([z]))[0], expected, rtol=1e-6)


def test_raw_outputs_are_squashed_into_their_ranges():
    raw = jnp.array([[-1e6] * 4, [1e6] * 4, [0.0] * 4])
    at = law.from_raw(raw, LAW)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(at))
    np.testing.assert_allclose(at.tail[:2], TAIL_RANGE, rtol=1e-6)
    np.testing.assert_allclose(at.log_scale[:2], [-LAW.log_scale_range, LAW.log_scale_range], rtol=1e-6)
    np.testing.assert_allclose(at.location, [-LAW.location_range, LAW.location_range, 0], atol=1e-6)
    np.testing.assert_allclose(at.skew, [-LAW.skew_range, LAW.skew_range, 0], atol=1e-6)


LOADINGS = np.array([[0.8, 0.1], [0.5, -0.6], [-0.7, 0.2]], np.float32)
CORRELATION = LOADINGS @ LOADINGS.T + np.diag(1 - (LOADINGS**2).sum(axis=1))
RAW = LOADINGS / np.sqrt(1 - (LOADINGS**2).sum(axis=1, keepdims=True))


def copula(log_strength: object = 0.0, spread: float = 0.0) -> law.Copula:
    return law.Copula(jnp.asarray(RAW), jnp.asarray(log_strength, jnp.float32), jnp.float32(spread), LAW.strength_range)


def gaussian(z: np.ndarray, correlation: np.ndarray) -> np.ndarray:
    return stats.multivariate_normal(cov=correlation).logpdf(z) - stats.norm.logpdf(z).sum(axis=1)


def test_copula_against_scipy():
    z = np.random.default_rng(0).standard_normal((50, 3))
    at = copula(np.zeros(50))
    actual = law.copula_log_density(at, jnp.asarray(z, jnp.float32))
    np.testing.assert_allclose(actual, gaussian(z, CORRELATION), rtol=1e-4, atol=1e-4)
    weak = law.copula_log_density(replace(copula(np.full(50, -1.0)), loadings=jnp.zeros((3, 2))), jnp.asarray(z))
    np.testing.assert_allclose(weak, 0, atol=1e-5)


def test_absent_assets_are_integrated_out():
    z = np.random.default_rng(1).standard_normal((40, 3))
    present = np.array([[True, False, True]] * 40)
    actual = law.copula_log_density(copula(np.zeros(40)), jnp.where(present, z, 0.0), jnp.asarray(present))
    np.testing.assert_allclose(
        actual, gaussian(z[:, [0, 2]], CORRELATION[np.ix_([0, 2], [0, 2])]), rtol=1e-4, atol=1e-4
    )


def test_a_random_strength_mixes_copulas():
    z, spread = np.random.default_rng(2).standard_normal((30, 3)), 0.4
    shocks, masses = np.polynomial.hermite_e.hermegauss(60)
    parts = []
    for shock in shocks:
        a = float(law.strength(copula(0.0, spread), float(shock)))
        b = a * RAW / np.sqrt(1 + a * a * (RAW**2).sum(axis=1, keepdims=True))
        parts.append(np.exp(gaussian(z, b @ b.T + np.diag(1 - (b**2).sum(axis=1)))))
    expected = np.log(np.tensordot(masses / masses.sum(), np.stack(parts), axes=1))
    actual = law.copula_log_density(copula(np.zeros(30), spread), jnp.asarray(z, jnp.float32))
    np.testing.assert_allclose(actual, expected, atol=2e-2)  # five nodes stand for the normal shock


def test_correlate_has_the_stated_correlation():
    count = 100_000
    own, common = jax.random.normal(jax.random.key(3), (count, 3)), jax.random.normal(jax.random.key(4), (count, 3))
    z = np.asarray(law.correlate(copula(), own, common), np.float64)
    # A sample covariance of correlated normals has standard error sqrt((1 + rho^2) / n), at most sqrt(2 / n).
    np.testing.assert_allclose(z.T @ z / count, CORRELATION, atol=4 * np.sqrt(2 / count))


def test_scores_stay_normal_whatever_the_strength():
    count = 50_000
    own, common = jax.random.normal(jax.random.key(5), (count, 3)), jax.random.normal(jax.random.key(6), (count, 3))
    z = np.asarray(law.correlate(copula(0.3, 0.8), own, common), np.float64)
    assert min(stats.kstest(column, "norm").pvalue for column in z.T) > 1e-3
    plain = np.asarray(law.correlate(copula(0.3), own, common), np.float64)
    # Of normal pairs the correlation of squares is the square of the correlation; a random strength adds its variance.
    excess = [
        np.corrcoef(s[:, 0] ** 2, s[:, 2] ** 2)[0, 1] - np.corrcoef(s[:, 0], s[:, 2])[0, 1] ** 2 for s in (z, plain)
    ]
    error = 1 / np.sqrt(count)
    assert excess[0] > 4 * error and abs(excess[1]) < 4 * error
