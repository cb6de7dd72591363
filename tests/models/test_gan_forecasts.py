"""States and forecasts of GANs of both kinds; what they learned does not matter here, so they are not trained."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from tsgan.models.gan.model import GAN
from tsgan.models.random import BLOCK


@pytest.fixture(scope="module", params=["recurrent", "tcn"])
def gan(request: pytest.FixtureRequest, untrained) -> GAN:
    return untrained(request.param)


def test_states_of_many_histories_are_those_of_each(gan, indices):
    returns, ends = indices.returns, np.array([1, 40, 255, 256, 257, 1249, 1250, 1251, 4000])
    many = jax.tree.leaves(gan.encode_each(returns, ends))
    for i, end in enumerate(ends):
        one = jax.tree.leaves(gan.encode(returns[max(0, end - gan.context_days) : end]))
        for states, state in zip(many, one, strict=True):
            assert states.shape[1] == gan.population
            np.testing.assert_allclose(states[i], state, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("horizon", [1, 10])
def test_forecasts_are_the_paths_of_their_day(gan, indices, horizon):
    """Forecasts compile for exactly this horizon and cut the rings to it; sampling does neither."""
    ends = np.array([900, 901, 4200])
    draws = np.concatenate([paths for _, paths in gan.forecast(indices.returns, ends, horizon, 300, seed=4)])
    for end, drawn in zip(ends, draws, strict=True):
        history = indices.through(indices.dates[end])
        paths = gan.sample(300, horizon, seed=4, first_path=int(end) * 300, history=history).returns
        np.testing.assert_allclose(drawn, paths, rtol=1e-4, atol=1e-6)


def test_paths_of_a_block_start_from_their_own_state(gan, indices):
    states = gan.encode_each(indices.returns, np.array([700, 2500]))
    paths = gan.population * np.arange(BLOCK)  # of member 0
    mixed = gan.simulate(states, np.arange(BLOCK) % 2, paths, 5, 0)
    for state in (0, 1):
        pure = gan.simulate(states, np.full(BLOCK, state), paths, 5, 0)
        assert np.array_equal(mixed[state::2], pure[state::2])
        assert not np.array_equal(mixed[1 - state :: 2], pure[1 - state :: 2])


def test_a_history_that_was_read_before_is_told_from_another(gan, indices):
    ends, changed = np.array([900, 1250]), indices.returns.copy()
    changed[800] *= 2
    before, other, again = (
        jax.tree.leaves(gan.encode_each(returns, ends)) for returns in (indices.returns, changed, indices.returns)
    )
    assert all(np.array_equal(a, b) for a, b in zip(before, again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(before, other, strict=True))
