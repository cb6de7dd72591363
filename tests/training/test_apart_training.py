"""Assets that are modelled apart: the others are, bit for bit, what they are without them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tsgan.config import GANConfig
from tsgan.data.load import load_prices
from tsgan.data.panel import Panel
from tsgan.fitting import fit, load_model
from tsgan.models.dynamics import Dynamics
from tsgan.models.gan.model import GAN
from tsgan.training.transfer import transferred

DAYS = 900
PLACE = 1
"""Of the odd asset."""


def table() -> pd.DataFrame:
    """Two stocks, and one between them that was listed late, is calmer, and hangs on the second one."""
    rng = np.random.default_rng(3)
    market = rng.standard_t(6, (DAYS, 1))
    own = rng.standard_t(6, (DAYS, 2))
    moves = 0.008 * (0.7 * market + 0.7 * own)
    odd = 0.5 * moves[:, 1] + 0.002 * rng.standard_normal(DAYS)
    prices = 80 * np.exp(np.cumsum(np.column_stack([moves[:, 0], odd, moves[:, 1]]), axis=0))
    prices[:500, PLACE] = np.nan
    return pd.DataFrame(prices, pd.bdate_range("2014-01-02", periods=DAYS), ["ONE", "ODD", "TWO"])


@pytest.fixture(scope="module")
def panel() -> Panel:
    return load_prices(table())


@pytest.fixture(scope="module")
def pair(panel, tiny) -> tuple[GAN, GAN]:
    """Fitted to all, and to the two others."""
    one, other = fit(panel, tiny, seed=0), fit(load_prices(table()[["ONE", "TWO"]]), tiny, seed=0)
    assert isinstance(one, GAN) and isinstance(other, GAN)
    return one, other


def test_the_others_are_what_they_are_without_it(pair):
    one, other = pair
    for name, array in other.arrays().items():
        mine = one.arrays()[name]
        if mine.shape != array.shape:  # has an axis of assets
            axis = next(i for i, (a, b) in enumerate(zip(mine.shape, array.shape, strict=True)) if a != b)
            mine = np.delete(mine, PLACE, axis=axis)
        assert np.array_equal(mine, array), name
    paths, alone = one.sample(64, 40, seed=1), other.sample(64, 40, seed=1)
    np.testing.assert_allclose(np.delete(paths.returns, PLACE, axis=-1), alone.returns, rtol=1e-3, atol=1e-6)


def test_the_odd_one_is_as_volatile_and_as_correlated_as_it_was(pair, panel):
    paths = pair[0].sample(500, 60, seed=2).returns
    known = np.isfinite(panel.moves[:, PLACE])
    sizes = np.abs(paths[..., PLACE]).mean() / np.abs(panel.moves[known, PLACE]).mean()
    assert 0.75 < sizes < 1.3
    shown = np.corrcoef(paths.reshape(-1, 3), rowvar=False)[PLACE]
    real = np.corrcoef(panel.moves[known], rowvar=False)[PLACE]
    assert real[2] > 0.85 and np.abs(shown - real).max() < 0.1


def test_it_is_said_and_saved(pair, tmp_path):
    one, _ = pair
    assert one.info.config["apart"] == ["ODD"]
    (said,) = one.info.warnings
    assert "ODD is modelled apart" in said and "44 % of the dates" in said
    one.save(tmp_path / "one")
    again = load_model(tmp_path / "one")
    assert again.model_hash == one.model_hash
    assert np.array_equal(again.sample(8, 20, seed=3).returns, one.sample(8, 20, seed=3).returns)


def test_what_is_asked_of_every_gan(pair, panel):
    one, other = pair
    context, later = panel.moves[:-30], panel.moves[-30:]
    density = one.log_density(later, context)
    assert np.isfinite(density).all()
    alone = other.log_density(later[:, ::2], context[:, ::2])
    np.testing.assert_allclose(np.delete(density, PLACE, 1), alone, atol=1e-3)
    moments = one.predictive_moments(panel.moves, np.array([DAYS - 20, DAYS - 1]))
    assert np.isfinite(moments.volatility).all() and (moments.volatility > 0).all()
    filtered = one.filtered(panel.moves[600:-20], panel.moves[-20:], 0)
    assert np.isfinite(filtered.common[:, PLACE]).all() and np.ptp(filtered.common[:, PLACE]) > 0


def test_slopes_reach_through_the_ties(pair):
    """Against differences: the odd asset's return answers the others' noise, and theirs not its own."""
    one, _ = pair
    dynamics = Dynamics.after(one)
    noise = dynamics.noise(2, 3, 0)

    def total(z: np.ndarray) -> float:
        return float(dynamics.returns(z).astype(np.float64)[..., PLACE].sum())

    slope = np.zeros((2, 3, 3))
    slope[..., PLACE] = 1
    gradient = one.sensitivity(dynamics.state, np.zeros(2, int), noise, slope)
    for place in (0, 1, 2):
        step = np.zeros_like(noise)
        step[1, 0, place] = 0.02
        real = (total(noise + step) - total(noise - step)) / 0.04
        assert gradient[1, 0, place] == pytest.approx(real, rel=0.05, abs=1e-5) and abs(real) > 1e-5
    slope[:] = 0
    slope[..., 0] = 1
    assert np.abs(one.sensitivity(dynamics.state, np.zeros(2, int), noise, slope)[..., PLACE]).max() == 0


def test_it_carries_over_to_other_assets(pair, indices):
    moved = transferred(pair[0], indices.before("2010-01-01"))
    assert moved.info.assets == indices.assets and "apart" not in moved.info.config
    assert np.isfinite(moved.sample(8, 10, seed=0).returns).all()


@pytest.mark.slow
@pytest.mark.parametrize("generator", ["recurrent", "tcn"])
def test_ensembles_of_either_kind(panel, generator: str):
    small = GANConfig(
        generator=generator, width=4, channels=4, window=32, context=16, batch=8, steps=0, warm_steps=20, population=2,
        bagging=True,
    )  # fmt: skip
    model = fit(panel, small, seed=0)
    assert np.isfinite(model.sample(8, 10, seed=0).returns).all()
