import numpy as np
import pytest
from scipy import stats

from tsgan.evaluation.facts import GAUSSIAN_GPD, GAUSSIAN_HILL
from tsgan.stats.tails import excess_kurtosis, generalized_pareto, gpd_shape, hill, skewness, tail_ratio


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


@pytest.mark.parametrize("shape", [-0.2, 0.0, 0.3])
def test_the_generalized_pareto_law_is_found(shape):
    sample = stats.genpareto.rvs(shape, scale=0.7, size=(20, 20_000), random_state=3)
    scales, shapes = generalized_pareto(sample)
    error = 4 * shapes.std() / np.sqrt(20)
    assert abs(shapes.mean() - shape) < error < 0.02 and scales.mean() == pytest.approx(0.7, abs=0.01)
    # Over any threshold the shape is the same; the worst 10 % of losses are on the left.
    assert gpd_shape(-sample).mean() == pytest.approx(shape, abs=0.05)
    assert gpd_shape(sample, "right").mean() == pytest.approx(shape, abs=0.05)


def test_gaussian_gpd_constant():
    normal = stats.norm.isf(np.linspace(0, 1, 4_000_003)[1:-1])
    assert float(gpd_shape(normal)) == pytest.approx(GAUSSIAN_GPD, abs=0.01)
    assert np.isnan(gpd_shape(np.zeros(100)))


def test_moments_equal_scipy():
    x = np.random.default_rng(2).gamma(2.0, size=(3, 500))
    np.testing.assert_allclose(excess_kurtosis(x), stats.kurtosis(x, axis=-1))
    np.testing.assert_allclose(skewness(x), stats.skew(x, axis=-1))


def test_moments_of_a_constant_are_undefined():
    assert np.isnan(excess_kurtosis(np.full(100, 0.1))) and np.isnan(skewness(np.zeros(10)))


def test_tail_ratio_by_hand():
    assert tail_ratio(np.array([-4.0, *[0.0] * 18, 2.0])) == pytest.approx(0.5)
