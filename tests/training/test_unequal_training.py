"""Unequal histories and the order of columns: what is missing teaches nothing, and order means nothing."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from tsgan.config import GANConfig
from tsgan.data.panel import Panel
from tsgan.fitting import fit
from tsgan.models.gan import memory as vol
from tsgan.training.data import training_data
from tsgan.training.likelihood import log_scores, negative_log_likelihood
from tsgan.training.loop import new_members

CONFIG = GANConfig(width=4)
NLL = jax.jit(negative_log_likelihood, static_argnames="later")


@pytest.fixture(scope="module")
def returns() -> np.ndarray:
    rng = np.random.default_rng(0)
    return 0.01 * rng.standard_t(5, (900, 3)) @ np.array([[1.0, 0.5, 0.3], [0, 0.9, 0.2], [0, 0, 0.9]])


@pytest.fixture(scope="module")
def generator(returns):
    members = new_members(CONFIG, training_data(returns, returns.std(axis=0), CONFIG), jax.random.key(0))
    return jax.tree.map(lambda a: a[0], members)


def test_likelihood_of_what_is_there(returns, generator):
    gaps = returns.copy()
    gaps[:400, 2] = np.nan
    gaps[[500, 501], 1] = np.nan
    data = training_data(gaps, returns.std(axis=0), CONFIG)
    assert np.isfinite(float(NLL(generator, data))) and int(data.closed) == 2
    marginal, joint = log_scores(generator, data)
    assert not np.asarray(marginal)[:400, 2].any() and np.isfinite(np.asarray(joint)).all()
    # Before its listing an asset is no part of the market either: the others' laws are those of a panel without it.
    pair = training_data(gaps[:, :2], returns[:, :2].std(axis=0), CONFIG)
    two = jax.tree.map(lambda a: a, generator)
    for name in ("offsets", "raw_loadings", "reversion", "own_slope"):
        setattr(two, name, getattr(two, name)[:2])
    alone, alone_joint = log_scores(two, pair)
    np.testing.assert_allclose(marginal[:400, :2], alone[:400], atol=1e-4)
    np.testing.assert_allclose(joint[:400], alone_joint[:400], atol=1e-3)


def test_closed_days_are_none_where_no_market_closes(returns):
    young = returns.copy()
    young[:300, 0] = np.nan
    assert training_data(young, returns.std(axis=0), CONFIG).closed is None
    memory = vol.trajectory(young, CONFIG.law.memory)
    assert np.array_equal(memory.square[300, 0], memory.square[0, 0])


@pytest.mark.slow
def test_a_gan_learns_unequal_histories_in_any_order(tiny):
    rng = np.random.default_rng(1)
    market = rng.standard_t(6, (700, 1))
    prices = 100 * np.exp(0.01 * np.cumsum(market + 0.5 * rng.standard_t(6, (700, 3)), axis=0))
    prices[:500, 2] = np.nan  # a young asset
    prices[[550, 551], 1] = np.nan  # a holiday of its own
    days = np.datetime64("2015-01-01") + np.arange(700)
    panel = Panel(days, ("OLD", "SHUT", "YOUNG"), prices, ("price",) * 3, calendar="24/7", periods_per_year=365)
    turned = Panel(days, panel.assets[::-1], prices[:, ::-1].copy(), panel.kinds, calendar="24/7", periods_per_year=365)
    one, other = fit(panel, tiny, seed=0), fit(turned, tiny, seed=0)
    paths, back = one.sample(64, 10, seed=3), other.sample(64, 10, seed=3)
    assert np.isfinite(paths.returns).all() and paths.returns.std(axis=(0, 1)).min() > 0.003
    np.testing.assert_allclose(back.returns[..., ::-1], paths.returns, rtol=0.02, atol=2e-4)
    correlation = np.corrcoef(one.sample(256, 60, seed=4).returns.reshape(-1, 3), rowvar=False)
    assert correlation[0, 2] > 0.4  # the young one moves with the market as far as its own days show
