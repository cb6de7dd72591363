"""One adversarial update: it moves what it should, and refuses what is not finite."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from typing import get_args

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tsgan.config import CRITICS, GENERATORS, GANConfig, Penalty
from tsgan.models.gan import memory as vol
from tsgan.models.gan.members import new_generator
from tsgan.training.data import training_data
from tsgan.training.objectives import OBJECTIVES
from tsgan.training.optimizers import schedule
from tsgan.training.step import (
    adversarial_step,
    batch_for,
    closed,
    draw_windows,
    initial_state,
    portfolios,
    sampled_days,
)

SHAPE = {"width": 4, "channels": 4, "window": 32, "context": 16, "batch": 8, "steps": 20, "warm_steps": 30}
DEFAULT = GANConfig(**SHAPE)
RULES = DEFAULT.training.adversarial
AVERAGE = jnp.float32(0.5)


@cache
def market(generator: str = DEFAULT.generator):
    rng = np.random.default_rng(0)
    returns = 0.01 * rng.standard_t(5, (400, 2)) @ np.array([[1.0, 0.6], [0.0, 0.8]])
    return training_data(returns, returns.std(axis=0), replace(DEFAULT, generator=generator))


@cache
def start(generator: str, critic: str, optimizer: str = "adam"):
    config = GANConfig(**SHAPE, generator=generator, critic=critic, optimizer=optimizer)
    fresh = new_generator(config, 2, 0)
    return jax.jit(partial(initial_state, config=config))(fresh, market(generator), key=jax.random.key(1))


@cache
def step(config: GANConfig):
    return jax.jit(partial(adversarial_step, config=config))


@pytest.fixture(scope="module")
def before():
    return start(DEFAULT.generator, DEFAULT.critic)


@pytest.fixture(scope="module")
def after(before):
    return step(DEFAULT)(before, market(), jax.random.key(2), AVERAGE)


def same(one, other) -> bool:
    pairs = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    return all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)


def test_an_update_moves_both_players(before, after):
    train, info = after
    assert not same(train.generator, before.generator) and not same(train.critic, before.critic)
    assert int(train.skipped) == 0
    assert all(np.isfinite(value) for value in info)
    assert info.generator_gradient > 0 and info.critic_gradient > 0 and info.penalty > 0
    expected = jax.tree.map(lambda a, b: 0.5 * a + 0.5 * b, before.average, train.generator)
    for a, b in zip(jax.tree.leaves(train.average), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_a_step_is_a_function_of_its_key(before, after):
    again, _ = step(DEFAULT)(before, market(), jax.random.key(2), AVERAGE)
    other, _ = step(DEFAULT)(before, market(), jax.random.key(3), AVERAGE)
    assert same(again, after[0]) and not same(other.generator, after[0].generator)


def test_chains_carry_on_from_where_they_stood(before, after):
    old, new = before.chains, after[0].chains
    half = DEFAULT.batch // 2
    assert new.recent.shape == (half, DEFAULT.context, 2)
    # As many days are generated as are remembered, so what is remembered leads from the old state to the new one.
    # The oldest chain is gone, and a fresh continuation of real history came last.
    for chain in range(half - 1):
        memory = jax.tree.map(lambda a, i=chain + 1: a[i], old.state.memory)
        for x in new.recent[chain]:
            memory = vol.update(memory, x, DEFAULT.law.memory)
        np.testing.assert_allclose(new.state.memory.square[chain], memory.square, rtol=1e-4)
        np.testing.assert_allclose(new.state.memory.trend[chain], memory.trend, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("where", ["data", "generator", "critic"])
def test_what_is_not_finite_is_skipped_and_counted(before, after, where):
    def poisoned(tree, leaf: int):
        leaves, structure = jax.tree.flatten(tree)
        leaves[leaf] = leaves[leaf].at[(0,) * leaves[leaf].ndim].set(jnp.nan)
        return jax.tree.unflatten(structure, leaves)

    train, data = after[0], market()
    if where == "data":
        data = data._replace(x=data.x.at[100, 0].set(jnp.nan))
    else:
        train = train._replace(**{where: poisoned(getattr(train, where), 0)})
    kept, info = step(DEFAULT)(train, data, jax.random.key(4), AVERAGE)
    assert int(kept.skipped) == int(info.skipped) == 1
    assert same(kept._replace(skipped=train.skipped), train)
    kept, _ = step(DEFAULT)(kept, data, jax.random.key(5), AVERAGE)
    assert int(kept.skipped) == 2
    if where == "data":  # and goes on once the data are whole again
        healed, _ = step(DEFAULT)(kept, market(), jax.random.key(6), AVERAGE)
        assert int(healed.skipped) == 2 and not same(healed.generator, kept.generator)


# Every setting, and every generator with every critic: the full product would compile 100 updates.
PAIRINGS = [
    (DEFAULT.objective, DEFAULT.penalty, DEFAULT.generator, DEFAULT.critic),
    ("wasserstein", "r2", "recurrent", "recurrent"),
    ("hinge", "none", "base", "tcn"),
]
LONG = [
    ("minimax", "gp", "tcn", "recurrent"),
    ("non-saturating", "r1", "tcn", "tcn"),
    ("relativistic", "none", "base", "recurrent"),
]
"""Those that compile for half a minute, and another of the base."""


def test_the_pairings_leave_nothing_out():
    every = PAIRINGS + LONG
    assert {pairing[0] for pairing in every} == set(OBJECTIVES)
    assert {pairing[1] for pairing in every} == set(get_args(Penalty))
    assert {pairing[2:] for pairing in every} == {(g, c) for g in GENERATORS for c in CRITICS}


@pytest.mark.parametrize(
    ("objective", "penalty", "generator", "critic"),
    [*PAIRINGS, *(pytest.param(*pairing, marks=pytest.mark.slow) for pairing in LONG)],
    ids=["-".join(pairing) for pairing in PAIRINGS + LONG],
)
def test_every_pairing_trains(objective, penalty, generator, critic):
    config = GANConfig(**SHAPE, objective=objective, penalty=penalty, generator=generator, critic=critic)
    train = begun = start(generator, critic)
    for i in range(3):
        train, info = step(config)(train, market(generator), jax.random.key(i), AVERAGE)
        assert all(np.isfinite(value) for value in info)
    assert int(train.skipped) == 0
    assert not same(train.generator, begun.generator) and not same(train.critic, begun.critic)
    assert (float(info.penalty) == 0) == (penalty == "none")


@pytest.mark.slow
def test_conjugate_steps_are_as_long_as_their_rate():
    config = GANConfig(**SHAPE, optimizer="conjugate")
    train = start(DEFAULT.generator, DEFAULT.critic, "conjugate")
    for i in range(3):
        before, (train, info) = train, step(config)(train, market(), jax.random.key(i), AVERAGE)
        assert all(np.isfinite(value) for value in info)
        rate = float(schedule(config.critic_rate, config.steps, 0.1)(i))
        changes = jax.tree.map(lambda a, b: np.ravel(a - b), before.critic, train.critic)
        assert np.sqrt(np.mean(np.concatenate(jax.tree.leaves(changes)) ** 2)) == pytest.approx(rate, rel=0.01)
    assert int(train.skipped) == 0


def test_without_chains_their_state_is_forgotten(before):
    config = GANConfig(**SHAPE, chains=False)
    other = before._replace(chains=jax.tree.map(lambda leaf: leaf + 1, before.chains))
    one, two = (step(config)(train, market(), jax.random.key(2), AVERAGE)[0] for train in (before, other))
    assert same(one.generator, two.generator) and not same(one.generator, before.generator)
    with_chains = [step(DEFAULT)(train, market(), jax.random.key(2), AVERAGE)[0] for train in (before, other)]
    assert not same(with_chains[0].generator, with_chains[1].generator)


def test_windows_are_pieces_of_history():
    data = market("tcn")
    windows = draw_windows(data, DEFAULT, jax.random.key(0), 50)
    assert windows.x.shape == (50, DEFAULT.window, 2)
    x, memory = np.asarray(data.x), data.memory
    for path in range(50):
        begin = int(np.flatnonzero((x == np.asarray(windows.x[path, DEFAULT.context])).all(axis=1))[0])
        around = np.arange(begin - DEFAULT.context, begin + DEFAULT.window - DEFAULT.context) % len(x)
        assert np.array_equal(windows.x[path], x[around])
        columns, before = windows.past
        assert np.array_equal(before.square[path], memory.square[begin])
        assert np.array_equal(columns[path], data.columns[begin : begin + data.reach]) and data.reach == 256


def test_windows_stay_before_the_length():
    data = market()
    windows = draw_windows(data._replace(length=jnp.int32(40)), DEFAULT, jax.random.key(0), 200)
    early = {tuple(row) for row in np.asarray(data.x[:40]).tolist()}
    assert {tuple(row) for row in np.asarray(windows.x).reshape(-1, 2).tolist()} <= early


def test_portfolios_have_unit_variance():
    correlation = np.array([[1.0, 0.9], [0.9, 1.0]])
    data = market()._replace(correlation=jnp.asarray(correlation))
    weights = np.asarray(portfolios(jax.random.key(0), jnp.ones((4000, 2), bool), data, RULES))
    variance = np.einsum("ci,ij,cj->c", weights, correlation, weights)
    assert (variance < 1.0001).all() and np.quantile(variance, 0.05) > 0.9
    single = np.isclose((weights != 0).sum(axis=1), 1)
    # Half are single assets: four standard errors of a proportion.
    assert abs(single.mean() - 0.5) < 4 * 0.5 / np.sqrt(4000)
    assert (weights.min(axis=1) < -0.01).any()  # and some hedge one asset with the other
    unmixed = portfolios(jax.random.key(0), jnp.ones((200, 2), bool), data, RULES, mixed=False)
    assert (np.count_nonzero(unmixed, axis=1) == 1).all()
    assert np.array_equal(portfolios(jax.random.key(0), jnp.ones((3, 1), bool), data, RULES), np.ones((3, 1)))


def test_portfolios_hold_listed_assets_in_any_order():
    listed = jnp.tile(jnp.array([[True, False, True]]), (200, 1))
    data = market()._replace(correlation=jnp.eye(3), ids=jnp.array([5, 6, 7], jnp.uint32))
    weights = np.asarray(portfolios(jax.random.key(0), listed, data, RULES))
    assert not weights[:, 1].any() and (np.abs(weights).sum(axis=1) > 0).all()
    turned = data._replace(ids=data.ids[::-1])
    mirrored = portfolios(jax.random.key(0), listed[:, ::-1], turned, RULES)
    np.testing.assert_allclose(mirrored[:, ::-1], weights, rtol=1e-6)


def test_closed_days_show_nothing_and_lose_nothing():
    x = jnp.asarray(np.random.default_rng(0).normal(size=(1, 6, 2)), jnp.float32)
    present = jnp.ones((1, 6, 2), bool).at[0, 2:4, 1].set(False)
    shown = np.asarray(closed(x, present))
    np.testing.assert_allclose(shown[0, :, 0], x[0, :, 0], atol=1e-6)
    assert not shown[0, 2:4, 1].any()
    np.testing.assert_allclose(shown[0, 4, 1], x[0, 2:5, 1].sum(), atol=1e-6)


def test_steps_stay_small_with_many_assets():
    assert batch_for(GANConfig(), 2) == batch_for(GANConfig(), 10) == GANConfig().batch
    assert batch_for(GANConfig(), 20) == GANConfig().batch // 2 and batch_for(GANConfig(), 500) == 8
    returns = 0.01 * np.random.default_rng(0).standard_normal((900, 300))
    data = training_data(returns, np.full(300, 0.01), GANConfig(generator="tcn"), 800)
    part = sampled_days(data, jax.random.key(0), RULES)
    assert part.x.shape[0] == 500 and part.columns.shape[0] == 500 + data.reach and part.memory.trend.shape[0] == 501
    where = int(np.flatnonzero((np.asarray(data.x) == np.asarray(part.x[0])).all(axis=1))[0])
    assert np.array_equal(part.memory.square[7], data.memory.square[where + 7]) and where + int(part.length) <= 800
