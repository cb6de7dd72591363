import numpy as np
import pytest
from scipy import stats

from tsgan.stats.distances import dy, energy, wasserstein


@pytest.mark.parametrize(("n", "m"), [(50, 50), (37, 1000), (1000, 37), (1, 5)])
def test_wasserstein_equals_scipy(n, m):
    rng = np.random.default_rng(n)
    a, b = rng.standard_t(3, n), rng.normal(0.5, 2.0, m)
    assert wasserstein(a, b) == pytest.approx(stats.wasserstein_distance(a, b), rel=1e-12)


@pytest.mark.parametrize("order", [np.sort, np.random.default_rng(2).permutation])
def test_ties_and_samples_in_order_equal_scipy(order):
    rng = np.random.default_rng(3)
    a, b = order(rng.integers(0, 9, 40)), order(rng.integers(2, 12, 300))
    assert wasserstein(a, b) == pytest.approx(stats.wasserstein_distance(a, b), rel=1e-12)
    assert energy(a, b) == pytest.approx(stats.energy_distance(a, b), rel=1e-12)


def test_wasserstein_pools_paths_and_sees_shifts():
    x = np.random.default_rng(0).normal(size=(4, 25))
    assert wasserstein(x, x + 0.25) == pytest.approx(0.25)


def test_energy_equals_scipy():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=80), rng.normal(size=(2, 60)) * 2
    assert energy(a, b) == pytest.approx(stats.energy_distance(a, b.ravel()))


def test_dy_by_hand():
    real = np.array([0.0, 1.0, 2.0, 3.0])
    # Two bins, cut at the median 1.5: real 2/4 and 2/4, generated 1/8 and 7/8.
    generated = np.array([-9.0, 2, 2, 2, 2, 2, 2, 9.0])
    assert dy(real, generated, bins=2) == pytest.approx(abs(np.log(0.5 / 0.125)) + abs(np.log(0.5 / 0.875)))


def test_dy_counts_an_empty_bin_as_half_an_observation():
    real = np.array([0.0, 1.0, 2.0, 3.0])
    assert dy(real, np.full(10, 5.0), bins=2) == pytest.approx(np.log(0.5 / 0.05) + np.log(2.0))


def test_dy_survives_ties():
    assert np.isfinite(dy(np.zeros(500), np.ones(500)))
