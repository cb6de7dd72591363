"""Noise by counters: what it is a function of, and its law."""

from __future__ import annotations

from itertools import combinations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from tsgan.models.gan.counters import keys_of, normal_of, normals, threefry
from tsgan.models.gan.rollout import asset_ids

PATHS, DAYS = 4096, 64

KNOWN = [
    ((0x00000000, 0x00000000), (0x00000000, 0x00000000), (0x6B200159, 0x99BA4EFE)),
    ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
    ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
]
"""Key, counter and result of Threefry-2x32-20, from the known answers of its authors' library (Random123)."""


@pytest.fixture(scope="module")
def drawn() -> np.ndarray:
    """(day, number, path): two assets' own numbers and two common ones."""
    keys, paths = keys_of(7, asset_ids(["SPX", "VIX"]), 2), np.arange(PATHS, dtype=np.uint32)
    return np.asarray(jax.jit(normals)(keys, paths, np.arange(DAYS)), np.float64)


@pytest.mark.parametrize(("key", "counter", "result"), KNOWN)
def test_threefry_is_threefry(key, counter, result):
    words = [np.array([word], np.uint32) for word in (*key, *counter)]
    assert tuple(int(word[0]) for word in threefry(*words)) == result


def test_bits_become_normals():
    rng = np.random.default_rng(0)
    tails = np.concatenate([np.arange(64), 2 ** np.arange(6, 31), rng.integers(0, 2**31, 20_000)])
    bits = (tails.astype(np.uint32) << 1) | rng.integers(0, 2, len(tails)).astype(np.uint32)
    # What float32 makes of the tail's probability is exact for small ones, and half a millionth off for large ones.
    expected = -stats.norm.ppf((tails.astype(np.float32).astype(float) + 0.5) * 2.0**-32) * np.where(bits & 1, -1, 1)
    found = np.asarray(normal_of(jnp.asarray(bits)), np.float64)
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=3e-7)
    assert 6.2 < found.max() < 6.5


def test_a_number_depends_on_seed_path_day_and_asset_alone(drawn):
    def some(seed: int, assets: list[str], commons: int, paths: list[int], day: int, days: int) -> np.ndarray:
        keys = keys_of(seed, asset_ids(assets), commons)
        return np.asarray(normals(jnp.asarray(keys), jnp.array(paths, jnp.uint32), day + jnp.arange(days)))

    piece = some(7, ["VIX", "OIL", "SPX"], 1, [4000, 3, 17], 10, 6)
    # Last bits are those of a program, and paths are always drawn by the same one.
    np.testing.assert_allclose(piece[:, [2, 0]], drawn[10:16, :2][..., [4000, 3, 17]], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(piece[:, 3], drawn[10:16, 2][..., [4000, 3, 17]], rtol=1e-6, atol=1e-6)
    others = np.concatenate([some(seed, ["SPX"], 1, [0, 1], 0, 4).ravel() for seed in (0, 1, 2**32, 2**32 + 1)])
    assert len(np.unique(others)) == others.size


def test_numbers_are_standard_normal(drawn):
    for number in np.moveaxis(drawn, 1, 0):
        assert stats.kstest(number.ravel(), "norm").pvalue > 1e-4
        assert abs((number**4).mean() - 3) < 5 * np.sqrt(96 / number.size)
    counts = np.histogram(stats.norm.cdf(drawn.ravel()), bins=1024, range=(0, 1))[0]
    assert stats.chisquare(counts).pvalue > 1e-4


def test_every_bit_is_fair():
    words = np.arange(2**16, dtype=np.uint32)
    for word in threefry(*(np.full_like(words, part) for part in (11, 5)), words, np.zeros_like(words)):
        ones = ((word[:, None] >> np.arange(32, dtype=np.uint32)) & 1).sum(axis=0)
        assert (np.abs(ones.astype(int) - 2**15) < 5 * 2**7).all()


def test_paths_days_and_numbers_are_independent(drawn):
    bound = 5 / np.sqrt(drawn.size / drawn.shape[1])
    for shifted, rest in (
        (drawn[1:], drawn[:-1]),  # the next day
        (drawn[2:], drawn[:-2]),
        (drawn[..., 1:], drawn[..., :-1]),  # the next path
        (drawn[..., 256:], drawn[..., :-256]),
        (drawn[1:, :, 1:], drawn[:-1, :, :-1]),
    ):
        for power in (1, 2):
            a, b = (part**power - (power == 2) for part in (shifted, rest))
            assert (np.abs((a * b).mean(axis=(0, 2))) < bound * power * 1.1).all()
    for i, j in combinations(range(drawn.shape[1]), 2):
        for power in (1, 2):
            a, b = (drawn[:, number] ** power - (power == 2) for number in (i, j))
            assert abs((a * b).mean()) < bound * power * 1.1
    spread = drawn.mean(axis=(0, 1)) * np.sqrt(DAYS * drawn.shape[1])  # of path means: too even is wrong as well
    assert stats.kstest(spread, "norm").pvalue > 1e-4


@pytest.mark.parametrize("kind", ["recurrent", "tcn"])
def test_a_path_is_the_same_whatever_is_drawn_beside_it(untrained, kind):
    model = untrained(kind)
    whole = model.sample(model.round + 40, 130, seed=3).returns
    assert np.array_equal(model.sample(3, 130, seed=3).returns, whole[:3])
    assert np.array_equal(model.sample(50, 130, seed=3, first_path=model.round - 20).returns, whole[-60:-10])
    for horizon in (1, 2, 63, 64, 65):
        assert np.array_equal(model.sample(5, horizon, seed=3).returns, whole[:5, :horizon])


@pytest.mark.parametrize("kind", ["recurrent", "tcn"])
def test_both_streams_have_one_law(untrained, kind):
    old, new = (untrained(kind).with_noise(stream).sample(2000, 20, seed=1) for stream in ("keys", "counters"))
    assert not np.array_equal(old.returns, new.returns)
    for part in (lambda paths: paths.returns[:, 0, 0], lambda paths: paths.returns.sum(axis=1)[:, -1]):
        assert float(stats.ks_2samp(part(old), part(new)).pvalue) > 1e-3  # type: ignore[attr-defined]
