import numpy as np
import pytest

from tsgan.stats.inference import hac_mean
from tsgan.stats.joint import correlation_matrix, mean_off_diagonal, stress_correlation_matrix, tail_dependence
from tsgan.stats.resample import stationary_indices


@pytest.fixture(scope="module")
def returns():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((6, 2000, 3))
    z[..., 1] = 0.8 * z[..., 0] + 0.6 * z[..., 1]
    crash = rng.random((6, 2000, 1)) < 0.03
    return np.where(crash, z - 5.0, z)


def test_correlations_equal_numpy(returns):
    np.testing.assert_allclose(correlation_matrix(returns)[2], np.corrcoef(returns[2].T), atol=1e-12)
    assert np.isnan(correlation_matrix(np.zeros((10, 2)))).all()


def test_joint_crashes_show_below_and_not_above(returns):
    lower, upper = mean_off_diagonal(tail_dependence(returns)), mean_off_diagonal(tail_dependence(returns, "upper"))
    assert lower.mean() > 0.5 > upper.mean()
    np.testing.assert_allclose(np.diagonal(tail_dependence(returns), axis1=-2, axis2=-1), 1.0)


def test_independent_assets_have_tail_dependence_at_its_level():
    x = np.random.default_rng(1).standard_normal((40, 2000, 2))
    assert mean_off_diagonal(tail_dependence(x)).mean() == pytest.approx(0.05, abs=0.01)


def test_stress_correlation_uses_the_worst_days():
    calm = np.random.default_rng(2).standard_normal((950, 2))
    fall = -10 - np.random.default_rng(3).exponential(size=(50, 1))
    r = np.concatenate([calm, np.repeat(fall, 2, axis=1)])
    assert mean_off_diagonal(stress_correlation_matrix(r)) == pytest.approx(1.0)


def test_stationary_blocks_have_the_mean_length_asked_for():
    indices = stationary_indices(500, 200, 25.0, np.random.default_rng(4))
    follows = (np.diff(indices, axis=1) % 500) == 1
    assert indices.min() >= 0 and indices.max() < 500
    assert 1 / (1 - follows.mean()) == pytest.approx(25.0, rel=0.1)


def test_hac_mean_equals_statsmodels():
    import statsmodels.api as sm

    x = np.convolve(np.random.default_rng(5).standard_normal(400), np.ones(3), "valid") + 0.2
    mean, t = hac_mean(x, lags=5)
    fit = sm.OLS(x, np.ones(len(x))).fit(cov_type="HAC", cov_kwds={"maxlags": 5, "use_correction": False})
    assert mean == pytest.approx(x.mean()) and t == pytest.approx(fit.tvalues[0])
