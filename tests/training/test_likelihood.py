"""Likelihood: a known law is found again, and training days are told from later ones."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tsgan.config import GANConfig
from tsgan.models.gan import memory as vol
from tsgan.training.data import training_data
from tsgan.training.likelihood import log_scores, negative_log_likelihood
from tsgan.training.loop import REPORT, likelihood_stage, new_members

CONFIG, STEPS = GANConfig(width=4), 400
NLL = jax.jit(negative_log_likelihood, static_argnames="later")


def after_days(x: np.ndarray) -> vol.Memory:
    """The memory after returns (day, asset)."""
    return vol.Memory(*(jnp.asarray(m[-1]) for m in vol.trajectory(x, CONFIG.law.memory)))


@pytest.fixture(scope="module")
def data(simulated):
    return training_data(simulated, np.ones(1), CONFIG)


@pytest.fixture(scope="module")
def fits(data):
    """The generator before, and after maximum likelihood, with the reports on the way."""
    members = new_members(CONFIG, data, jax.random.key(0))
    stages = list(likelihood_stage(members, data, STEPS, STEPS, CONFIG.training.likelihood))
    before, after = (jax.tree.map(lambda a: a[0], m) for m in (members, stages[-1][1]))
    return before, after, [report for report, _ in stages]


def test_the_simulated_market_is_asymmetric(simulated):
    x = simulated[:, 0].astype(np.float64)
    assert ((x - x.mean()) ** 3).mean() / x.std() ** 3 < -0.5
    assert np.corrcoef(x[:-1], np.abs(x[1:]))[0, 1] < -0.1


def test_maximum_likelihood_gets_as_close_as_the_truth(fits, truth, data):
    before, after, _ = fits
    start, end, best = (float(NLL(g, data)) for g in (before, after, truth))
    assert start > best + 0.02
    # In sample the maximum lies ABOVE the truth, by about half a nat a parameter in all: 60 parameters, 3,000 days.
    assert best - 0.03 < end < best + 0.003


def test_updates_keep_types_so_that_one_compilation_serves_every_report(fits):
    before, after, _ = fits
    for start, end in zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=True):
        assert (start.dtype, start.weak_type) == (end.dtype, end.weak_type)


def test_signs_are_recovered(fits, data):
    _, after, _ = fits
    density = after.densities(*data.every_day())
    assert float(density.skew.mean()) < -0.1
    falling, rising = (
        after.density(after.begin(jnp.zeros((0, 1, 0)), after_days(np.full((10, 1), r)))) for r in (-1.0, 1.0)
    )
    assert float(falling.log_scale[0]) > float(rising.log_scale[0]) + 0.1


def test_the_hidden_layer_stays_silent(fits):
    assert not np.asarray(fits[1].out[...]).any()
    assert np.asarray(fits[1].skip[...]).any()


def test_reports_count_steps_and_fall(fits):
    reports = fits[2]
    assert [r.step for r in reports] == list(range(REPORT, STEPS + 1, REPORT))
    assert reports[-1].metrics["likelihood"] < reports[0].metrics["likelihood"]


def test_training_and_later_days_make_the_whole(truth, simulated, data):
    split = training_data(simulated, np.ones(1), CONFIG, 2000)
    early, late = float(NLL(truth, split)), float(NLL(truth, split, later=True))
    assert 2000 * early + 1000 * late == pytest.approx(3000 * float(NLL(truth, data)), rel=1e-5)
    assert early != pytest.approx(late, rel=1e-3)
    assert float(NLL(truth, data, later=True)) == 0  # nothing later: an empty mean, not a NaN
    marginal, joint = log_scores(truth, data)
    assert marginal.shape == (3000, 1) and not np.asarray(joint).any()
    assert float(NLL(truth, split, later=True)) == pytest.approx(-float(marginal[2000:].mean()), rel=1e-5)


def test_units_are_standard_deviations(simulated):
    scaled = training_data(0.01 * simulated.astype(np.float64), np.array([0.01]), CONFIG)
    np.testing.assert_allclose(scaled.x, simulated, rtol=1e-5)
    assert scaled.reach == 0 and scaled.columns.shape == (3000, 1, 0)


def test_columns_lie_behind_the_days_that_the_generator_reads_before_them(simulated):
    read = training_data(simulated, np.ones(1), GANConfig(generator="tcn"))
    assert read.reach == 256 and read.columns.shape == (256 + 3000, 1, 6)
    assert not np.asarray(read.columns[:256]).any() and np.asarray(read.columns[256:]).any()
    columns, memory = read.past(np.array([0, 300]))
    assert not np.asarray(columns[0]).any() and np.array_equal(columns[1], read.every_day()[0][300 - 256 : 300])
    assert np.array_equal(memory.square[1], read.memory.square[300])
