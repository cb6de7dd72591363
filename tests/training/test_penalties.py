"""Penalties of critics whose slopes are known."""

from __future__ import annotations

from typing import get_args

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tsgan.config import Penalty
from tsgan.errors import ConfigError
from tsgan.training.penalties import PENALTIES, penalty, squared_slope

DAYS = 5
REAL = jax.random.normal(jax.random.key(0), (6, DAYS))
FAKE = 2.0 * jax.random.normal(jax.random.key(1), (6, DAYS)) + 1.0
WEIGHTS = jax.random.normal(jax.random.key(3), (6, 2))
KEY = jax.random.key(2)
SLOPE = jnp.array([1.0, -2.0, 0.0, 2.0, 0.0])  # of norm 3


def linear(window: jax.Array, weights: jax.Array) -> jax.Array:
    return SLOPE @ window + 7.0


def bowl(window: jax.Array, weights: jax.Array) -> jax.Array:
    """Its slope at a window is the window."""
    return 0.5 * jnp.sum(window**2)


def size(windows: jax.Array) -> float:
    return float(np.mean(np.sum(np.asarray(windows, np.float64) ** 2, axis=1)))


@pytest.mark.parametrize(
    ("name", "expected"), [("r1", 0.5 * 9), ("r2", 0.5 * 9), ("r1+r2", 9), ("gp", (3 - 1) ** 2), ("none", 0)]
)
def test_linear_critic(name, expected):
    assert float(penalty(name, linear, REAL, FAKE, WEIGHTS, KEY, 1.0)) == pytest.approx(expected, rel=1e-4)
    assert float(penalty(name, linear, REAL, FAKE, WEIGHTS, KEY, 2.5)) == pytest.approx(2.5 * expected, rel=1e-4)
    assert float(penalty(name, linear, REAL, FAKE, WEIGHTS, KEY, 0.0)) == 0


def test_every_penalty_can_be_chosen_and_every_choice_is_one():
    assert set(get_args(Penalty)) == set(PENALTIES)


def test_an_unknown_penalty_is_refused():
    with pytest.raises(ConfigError, match=r"'r1\+r3'; choose one of r1, r2"):
        penalty("r1+r3", linear, REAL, FAKE, WEIGHTS, KEY, 1.0)


def test_squared_slope_is_a_mean_over_pairs():
    assert float(squared_slope(bowl, REAL, WEIGHTS)) == pytest.approx(size(REAL), rel=1e-5)


def test_each_window_is_read_with_its_own_portfolio():
    def critic(window: jax.Array, weights: jax.Array) -> jax.Array:
        return weights[0] * jnp.sum(window)

    expected = DAYS * float(jnp.mean(WEIGHTS[:, 0] ** 2))
    for name in ("r1", "r2"):
        assert float(penalty(name, critic, REAL, FAKE, WEIGHTS, KEY, 2.0)) == pytest.approx(expected, rel=1e-5)


def test_r1_looks_at_real_and_r2_at_fake():
    r1, r2, both = (float(penalty(n, bowl, REAL, FAKE, WEIGHTS, KEY, 1.0)) for n in ("r1", "r2", "r1+r2"))
    assert r1 == pytest.approx(0.5 * size(REAL), rel=1e-5)
    assert r2 == pytest.approx(0.5 * size(FAKE), rel=1e-5)
    assert both == pytest.approx(r1 + r2, rel=1e-5)


def test_gp_is_zero_at_slope_one_and_looks_in_between():
    assert float(penalty("gp", lambda w, p: linear(w, p) / 3, REAL, FAKE, WEIGHTS, KEY, 10.0)) == pytest.approx(
        0, abs=1e-8
    )
    # Between 1 and 3 in one dimension the bowl's slope is between 1 and 3, so (slope - 1)^2 is between 0 and 4.
    ones, threes = jnp.ones((400, 1)), 3 * jnp.ones((400, 1))
    between = float(penalty("gp", bowl, ones, threes, ones, KEY, 1.0))
    # (2 u)^2 for uniform u has mean 4 / 3 and standard deviation 1.19.
    assert abs(between - 4 / 3) < 4 * 1.19 / np.sqrt(400)


def test_gp_has_a_gradient_where_the_critic_is_flat():
    slope = jax.grad(lambda a: penalty("gp", lambda w, p: a * linear(w, p), REAL, FAKE, WEIGHTS, KEY, 1.0))(0.0)
    assert np.isfinite(slope)
