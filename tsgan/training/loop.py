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

from tsgan.config import GANConfig, LikelihoodConfig
from tsgan.models.gan.generator import Generator
from tsgan.models.gan.members import Members, new_generator, population
from tsgan.runtime import with_own_settings
from tsgan.training.data import TrainingData
from tsgan.training.devices import each_member, everywhere, mesh
from tsgan.training.likelihood import negative_log_likelihood
from tsgan.training.optimizers import initial_moments, updated
from tsgan.training.step import TrainState, adversarial_step, initial_state

REPORT = 10
"""Steps between reports."""


class Report(NamedTuple):
    """Where a stage stands after ``step`` steps; metrics are averaged over the members."""

    step: int
    metrics: dict[str, float]


def new_members(config: GANConfig, data: TrainingData, key: jax.Array) -> Members:
    """K fresh generators, stacked; common factors start from the training correlation, and levels come back."""
    assets = data.x.shape[1]

    def one(key: jax.Array) -> Generator:
        generator = new_generator(config, assets, key)
        generator.set_correlation(np.asarray(data.correlation))
        generator.set_reverting(data.reverting)
        return generator

    return jax.vmap(one)(jax.random.split(key, config.population))


def _adam(total: int, config: LikelihoodConfig) -> optax.GradientTransformation:
    return optax.adam(optax.cosine_decay_schedule(config.rate, max(total, 1), alpha=config.final_share))


def penalized_likelihood(
    generator: Generator, data: TrainingData, origin: Generator, config: LikelihoodConfig
) -> tuple[jax.Array, jax.Array]:
    """What the likelihood stage minimizes, and the negative log likelihood that is part of it.

    The rest is a ridge, which holds linear responses close to those of the ``origin``, and a penalty on persistence
    beyond what a market's volatility shows.
    """
    loss = negative_log_likelihood(generator, data, joint_asset_days=config.joint_asset_days)
    firmness = np.sqrt(np.array(config.firmness, np.float32))
    (raw, strength), (raw_0, strength_0) = generator.responses(), origin.responses()
    pairs = ((raw * firmness, raw_0 * firmness), (strength, strength_0))
    moved = sum(jnp.sum((a - b) ** 2) for a, b in pairs)
    excess = (jnp.maximum(slope - config.persistence, 0.0) for slope in generator.persistence())
    wandering = sum(jnp.sum(over**2) for over in excess)
    return loss + config.ridge * moved / data.length + config.persistence_weight * wandering, loss


@partial(jax.jit, static_argnames=("steps", "total", "config"))
def _likelihood_steps(
    members: Members,
    moments: optax.OptState,
    data: TrainingData,
    origins: Members,
    steps: int,
    total: int,
    config: LikelihoodConfig,
):
    adam = _adam(total, config)

    def one_member(generator: Generator, moments: optax.OptState, origin: Generator, member: jax.Array):
        own = data.of_member(member)
        slope = jax.value_and_grad(lambda generator: penalized_likelihood(generator, own, origin, config), has_aux=True)

        def step(carry, _):
            generator, moments = carry
            (_, loss), gradient = slope(generator)
            return updated(adam, generator, gradient.without_hidden(), moments), loss

        (generator, moments), losses = jax.lax.scan(step, (generator, moments), length=steps)
        return generator, moments, losses[-1]

    return each_member(one_member)(members, moments, origins, jnp.arange(population(members)))


def likelihood_stage(
    members: Members, data: TrainingData, total: int, stop: int, config: LikelihoodConfig
) -> Iterator[tuple[Report, Members]]:
    """Maximum likelihood for ``stop`` of a schedule of ``total`` steps, full batch; yields every REPORT steps.

    The head's hidden layer is left out, see :meth:`tsgan.models.gan.generator.Generator.without_hidden`.
    """
    members, data = everywhere((members, data))
    moments = jax.vmap(lambda member: initial_moments(_adam(total, config), member))(members)
    origins = members
    for step in range(REPORT, stop + 1, REPORT):
        members, moments, loss = _likelihood_steps(members, moments, data, origins, REPORT, total, config)
        yield Report(step, {"likelihood": float(loss.mean())}), members


@partial(jax.jit, static_argnames=("config",))
def start_adversarial(members: Members, data: TrainingData, key: jax.Array, config: GANConfig) -> TrainState:
    """The stacked states of all members before the first adversarial update."""
    keys = jax.random.split(key, config.population)
    each = jnp.arange(config.population)
    return each_member(lambda one, key, i: initial_state(one, data.of_member(i), config, key))(members, keys, each)


@partial(jax.jit, static_argnames=("config",), donate_argnames=("train",))
def _adversarial_update(train: TrainState, data: TrainingData, key: jax.Array, step: jax.Array, config: GANConfig):
    each = jnp.arange(config.population)
    keys = jax.vmap(lambda member: jax.random.fold_in(jax.random.fold_in(key, step), member))(each)
    # The average forgets its beginnings: its decay grows to the configured one.
    average = jnp.minimum(config.average, (1.0 + step) / (10.0 + step))
    return each_member(lambda one, key, i: adversarial_step(one, data.of_member(i), key, average, config))(
        train, keys, each
    )


@contextmanager
def adversarial_compiled_meanwhile(
    members: Members, data: TrainingData, key: jax.Array, config: GANConfig
) -> Iterator[None]:
    """Compile the adversarial stage beside what is done inside: its first update is made once on another thread, and
    thrown away.

    It takes as long to compile as likelihood takes to train, and either needs one core.  On several devices it is not
    done: all processes must ask for the same programs in the same order.
    """
    if mesh() is not None:
        yield
        return

    @with_own_settings  # which are those of a thread
    def once() -> None:
        train = start_adversarial(members, data, key, config)
        jax.block_until_ready(_adversarial_update(train, data, key, jnp.int32(0), config))

    with ThreadPoolExecutor(1) as pool:
        compiled = pool.submit(once)
        yield
        compiled.result()


def adversarial_stage(
    train: TrainState,
    data: TrainingData,
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
    train, data, key = everywhere((train, data, key))
    for step in range(start, stop):
        train, info = _adversarial_update(train, data, key, jnp.int32(step), config)
        if (step + 1) % REPORT == 0 or step + 1 == stop:
            metrics = {name: float(np.mean(value)) for name, value in info._asdict().items()}
            yield Report(step + 1, metrics), train
