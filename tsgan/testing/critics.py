"""The contract of critics as checks: a score of one window, that training can batch, differentiate twice, and save.

:func:`check_critic` runs all of :data:`CRITIC_CHECKS`; each can be run alone.  What a critic has learned does not
matter: it is made with random weights, so that no part of it is silent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from tsgan.config import GANConfig
from tsgan.models.gan.members import new_generator
from tsgan.models.gan.trees import flatten, unflatten
from tsgan.training.critics import Critic
from tsgan.training.data import training_data
from tsgan.training.optimizers import initial_moments, optimizer
from tsgan.training.penalties import squared_slope
from tsgan.training.step import adversarial_step, initial_state

CONFIG = GANConfig(width=4, channels=4, window=64, context=32, batch=8)
ASSETS = 2


@dataclass(frozen=True, eq=False)
class CriticCase:
    """A critic none of whose parts is silent, what it was made from, and windows that it may read.

    Attributes:
        windows: (pair, day) heavy-tailed returns of unit variance.
        weights: (pair, asset) their portfolios.
    """

    kind: type[Critic]
    critic: Critic
    config: GANConfig
    windows: jax.Array
    weights: jax.Array


def critic_case(kind: type[Critic], config: GANConfig = CONFIG) -> CriticCase:
    """A critic of this kind with random weights; AssertionError where it is no critic."""
    assert isinstance(kind, type) and issubclass(kind, Critic), f"{kind!r} must be a subclass of tsgan.training.Critic"
    leaves, structure = jax.tree.flatten(made(kind, ASSETS, config))
    assert leaves, "a critic without parameters (nnx.Param) cannot learn"
    wrong = [leaf for leaf in leaves if not (isinstance(leaf, jax.Array) and jnp.issubdtype(leaf.dtype, jnp.floating))]
    assert not wrong, (
        f"a parameter (nnx.Param) must be a floating-point array, for training moves it; {wrong[0]!r} is none: numbers "
        f"that stay as they are belong into plain attributes"
    )
    rng = np.random.default_rng(1)
    awake = [leaf + rng.normal(0, 0.1, leaf.shape).astype(np.float32) for leaf in leaves]
    windows = rng.standard_t(5, (6, config.window)).astype(np.float32) / np.float32(np.sqrt(5 / 3))
    weights = rng.normal(0, 1, (6, ASSETS)).astype(np.float32)
    critic = jax.tree.unflatten(structure, awake)
    return CriticCase(kind, critic, config, jnp.asarray(windows), jnp.asarray(weights))


def check_critic(kind: type[Critic], config: GANConfig = CONFIG) -> None:
    """Every check of the contract, over a critic class; AssertionError says what to mend.

    Args:
        kind: the class that a plug-in offers.
        config: what it is made with; small by default, as compilation is all that this costs.
    """
    case = critic_case(kind, config)
    for check in CRITIC_CHECKS:
        check(case)


def made(kind: type[Critic], assets: int, config: GANConfig, seed: int = 0) -> Critic:
    """A fresh critic, as training makes it."""
    build: Any = kind
    return build(assets, config, rngs=nnx.Rngs(seed))


def scored(critic: Critic, windows: jax.Array, weights: jax.Array) -> np.ndarray:
    """Scores of a batch of windows, as training takes them."""
    return np.asarray(jax.jit(lambda c, p, w: jax.vmap(c)(p, w))(critic, windows, weights))


def scores_are_numbers(case: CriticCase) -> None:
    """One finite number a window, however many assets the panel has."""
    for assets in (1, ASSETS, 5):
        critic = made(case.kind, assets, case.config)
        score = np.asarray(jax.jit(lambda c, p, w: c(p, w))(critic, case.windows[0], jnp.ones(assets)))
        where = f"a window of a portfolio of {assets} assets"
        assert score.shape == (), f"{where} must get one score, (), not {score.shape}"
        assert score.dtype == np.float32 and np.isfinite(score), f"{where} got {score!r}, not a finite float32"


def making_is_random_by_its_key(case: CriticCase) -> None:
    """The same key makes the same critic, and another key another one."""
    one, same, other = (jax.tree.leaves(made(case.kind, ASSETS, case.config, seed)) for seed in (0, 0, 1))
    for a, b in zip(one, same, strict=True):
        assert np.array_equal(a, b), "a critic must be made from rngs alone: the same key gave two"
    differ = any(not np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert differ, "members of an ensemble need critics of their own: draw the first weights from rngs"


def one_by_one_is_the_batch(case: CriticCase) -> None:
    """A window's score depends on that window and its portfolio alone, however many are read at once and before."""
    at_once = scored(case.critic, case.windows, case.weights)
    single = jax.jit(lambda c, p, w: c(p, w))
    one_by_one = [single(case.critic, p, w) for p, w in zip(case.windows, case.weights, strict=True)]
    np.testing.assert_allclose(
        np.asarray(one_by_one), at_once, rtol=1e-4, atol=1e-5,
        err_msg="a critic is written for one window and batched by vmap; its scores must not depend on the others",
    )  # fmt: skip
    again = scored(case.critic, case.windows, case.weights)
    assert np.array_equal(again, at_once), "the same windows must get the same scores: no state, no randomness"


def every_window_is_read(case: CriticCase) -> None:
    """Scores change with the returns, and slopes with respect to them are finite."""
    slopes = jax.jit(lambda c, p, w: jax.vmap(jax.grad(c))(p, w))(case.critic, case.windows, case.weights)
    assert np.isfinite(slopes).all(), "the slope of a score in the returns must be finite"
    assert np.asarray(slopes).any(axis=1).all(), "scores do not depend on the returns: the generator learns nothing"


def gradients_are_finite(case: CriticCase) -> None:
    """Scores and their squared slopes can be differentiated in every parameter, on still and on stormy windows too."""

    @jax.jit
    def gradients(critic: Critic, windows: jax.Array) -> tuple[Critic, Critic]:
        of_scores = jax.grad(lambda c: jax.vmap(c)(windows, case.weights).mean())
        of_slopes = jax.grad(lambda c: squared_slope(c, windows, case.weights))
        return of_scores(critic), of_slopes(critic)

    for what, windows in (
        ("ordinary windows", case.windows),
        ("windows without a move", jnp.zeros_like(case.windows)),
        ("windows of 50 standard deviations a day", 50 * case.windows),
    ):
        for of, tree in zip(("scores", "squared slopes"), gradients(case.critic, windows), strict=True):
            found = flatten(tree)
            broken = [name for name, slope in found.items() if not np.isfinite(slope).all()]
            assert not broken, f"gradients of {of} at {what} are not finite in {', '.join(broken)}"
            if of == "scores" and windows is case.windows:
                silent = [name for name, slope in found.items() if not slope.any()]
                assert not silent, f"scores do not depend on {', '.join(silent)}"


def parameters_can_be_saved(case: CriticCase) -> None:
    """Named arrays and back without a change: an interrupted training is resumed from them."""
    saved = flatten(case.critic)
    assert len(saved) == len(jax.tree.leaves(case.critic)), "two parameters have the same name"
    again = unflatten(jax.eval_shape(lambda: case.critic), saved)
    assert jax.tree.structure(again) == jax.tree.structure(case.critic), "the critic read back has another structure"
    for a, b in zip(jax.tree.leaves(again), jax.tree.leaves(case.critic), strict=True):
        assert np.array_equal(a, b), "the critic read back differs"


def an_adversarial_step_moves_it(case: CriticCase) -> None:
    """One update of both players, with a gradient penalty, is finite and changes both."""
    config = case.config
    returns = 0.01 * np.random.default_rng(0).standard_t(5, (400, ASSETS))
    data = training_data(returns, returns.std(axis=0), config)
    train = jax.jit(partial(initial_state, config=config))(
        new_generator(config, ASSETS, 0), data, key=jax.random.key(1)
    )
    moments = initial_moments(optimizer(config, config.critic_rate), case.critic)
    train = train._replace(critic=case.critic, critic_moments=moments)
    after, info = jax.jit(partial(adversarial_step, config=config))(train, data, jax.random.key(2), jnp.float32(0.5))
    assert int(after.skipped) == 0, "an adversarial step was skipped, for something in it was not finite"
    assert info.critic_gradient > 0 and info.penalty > 0, "the critic's loss or its penalty has no slope"
    for who, old, new in (("critic", train.critic, after.critic), ("generator", train.generator, after.generator)):
        pairs = zip(jax.tree.leaves(old), jax.tree.leaves(new), strict=True)
        assert any(not np.array_equal(a, b) for a, b in pairs), f"an adversarial step did not move the {who}"


CRITIC_CHECKS: tuple[Callable[[CriticCase], None], ...] = (
    scores_are_numbers,
    making_is_random_by_its_key,
    one_by_one_is_the_batch,
    every_window_is_read,
    gradients_are_finite,
    parameters_can_be_saved,
    an_adversarial_step_moves_it,
)
"""Every check, in the order in which they are run."""
