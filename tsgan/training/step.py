"""One adversarial update, a pure function: state and data in, state and numbers for people out.

Half of every batch carries real history on; the other half are PERSISTENT chains that carry on from their own last
state, so that the law of long free runs is trained, not only the first days after real data (trained on continuations
alone, the scale of free runs drifts).  Both players update from the same generated windows.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from flax import nnx

from tsgan.config import GANConfig
from tsgan.models.critics import CRITICS, RecurrentCritic, TCNCritic
from tsgan.models.generators import REACH, TCN, Recurrent, State
from tsgan.models.memory import Memory
from tsgan.models.rollout import rollout
from tsgan.training.data import History
from tsgan.training.likelihood import negative_log_likelihood
from tsgan.training.objectives import OBJECTIVES
from tsgan.training.optimizers import initial_moments, optimizer, updated
from tsgan.training.penalties import penalty

RESTART = 16
"""One chain in this many is replaced by a fresh continuation of real history at every step."""


class Chains(NamedTuple):
    """Persistent free-running paths: where each stands, and the last returns that the critic will see again."""

    state: State
    recent: jax.Array  # (path, context, asset)


class TrainState(NamedTuple):
    """Everything that the next update needs."""

    generator: Recurrent | TCN
    average: Recurrent | TCN
    critic: TCNCritic | RecurrentCritic
    generator_moments: optax.OptState
    critic_moments: optax.OptState
    chains: Chains
    skipped: jax.Array  # updates left out because something was not finite


class Info(NamedTuple):
    """What people want to see of an update."""

    generator_loss: jax.Array
    critic_loss: jax.Array
    penalty: jax.Array
    likelihood: jax.Array
    generator_gradient: jax.Array
    critic_gradient: jax.Array
    skipped: jax.Array


class Windows(NamedTuple):
    """Real windows drawn from a history."""

    x: jax.Array  # (path, window, asset)
    state_columns: jax.Array  # (path, REACH, asset, column) before the generated part
    memory: Memory  # (path, asset, scale) before the generated part


def draw_windows(data: History, config: GANConfig, key: jax.Array, count: int) -> Windows:
    """Windows around days drawn uniformly, and the memory at those days, where generation begins.

    Windows wrap around the ends of the history, as blocks of a circular bootstrap do: otherwise the first and last
    days are seen less often than the others, which biases the scale where a history begins or ends in a storm.
    """
    begin = jax.random.randint(key, (count,), 0, data.length)
    days = (begin[:, None] + jnp.arange(-config.context, config.window - config.context)) % data.length
    # Columns are stored with REACH days in front: the REACH days before ``begin`` start at index ``begin``.
    return Windows(
        x=data.x[days],
        state_columns=data.columns[begin[:, None] + jnp.arange(REACH)],
        memory=Memory(data.memory.trend[begin], data.memory.square[begin]),
    )


def portfolios(key: jax.Array, count: int, correlation: jax.Array) -> jax.Array:
    """Random weights (count, asset), half single assets, at unit training variance."""
    assets = correlation.shape[0]
    if assets == 1:
        return jnp.ones((count, 1))
    kind, which, size = jax.random.split(key, 3)
    single = jax.nn.one_hot(jax.random.randint(which, (count,), 0, assets), assets)
    gaussian = jax.random.normal(size, (count, assets))
    kind = jax.random.uniform(kind, (count, 1))
    weights = jnp.where(kind < 0.5, single, jnp.where(kind < 0.7, jnp.abs(gaussian), gaussian))
    variance = jnp.einsum("ci,ij,cj->c", weights, correlation, weights)
    # A floor under the variance: nearly offsetting positions are not blown up into noise.
    return weights * jax.lax.rsqrt(variance + 1e-3)[:, None]


def generate(
    generator: Recurrent | TCN, windows: Windows, chains: Chains, noise: tuple[jax.Array, jax.Array], context: int
) -> tuple[jax.Array, Chains]:
    """Generated windows (path, window, asset), continuations first, and where they and the chains end."""
    begun = jax.vmap(generator.begin)(windows.state_columns, windows.memory)
    start = jax.tree.map(lambda a, b: jnp.concatenate([a, jax.lax.stop_gradient(b)]), begun, chains.state)
    end, x = rollout(generator, start, *noise)
    x = jnp.swapaxes(x, 0, 1)
    recent = jnp.concatenate([windows.x[: begun.memory.trend.shape[0], :context], chains.recent])
    full = jnp.concatenate([recent, x], axis=1)
    return full, Chains(end, full[:, -context:])


def initial_state(generator: Recurrent | TCN, data: History, config: GANConfig, key: jax.Array) -> TrainState:
    """The state before the first update: chains that begin on random days of real history."""
    critic_key, chain_key = jax.random.split(key)
    critic = CRITICS[config.critic](data.x.shape[1], config, rngs=nnx.Rngs(critic_key))
    windows = draw_windows(data, config, chain_key, config.batch // 2)
    chains = Chains(jax.vmap(generator.begin)(windows.state_columns, windows.memory), windows.x[:, : config.context])
    moments_g = initial_moments(optimizer(config.optimizer, config.generator_rate, config.steps), generator)
    moments_c = initial_moments(optimizer(config.optimizer, config.critic_rate, config.steps), critic)
    return TrainState(generator, generator, critic, moments_g, moments_c, chains, jnp.int32(0))


def adversarial_step(
    train: TrainState, data: History, key: jax.Array, average: jax.Array, config: GANConfig
) -> tuple[TrainState, Info]:
    """One simultaneous update of critic and generator on a fresh batch.

    Args:
        train: state before the update.
        data: the training history.
        key: randomness of this update; used once.
        average: () decay of the averaged weights at this update.
        config: static.

    Returns:
        The state after the update (the same state, with ``skipped`` counted up, where anything was not finite), and
        losses and gradient norms.
    """
    window_key, portfolio_key, own_key, common_key, penalty_key = jax.random.split(key, 5)
    half, days = config.batch // 2, config.window - config.context
    assets, factors = train.generator.raw_loadings.shape
    windows = draw_windows(data, config, window_key, config.batch)
    continued = Windows(
        windows.x[:half], windows.state_columns[:half], jax.tree.map(lambda a: a[:half], windows.memory)
    )
    weights = portfolios(portfolio_key, config.batch, data.correlation)
    real = jnp.einsum("bta,ba->bt", windows.x, weights)
    noise = (
        jax.random.normal(own_key, (days, config.batch, assets)),
        jax.random.normal(common_key, (days, config.batch, factors)),
    )
    objective = OBJECTIVES[config.objective]

    def generator_loss(generator: Recurrent | TCN):
        full, ends = generate(generator, continued, train.chains, noise, config.context)
        fake = jnp.einsum("bta,ba->bt", full, weights)
        scores = jax.vmap(train.critic)
        adversarial = objective.generator(jax.lax.stop_gradient(scores(real, weights)), scores(fake, weights))
        likelihood = negative_log_likelihood(generator, data) if config.likelihood_weight else jnp.zeros(())
        return adversarial + config.likelihood_weight * likelihood, (adversarial, likelihood, fake, ends)

    (_, (loss_g, likelihood, fake, ends)), gradient_g = jax.value_and_grad(generator_loss, has_aux=True)(
        train.generator
    )
    fake = jax.lax.stop_gradient(fake)

    def critic_loss(critic: TCNCritic | RecurrentCritic):
        scores = jax.vmap(critic)
        loss = objective.critic(scores(real, weights), scores(fake, weights))
        slope = penalty(config.penalty, critic, real, fake, weights, penalty_key, config.penalty_weight)
        return loss + slope, (loss, slope)

    (_, (loss_c, slope)), gradient_c = jax.value_and_grad(critic_loss, has_aux=True)(train.critic)

    norm_g, norm_c = optax.tree.norm(gradient_g), optax.tree.norm(gradient_c)
    optimizer_g = optimizer(config.optimizer, config.generator_rate, config.steps)
    optimizer_c = optimizer(config.optimizer, config.critic_rate, config.steps)
    generator, moments_g = updated(optimizer_g, train.generator, gradient_g, train.generator_moments)
    critic, moments_c = updated(optimizer_c, train.critic, gradient_c, train.critic_moments)
    averaged = jax.tree.map(lambda a, b: average * a + (1 - average) * b, train.average, generator)
    # The oldest chains make room for a few fresh continuations of real history.
    fresh = max(half // RESTART, 1)
    chains = jax.tree.map(lambda a: jnp.concatenate([a[half + fresh :], a[:fresh]]), ends)
    finite = jnp.isfinite(norm_g) & jnp.isfinite(norm_c) & jnp.isfinite(fake).all()
    new = TrainState(
        generator=generator,
        average=averaged,
        critic=critic,
        generator_moments=moments_g,
        critic_moments=moments_c,
        chains=chains,
        skipped=train.skipped,
    )
    kept = jax.tree.map(lambda a, b: jnp.where(finite, a, b), new, train)
    kept = kept._replace(skipped=train.skipped + ~finite)
    return kept, Info(loss_g, loss_c, slope, likelihood, norm_g, norm_c, kept.skipped)
