"""What chooses the checkpoint: proper scores, which the truth wins."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scoringrules

from tsgan.config import GANConfig
from tsgan.training.data import training_data
from tsgan.training.validation import Validation, crps, targets, validate

CONFIG = GANConfig()


def test_crps_is_the_fair_estimator():
    rng = np.random.default_rng(0)
    draws, actual = rng.normal(size=(16, 30)), rng.normal(1, 2, size=30)
    expected = scoringrules.crps_ensemble(actual, draws, m_axis=0, estimator="fair").mean()
    assert float(crps(jnp.asarray(draws), jnp.asarray(actual))) == pytest.approx(expected, rel=1e-5)
    biased = scoringrules.crps_ensemble(actual, draws, m_axis=0, estimator="nrg").mean()
    assert abs(biased - expected) > 0.01  # the fair one is not the plain one


def test_targets_by_hand():
    x = jnp.array([[1.0], [-2.0], [2.0]])
    one, two, three, v2, v3 = targets(x, (1, 2, 3))
    assert [float(v[0]) for v in (one, two, three)] == [1, -1, 1]
    np.testing.assert_allclose([v2[0], v3[0]], [0.5 * np.log(2.5001), 0.5 * np.log(3.0001)], rtol=1e-5)


@pytest.fixture(scope="module")
def scores(truth, simulated) -> dict[str, Validation]:
    """Of the truth, and of laws that have its scale or its skew wrong."""
    data = training_data(simulated, np.ones(1), CONFIG, 2500)
    shifts = {"truth": [0, 0, 0, 0], "wide": [0, 0.6, 0, 0], "narrow": [0, -0.6, 0, 0], "mirrored": [0, 0, 0.7, 0]}
    leaves, structure = jax.tree.flatten(truth)
    at = next(i for i, leaf in enumerate(leaves) if leaf.shape == (1, 4))  # the offsets

    @jax.jit
    def score(offsets: jax.Array) -> Validation:
        generator = jax.tree.unflatten(structure, [*leaves[:at], offsets, *leaves[at + 1 :]])
        return validate(generator, data, 2500, jax.random.key(0), CONFIG.training.selection)

    return {name: score(leaves[at] + jnp.array([shift], jnp.float32)) for name, shift in shifts.items()}


@pytest.mark.parametrize("wrong", ["wide", "narrow"])
def test_the_truth_beats_a_wrong_scale(scores, wrong):
    assert scores["truth"].crps.shape == (7,) and np.isfinite(scores["truth"].crps).all()
    assert (scores["truth"].crps > 0).all()
    assert scores["truth"].negative_log_likelihood < scores[wrong].negative_log_likelihood - 0.05
    assert scores["truth"].crps.mean() < scores[wrong].crps.mean()
    assert float(scores[wrong].relative_to(scores["truth"])) > 0.05


def test_the_truth_beats_a_wrong_skew(scores):
    assert scores["truth"].negative_log_likelihood < scores["mirrored"].negative_log_likelihood - 0.02


def test_relative_scores(scores):
    assert float(scores["wide"].relative_to(scores["wide"])) == pytest.approx(0, abs=1e-6)
    reference = Validation(jnp.array(1.0), jnp.array([1.0, 2.0]))
    better = Validation(jnp.array(0.9), jnp.array([0.5, 2.0]))
    assert float(better.relative_to(reference)) == pytest.approx(-0.1 + (0.5 + 1) / 2 - 1, rel=1e-5)
