import numpy as np
import pytest

from tsgan.stats.aggregation import aggregate, aggregated_kurtosis
from tsgan.stats.drawdown import drawdown_depth, drawdown_duration, drawdowns
from tsgan.stats.tails import excess_kurtosis
from tsgan.stats.volatility import (
    abs_decay_exponent,
    decay_exponent,
    first_passage,
    realized_volatility,
    standardized_kurtosis,
    time_scale_asymmetry,
    volatility_dispersion,
)


@pytest.fixture(scope="module")
def arrow_of_time():
    """Days whose scale follows the absolute sum of the five days before: coarse predicts fine."""
    rng = np.random.default_rng(0)
    r = np.zeros((8, 3000))
    for t in range(5, 3000):
        r[:, t] = rng.standard_normal(8) * (0.5 + 0.25 * np.abs(r[:, t - 5 : t].sum(1)))
    return r


def test_aggregate_sums_overlapping_days():
    np.testing.assert_allclose(aggregate(np.array([[1.0, 2, 3, 4]]), 3), [[6, 9]])
    np.testing.assert_array_equal(aggregate(np.arange(3.0), 1), np.arange(3.0))
    with pytest.raises(ValueError, match="need at least 5 days"):
        aggregate(np.arange(3.0), 5)


def test_kurtosis_of_independent_days_falls_like_one_over_days():
    r = np.random.default_rng(1).laplace(size=(50, 4000))  # excess kurtosis 3
    np.testing.assert_allclose(aggregated_kurtosis(r, (1, 5)).mean(0), [3.0, 0.6], atol=0.15)


def test_realized_volatility_keeps_the_latest_blocks():
    np.testing.assert_allclose(realized_volatility(np.array([9.0, 3, 3, 4, 4]), 2), [3, 4])


def test_dispersion_is_larger_where_calm_and_storm_alternate():
    r = np.random.default_rng(2).standard_normal((10, 2000))
    stormy = r * np.repeat([1.0, 3.0] * 10, 100)
    assert volatility_dispersion(r).mean() == pytest.approx(0.16, abs=0.02)
    assert volatility_dispersion(stormy).mean() > 0.4


@pytest.mark.parametrize("beta", [0.2, 0.75])
def test_decay_exponent_of_a_power_law(beta):
    rho = 0.3 * np.arange(1, 51) ** -beta
    assert decay_exponent(rho) == pytest.approx(beta, abs=0.006)
    assert np.isnan(decay_exponent(-rho))
    assert abs_decay_exponent(np.random.default_rng(3).standard_normal((2, 100))).shape == (2,)


def test_time_scale_asymmetry_sees_the_arrow_of_time(arrow_of_time):
    forward, backward = time_scale_asymmetry(arrow_of_time), time_scale_asymmetry(arrow_of_time[:, ::-1])
    np.testing.assert_allclose(forward, -backward)
    assert forward.mean() < -0.02


def test_standardizing_by_volatility_takes_kurtosis_away(arrow_of_time):
    assert standardized_kurtosis(arrow_of_time).mean() < 0.7 * excess_kurtosis(arrow_of_time).mean()


def test_first_passage_by_hand():
    r = np.array([0.0, -1.0, -1.0, 3.0, 0.0, 0.0])
    np.testing.assert_array_equal(first_passage(r, -2.0, limit=3), [3, 2, 4])
    np.testing.assert_array_equal(first_passage(r, 1.0, limit=3), [4, 3, 2])


def test_drawdowns_by_hand():
    r = np.array([[-1.0, 2.0, -1.0, -2.0, 4.0, -1.0]])  # levels 0, -1, 1, 0, -2, 2, 1
    np.testing.assert_allclose(drawdowns(r), [[1, 0, 1, 3, 0, 1]])
    assert (drawdown_depth(r)[0], drawdown_duration(r)[0]) == (3.0, 2.0)
    assert drawdown_duration(-np.ones(4)) == 4
