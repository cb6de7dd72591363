import numpy as np
import pytest
from statsmodels.stats.diagnostic import acorr_ljungbox, het_arch
from statsmodels.tsa.stattools import acf as statsmodels_acf

from tsgan.stats.autocorrelation import CHUNK, acf, arch_lm, leverage_correlation, ljung_box


@pytest.fixture(scope="module")
def series():
    return np.random.default_rng(0).standard_t(4, (CHUNK + 3, 400)) + 0.3


def test_acf_equals_statsmodels(series):
    ours = acf(np.abs(series), 30)
    theirs = np.stack([statsmodels_acf(np.abs(x), nlags=30)[1:] for x in series])
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_leverage_equals_pearson_correlation_of_the_overlapping_pairs(series):
    ours = leverage_correlation(series, 40)
    theirs = [[np.corrcoef(r[:-k], r[k:] ** 2)[0, 1] for k in range(1, 41)] for r in series]
    np.testing.assert_allclose(ours, theirs, atol=1e-11)


def test_leverage_is_accurate_for_small_returns_with_a_large_mean():
    r = 1e-3 * np.random.default_rng(1).standard_normal(300) + 0.5
    expected = [np.corrcoef(r[:-k], r[k:] ** 2)[0, 1] for k in range(1, 6)]
    np.testing.assert_allclose(leverage_correlation(r, 5), expected, atol=1e-8)


def test_leverage_has_the_sign_of_today_then_later():
    r = np.random.default_rng(2).standard_normal(20_000)
    r[1:] *= np.where(r[:-1] < 0, 2.0, 0.5)  # losses are followed by storms, at lag 1 only
    lev = leverage_correlation(r, 3)
    assert lev[0] < -0.2 and abs(lev[1]) < 0.05
    assert leverage_correlation(-r, 3)[0] > 0.2


def test_ljung_box_equals_statsmodels(series):
    q, p = ljung_box(series[0], 10)
    expected = acorr_ljungbox(series[0], lags=[10])
    np.testing.assert_allclose([q, p], expected.to_numpy()[0], rtol=1e-9)


@pytest.mark.filterwarnings("ignore:acorr_lm currently returns:FutureWarning")
@pytest.mark.parametrize("scale", [1.0, 1e-3])
def test_arch_lm_equals_statsmodels(series, scale):
    theirs = np.array([het_arch(scale * x, nlags=4)[:2] for x in series])
    np.testing.assert_allclose(np.transpose(arch_lm(scale * series, 4)), theirs, rtol=1e-8)


def test_one_series_is_a_batch_of_one_and_float32_is_widened(series):
    np.testing.assert_array_equal(acf(series[3], 5), acf(series, 5)[3])
    assert acf(series.astype(np.float32), 5).dtype == np.float64


def test_constant_series_have_no_correlations():
    assert np.isnan(acf(np.zeros(50), 5)).all()
    assert np.isnan(leverage_correlation(np.zeros((2, 50)), 5)).all()
    assert np.isnan(arch_lm(np.full((2, 50), 0.1), 5)).all()


@pytest.mark.parametrize("lags", [0, 49])
def test_impossible_lags_are_refused(lags):
    with pytest.raises(ValueError, match="lags need"):
        acf(np.zeros(50), lags)
