"""Weighted statistics against closed forms and against their unweighted selves."""

import numpy as np
import pytest
from scipy import stats

from tsgan.stats import weighted

LEVELS = (0.95, 0.975, 0.99)


def test_equal_weights_are_no_weights():
    x = np.random.default_rng(0).standard_t(4, 999)
    equal = np.full(999, 1 / 999)
    for level in LEVELS:
        assert weighted.tail(x, level) == weighted.tail(x, level, equal)
    assert weighted.mean(x) == weighted.mean(x, equal)


@pytest.mark.parametrize("level", LEVELS)
def test_order_statistics(level):
    x = np.random.default_rng(1).permutation(np.arange(1.0, 1001.0))
    found = weighted.tail(x, level)
    assert found.var.value == np.ceil(1000 * level - 1e-9)
    worst = np.arange(found.var.value + 1, 1001)
    assert found.es.value == pytest.approx(worst.mean())
    assert found.var.low < found.var.value < found.var.high


def test_repeated_values_and_weights_say_the_same():
    x, count = np.array([3.0, -1.0, 7.0, 2.0, 5.0]), np.array([3, 40, 1, 50, 6])
    repeated, w = np.repeat(x, count), count / 100
    for level in LEVELS:
        one, other = weighted.tail(x, level, w), weighted.tail(repeated, level)
        assert one.var.value == other.var.value
        assert one.es.value == pytest.approx(other.es.value)


def test_weights_undo_another_law():
    """Draws of N(1.5, 1) weighed to N(0, 1): VaR and ES of the latter, within three of their own standard errors."""
    x = np.random.default_rng(2).normal(1.5, 1, 40_000)
    w = weighted.normalized(stats.norm.pdf(x) / stats.norm.pdf(x, 1.5), len(x))
    for level in LEVELS:
        q = stats.norm.ppf(level)
        found, es = weighted.tail(x, level, w), stats.norm.pdf(q) / (1 - level)
        assert abs(found.var.value - q) < 3 * found.var.error
        assert abs(found.es.value - es) < 3 * found.es.error
        # The draws crowd the tail, so the error is far below that of as many draws of the law itself.
        plain = weighted.tail(x - 1.5, level)
        assert found.es.error < 0.6 * plain.es.error


def test_intervals_cover():
    """VaR, ES and a probability of t(5) losses: 95 % intervals hold the truth in 91 to 98.5 % of 600 samples."""
    rng, level = np.random.default_rng(3), 0.95
    q = stats.t.ppf(level, 5)
    es = stats.t.pdf(q, 5) * (5 + q * q) / 4 / (1 - level)
    truths, covered = (q, es, 0.05), np.zeros(3)
    for x in rng.standard_t(5, (600, 2000)):
        found = weighted.tail(x, level)
        for i, estimate in enumerate((found.var, found.es, weighted.probability(x > q))):
            covered[i] += estimate.low <= truths[i] <= estimate.high
    assert ((covered / 600 > 0.91) & (covered / 600 < 0.985)).all(), covered / 600


def test_nothing_seen_is_not_impossible():
    never = weighted.probability(np.zeros(1000, bool))
    assert never.value == never.low == 0 and 0.003 < never.high < 0.005


@pytest.mark.parametrize("tilted", [False, True])
def test_euler_components(tilted):
    """Jointly Gaussian losses: the components of VaR and ES are their covariances with the total, scaled."""
    rng = np.random.default_rng(4)
    factor = np.array([[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [-0.3, 0.1, 0.5]])
    covariance = factor @ factor.T
    z = rng.normal(size=(200_000, 3))
    w = None
    if tilted:
        z[:, 0] += 1
        w = weighted.normalized(np.exp(0.5 - z[:, 0]), len(z))
    parts = z @ factor.T
    var, es = weighted.euler(parts, 0.975, w)
    found = weighted.tail(parts.sum(1), 0.975, w)
    assert abs(var.sum() - found.var.value) < 1e-9 and abs(es.sum() - found.es.value) < 1e-9
    beta = covariance.sum(1) / np.sqrt(covariance.sum())
    q = stats.norm.ppf(0.975)
    np.testing.assert_allclose(es, beta * stats.norm.pdf(q) / 0.025, atol=0.03)
    np.testing.assert_allclose(var, beta * q, atol=0.06)


def test_quantiles_of_many_columns():
    x, w = np.random.default_rng(5).normal(size=(500, 2, 3)), np.random.default_rng(6).dirichlet(np.ones(500))
    found = weighted.quantiles(x, [0.1, 0.5], w)
    assert found.shape == (2, 2, 3)
    assert found[1, 1, 2] == weighted.quantiles(x[:, 1, 2], [0.5], w)[0]
