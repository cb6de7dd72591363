"""Free-running paths as they are sampled: a block of them side by side.

Paths lie along the last axis of everything, where processors find what they can work on at once.  The noise of a day
is drawn where it is used and never stored, and days are counted at run time: one compilation serves every horizon, and
no day is simulated that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, UInt32

from tsgan.models.gan.counters import normals
from tsgan.models.gan.generator import Generator, State
from tsgan.models.gan.lanes import Batched, Lanes

ROOM = 64
"""Days a dispatch has room for."""

LANES, NUMBERS = 512, 5120
"""Paths a block has at most on processors, and assets times paths: narrow blocks leave them idle, and wide ones of many
assets fall out of their caches."""

LEAST = 64
"""Paths a block has at least."""

ON_GPUS = 2**17
"""Assets times paths on other devices, whose many cores want more at once."""


def lanes_of(assets: int, population: int) -> int:
    """Paths a block.

    A block's width decides last bits, and so it depends on nothing but the model and the kind of device.  Members of a
    population have blocks of their own, and narrower ones, as a job of few paths fills none of them.
    """
    if jax.default_backend() == "cpu":
        most = LANES if population == 1 else LANES // 2
        return max(LEAST, min(most, NUMBERS // assets // LEAST * LEAST))
    return max(LANES, ON_GPUS // assets // LANES * LANES)


def lanes_for(generator: Generator) -> Lanes:
    """How a generator's days are computed: in its own lanes, or batched.

    Lanes know nothing of assets that are modelled apart, and those of a class nothing of what is made of it.
    """
    own = "in_lanes" in vars(type(generator)) and not generator.apart
    return (generator.in_lanes() if own else None) or Batched(generator)


@partial(jax.jit, static_argnames="width")
def enter(generator: Generator, state: State, width: int) -> Any:
    """The states of a block of ``width`` paths in lanes, from batched ones, leaves (path, ...), or from that of all."""
    leaves = lanes_for(generator).enter(state)
    return jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, (*leaf.shape[:-1], width)), leaves)


@partial(jax.jit, static_argnames="days", donate_argnames="state")
def carry_on(
    generator: Generator,
    state: Any,
    keys: UInt32[Array, "number 2"],
    paths: UInt32[Array, " path"],
    day: Int[Array, ""],
    count: Int[Array, ""],
    shift: Float[Array, " asset"],
    scale: Float[Array, " asset"],
    days: int,
) -> tuple[Any, Float[Array, "path day asset"]]:
    """Carry a block of paths on.

    Args:
        generator: one generator, shared by the block.
        state: of the block, in lanes; it is used up.
        keys: of a day's numbers, see :func:`tsgan.models.gan.counters.keys_of`.
        paths: their indices.
        day: the first day's number.
        count: days to simulate, at most ``days``.
        shift, scale: a return is ``shift + scale x``, with x the standardized one.
        days: room for so many.

    Returns:
        The states after ``days`` days where ``count`` is as many, and the returns, 0 on days beyond.
    """
    lanes = lanes_for(generator)
    returns = jnp.zeros((days, scale.shape[0], paths.shape[0]), jnp.float32)

    def one_day(at: jax.Array, carry: tuple[Any, jax.Array, jax.Array]) -> tuple[Any, jax.Array, jax.Array]:
        state, noise, returns = carry
        state, x = lanes.step(state, noise, day + at)
        # Tomorrow's noise, which is so computed once; what is read where it is drawn is drawn for every reader.
        return state, normals(keys, paths, day + at + 1), jax.lax.dynamic_update_index_in_dim(returns, x, at, 0)

    state, _, x = jax.lax.fori_loop(0, count, one_day, (state, normals(keys, paths, day), returns))
    return state, shift + scale * jnp.transpose(x, (2, 0, 1))


def gathered(pieces: Iterator[jax.Array], days: int) -> np.ndarray:
    """Returns (path, ``days``, asset) from pieces (path, day, asset); each is copied while the next is computed."""
    parts, last = [], next(pieces)
    while last is not None:
        following = next(pieces, None)
        parts.append(np.asarray(last))
        last = following
    return np.concatenate(parts, axis=1)[:, :days]
