"""Objectives by hand: values, invariances, and which way they push."""

from __future__ import annotations

from typing import get_args

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tsgan.config import Objective
from tsgan.training.objectives import OBJECTIVES

REAL, FAKE = jnp.array([1.0, 2.0]), jnp.array([0.0, 3.0])
LOG_LOSS = ("minimax", "non-saturating")


def softplus(v: float) -> float:
    return float(np.log1p(np.exp(v)))


@pytest.mark.parametrize(
    ("name", "critic", "generator"),
    [
        ("relativistic", (softplus(-1) + softplus(1)) / 2, (softplus(1) + softplus(-1)) / 2),
        (
            "minimax",
            (softplus(-1) + softplus(-2)) / 2 + (softplus(0) + softplus(3)) / 2,
            -(softplus(0) + softplus(3)) / 2,
        ),
        (
            "non-saturating",
            (softplus(-1) + softplus(-2)) / 2 + (softplus(0) + softplus(3)) / 2,
            (softplus(0) + softplus(-3)) / 2,
        ),
        ("wasserstein", 1.5 - 1.5, -1.5),
        ("hinge", (0 + 0) / 2 + (1 + 4) / 2, -1.5),
    ],
)
def test_values_by_hand(name, critic, generator):
    objective = OBJECTIVES[name]
    assert float(objective.critic(REAL, FAKE)) == pytest.approx(critic, rel=1e-5)
    assert float(objective.generator(REAL, FAKE)) == pytest.approx(generator, rel=1e-5)


def test_every_objective_can_be_chosen_and_every_choice_is_one():
    assert set(get_args(Objective)) == set(OBJECTIVES)


def test_relativistic_pairs_its_scores():
    objective = OBJECTIVES["relativistic"]
    for loss in objective:
        np.testing.assert_allclose(loss(REAL + 5, FAKE + 5), loss(REAL, FAKE), rtol=1e-5)
        assert abs(float(loss(REAL, FAKE[::-1]) - loss(REAL, FAKE))) > 0.1
    # Not so in the log-loss game, where scores have a zero.
    assert abs(float(OBJECTIVES["minimax"].critic(REAL + 5, FAKE + 5) - OBJECTIVES["minimax"].critic(REAL, FAKE))) > 0.1


def test_minimax_is_a_zero_sum_game_in_the_fake():
    objective = OBJECTIVES["minimax"]
    critic = jax.grad(objective.critic, argnums=1)(REAL, FAKE)
    np.testing.assert_allclose(jax.grad(objective.generator, argnums=1)(REAL, FAKE), -critic, rtol=1e-6)


def test_the_non_saturating_slope_survives_a_sure_critic():
    sure = jnp.array([-9.0, -9.0])
    slopes = {name: float(jax.grad(OBJECTIVES[name].generator, argnums=1)(REAL, sure)[0]) for name in LOG_LOSS}
    # Of the mean of two: the slope of log(1 - D) is D / 2, that of -log D is (1 - D) / 2.
    closed = 1 / (1 + np.exp(9.0))
    assert slopes == pytest.approx({"minimax": -closed / 2, "non-saturating": -(1 - closed) / 2}, rel=1e-4)


def test_the_best_critic_of_the_log_loss_is_the_log_ratio_of_densities():
    """Goodfellow et al. (2014), proposition 1, on three points with known shares of real and generated windows."""
    real, fake = np.array([0.2, 0.3, 0.5]), np.array([0.6, 0.3, 0.1])
    windows = [np.repeat(np.arange(3), np.round(60 * share).astype(int)) for share in (real, fake)]

    def loss(scores: jax.Array) -> jax.Array:
        return OBJECTIVES["minimax"].critic(scores[windows[0]], scores[windows[1]])

    np.testing.assert_allclose(jax.grad(loss)(jnp.log(real / fake)), 0, atol=1e-6)


def test_wasserstein_is_a_difference_of_means():
    """Two laws that lie 1 apart, under the critic of slope 1 that tells them best: minus their distance."""
    points = jnp.linspace(-2.0, 2.0, 9)
    assert float(OBJECTIVES["wasserstein"].critic(points + 1.0, points)) == pytest.approx(-1.0)


def test_hinge_forgets_what_is_beyond_its_margin():
    critic = jax.grad(OBJECTIVES["hinge"].critic, argnums=(0, 1))
    for slope in critic(jnp.array([1.5, 9.0]), jnp.array([-1.5, -9.0])):
        assert not slope.any()


@pytest.mark.parametrize("name", list(OBJECTIVES))
def test_gradients_point_the_right_way(name):
    objective = OBJECTIVES[name]
    inside = jnp.array([0.4, -0.3]), jnp.array([0.2, -0.5])  # the margin of hinge
    real, fake = jax.grad(objective.critic, argnums=(0, 1))(*inside)
    assert (real < 0).all() and (fake > 0).all()
    assert (jax.grad(objective.generator, argnums=1)(REAL, FAKE) < 0).all()
    for loss in objective:
        assert np.isfinite(loss(jnp.array([1e4, -1e4]), jnp.array([-1e4, 1e4])))
