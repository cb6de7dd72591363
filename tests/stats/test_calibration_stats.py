"""PIT, coverage and scores of forecasts: against scoringrules, of the right size, with power."""

import numpy as np
import pytest
import scoringrules
from scipy import stats

from tsgan.stats import calibration as cal


def rate_is_five_percent(p_values: list[float]) -> bool:
    rate = np.mean(np.asarray(p_values) <= 0.05)
    return bool(abs(rate - 0.05) < 3 * np.sqrt(0.05 * 0.95 / len(p_values)))


def test_crps_is_that_of_scoringrules():
    rng = np.random.default_rng(0)
    draws, realised = np.sort(rng.standard_t(3, (4, 5, 60)), axis=-1), rng.standard_t(3, (4, 5))
    theirs = scoringrules.crps_ensemble(realised, draws, estimator="fair")
    np.testing.assert_allclose(cal.crps(draws, realised), theirs, rtol=1e-10)


def test_crps_is_fair_and_proper():
    rng = np.random.default_rng(1)
    realised = rng.standard_normal(40_000)
    expected = 1 / np.sqrt(np.pi)  # of the true standard normal, for any number of draws
    for n in (3, 50):
        score = cal.crps(np.sort(rng.standard_normal((40_000, n)), axis=-1), realised)
        assert abs(score.mean() - expected) < 3 * score.std() / 200
    wrong = cal.crps(np.sort(0.5 * rng.standard_normal((40_000, 50)), axis=-1), realised)
    assert wrong.mean() > expected + 0.01


def test_pit_is_uniform_with_few_draws_and_ties():
    rng = np.random.default_rng(2)
    every = rng.integers(0, 4, (20_000, 8)).astype(float)
    u = cal.pit(every[:, 1:], every[:, 0], rng.random(20_000))
    assert cal.uniformity(u)[1] > 0.01
    assert cal.pit(np.array([1.0, 2.0, 2.0, 3.0]), np.array(2.0), np.array(0.5)) == pytest.approx((1 + 1.5) / 5)
    assert cal.pit(np.array([1.0, 2.0]), np.array(9.0), np.array(1.0)) == 1


def test_pinball_is_least_at_the_quantile():
    x = np.random.default_rng(3).standard_normal(100_000)
    losses = {q: cal.pinball(np.array(q), x, 0.025).mean() for q in (-2.4, -2.2, -1.96, -1.7, -1.5)}
    assert min(losses, key=lambda q: losses[q]) == -1.96


def test_size_under_the_truth():
    u = np.random.default_rng(4).random((600, 500))
    assert rate_is_five_percent([cal.uniformity(x)[1] for x in u])
    assert rate_is_five_percent([cal.berkowitz(x)[1] for x in u])
    assert rate_is_five_percent([cal.pit_clustering(x)[1] for x in u])
    for level in (0.5, 0.9, 0.95):
        p = np.array([cal.coverage_p(cal.covered(x, level), level) for x in u])
        assert np.mean(p <= 0.05) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 600)  # exact, so at most 5 %
        assert np.mean(p <= 0.05) > 0.01


def test_coverage_counts_central_intervals():
    u = np.array([0.001, 0.02, 0.05, 0.3, 0.5, 0.74, 0.76, 0.974, 0.996])
    assert cal.covered(u, 0.5).sum() == 3 and cal.covered(u, 0.95).sum() == 6 and cal.covered(u, 0.99).sum() == 7


def test_power_against_half_the_volatility():
    z = np.random.default_rng(5).standard_normal(500)
    u = stats.norm.cdf(2 * z)
    assert cal.uniformity(u)[1] < 1e-6 and cal.berkowitz(u)[1] < 1e-6
    assert all(cal.coverage_p(cal.covered(u, level), level) < 1e-6 for level in cal.LEVELS)
    assert u.std() > 0.33  # too narrow: PITs crowd at both ends


def test_power_against_dependence():
    rng = np.random.default_rng(6)
    z = rng.standard_normal(1000)
    for t in range(1, 1000):
        z[t] = 0.2 * z[t - 1] + np.sqrt(0.96) * z[t]
    assert cal.berkowitz(stats.norm.cdf(z))[1] < 1e-4
    storm = np.exp(0.5 * np.sin(np.arange(1000) / 20)) * rng.standard_normal(1000)
    u = stats.rankdata(storm) / 1001  # uniform, but its extremes come in clusters
    assert cal.uniformity(u)[1] > 0.9 and cal.pit_clustering(u)[1] < 1e-6
