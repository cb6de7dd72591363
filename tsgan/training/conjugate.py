"""Nonlinear conjugate-gradient directions as one optax transformation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax


class Products(NamedTuple):
    """Inner products that every beta is made of: g the gradient now, p the previous one, y = g - p, d the previous
    direction."""

    gg: jax.Array
    pp: jax.Array
    gy: jax.Array
    dy: jax.Array


BETAS: dict[str, Callable[[Products], jax.Array]] = {
    # Fletcher and Reeves (1964).
    "fletcher-reeves": lambda of: _ratio(of.gg, of.pp),
    # Polak and Ribiere (1969); the part above zero, which restarts by itself, after Gilbert and Nocedal (1992).
    "polak-ribiere-plus": lambda of: jnp.maximum(_ratio(of.gy, of.pp), 0.0),
    # Hestenes and Stiefel (1952).
    "hestenes-stiefel": lambda of: _ratio(of.gy, of.dy),
    # Dai and Yuan (1999).
    "dai-yuan": lambda of: _ratio(of.gg, of.dy),
}
"""How much of the previous direction is kept; all four agree on a quadratic with exact line searches."""


class ConjugateState(NamedTuple):
    """The gradient and direction of the last update, and how many updates lie since the last restart."""

    gradient: Any
    direction: Any
    age: jax.Array


def scale_by_conjugate(
    beta: str = "polak-ribiere-plus", *, period: int | None = None, powell: float = 0.2
) -> optax.GradientTransformation:
    """Turns gradients g into conjugate directions: d = -g + beta d_previous.

    As optax's other ``scale_by_*`` it leaves the sign to the learning rate: updates are -d.  How far to go along d is
    not decided here; chain it with a line search, an accurate one such as
    ``optax.scale_by_zoom_linesearch(30, curv_rtol=0.1)`` after ``optax.scale(-1)``, or with :func:`unit_size` and a
    learning rate.

    A direction starts over from the gradient alone

    - every ``period`` updates, by default as many as there are parameters;
    - where the gradient is far from orthogonal to the previous one, abs(g . p) >= ``powell`` (g . g), as it is once the
      function stops looking quadratic (Powell 1977); ``inf`` leaves this out;
    - where d would not lead downhill, or is not finite.

    On a quadratic of n parameters with exact line searches the minimum is reached in n updates.

    Args:
        beta: a key of :data:`BETAS`.
        period: updates from one restart to the next.
        powell: limit of Powell's test.
    """
    rule = BETAS[beta]

    def init(params: Any) -> ConjugateState:
        zeros = jax.tree.map(jnp.zeros_like, params)
        return ConjugateState(zeros, zeros, jnp.int32(0))

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, ConjugateState]:
        del params
        gradient, previous, direction = updates, state.gradient, state.direction
        change = jax.tree.map(jnp.subtract, gradient, previous)
        gg, gp = _dot(gradient, gradient), _dot(gradient, previous)
        kept = rule(Products(gg, _dot(previous, previous), _dot(gradient, change), _dot(direction, change)))
        new = jax.tree.map(lambda g, d: kept * d - g, gradient, direction)
        most = period or _count(gradient)
        downhill = _dot(new, gradient) < 0  # False where it is not finite
        going = (state.age > 0) & (state.age < most) & (jnp.abs(gp) < powell * gg) & downhill
        new = jax.tree.map(lambda d, g: jnp.where(going, d, -g), new, gradient)
        return jax.tree.map(jnp.negative, new), ConjugateState(gradient, new, jnp.where(going, state.age + 1, 1))

    return optax.GradientTransformation(init, update)


def unit_size() -> optax.GradientTransformation:
    """Scales an update to a root mean square of 1 a parameter, so that a learning rate is the size of a step.

    Without a line search the length of a conjugate direction means little: under noise it grows with its age.
    """

    def update(updates: Any, state: optax.OptState, params: Any = None) -> tuple[Any, optax.OptState]:
        del params
        size = optax.tree.norm(updates) / jnp.sqrt(_count(updates))
        return jax.tree.map(lambda u: u / jnp.maximum(size, 1e-12), updates), state

    return optax.GradientTransformation(lambda params: optax.EmptyState(), update)


def _dot(a: Any, b: Any) -> jax.Array:
    """Inner product over all leaves of two trees."""
    return jnp.sum(jnp.stack(jax.tree.leaves(jax.tree.map(jnp.vdot, a, b))))


def _count(tree: Any) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(tree))


def _ratio(top: jax.Array, bottom: jax.Array) -> jax.Array:
    return top / jnp.where(bottom == 0, 1.0, bottom)
