import numpy as np
import pytest
from scipy import stats

from tsgan.evaluation.facts import GAUSSIAN_HILL
from tsgan.stats.tails import excess_kurtosis, hill, skewness, tail_ratio


@pytest.mark.parametrize("alpha", [2.0, 3.5])
def test_hill_finds_the_index_of_a_pareto(alpha):
    rng = np.random.default_rng(0)
    sample = rng.pareto(alpha, (20, 20_000)) + 1.0
    # k = 1,000 order statistics: relative standard error 1 / sqrt(k) a path.
    assert abs(hill(sample, "right").mean() / alpha - 1) < 4 / np.sqrt(20 * 1000)
    assert abs(hill(-sample, "left").mean() / alpha - 1) < 4 / np.sqrt(20 * 1000)
    assert np.isnan(hill(sample, "left")).all()  # it has no losses


def test_hill_by_hand():
    y = np.array([8.0, 4.0, 2.0, 1.0] + [0.5] * 36)  # k = 2: mean of log(8 / 2), log(4 / 2)
    assert hill(y, "right") == pytest.approx(1 / (np.log(4 * 2) / 2))


def test_hill_of_both_sides_uses_absolute_values():
    x = np.random.default_rng(1).standard_t(3, 2000)
    assert hill(x, "both") == pytest.approx(hill(np.abs(x), "right"))


def test_gaussian_hill_constant():
    normal = stats.norm.isf(0.05)
    excess = stats.norm.expect(lambda x: np.log(x / normal), lb=normal) / 0.05
    assert pytest.approx(1 / excess, abs=0.01) == GAUSSIAN_HILL


def test_moments_equal_scipy():
    x = np.random.default_rng(2).gamma(2.0, size=(3, 500))
    np.testing.assert_allclose(excess_kurtosis(x), stats.kurtosis(x, axis=-1))
    np.testing.assert_allclose(skewness(x), stats.skew(x, axis=-1))


def test_moments_of_a_constant_are_undefined():
    assert np.isnan(excess_kurtosis(np.full(100, 0.1))) and np.isnan(skewness(np.zeros(10)))


def test_tail_ratio_by_hand():
    assert tail_ratio(np.array([-4.0, *[0.0] * 18, 2.0])) == pytest.approx(0.5)
