"""Objectives by hand: values, invariances, and which way they push."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tsgan.training.objectives import OBJECTIVES

REAL, FAKE = jnp.array([1.0, 2.0]), jnp.array([0.0, 3.0])


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
    ],
)
def test_values_by_hand(name, critic, generator):
    objective = OBJECTIVES[name]
    assert float(objective.critic(REAL, FAKE)) == pytest.approx(critic, rel=1e-5)
    assert float(objective.generator(REAL, FAKE)) == pytest.approx(generator, rel=1e-5)


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


@pytest.mark.parametrize("name", list(OBJECTIVES))
def test_gradients_point_the_right_way(name):
    objective = OBJECTIVES[name]
    real, fake = jax.grad(objective.critic, argnums=(0, 1))(REAL, FAKE)
    assert (real < 0).all() and (fake > 0).all()
    assert (jax.grad(objective.generator, argnums=1)(REAL, FAKE) < 0).all()
    for loss in objective:
        assert np.isfinite(loss(jnp.array([1e4, -1e4]), jnp.array([-1e4, 1e4])))
