"""One adversarial update, a pure function: state and data in, state and numbers for people out.

Half of every batch carries real history on; the other half are PERSISTENT chains that carry on from their own last
state, so that the law of long free runs is trained, not only the first days after real data (trained on continuations
alone, the scale of free runs drifts).  Both players update from the same generated windows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float, Int, UInt32

from tsgan.config import AdversarialConfig, GANConfig
from tsgan.models.gan.generator import Generator, State
from tsgan.models.gan.memory import Memory
from tsgan.models.gan.rollout import rollout
from tsgan.training.critics import Critic, new_critic
from tsgan.training.data import TrainingData
from tsgan.training.devices import split
from tsgan.training.likelihood import negative_log_likelihood
from tsgan.training.objectives import OBJECTIVES
from tsgan.training.optimizers import initial_moments, optimizer, updated
from tsgan.training.penalties import penalty


class Chains(NamedTuple):
    """Persistent free-running paths: where each stands, and the last returns that the critic will see again."""

    state: State
    recent: Float[Array, "path context asset"]


class TrainState(NamedTuple):
    """Everything that the next update needs."""

    generator: Generator
    average: Generator
    critic: Critic
    generator_moments: optax.OptState
    critic_moments: optax.OptState
    chains: Chains
    skipped: Int[Array, ""]  # updates left out because something was not finite


class Info(NamedTuple):
    """What people want to see of an update."""

    generator_loss: Float[Array, ""]
    critic_loss: Float[Array, ""]
    penalty: Float[Array, ""]
    likelihood: Float[Array, ""]
    generator_gradient: Float[Array, ""]
    critic_gradient: Float[Array, ""]
    skipped: Int[Array, ""]


class Windows(NamedTuple):
    """Real windows drawn from a history."""

    x: Float[Array, "path window asset"]
    present: Bool[Array, "path window asset"]
    listed: Bool[Array, "path asset"]  # from the first day of the window on
    past: tuple[
        Float[Array, "path reach asset width"], Memory
    ]  # what generators begin from: columns and memory before the generated part


def draw_windows(data: TrainingData, config: GANConfig, key: jax.Array, count: int) -> Windows:
    """Windows around days drawn uniformly, or by their weights, and the memory at those days, where generation begins.

    Windows wrap around the ends of the history, as blocks of a circular bootstrap do: otherwise the first and last
    days are seen less often than the others, which biases the scale where a history begins or ends in a storm.
    """
    if data.weight is None:
        begin = jax.random.randint(key, (count,), 0, data.length)
    else:
        below = jnp.cumsum(data.day_weights())
        begin = jnp.searchsorted(below, below[-1] * jax.random.uniform(key, (count,)), side="right")
        begin = jnp.minimum(begin, data.length - 1)
    days = (begin[:, None] + jnp.arange(-config.context, config.window - config.context)) % data.length
    return Windows(
        x=data.x[days],
        present=data.present[days],
        listed=data.listed[days].all(axis=1),
        past=data.past(begin),
    )


def each_asset(
    draw: Callable[[jax.Array], jax.Array], key: jax.Array, ids: UInt32[Array, " asset"]
) -> Float[Array, "*batch asset"]:
    """``draw`` of a key of its own for every asset, (..., asset): the order of the columns does not matter."""
    return jax.vmap(lambda asset: draw(jax.random.fold_in(key, asset)), out_axes=-1)(ids)


def portfolios(
    key: jax.Array,
    listed: Bool[Array, "count asset"],
    data: TrainingData,
    config: AdversarialConfig,
    *,
    mixed: bool = True,
) -> Float[Array, "count asset"]:
    """Random weights (count, asset) of listed assets (count, asset) at unit training variance; single assets only
    unless ``mixed``."""
    count, assets = listed.shape
    if assets == 1:
        return jnp.ones((count, 1))
    kind, which, size = jax.random.split(key, 3)
    lots = each_asset(lambda k: jax.random.uniform(k, (count,)), which, data.ids)
    single = jax.nn.one_hot(jnp.argmax(jnp.where(listed, lots, -1.0), axis=-1), assets)
    gaussian = each_asset(lambda k: jax.random.normal(k, (count,)), size, data.ids)
    kind = jax.random.uniform(kind, (count, 1))
    long = jnp.where(kind < config.long_only, jnp.abs(gaussian), gaussian)
    weights = jnp.where(kind < (config.singles if mixed else 1.0), single, long) * listed
    correlation = data.correlation
    variance = jnp.einsum("ci,ij,cj->c", weights, correlation, weights)
    return weights * jax.lax.rsqrt(variance + config.variance_floor)[:, None]


def closed(x: Float[Array, "path day asset"], present: Bool[Array, "path day asset"]) -> Float[Array, "path day asset"]:
    """Generated returns (path, day, asset) as they would show on a market's open days (path, day, asset) only: nothing
    on a closed day, and what happened meanwhile on the next open one."""
    days = x.shape[1]
    level = jnp.cumsum(x, axis=1)
    last = jax.lax.cummax(jnp.where(present, jnp.arange(days)[None, :, None], -1), axis=1)
    shown = jnp.where(last >= 0, jnp.take_along_axis(level, jnp.maximum(last, 0), axis=1), 0.0)
    return jnp.diff(shown, axis=1, prepend=jnp.zeros_like(shown[:, :1]))


def generate(
    generator: Generator,
    windows: Windows,
    chains: Chains,
    noise: tuple[Float[Array, "day path asset"], Float[Array, "day path common"]],
    context: int,
) -> tuple[Float[Array, "path window asset"], Chains]:
    """Generated windows (path, window, asset), continuations first, and where they and the chains end."""
    begun = jax.vmap(generator.begin)(*windows.past)
    start = jax.tree.map(lambda a, b: jnp.concatenate([a, jax.lax.stop_gradient(b)]), begun, chains.state)
    end, x = rollout(generator, start, *noise)
    x = jnp.swapaxes(x, 0, 1)
    recent = jnp.concatenate([windows.x[:, :context], chains.recent])
    full = jnp.concatenate([recent, x], axis=1)
    return full, Chains(end, full[:, -context:])


def chains_from(generator: Generator, windows: Windows, context: int) -> Chains:
    """Chains that begin where the generated part of real windows does."""
    return Chains(jax.vmap(generator.begin)(*windows.past), windows.x[:, :context])


def batch_for(config: GANConfig, assets: int) -> int:
    """Windows a step: fewer where there are many assets, so that time and memory stay bounded."""
    limits = config.training.adversarial
    return max(2 * round(config.batch * min(1.0, limits.full_batch_assets / assets) / 2), limits.least_windows)


def sampled_days(data: TrainingData, key: jax.Array, config: AdversarialConfig) -> TrainingData:
    """The history, or so many consecutive training days of it that a step's likelihood stays bounded."""
    days, assets = data.x.shape
    count = max(config.asset_days // assets, config.least_days)
    if days <= count:
        return data
    begin = jax.random.randint(key, (), 0, jnp.maximum(data.length - count, 1))
    return data.from_day(begin, count)


def initial_state(generator: Generator, data: TrainingData, config: GANConfig, key: jax.Array) -> TrainState:
    """The state before the first update: chains that begin on random days of real history."""
    critic_key, chain_key = jax.random.split(key)
    critic = new_critic(config, data.x.shape[1], critic_key)
    windows = draw_windows(data, config, chain_key, batch_for(config, data.x.shape[1]) // 2)
    chains = chains_from(generator, windows, config.context)
    moments_g = initial_moments(optimizer(config, config.generator_rate), generator)
    moments_c = initial_moments(optimizer(config, config.critic_rate), critic)
    return TrainState(generator, generator, critic, moments_g, moments_c, chains, jnp.int32(0))


def critic_loss(
    critic: Critic,
    real: Float[Array, "pair day"],
    fake: Float[Array, "pair day"],
    weights: Float[Array, "pair asset"],
    key: jax.Array,
    config: GANConfig,
) -> tuple[Float[Array, ""], tuple[Float[Array, ""], Float[Array, ""]]]:
    """What the critic minimizes, and its two parts: the configured objective of its scores of paired windows, and the
    gradient penalty."""
    scores = jax.vmap(critic)
    loss = OBJECTIVES[config.objective].critic(scores(real, weights), scores(fake, weights))
    slope = penalty(config.penalty, critic, real, fake, weights, key, config.penalty_weight)
    return loss + slope, (loss, slope)


def adversarial_step(
    train: TrainState, data: TrainingData, key: jax.Array, average: Float[Array, ""], config: GANConfig
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
    window_key, portfolio_key, own_key, common_key, penalty_key, likelihood_key = jax.random.split(key, 6)
    batch, days = batch_for(config, data.x.shape[1]), config.window - config.context
    half = batch // 2
    windows = split(draw_windows(data, config, window_key, batch))
    continued, rest = (jax.tree.map(lambda a, part=part: a[part], windows) for part in (slice(half), slice(half, None)))
    chains = train.chains if config.chains else chains_from(train.generator, rest, config.context)
    limits = config.training.adversarial
    weights = portfolios(portfolio_key, windows.listed, data, limits, mixed=config.portfolios)
    real = jnp.einsum("bta,ba->bt", windows.x, weights)
    noise = split(
        (
            each_asset(lambda k: jax.random.normal(k, (days, batch)), own_key, data.ids),
            jax.random.normal(common_key, (days, batch, train.generator.commons)),
        ),
        axis=1,
    )
    sample = sampled_days(data, likelihood_key, limits)
    objective = OBJECTIVES[config.objective]

    def generator_loss(generator: Generator):
        full, ends = generate(generator, continued, chains, noise, config.context)
        shown = full if data.closed is None else closed(full, windows.present)
        fake = jnp.einsum("bta,ba->bt", shown, weights)
        scores = jax.vmap(train.critic)
        adversarial = objective.generator(jax.lax.stop_gradient(scores(real, weights)), scores(fake, weights))
        likelihood = jnp.zeros(())
        if config.likelihood_weight:
            joint = config.training.likelihood.joint_asset_days
            likelihood = negative_log_likelihood(generator, sample, joint_asset_days=joint)
        return adversarial + config.likelihood_weight * likelihood, (adversarial, likelihood, fake, ends)

    (_, (loss_g, likelihood, fake, ends)), gradient_g = jax.value_and_grad(generator_loss, has_aux=True)(
        train.generator
    )
    fake = jax.lax.stop_gradient(fake)

    (_, (loss_c, slope)), gradient_c = jax.value_and_grad(critic_loss, has_aux=True)(
        train.critic, real, fake, weights, penalty_key, config
    )

    norm_g, norm_c = optax.tree.norm(gradient_g), optax.tree.norm(gradient_c)
    optimizer_g = optimizer(config, config.generator_rate)
    optimizer_c = optimizer(config, config.critic_rate)
    generator, moments_g = updated(optimizer_g, train.generator, gradient_g, train.generator_moments)
    critic, moments_c = updated(optimizer_c, train.critic, gradient_c, train.critic_moments)
    averaged = jax.tree.map(lambda a, b: average * a + (1 - average) * b, train.average, generator)
    # The oldest chains make room for a few fresh continuations of real history.
    fresh = max(half // limits.restart, 1)
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
