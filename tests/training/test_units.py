"""Units: an asset's standard deviation, upside down where it moves against the market."""

from __future__ import annotations

import numpy as np
import pytest

from tsgan.models.gan.model import GAN
from tsgan.training.units import units

DAYS = 800


@pytest.fixture(scope="module")
def returns() -> np.ndarray:
    """Two stocks, an index of fear that goes the other way, and gold that goes its own."""
    rng = np.random.default_rng(0)
    market = rng.standard_normal(DAYS)
    loadings = np.array([0.8, 0.7, -0.9, -0.05])
    own = rng.standard_normal((DAYS, 4)) * np.sqrt(1 - loadings**2)
    return (market[:, None] * loadings + own) * [0.01, 0.02, 0.08, 0.01]


PRICES = np.array([True, True, False, True])


def test_what_moves_against_the_market_is_turned_over(returns):
    scale = units(returns, PRICES)
    assert (np.sign(scale) == [1, 1, -1, 1]).all()
    np.testing.assert_allclose(np.abs(scale), returns.std(axis=0))


def test_the_order_of_assets_does_not_matter(returns):
    order = [2, 0, 3, 1]
    np.testing.assert_allclose(units(returns[:, order], PRICES[order]), units(returns, PRICES)[order])


def test_prices_say_which_way_is_up(returns):
    """One stock among two indices of fear is not turned over."""
    fears = np.column_stack([returns[:, 0], returns[:, 2], returns[:, 2] + 0.01 * returns[::-1, 2]])
    assert (np.sign(units(fears, np.array([True, False, False]))) == [1, -1, -1]).all()


def test_one_asset_and_pairs_without_a_way_stay_as_they_are(returns):
    assert units(returns[:, 2:3], np.array([False])) > 0
    against = np.column_stack([returns[:, 0], -returns[:, 0]])
    assert (units(against, np.array([False, False])) > 0).all()


def test_only_the_first_days_count_and_a_young_asset_is_measured_on_all(returns):
    changed = returns.copy()
    changed[400:] *= 5
    changed[:500, 3] = np.nan
    scale = units(changed, PRICES, 400)
    np.testing.assert_allclose(np.abs(scale[:3]), returns[:400, :3].std(axis=0))
    np.testing.assert_allclose(scale[3], np.nanstd(changed[:, 3]))


def test_a_model_upside_down_draws_the_mirrored_market(fitted):
    """Turned over twice, by its units and by its data, an asset is the same asset."""
    gan = fitted("gan")
    turn = np.array([1.0, -1.0])
    other = GAN(gan.info, gan.recent * turn, gan.members, gan.scale * turn, gan.shift * turn)
    one, two = gan.sample(20, 30, seed=3).moves, other.sample(20, 30, seed=3).moves
    assert np.array_equal(one * turn.astype(np.float32), two)
    later = gan.recent[-50:]
    np.testing.assert_array_equal(
        gan.log_density(later, gan.recent[:-50]), other.log_density(later * turn, gan.recent[:-50] * turn)
    )
