"""The contract of generators as checks: one day at a time, all days at once and many paths at once are the same law.

:func:`check_generator` runs all of :data:`CHECKS`; each can be run alone.  What a generator has learned does not
matter: it is made with random weights, so that no part of it is silent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from tsgan.config import GANConfig
from tsgan.models.gan import memory as vol
from tsgan.models.gan.density import Density, invert
from tsgan.models.gan.generator import Generator, State
from tsgan.models.gan.memory import Memory
from tsgan.models.gan.past import histories
from tsgan.models.gan.rollout import asset_ids, path_noise, rollout
from tsgan.models.gan.sampler import lanes_for
from tsgan.models.gan.trees import flatten, unflatten

DAYS, BEGIN, ASSETS = 330, 290, 2
CONFIG = GANConfig(width=4, channels=4)


class Case(NamedTuple):
    """A generator none of whose parts is silent, what it was made with, and returns (day, asset) that it may read."""

    generator: Generator
    x: np.ndarray
    config: GANConfig


def case_of(kind: type[Generator], config: GANConfig = CONFIG, assets: int = ASSETS) -> Case:
    """A generator of this kind with random weights, whose last asset is a level; and heavy-tailed returns."""
    assert isinstance(kind, type) and issubclass(kind, Generator), (
        f"{kind!r} must be a subclass of tsgan.models.gan.generator.Generator"
    )
    build: Any = kind
    generator = build(assets, config, rngs=nnx.Rngs(0))
    generator.set_reverting(jnp.arange(assets) == assets - 1)
    leaves, structure = jax.tree.flatten(generator)
    rng = np.random.default_rng(1)
    awake = [leaf + rng.normal(0, 0.1, leaf.shape).astype(np.float32) for leaf in leaves]
    x = np.random.default_rng(0).standard_t(5, (DAYS, assets)).astype(np.float32)
    return Case(jax.tree.unflatten(structure, awake), x, config)


def check_generator(kind: type[Generator], config: GANConfig = CONFIG) -> None:
    """Every check of the contract, over a generator class; AssertionError says what to mend.

    Args:
        kind: the class that a plug-in offers.
        config: what it is made with; small by default, as compilation is all that this costs.
    """
    case = case_of(kind, config)
    for check in CHECKS:
        check(case)


def parameters(density: Density) -> np.ndarray:
    """(4, ...) of a density."""
    return np.stack([np.asarray(leaf) for leaf in jax.tree.leaves(density)])


def read(generator: Generator, x: np.ndarray, listed: np.ndarray | None = None) -> tuple[jax.Array, Memory]:
    """What ``densities`` reads of a history x (day, asset)."""
    memory = vol.trajectory(x, generator.law.memory)
    column = generator.columns(x, memory, np.ones(x.shape, bool) if listed is None else listed)
    return jnp.asarray(column), jax.tree.map(jnp.asarray, vol.before(memory))


@jax.jit
def _densities(generator: Generator, column: jax.Array, memory: Memory, listed: jax.Array) -> Density:
    return generator.densities(column, memory, listed)


def densities(generator: Generator, x: np.ndarray, listed: np.ndarray | None = None) -> np.ndarray:
    """(4, day, asset): parameters of the law of every day of x."""
    listed = np.ones(x.shape, bool) if listed is None else listed
    return parameters(_densities(generator, *read(generator, x, listed), jnp.asarray(listed)))


def begun(generator: Generator, x: np.ndarray, end: int) -> State:
    """The state after the first ``end`` days of x."""
    column, memory = histories(generator, x, np.array([end]), end)
    return jax.jit(generator.begin)(jnp.asarray(column[0]), jax.tree.map(lambda leaf: jnp.asarray(leaf[0]), memory))


def shapes_are_as_promised(case: Case) -> None:
    """One law an asset, one copula, and a state that a step leaves in form."""
    generator, x, _ = case
    state = begun(generator, x, BEGIN)
    leaves = jax.tree.leaves(state)
    assert all(isinstance(leaf, jax.Array) for leaf in leaves), "the state must be a pytree of arrays"
    density = jax.jit(lambda g, s: g.density(s))(generator, state)
    assert isinstance(density, Density), "density must return a tsgan.models.gan.density.Density"
    assert parameters(density).shape == (4, ASSETS), "density must return one law an asset, (asset,) each"
    copula = jax.jit(lambda g, s: g.copula(s))(generator, state)
    assert copula.loadings.shape == (ASSETS, generator.commons - 1), "loadings must be (asset, commons - 1)"
    assert copula.log_strength.shape == (), "the copula of one state has one strength"
    after = jax.eval_shape(lambda g, s: g.step(s, jnp.zeros(ASSETS), jnp.int32(0)), generator, state)
    forms = [[(leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(tree)] for tree in (state, after)]
    assert forms[0] == forms[1], f"step must keep shapes and types of the state: {forms[0]} became {forms[1]}"
    assert jax.tree.structure(state) == jax.tree.structure(after), "step must keep the structure of the state"
    assert densities(generator, x).shape == (4, DAYS, ASSETS), "densities must return (day, asset) each"
    column, _ = read(generator, x)
    assert column.shape[:2] == (DAYS, ASSETS), "column must return (..., asset, width)"


def densities_are_steps(case: Case) -> None:
    """Beginning after a history and stepping on gives the laws that densities gives at once."""
    generator, x, _ = case

    @jax.jit
    def stepped(generator: Generator, state: State, x: jax.Array) -> Density:
        def one_day(carry: tuple[State, jax.Array], today: jax.Array):
            state, day = carry
            return (generator.step(state, today, day), day + 1), generator.density(state)

        return jax.lax.scan(one_day, (state, jnp.int32(0)), x)[1]

    at_once = densities(generator, x)
    for begin in (40, BEGIN):
        one_by_one = parameters(stepped(generator, begun(generator, x, begin), jnp.asarray(x[begin:])))
        np.testing.assert_allclose(
            one_by_one, at_once[:, begin:], rtol=1e-4, atol=1e-5,
            err_msg=f"begin after {begin} days and step must give the laws that densities gives",
        )  # fmt: skip
    moving = at_once[:, BEGIN:].std(axis=1).max(axis=-1)  # prices may have no other drift than their model's
    assert moving.min() > 1e-3, "a parameter of the law never moves: the comparison would mean nothing"


def densities_are_causal(case: Case) -> None:
    """A day's law depends on earlier days only, and on them."""
    generator, x, _ = case
    changed, day = x.copy(), 300
    changed[day] = 5.0 * (-1.0) ** np.arange(ASSETS)
    before, after = densities(generator, x), densities(generator, changed)
    assert np.array_equal(before[:, : day + 1], after[:, : day + 1]), "a day's law must not depend on that day or later"
    moved = (before[:, day + 1 :] != after[:, day + 1 :]).any(axis=(0, 2))
    assert moved.all(), "a large shock must be remembered on the days after it"


def missing_days_are_harmless(case: Case) -> None:
    """A day without a return, and an asset that is not listed yet, leave finite laws and touch no other asset's."""
    generator, x, _ = case
    gaps = x.copy()
    gaps[:200, -1], gaps[250, 0] = np.nan, np.nan
    listed = np.maximum.accumulate(np.isfinite(gaps), axis=0)
    with_gaps = densities(generator, gaps, listed)
    assert np.isfinite(with_gaps).all(), "days without a return (NaN) must leave finite laws"
    other = gaps.copy()
    other[:200, -1] = x[:200, -1]  # had it been there after all
    same = densities(generator, other, listed)
    np.testing.assert_allclose(
        with_gaps[:, :200, :-1], same[:, :200, :-1], rtol=1e-5, atol=1e-6,
        err_msg="an asset that is not listed must not be part of the market that others read",
    )  # fmt: skip


def state_depends_on_its_reach(case: Case) -> None:
    """Columns beyond the reach do not matter; those within it do, or the reach is too long."""
    generator, x, _ = case
    reach = generator.reach(generator.law)
    memory = vol.trajectory(x, generator.law.memory)
    column, last = read(generator, x)[0], jax.tree.map(lambda leaf: jnp.asarray(leaf[-1]), memory)
    begin = jax.jit(lambda c: generator.density(generator.begin(c, last)))
    assert column.shape[-1] == 0 or reach > 0, "a generator that keeps columns must say how many days it reads: reach"
    if not reach:
        return
    assert reach <= DAYS, f"this check sees {DAYS} days; a reach of {reach} is too long for it"
    whole, cut = parameters(begin(column)), parameters(begin(column[-reach:]))
    np.testing.assert_allclose(whole, cut, rtol=1e-5, atol=1e-6, err_msg=f"begin reads beyond its reach of {reach}")
    poked = parameters(begin(column[-reach:].at[0].add(1.0)))
    assert not np.allclose(poked, cut, rtol=0, atol=1e-7), (
        f"begin does not read the first of its {reach} days; reach is too long"
    )


def _paths(case: Case, days: int, count: int = 3) -> tuple[State, jax.Array, jax.Array]:
    """States of a few paths at the end of x, and their noise."""
    generator, x, _ = case
    state = jax.tree.map(lambda a: jnp.broadcast_to(a, (count, *a.shape)), begun(generator, x, DAYS))
    ids = jnp.asarray(asset_ids([str(i) for i in range(ASSETS)]))
    paths = jnp.arange(count, dtype=jnp.uint32)
    return state, *path_noise(jax.random.key(2), paths, 0, days, ids, generator.commons)


def two_rollouts_are_one(case: Case) -> None:
    """A rollout that is cut and carried on ends where it would have ended: ``rewind``."""
    first, days = 37, 187
    state, own, common = _paths(case, days)
    run = jax.jit(rollout)
    end, whole = run(case.generator, state, own, common)
    middle, one = run(case.generator, state, own[:first], common[:first])
    last, two = run(case.generator, middle, own[first:], common[first:])
    assert whole.shape == (days, 3, ASSETS) and np.isfinite(whole).all(), "every draw must be finite"
    np.testing.assert_allclose(
        np.concatenate([one, two]), whole, rtol=1e-3, atol=1e-4,
        err_msg=f"a rollout that goes on after {first} days must be the rollout in one piece: mend rewind",
    )  # fmt: skip
    for a, b in zip(jax.tree.leaves(last), jax.tree.leaves(end), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-3, err_msg="and must end in the same state: mend rewind")


def truncated_states_go_on(case: Case) -> None:
    """What ``truncate`` drops would not have been read on the days to come."""
    days = 5
    state, own, common = _paths(case, days)
    short = case.generator.truncate(state, days)
    run = jax.jit(rollout)
    np.testing.assert_allclose(
        run(case.generator, short, own, common)[1], run(case.generator, state, own, common)[1], rtol=1e-5, atol=1e-6,
        err_msg=f"a state truncated to {days} days must give the same {days} days",
    )  # fmt: skip
    sizes = [sum(leaf.size for leaf in jax.tree.leaves(tree)) for tree in (short, state)]
    assert sizes[0] <= sizes[1], "truncate must not add to the state"


def lanes_are_the_generator(case: Case) -> None:
    """Days of many paths side by side are those of each path: ``in_lanes``, where a generator has it."""
    days = 37
    state, own, common = _paths(case, days)
    end, whole = jax.jit(rollout)(case.generator, state, own, common)
    noise = jnp.moveaxis(jnp.concatenate([own, common], axis=-1), 1, -1)

    @jax.jit
    def run(generator: Generator, state: State, noise: jax.Array) -> tuple[State, jax.Array]:
        lanes = lanes_for(generator)
        numbered = (noise, jnp.arange(days))
        state, x = jax.lax.scan(lambda state, day: lanes.step(state, *day), lanes.enter(state), numbered)
        return generator.rewind(lanes.leave(state), days), jnp.moveaxis(x, -1, 1)

    last, side_by_side = run(case.generator, state, noise)
    np.testing.assert_allclose(
        side_by_side, whole, rtol=1e-3, atol=1e-4,
        err_msg="a step in lanes must be density, draw and step: mend in_lanes",
    )  # fmt: skip
    for a, b in zip(jax.tree.leaves(last), jax.tree.leaves(end), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-3, err_msg="and must end in the same state: mend in_lanes")


def gradients_are_finite(case: Case) -> None:
    """Likelihood and free runs can be differentiated in every parameter."""
    column, memory = read(case.generator, case.x)
    state, own, common = _paths(case, 20)

    @jax.jit
    def gradient(generator: Generator) -> Generator:
        def loss(generator: Generator) -> jax.Array:
            score = invert(generator.densities(column, memory), jnp.asarray(case.x))[1].mean()
            return score + jnp.mean(rollout(generator, state, own, common)[1] ** 2)

        return jax.grad(loss)(generator)

    found = flatten(gradient(case.generator))
    broken = [name for name, slope in found.items() if not np.isfinite(slope).all()]
    assert not broken, f"gradients are not finite in {', '.join(broken)}"
    assert any(slope.any() for slope in found.values()), "nothing can be learned: all gradients are zero"


def parameters_and_states_can_be_saved(case: Case) -> None:
    """Named arrays and back, for the generator and for its states, without a change."""
    generator, x, _ = case
    for what, tree in (("generator", generator), ("state", begun(generator, x, BEGIN))):
        saved = flatten(tree)
        assert len(saved) == len(jax.tree.leaves(tree)), f"two parts of the {what} have the same name"
        again = unflatten(jax.eval_shape(lambda tree=tree: tree), saved)
        assert jax.tree.structure(again) == jax.tree.structure(tree), f"the {what} read back has another structure"
        for a, b in zip(jax.tree.leaves(again), jax.tree.leaves(tree), strict=True):
            assert np.array_equal(a, b), f"the {what} read back differs"


def the_order_of_assets_means_nothing(case: Case) -> None:
    """Assets in another order, with what belongs to each, have the same laws in another order."""
    generator, x, _ = case
    turned = jax.tree.map(lambda leaf: leaf, generator)
    for name in generator.of_assets:
        getattr(turned, name)[...] = getattr(generator, name)[...][::-1]
    np.testing.assert_allclose(
        densities(turned, x[:, ::-1])[..., ::-1], densities(generator, x), rtol=1e-3, atol=1e-4,
        err_msg="one network serves all assets: their order must not matter",
    )  # fmt: skip


def training_finds_its_handles(case: Case) -> None:
    """What training asks of a generator beside its laws."""
    generator, x, _ = case
    assert generator.law == case.config.law, "the law must stay with the generator"
    own, market = generator.levels
    assert own.stop - own.start == market.stop - market.start > 0, "levels must name as many own inputs as market ones"
    assert market.stop <= generator.skip.shape[0] and own.stop <= generator.skip.shape[0], "levels name inputs"
    assert not np.asarray(generator.without_hidden().out[...]).any(), "without_hidden must leave the hidden layer out"
    assert all(np.isfinite(slope).all() for slope in generator.persistence()), "slopes must be finite"
    moved = densities(generator.louder(jnp.full(ASSETS, 0.1, jnp.float32)), x)[1] - densities(generator, x)[1]
    assert (moved > 0.05).all(), "louder must raise the log scale of every asset"
    other = case_of(type(generator), case.config, 3).generator
    wider = generator.for_assets(other, np.array([False, True]), np.array([False, True, False]))
    wide = np.concatenate([x, x[:, :1]], axis=1)
    assert np.isfinite(densities(wider, wide)).all(), "for_assets must give a generator of the new assets"


CHECKS: tuple[Callable[[Case], None], ...] = (
    shapes_are_as_promised,
    densities_are_steps,
    densities_are_causal,
    missing_days_are_harmless,
    state_depends_on_its_reach,
    two_rollouts_are_one,
    truncated_states_go_on,
    lanes_are_the_generator,
    gradients_are_finite,
    parameters_and_states_can_be_saved,
    the_order_of_assets_means_nothing,
    training_finds_its_handles,
)
"""Every check, in the order in which they are run."""
