"""The two stages of training, for K members at once under ``vmap``: likelihood, then adversarial."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx

from tsgan.config import GANConfig
from tsgan.models.gan.generators import GENERATORS, TCN, Recurrent, persistence
from tsgan.training.data import History
from tsgan.training.likelihood import negative_log_likelihood
from tsgan.training.optimizers import initial_moments, updated
from tsgan.training.step import TrainState, adversarial_step, initial_state

WARM_RATE = 5e-3
"""Adam rate of the likelihood stage."""

RIDGE = 20.0
"""Weight of the squared distance of linear responses from where they began, over the number of days: what ten years of
returns say about sixty coefficients is mostly noise (log score on later years, S&P 500 and Nasdaq trained on 1999-2008:
+.022 a day over GJR-GARCH without it, +.027 with it)."""

MOST_PERSISTENT, FIRM = 0.95, 3.0
"""Slope of log volatility in its past up to which the likelihood alone decides, and the weight of its squared excess: a
market's volatility returns to its level, but ten years of two indices do not say so of the ratio of theirs."""

FIRMNESS = np.array([30.0, 1.0, 2.0, 2.0], np.float32)
"""Of the responses of location, log scale, skew and tail.  Yesterday's trends say next to nothing about tomorrow's
mean, but what little they seem to say feeds itself in free runs, so that location is held firmly."""

REPORT = 10
"""Steps between reports."""

Members = Recurrent | TCN
"""A generator whose every leaf has a leading axis: one entry a member of the population."""


class Report(NamedTuple):
    """Where a stage stands after ``step`` steps; metrics are averaged over the members."""

    step: int
    metrics: dict[str, float]


def new_members(config: GANConfig, data: History, key: jax.Array) -> Members:
    """K fresh generators, stacked; common factors start from the training correlation, and levels come back."""
    build = GENERATORS[config.generator]
    assets = data.x.shape[1]

    def one(key: jax.Array) -> Recurrent | TCN:
        generator = build(assets, config, rngs=nnx.Rngs(key))
        generator.set_correlation(np.asarray(data.correlation))
        generator.set_reverting(data.reverting)
        return generator

    return jax.vmap(one)(jax.random.split(key, config.population))


def _adam(total: int) -> optax.GradientTransformation:
    return optax.adam(optax.cosine_decay_schedule(WARM_RATE, max(total, 1), alpha=0.02))


def responses(generator: Recurrent | TCN) -> tuple[jax.Array, ...]:
    """The linear responses to the state, which the likelihood stage holds close to their origin, by their firmness."""
    return generator.skip[...] * np.sqrt(FIRMNESS), generator.strength[...]


@partial(jax.jit, static_argnames=("steps", "total"))
def _warm_steps(members: Members, moments: optax.OptState, data: History, origins: Members, steps: int, total: int):
    adam = _adam(total)

    def one_member(generator: Recurrent | TCN, moments: optax.OptState, origin: Recurrent | TCN, member: jax.Array):
        own = data.of_member(member)

        def penalized(generator: Recurrent | TCN) -> tuple[jax.Array, jax.Array]:
            loss = negative_log_likelihood(generator, own)
            moved = sum(jnp.sum((a - b) ** 2) for a, b in zip(responses(generator), responses(origin), strict=True))
            excess = (jnp.maximum(slope - MOST_PERSISTENT, 0.0) for slope in persistence(generator))
            wandering = sum(jnp.sum(over**2) for over in excess)
            return loss + RIDGE * moved / data.length + FIRM * wandering, loss

        def step(carry, _):
            generator, moments = carry
            (_, loss), gradient = jax.value_and_grad(penalized, has_aux=True)(generator)
            gradient.out[...] = jnp.zeros_like(gradient.out[...])  # the hidden layer stays silent, see Generator
            return updated(adam, generator, gradient, moments), loss

        (generator, moments), losses = jax.lax.scan(step, (generator, moments), length=steps)
        return generator, moments, losses[-1]

    return jax.vmap(one_member)(members, moments, origins, jnp.arange(members.out.shape[0]))


def likelihood_stage(members: Members, data: History, total: int, stop: int) -> Iterator[tuple[Report, Members]]:
    """Maximum likelihood for ``stop`` of a schedule of ``total`` steps, full batch; yields every REPORT steps.

    The hidden layer is left out: fitted to ten years of daily returns by likelihood it only overfits (S&P 500, trained
    on 1999-2012: log score on 2013-18 of -1.026 a day linear, -1.060 with it after 250 steps, and falling).
    """
    moments, origins = jax.vmap(lambda member: initial_moments(_adam(total), member))(members), members
    for step in range(REPORT, stop + 1, REPORT):
        members, moments, loss = _warm_steps(members, moments, data, origins, REPORT, total)
        yield Report(step, {"likelihood": float(loss.mean())}), members


@partial(jax.jit, static_argnames=("config",))
def start_adversarial(members: Members, data: History, key: jax.Array, config: GANConfig) -> TrainState:
    """The stacked states of all members before the first adversarial update."""
    keys = jax.random.split(key, config.population)
    each = jnp.arange(config.population)
    return jax.vmap(lambda one, key, i: initial_state(one, data.of_member(i), config, key))(members, keys, each)


@partial(jax.jit, static_argnames=("config",), donate_argnames=("train",))
def _adversarial_update(train: TrainState, data: History, key: jax.Array, step: jax.Array, config: GANConfig):
    each = jnp.arange(config.population)
    keys = jax.vmap(lambda member: jax.random.fold_in(jax.random.fold_in(key, step), member))(each)
    # The average forgets its beginnings: its decay grows to the configured one.
    average = jnp.minimum(config.average, (1.0 + step) / (10.0 + step))
    return jax.vmap(lambda one, key, i: adversarial_step(one, data.of_member(i), key, average, config))(
        train, keys, each
    )


@contextmanager
def adversarial_compiled_meanwhile(
    members: Members, data: History, key: jax.Array, config: GANConfig
) -> Iterator[None]:
    """Compile the adversarial stage beside what is done inside: its first update is made once on another thread, and
    thrown away.

    It takes as long to compile as likelihood takes to train, and either needs one core.
    """

    def once() -> None:
        train = start_adversarial(members, data, key, config)
        jax.block_until_ready(_adversarial_update(train, data, key, jnp.int32(0), config))

    with ThreadPoolExecutor(1) as pool:
        compiled = pool.submit(once)
        yield
        compiled.result()


def adversarial_stage(
    train: TrainState,
    data: History,
    key: jax.Array,
    config: GANConfig,
    *,
    start: int = 0,
    stop: int,
) -> Iterator[tuple[Report, TrainState]]:
    """Adversarial updates ``start`` .. ``stop - 1`` of a schedule of ``config.steps``; yields every REPORT steps.

    An update is a function of ``(key, step)`` and the state, so a stage that is cut and resumed is bit-identical.
    """
    info = None
    for step in range(start, stop):
        train, info = _adversarial_update(train, data, key, jnp.int32(step), config)
        if (step + 1) % REPORT == 0 or step + 1 == stop:
            metrics = {name: float(np.mean(value)) for name, value in info._asdict().items()}
            yield Report(step + 1, metrics), train
