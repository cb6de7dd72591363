"""Both generators: one day at a time, all days at once and many days at once are the same law."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from tsgan.config import GANConfig
from tsgan.models.gan import memory as vol
from tsgan.models.gan.generators import COLUMN, GENERATORS, columns, histories, with_market
from tsgan.models.gan.memory import SCALES, Memory
from tsgan.models.gan.rollout import asset_ids, path_noise, rollout

DAYS, BEGIN = 330, 290
CONFIG = GANConfig(width=4, channels=4)

DENSITIES = jax.jit(lambda generator, column, memory: generator.densities(column, memory))


def awake(name: str, assets: int = 2):
    """A generator none of whose parts is silent: fresh ones start with zero weights here and there; the last asset has
    a level that it comes back to."""
    generator = GENERATORS[name](assets, CONFIG, rngs=nnx.Rngs(0))
    generator.set_reverting(jnp.arange(assets) == assets - 1)
    leaves, structure = jax.tree.flatten(generator)
    rng = np.random.default_rng(1)
    return jax.tree.unflatten(structure, [leaf + rng.normal(0, 0.1, leaf.shape).astype(np.float32) for leaf in leaves])


@pytest.fixture(scope="module", params=list(GENERATORS))
def generator(request):
    return awake(request.param)


@pytest.mark.parametrize("name", list(GENERATORS))
def test_tails_are_thinner_in_storms_before_any_training(name):
    generator = GENERATORS[name](2, CONFIG, rngs=nnx.Rngs(0))
    calm, wild = (densities(generator, np.full((DAYS, 2), size, np.float32))[:, -1] for size in (0.5, 2.0))
    assert (wild[1] > calm[1] + 1.0).all()  # log scale
    assert (wild[3] > 2.0 * calm[3]).all()  # degrees of freedom


@pytest.fixture(scope="module")
def x() -> np.ndarray:
    return np.random.default_rng(0).standard_t(5, (DAYS, 2)).astype(np.float32)


def inputs(x: np.ndarray) -> tuple[jax.Array, Memory]:
    """What ``densities`` read of a history."""
    memory = vol.trajectory(x)
    before = Memory(jnp.asarray(memory.trend[:-1]), jnp.asarray(memory.square[:-1]))
    return jnp.asarray(columns(x, memory)), before


def densities(generator, x: np.ndarray):
    """(4, day, asset): parameters of the law of every day of x."""
    return np.stack(DENSITIES(generator, *inputs(x)))


@jax.jit
def stepped(generator, column, memory, x):
    """The law after ``begin``, and after each day of x."""

    def one_day(carry, today):
        state, day = carry
        return (generator.step(state, today, day), day + 1), generator.density(state)

    start = (generator.begin(column, memory), jnp.int32(0))
    return jnp.stack(jax.lax.scan(one_day, start, x)[1])


def test_parallel_is_sequential(generator, x):
    memory = vol.trajectory(x)
    begun = Memory(jnp.asarray(memory.trend[BEGIN]), jnp.asarray(memory.square[BEGIN]))
    one_by_one = stepped(generator, jnp.asarray(columns(x, memory))[:BEGIN], begun, jnp.asarray(x[BEGIN:]))
    at_once = densities(generator, x)[:, BEGIN:]
    np.testing.assert_allclose(one_by_one, at_once, rtol=1e-4, atol=1e-5)
    assert at_once.std(axis=1).min() > 1e-3  # every parameter of every asset moves: the comparison means something


def test_densities_are_causal(generator, x):
    changed, day = x.copy(), 300
    changed[day] = (5.0, -4.0)
    before, after = densities(generator, x), densities(generator, changed)
    assert np.array_equal(before[:, : day + 1], after[:, : day + 1])
    assert (before[:, day + 1 :] != after[:, day + 1 :]).any(axis=(0, 2)).all()


def test_state_depends_on_its_reach_only(generator, x):
    if not generator.reach:
        pytest.skip("this generator remembers by its memory alone")
    memory = vol.trajectory(x)
    column, last = jnp.asarray(columns(x, memory)), Memory(*(jnp.asarray(a[-1]) for a in memory))
    begin = jax.jit(lambda c: generator.density(generator.begin(c, last)))
    whole, cut = np.stack(begin(column)), np.stack(begin(column[-generator.reach :]))
    np.testing.assert_allclose(whole, cut, rtol=1e-5, atol=1e-6)
    poked = column[-generator.reach :].at[0].add(1.0)
    assert not np.allclose(np.stack(begin(poked)), cut, rtol=0, atol=1e-7)


def test_histories_are_their_own_beginnings(generator, x):
    ends = np.array([1, 40, 300, 330])
    column, last = histories(x, ends, 280, generator.reach)
    assert column.shape == (4, generator.reach, 2, COLUMN)
    for i, end in enumerate(ends):
        own = x[max(0, end - 280) : end]
        memory = vol.trajectory(own)
        np.testing.assert_allclose(last.trend[i], memory.trend[-1], rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(last.square[i], memory.square[-1], rtol=1e-3, atol=1e-4)
        if generator.reach:
            expected = columns(own, memory)[-generator.reach :]
            np.testing.assert_allclose(column[i, -len(expected) :], expected, rtol=1e-3, atol=1e-4)
            assert not column[i, : -len(expected) or None].any() or len(expected) == generator.reach


@pytest.mark.parametrize("name", list(GENERATORS))
def test_two_rollouts_are_one(name, x):
    generator = awake(name)
    paths, first, second = 3, 37, 150
    memory = vol.trajectory(x)
    begun = jax.jit(generator.begin)(columns(x, memory), Memory(*(jnp.asarray(a[-1]) for a in memory)))
    state = jax.tree.map(lambda a: jnp.broadcast_to(a, (paths, *a.shape)), begun)
    own, common = path_noise(
        jax.random.key(2), jnp.arange(paths, dtype=jnp.uint32), 0, first + second, asset_ids("AB"), generator.commons
    )
    run = jax.jit(rollout)
    end, whole = run(generator, state, own, common)
    middle, one = run(generator, state, own[:first], common[:first])
    last, two = run(generator, middle, own[first:], common[first:])
    assert np.isfinite(whole).all() and whole.shape == (first + second, paths, 2)
    np.testing.assert_allclose(np.concatenate([one, two]), whole, rtol=1e-3, atol=1e-4)
    for a, b in zip(jax.tree.leaves(last), jax.tree.leaves(end), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-3)


def test_noise_is_a_function_of_path_and_day():
    key = jax.random.key(5)
    whole = path_noise(key, jnp.arange(6, dtype=jnp.uint32), 0, 8, asset_ids("AB"), 1)
    piece = path_noise(key, jnp.array([4, 1], jnp.uint32), 3, 5, asset_ids("BA"), 1)
    for a, b in zip(whole, (piece[0][..., ::-1], piece[1]), strict=True):
        assert np.array_equal(a[3:, jnp.array([4, 1])], b)
    assert len(np.unique(np.concatenate([a.ravel() for a in whole]))) == 6 * 8 * 3


def test_a_market_counts_those_who_are_listed():
    features = jnp.array([[[1.0], [3.0], [50.0]]])
    listed = jnp.array([[True, True, False]])
    np.testing.assert_array_equal(with_market(features, listed)[0, :, 1], [1, -1, -48])
    np.testing.assert_array_equal(with_market(features, jnp.ones((1, 3), bool)), with_market(features))


def test_strength_of_the_common_factors_follows_the_market(x):
    generator = awake("recurrent")
    generator.set_correlation(np.array([[1, 0.5], [0.5, 1]]))
    generator.strength[...] = jnp.zeros_like(generator.strength[...]).at[len(SCALES) - 1].set(0.3)
    calm, storm = (
        vol.trajectory(np.full((300, 2), size, np.float32) * (-1) ** np.arange(300)[:, None]) for size in (0.3, 3.0)
    )
    log = [float(generator.copula(Memory(*(jnp.asarray(a[-1]) for a in m))).log_strength) for m in (calm, storm)]
    assert log[1] > log[0] + 0.3


def test_market_features():
    features = np.random.default_rng(0).normal(size=(5, 1, 3))
    alone = np.asarray(with_market(jnp.asarray(features)))
    assert alone.shape == (5, 1, 6) and not alone[..., 3:].any()
    pair = np.asarray(with_market(jnp.array([[[1.0, 0.0], [3.0, 0.0]]])))
    np.testing.assert_array_equal(pair[0], [[1, 0, 1, 0], [3, 0, -1, 0]])


@pytest.mark.parametrize("rho", [0.8, -0.6, 0.0, 0.95])
def test_two_assets_start_from_their_correlation(rho):
    generator = GENERATORS["recurrent"](2, CONFIG, rngs=nnx.Rngs(0))
    generator.set_correlation(np.array([[1, rho], [rho, 1]]))
    loadings = np.asarray(generator.loadings())
    assert (loadings @ loadings.T)[0, 1] == pytest.approx(rho, abs=1e-5)
    assert (np.linalg.norm(loadings, axis=1) < 1).all()


def test_many_assets_start_near_their_correlation():
    rng = np.random.default_rng(0)
    b = rng.uniform(-0.6, 0.9, (6, 1))
    correlation = b @ b.T + np.diag(1 - (b**2)[:, 0])
    generator = GENERATORS["recurrent"](6, GANConfig(width=4, loadings=2), rngs=nnx.Rngs(0))
    generator.set_correlation(correlation)
    loadings = np.asarray(generator.loadings())
    off = ~np.eye(6, dtype=bool)
    assert np.corrcoef((loadings @ loadings.T)[off], correlation[off])[0, 1] > 0.9
    generator = GENERATORS["recurrent"](1, CONFIG, rngs=nnx.Rngs(0))
    generator.set_correlation(np.eye(1))
    assert not np.asarray(generator.loadings()).any()


def test_levels_come_back_and_prices_do_not(generator):
    """The location falls by the pull times the distance of the level from its average of the last year."""
    x = np.zeros((400, 2), np.float32)
    x[100:105] = 2.0  # both go up by about 10
    pull = np.asarray(generator.pull())
    assert pull[0] == 0 and 0.01 < pull[1] < 0.1
    location = densities(generator, x)[0]
    level = np.cumsum(vol.RETURN_LIMIT * np.tanh(x[:, 1] / vol.RETURN_LIMIT), dtype=np.float64)
    average = np.zeros(401)
    for day, now in enumerate(level):
        average[day + 1] = average[day] + (1 - np.exp(-1 / SCALES[-1])) * (now - average[day])
    gap = np.concatenate([[0.0], level - average[1:]])[:-1]
    calm = generator.__class__(2, CONFIG, rngs=nnx.Rngs(0))  # of two prices
    for name in vars(generator):
        if isinstance(getattr(generator, name), nnx.Param) and name not in ("reversion", "own_slope"):
            setattr(calm, name, getattr(generator, name))
    without = densities(calm, x)[0]
    np.testing.assert_allclose(location[:, 0], without[:, 0], atol=1e-6)
    np.testing.assert_allclose(location[:, 1] - without[:, 1], -pull[1] * gap, atol=1e-4)
    assert gap.max() > 9


def test_a_price_learns_no_pull_and_no_slope_of_its_own(generator, x):
    gradient = jax.grad(lambda g: sum(p.sum() for p in DENSITIES(g, *inputs(x))))(generator)
    for slope in (gradient.reversion[...], gradient.own_slope[...]):
        assert slope[0] == 0 and slope[1] != 0
