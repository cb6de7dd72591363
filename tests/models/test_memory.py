"""The volatility memory: one recursion, written for training, for sampling and for many histories at once."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from tsgan.config import MemoryConfig
from tsgan.models.gan import memory as vol
from tsgan.models.gan.memory import Memory

DAYS = 400
LAW = MemoryConfig()
SCALES = LAW.scales


@pytest.fixture(scope="module")
def x() -> np.ndarray:
    return np.random.default_rng(0).standard_t(4, (DAYS, 2)).astype(np.float32)


@pytest.fixture(scope="module")
def trajectory(x) -> Memory:
    return vol.trajectory(x, LAW)


def close(actual: Memory, expected: Memory) -> None:
    for one, other in zip(actual, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def test_trajectory_is_repeated_update(x, trajectory):
    memory = vol.initial(2, LAW)
    close(Memory(trajectory.trend[0], trajectory.square[0]), memory)
    for day in range(20):
        memory = vol.update(memory, x[day], LAW)
        close(Memory(trajectory.trend[day + 1], trajectory.square[day + 1]), memory)


def test_trajectory_is_the_weighted_sum_of_the_past(x, trajectory):
    for k, scale in enumerate(SCALES):
        weights = np.exp(-np.arange(DAYS)[::-1] / scale)[:, None] * (1 - np.exp(-1 / scale))
        past = LAW.return_limit * np.tanh(x.astype(np.float64) / LAW.return_limit)
        np.testing.assert_allclose(trajectory.trend[-1, :, k], (weights * past).sum(axis=0), rtol=1e-4, atol=1e-5)
        square = (weights * past**2).sum(axis=0) + np.exp(-DAYS / scale)
        np.testing.assert_allclose(trajectory.square[-1, :, k], square, rtol=1e-4)


def test_an_impulse_is_forgotten_at_each_scale():
    x = np.zeros((30, 1), np.float32)
    x[0] = 1.0
    trend = vol.trajectory(x, LAW).trend[1:, 0]  # (day, scale)
    np.testing.assert_allclose(trend[1:] / trend[:-1], np.tile(np.exp(-1 / np.array(SCALES)), (29, 1)), rtol=1e-5)


def test_trajectory_is_causal(x, trajectory):
    changed = x.copy()
    changed[200:] = 7.0
    other = vol.trajectory(changed, LAW)
    for one, two in zip(trajectory, other, strict=True):
        assert np.array_equal(one[:201], two[:201])
        assert not np.array_equal(one[201], two[201])


def test_trajectory_of_an_asset_does_not_depend_on_the_others():
    wide = np.random.default_rng(1).standard_t(4, (300, 200)).astype(np.float32)
    wide[np.random.default_rng(2).random(wide.shape) < 0.05] = np.nan
    together = vol.trajectory(wide, LAW)
    for asset in (0, 7, 199):
        for one, all_of_them in zip(vol.trajectory(wide[:, [asset]], LAW), together, strict=True):
            assert np.array_equal(one[:, 0], all_of_them[:, asset])
    gone = np.isnan(wide[20])
    assert gone.any() and np.array_equal(together.trend[21][gone], together.trend[20][gone])


def test_a_later_beginning_is_a_shorter_history(x, trajectory):
    begins, days = np.array([0, 50, 399]), np.array([100, 300, 400])
    restarted = vol.at(trajectory, begins, days, vol.observed(x), LAW)
    for i, (begin, day) in enumerate(zip(begins, days, strict=True)):
        own = vol.trajectory(x[begin:day], LAW)
        np.testing.assert_allclose(restarted.trend[i], own.trend[-1], rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(restarted.square[i], own.square[-1], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    "history",
    [
        np.zeros((3000, 1)),
        np.ones((3000, 1)),
        np.full((3000, 1), -1e6),
        np.r_[np.zeros(2999), 1e8][:, None],
        np.r_[1e8, np.zeros(2999)][:, None],
        np.tile([1e-30, -1e-30], 1500)[:, None],
    ],
    ids=["constant", "rising", "falling", "shock", "old shock", "tiny"],
)
def test_features_of_extreme_histories_are_finite_and_bounded(history):
    features = np.asarray(vol.features(vol.trajectory(history, LAW), LAW))
    assert features.shape == (3001, 1, LAW.features)
    assert np.isfinite(features).all()
    level, trend = features[..., : len(SCALES)], features[..., len(SCALES) :]
    assert (np.abs(level) <= LAW.level_limit).all()
    # Cauchy and Schwarz: an average cannot exceed the root of the average of squares.
    assert (np.abs(trend) <= 0.5001 * np.sqrt(2 * np.array(SCALES))).all()


def test_features_are_of_order_one_and_signed(x):
    normal = np.random.default_rng(1).standard_normal((20_000, 1))
    features = np.asarray(vol.features(vol.trajectory(normal, LAW), LAW))[2000:, 0]
    level, trend = features[:, : len(SCALES)], features[:, len(SCALES) :]
    # Five standard errors of a mean over 18,000 / (2 * 250) independent spells at the slowest scale.
    assert (np.abs(level[:, 2:].mean(axis=0)) < 0.1).all()
    assert ((trend.std(axis=0) > 0.25) & (trend.std(axis=0) < 1.0)).all()
    up, down = (np.asarray(vol.features(vol.trajectory(np.full((9, 1), s), LAW), LAW))[-1, 0] for s in (0.5, -0.5))
    np.testing.assert_array_equal(up[len(SCALES) :], -down[len(SCALES) :])
    assert (up[len(SCALES) :] > 0).all()
    calm, wild = (np.asarray(vol.features(vol.trajectory(np.full((9, 1), s), LAW), LAW))[-1, 0] for s in (0.5, 2.0))
    assert (wild[: len(SCALES)] > calm[: len(SCALES)]).all()


def test_missing_days_are_held(x):
    gaps = x.copy()
    gaps[100:130, 1] = np.nan
    held, shorter = vol.trajectory(gaps, LAW), vol.trajectory(np.delete(x[:, 1:], np.s_[100:130], axis=0), LAW)
    np.testing.assert_array_equal(held.square[-1, 1], shorter.square[-1, 0])
    np.testing.assert_array_equal(held.square[115, 1], held.square[100, 1])
    np.testing.assert_array_equal(held.trend[:, 0], vol.trajectory(x, LAW).trend[:, 0])
    begins, ends = np.array([50, 120]), np.array([200, 300])
    restarted = vol.at(held, begins, ends, vol.observed(gaps), LAW)
    for i in range(2):
        own = vol.trajectory(gaps[begins[i] : ends[i]], LAW)
        np.testing.assert_allclose(restarted.square[i], own.square[-1], rtol=1e-3, atol=1e-4)


def test_large_shocks_count_for_more_than_their_logarithm_on_short_scales():
    square = jnp.full((1, len(SCALES)), 9.0) - LAW.floor
    level = np.asarray(vol.features(Memory(jnp.zeros_like(square), square), LAW))[0, : len(SCALES)]
    limited = LAW.level_limit * np.tanh(np.log(3.0) / LAW.level_limit)
    assert (level[np.array(LAW.curvature) > 0] > 1.02 * limited).all()
    np.testing.assert_allclose(level[np.array(LAW.curvature) == 0], limited, rtol=1e-5)
    assert np.isfinite(np.asarray(vol.features(Memory(jnp.zeros_like(square), jnp.zeros_like(square)), LAW))).all()
