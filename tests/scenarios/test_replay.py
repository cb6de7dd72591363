"""A path day by day: everything up to the day, nothing after it."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from tsgan.scenarios.scenarios import Scenarios


def paths_of(paths: int = 4, days: int = 6) -> Scenarios:
    returns = (np.random.default_rng(3).standard_normal((paths, days, 2)) * 0.02).astype(np.float32)
    dates = np.array("2018-12-31", "M8[D]") + np.arange(days + 1)
    return Scenarios(returns, ("SPX", "VIX"), ("price", "level"), dates, np.array([2506.85, 25.0]))


def test_a_day_knows_its_past():
    paths = paths_of()
    bars = {"open": paths.prices[:, :-1], "high": paths.prices[:, 1:] + 1}
    days = list(replace(paths, bars=bars).replay(2))
    assert [day.number for day in days] == list(range(7)) and [day.date for day in days] == paths.dates.tolist()
    for day in days:
        np.testing.assert_array_equal(day.history, paths.prices[2, : day.number + 1])
        np.testing.assert_array_equal(day.closes, day.history[-1])
        assert day["VIX"] == day.closes[1]
    np.testing.assert_array_equal(days[3].returns, paths.returns[2, 2])
    np.testing.assert_array_equal(days[3].bar["open"], bars["open"][2, 2])
    assert not days[0].bar and np.isnan(days[0].returns).all()


def test_the_future_cannot_be_reached():
    paths = paths_of()
    before = paths.prices.copy()
    for day in paths.replay(1):
        later = before[1, day.number + 1 :].ravel()
        for array in (day.closes, day.returns, day.history):
            memory = array if array.base is None else array.base
            assert not np.isin(later, np.asarray(memory)).any()
            array[:] = 0.0
    np.testing.assert_array_equal(paths.prices, before)


def test_paths_one_by_one_in_constant_memory():
    paths = paths_of(2_000, 250)
    assert [path.first_path for path in paths] == list(range(2_000))
    tracemalloc.start()
    ends = [path.prices[0, -1, 0] for path in paths]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000  # all prices at once would be 8 MB
    np.testing.assert_array_equal(ends, paths.prices[:, -1, 0])


def test_a_path_that_does_not_exist():
    with pytest.raises(ValueError, match="4 paths"):
        next(paths_of().replay(4))
