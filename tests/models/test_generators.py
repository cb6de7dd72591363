"""Both generators keep the contract, and what is shared by all generators does what it says."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from jaxtyping import TypeCheckError

from tsgan.config import GENERATORS, GANConfig, GeneratorName, HeadConfig, LawConfig, MemoryConfig, TCNConfig
from tsgan.errors import PluginError
from tsgan.models.gan import memory as vol
from tsgan.models.gan.generator import Generator
from tsgan.models.gan.market import with_market
from tsgan.models.gan.members import kind_of, new_generator
from tsgan.models.gan.memory import Memory
from tsgan.models.gan.past import histories
from tsgan.models.gan.rollout import asset_ids, path_noise
from tsgan.testing import check_generator
from tsgan.testing.generators import CHECKS, Case, case_of, densities, read

DAYS = 330
CONFIG = GANConfig(width=4, channels=4)
LAW = CONFIG.law.memory
SCALES = LAW.scales


@pytest.fixture(scope="module", params=list(GENERATORS))
def case(request) -> Case:
    return case_of(GENERATORS[request.param])


@pytest.fixture(scope="module")
def generator(case) -> Generator:
    return case.generator


@pytest.fixture(scope="module")
def x(case) -> np.ndarray:
    return case.x


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_contract(case, check):
    check(case)


def test_the_registry_has_what_the_literal_promises():
    assert tuple(GENERATORS.own) == get_args(GeneratorName)
    for name in GENERATORS.own:
        assert kind_of(GANConfig(generator=name)) is GENERATORS[name]


def test_what_is_no_generator_is_refused(monkeypatch):
    monkeypatch.setitem(GENERATORS.own, "wrong", "tsgan.config:GANConfig")
    with pytest.raises(PluginError, match=r"'wrong'.*subclass of tsgan\.models\.gan\.generator\.Generator"):
        new_generator(GANConfig(generator="wrong"), 2, 0)
    with pytest.raises(AssertionError, match="must be a subclass"):
        check_generator(GANConfig)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="abstract"):
        Generator(8, 2, CONFIG, rngs=nnx.Rngs(0))  # type: ignore[abstract]


class Forgetful(GENERATORS["recurrent"]):
    """Steps without looking at the day's return."""

    def step(self, state, x, day):
        return super().step(state, 0 * x, day)


class Clairvoyant(GENERATORS["recurrent"]):
    """Knows a day's volatility on that day."""

    def densities(self, columns, memory, listed=None):
        return super().densities(columns, jax.tree.map(lambda leaf: jnp.roll(leaf, -1, axis=0), memory), listed)


class Ringless(GENERATORS["tcn"]):
    """Forgets to turn its rings."""

    def rewind(self, state, days):
        return state


@pytest.mark.parametrize(
    ("kind", "message"),
    [(Forgetful, "step must give the laws"), (Clairvoyant, "laws that densities gives"), (Ringless, "mend rewind")],
)
def test_a_generator_that_breaks_the_contract_is_told_what_to_mend(kind, message):
    with pytest.raises(AssertionError, match=message):
        check_generator(kind)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name == "tcn" else name for name in GENERATORS]
)
def test_the_contract_holds_under_another_law(name):
    law = LawConfig(
        memory=MemoryConfig(scales=(2.0, 20.0, 100.0), curvature=(0.3, 0.0, 0.0), return_limit=6.0),
        head=HeadConfig(pace=(1.0, 2.0, 1.0, 1.0)),
        tcn=TCNConfig(layers=5, levels=2),
    )
    check_generator(GENERATORS[name], replace(CONFIG, law=law))


@pytest.mark.parametrize("name", list(GENERATORS))
def test_tails_are_thinner_in_storms_before_any_training(name):
    generator = GENERATORS[name](2, CONFIG, rngs=nnx.Rngs(0))
    calm, wild = (densities(generator, np.full((DAYS, 2), size, np.float32))[:, -1] for size in (0.5, 2.0))
    assert (wild[1] > calm[1] + 1.0).all()  # log scale
    assert (wild[3] > 2.0 * calm[3]).all()  # degrees of freedom


def test_histories_are_their_own_beginnings(generator, x):
    ends, reach = np.array([1, 40, 300, 330]), generator.reach(generator.law)
    column, last = histories(generator, x, ends, 280)
    assert column.shape[:3] == (4, reach, 2)
    for i, end in enumerate(ends):
        own = x[max(0, end - 280) : end]
        memory = vol.trajectory(own, LAW)
        np.testing.assert_allclose(last.trend[i], memory.trend[-1], rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(last.square[i], memory.square[-1], rtol=1e-3, atol=1e-4)
        if reach:
            expected = generator.columns(own, memory, np.ones(own.shape, bool))[-reach:]
            np.testing.assert_allclose(column[i, -len(expected) :], expected, rtol=1e-3, atol=1e-4)
            assert not column[i, : -len(expected) or None].any() or len(expected) == reach


def test_noise_is_a_function_of_path_and_day():
    key = jax.random.key(5)
    whole = path_noise(key, jnp.arange(6, dtype=jnp.uint32), 0, 8, jnp.asarray(asset_ids("AB")), 1)
    piece = path_noise(key, jnp.array([4, 1], jnp.uint32), 3, 5, jnp.asarray(asset_ids("BA")), 1)
    for a, b in zip(whole, (piece[0][..., ::-1], piece[1]), strict=True):
        assert np.array_equal(a[3:, jnp.array([4, 1])], b)
    assert len(np.unique(np.concatenate([a.ravel() for a in whole]))) == 6 * 8 * 3


def test_a_market_counts_those_who_are_listed():
    features = jnp.array([[[1.0], [3.0], [50.0]]])
    listed = jnp.array([[True, True, False]])
    np.testing.assert_array_equal(with_market(features, listed)[0, :, 1], [1, -1, -48])
    np.testing.assert_array_equal(with_market(features, jnp.ones((1, 3), bool)), with_market(features))


def test_strength_of_the_common_factors_follows_the_market():
    generator = case_of(GENERATORS["recurrent"]).generator
    generator.set_correlation(np.array([[1, 0.5], [0.5, 1]]))
    generator.strength[...] = jnp.zeros_like(generator.strength[...]).at[len(SCALES) - 1].set(0.3)
    turns = (-1.0) ** np.arange(300)[:, None] * np.ones((1, 2), np.float32)
    calm, storm = (vol.trajectory(size * turns, LAW) for size in (0.3, 3.0))
    log = [float(generator.copulas(Memory(*(jnp.asarray(a[-1]) for a in m))).log_strength) for m in (calm, storm)]
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
    level = np.cumsum(LAW.return_limit * np.tanh(x[:, 1] / LAW.return_limit), dtype=np.float64)
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
    column_and_memory = read(generator, x)
    gradient = jax.jit(jax.grad(lambda g: sum(p.sum() for p in jax.tree.leaves(g.densities(*column_and_memory)))))(
        generator
    )
    for slope in (gradient.reversion[...], gradient.own_slope[...]):
        assert slope[0] == 0 and slope[1] != 0


def test_shapes_in_annotations_are_checked_under_test():
    with pytest.raises(TypeCheckError, match="with_market"):
        with_market(jnp.ones((5, 2, 3)), jnp.ones((5, 3), bool))
