"""Where paths start: other histories, several of them, other prices and other days."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from tsgan.errors import ModelError


def test_histories_are_dealt_over_the_paths(model, indices):
    calm, storm = indices.through("2006-12-29"), indices.through("2008-11-20")
    mixed = model.sample(40, 10, seed=3, history=[calm, storm])
    members = model.population
    turns = np.arange(40) // members % 2
    for turn, history in enumerate((calm, storm)):
        alone = model.sample(40, 10, seed=3, history=history)
        np.testing.assert_array_equal(mixed.returns[turns == turn], alone.returns[turns == turn])
    assert mixed.dates[0] == storm.dates[-1] and np.array_equal(mixed.start_prices, storm.prices[-1])
    assert mixed.provenance["history_end"] == ["2006-12-29", "2008-11-20"]
    shard = model.sample(15, 10, seed=3, history=[calm, storm], first_path=25)
    assert np.array_equal(shard.returns, mixed.returns[25:])


def test_start_prices_and_date(model):
    plain = model.sample(5, 10, seed=1)
    moved = model.sample(5, 10, seed=1, start_prices={"IXIC": 100.0}, start_date="2030-01-02")
    assert np.array_equal(plain.returns, moved.returns)
    assert moved.start_prices.tolist() == [plain.start_prices[0], 100.0]
    assert str(moved.dates[0]) == "2030-01-02" and len(moved.dates) == 11
    np.testing.assert_allclose(moved.prices[:, 1:, 1] / 100, plain.prices[:, 1:, 1] / plain.start_prices[1])
    assert np.array_equal(model.sample(5, 10, seed=1, start_prices=[1.0, 2.0]).prices[:, 0], [[1.0, 2.0]] * 5)


@pytest.mark.parametrize(
    ("prices", "words"),
    [
        ({"DAX": 1.0}, "DAX"),
        ([1.0], "1 start prices for 2"),
        ({"SPX": -1.0}, "cannot start at -1"),
        ([1, np.nan], "IXIC"),
    ],
    ids=str,
)
def test_impossible_start_prices(fitted, prices, words):
    with pytest.raises(ModelError, match=words):
        fitted("gbm").sample(5, 10, start_prices=prices)


def test_no_history_at_all(fitted):
    with pytest.raises(ModelError, match="empty list of histories"):
        fitted("gbm").sample(5, 10, history=[])


def test_state_follows_its_history(fitted, indices):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        paths = fitted("gjr-garch").sample(
            2_000, 5, history=[indices.through("2006-12-29"), indices.through("2008-11-20")]
        )
    assert paths.returns[1::2].std() > 3 * paths.returns[::2].std()
