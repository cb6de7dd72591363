"""Optimizers of both players, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import optax

Module = TypeVar("Module")


def _adam(rate: optax.Schedule) -> optax.GradientTransformation:
    # No momentum: in a game the last gradient's direction is soon wrong (R3GAN, and the design study).
    return optax.adam(rate, b1=0.0, b2=0.99)


OPTIMIZERS: dict[str, Callable[[optax.Schedule], optax.GradientTransformation]] = {"adam": _adam}


def schedule(rate: float, steps: int) -> optax.Schedule:
    """From ``rate`` down to a tenth of it along a half cosine over ``steps``."""
    return optax.cosine_decay_schedule(rate, max(steps, 1), alpha=0.1)


def optimizer(name: str, rate: float, steps: int) -> optax.GradientTransformation:
    """The optimizer called ``name``, its rate decaying from ``rate`` over ``steps``."""
    return OPTIMIZERS[name](schedule(rate, steps))


def initial_moments(optimizer: optax.GradientTransformation, module: Any) -> optax.OptState:
    """The optimizer's state before its first update of ``module``."""
    return optimizer.init(module)


def updated(
    optimizer: optax.GradientTransformation, module: Module, gradient: Any, moments: optax.OptState
) -> tuple[Module, optax.OptState]:
    """A module, which is a pytree, and the optimizer's state after one update against ``gradient``."""
    updates, moments = optimizer.update(gradient, moments, cast(Any, module))
    return cast(Module, optax.apply_updates(cast(Any, module), updates)), moments
