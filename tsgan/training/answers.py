"""What the base makes of the record of surprises: learned from those of years that the law had not seen.

A law's surprises on dates that it was trained on are smaller than those to come: the weather of a decade, which it
takes for the climate, is in its parameters already.  So the law of a corpus that ends some years early is asked what it
says of the years that follow, and the answers are those that would have forecast them best.  Answers found on the dates
of training themselves are half as large, and gain half as much.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from tsgan.config import PretrainingConfig
from tsgan.models.gan import surprises
from tsgan.models.gan.base import Base
from tsgan.models.gan.density import Density, invert
from tsgan.training.corpus import Corpus, window

SCORED = 250
"""Days of a corpus that are read at once; units are those at the first of them."""

WANTED = 20
"""An asset takes part once it has so many returns."""


class Told(NamedTuple):
    """What the law says of some days of a corpus before it answers the record, (day, asset) each.

    Attributes:
        law: in units.
        losses: (day, asset, 2), see :func:`tsgan.models.gan.surprises.losses`.
        record: (day, asset, kind, scale) before each day.
        x: the returns, in units; present: whether there is one of an asset that takes part.
    """

    law: Density
    losses: jax.Array
    record: jax.Array
    x: jax.Array
    present: jax.Array


def told(base: Base, data: Corpus) -> Iterator[Told]:
    """All days of a corpus, so many at a time; the market is all assets that have begun."""
    assets = jnp.arange(data.x.shape[1])[None]

    @jax.jit
    def part(first: jax.Array, record: jax.Array) -> tuple[Told, jax.Array]:
        read = window(data, base.law, first[None], jnp.zeros(1, jnp.int32), assets, SCORED)
        listed = jnp.broadcast_to(read.known[:, None] >= WANTED, read.present.shape)
        law = base.law_after(read.memory, read.age, read.log_unit, listed)
        memory, law, x, here = jax.tree.map(lambda leaf: leaf[0], (read.memory, law, read.x, read.present & listed))
        losses = base.losses(memory)
        each = surprises.surprise(invert(law, x)[0], losses, base.law)
        record = surprises.records(each, here, base.law, record)
        return Told(law, losses, record[:-1], x, here), record[-1]

    record = surprises.nothing(data.x.shape[1], base.law)
    for first in range(0, data.x.shape[0], SCORED):
        days, record = part(jnp.int32(first), record)
        yield days


def normal_scores(base: Base, data: Corpus) -> np.ndarray:
    """(day, asset) normal scores of a corpus, NaN where there is none."""

    @jax.jit
    def scores(days: Told) -> jax.Array:
        law = surprises.answered(days.law, days.record, days.losses, base.answers[...], base.law)
        return jnp.where(days.present, invert(law, days.x)[0], jnp.nan)

    return np.concatenate([np.asarray(scores(days)) for days in told(base, data)])[: data.x.shape[0]]


def train_answers(earlier: Base, data: Corpus, first: int, settings: PretrainingConfig, key: jax.Array) -> jax.Array:
    """(answer, scale) the answers that forecast the days from ``first`` on best, to the surprises of a law that was
    trained on those before."""
    parts = [jax.tree.map(np.asarray, days) for days in told(earlier, data)]
    days = jax.tree.map(lambda *leaves: np.concatenate(leaves)[first : data.x.shape[0]], *parts)
    here = days.present
    law, losses, record, x = jax.tree.map(lambda leaf: jnp.asarray(leaf[here]), days[:4])
    optimizer = optax.adam(optax.cosine_decay_schedule(settings.answer_rate, settings.answer_steps))

    def loss(answers: jax.Array, some: jax.Array) -> jax.Array:
        density, losses_, record_, x_ = jax.tree.map(lambda leaf: leaf[some], (law, losses, record, x))
        density = surprises.answered(density, record_, losses_, answers, earlier.law)
        return settings.answer_ridge * jnp.sum(answers**2) - invert(density, x_)[1].mean()

    @jax.jit
    def all_steps(answers: jax.Array) -> jax.Array:
        def one(carry: Any, step: jax.Array) -> tuple[Any, None]:
            answers, moments = carry
            some = jax.random.randint(jax.random.fold_in(key, step), (settings.answer_batch,), 0, len(x))
            updates, moments = optimizer.update(jax.grad(loss)(answers, some), moments)
            return (optax.apply_updates(answers, updates), moments), None

        steps = jnp.arange(settings.answer_steps)
        return jax.lax.scan(one, (answers, optimizer.init(answers)), steps)[0][0]

    return all_steps(jnp.zeros_like(earlier.answers[...]))
