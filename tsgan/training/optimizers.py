"""Optimizers of both players."""

from __future__ import annotations

from typing import Any, TypeVar, cast

import optax

from tsgan.config import GANConfig
from tsgan.training.conjugate import scale_by_conjugate, unit_size

Module = TypeVar("Module")


def schedule(rate: float, steps: int, final_share: float) -> optax.Schedule:
    """From ``rate`` down to a share of it along a half cosine over ``steps``."""
    return optax.cosine_decay_schedule(rate, max(steps, 1), alpha=final_share)


def warmed_up(rate: float, steps: int, warm_up: int, last: float, clip: float) -> optax.GradientTransformation:
    """Adam for pretraining: gradients clipped at a norm, and a rate that rises to its top over ``warm_up`` steps, half
    of them all at most, and comes down to ``last`` along a half cosine."""
    rates = optax.warmup_cosine_decay_schedule(0.0, rate, min(warm_up, steps // 2), steps, last)
    return optax.chain(optax.clip_by_global_norm(clip), optax.adam(rates, b2=0.99))


def optimizer(config: GANConfig, rate: float) -> optax.GradientTransformation:
    """The configured optimizer, its rate decaying from ``rate`` over the adversarial stage."""
    settings = config.training.optimizers
    rates = schedule(rate, config.steps, settings.final_share)
    if config.optimizer == "conjugate":
        directions = scale_by_conjugate(config.beta, period=settings.conjugate_period, powell=settings.powell)
        return optax.chain(directions, unit_size(), optax.scale_by_learning_rate(rates))
    # No momentum: in a game the last gradient's direction is soon wrong (R3GAN, and the design study).
    return optax.adam(rates, b1=0.0, b2=settings.second_moment)


def initial_moments(optimizer: optax.GradientTransformation, module: Any) -> optax.OptState:
    """The optimizer's state before its first update of ``module``."""
    return optimizer.init(module)


def updated(
    optimizer: optax.GradientTransformation, module: Module, gradient: Any, moments: optax.OptState
) -> tuple[Module, optax.OptState]:
    """A module, which is a pytree, and the optimizer's state after one update against ``gradient``."""
    updates, moments = optimizer.update(gradient, moments, cast(Any, module))
    return cast(Module, optax.apply_updates(cast(Any, module), updates)), moments
