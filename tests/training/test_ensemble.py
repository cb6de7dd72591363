"""Members of an ensemble differ as histories of that length would: each learns from its own years."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tsgan.config import GANConfig
from tsgan.training.data import block_bootstrap_weights, training_data
from tsgan.training.fit import fit_gan
from tsgan.training.likelihood import log_scores, negative_log_likelihood
from tsgan.training.step import draw_windows
from tsgan.training.variance_targeting import free_run_size, variance_targeted

DAYS, LENGTH, YEAR = 3000, 2500, 250
CONFIG = GANConfig()
RULES = CONFIG.training.targeting


@pytest.fixture(scope="module")
def weights() -> np.ndarray:
    return block_bootstrap_weights(DAYS, LENGTH, YEAR, 200, jax.random.key(0))


def test_weights_are_whole_years(weights):
    assert not weights[:, LENGTH:].any()
    np.testing.assert_allclose(weights[:, :LENGTH].mean(axis=1), 1, rtol=1e-5)
    assert np.array_equal(weights, np.round(weights))  # ten years of 250 days: each day was drawn so many times
    jumps = (np.diff(weights[:, :LENGTH], axis=1) != 0).sum(axis=1)
    assert (jumps <= 2 * LENGTH // YEAR).all()


def test_their_means_spread_as_means_of_ten_years_do(weights):
    """A level that is new every year has, over ten of them, a mean with a tenth of its variance."""
    level = np.repeat(np.random.default_rng(0).normal(size=LENGTH // YEAR), YEAR)
    means = weights[:, :LENGTH] @ level / LENGTH
    # Blocks that begin anywhere mix two years each, which takes up to a third of the variance off.
    assert 0.5 < means.var() / (level.var() / 10) < 1.2


def test_the_likelihood_counts_days_by_weight(truth, simulated, weights):
    data = training_data(simulated, np.ones(1), CONFIG, LENGTH)
    marginal = np.asarray(log_scores(truth, data)[0][:, 0], np.float64)
    nll = jax.jit(negative_log_likelihood, static_argnames="later")
    drawn = data._replace(weight=jnp.asarray(weights[:2]))
    for member in range(2):
        expected = -np.average(marginal, weights=weights[member])
        assert float(nll(truth, drawn.of_member(member))) == pytest.approx(expected, rel=1e-5)
    assert float(nll(truth, drawn.of_member(0), later=True)) == float(nll(truth, data, later=True))
    assert data.of_member(1) is data
    even = data._replace(weight=jnp.where(jnp.arange(DAYS) < LENGTH, 1.0, 0.0))
    assert float(nll(truth, even)) == pytest.approx(float(nll(truth, data)), rel=1e-6)


def test_windows_are_drawn_by_weight(simulated):
    weight = np.zeros(DAYS, np.float32)
    weight[100:200], weight[700:800] = 3.0, 1.0
    data = training_data(simulated, np.ones(1), CONFIG, LENGTH)._replace(weight=jnp.asarray(weight))
    config = replace(CONFIG, window=24, context=16)
    first = np.asarray(draw_windows(data, config, jax.random.key(0), 4000).x)[:, config.context, 0]
    day = np.searchsorted(np.sort(simulated[:, 0]), first)
    day = np.argsort(simulated[:, 0])[day]
    early, late = ((day >= a) & (day < b) for a, b in ((100, 200), (700, 800)))
    assert (early | late).all()
    assert abs(early.mean() - 0.75) < 4 * np.sqrt(0.75 * 0.25 / 4000)


def test_free_runs_come_to_the_level_of_their_own_years(truth, simulated):
    """The level of volatility is what one history leaves open, and what members must disagree on."""
    size = np.where(np.arange(DAYS) < DAYS // 2, 0.8, 1.2)[:, None]
    data = training_data(size * simulated, np.ones(1), CONFIG)
    calm = (np.arange(DAYS) < DAYS // 2).astype(np.float32)
    members = jax.tree.map(lambda a: jnp.stack([a, a]), truth)
    key = jax.random.key(0)
    weighted = data._replace(weight=2 * jnp.stack([calm, 1 - calm]))
    apart = members
    for _ in range(2):  # far to go, and this truth answers slowly
        apart = variance_targeted(apart, weighted, key, RULES)
    together = variance_targeted(members, data, key, RULES)
    ratio, same = (np.asarray(free_run_size(m, data, key, RULES))[:, 0] for m in (apart, together))
    wild = np.abs(data.x)[DAYS // 2 :].mean() / np.abs(data.x)[: DAYS // 2].mean()
    assert abs(np.log(ratio[1] / ratio[0]) - np.log(wild)) < 0.15 < np.log(wild)
    assert same[0] == pytest.approx(same[1], rel=1e-4)


@pytest.mark.slow
def test_members_of_a_bagged_ensemble_lie_further_apart(indices, tiny):
    panel = indices.before("2004-01-01")
    short = replace(tiny, population=2, warm_steps=20, steps=0)
    bagged, not_so = (fit_gan(panel, replace(short, bagging=b), seed=0) for b in (True, False))
    spread = [np.ptp(np.asarray(m.members.offsets[...])[:, :, 1], axis=0).max() for m in (bagged, not_so)]
    assert spread[0] > 3 * spread[1]
