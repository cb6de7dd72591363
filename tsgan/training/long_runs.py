"""Pretraining on long free runs: what volatility does in the months and years after histories such as the corpus's.

Likelihood looks one day ahead.  There a volatility that comes back too slowly costs next to nothing; over five years
it is most of the error: after calm years the law by likelihood alone took two thirds of the calm to last for five years
more, where two fifths of it did.  So paths run free for years from days of the corpus, and the logarithm of their
volatility, over spans from a month to five years and year by year, is compared with what came by a proper score, beside
the likelihood of days.

The score is the continuous ranked probability score, in the unbiased form for few paths (Gneiting and Raftery 2007;
Ferro 2014).  It stands where a critic of free runs would: a critic has to learn from pooled windows what distinguishes
real years from generated ones, while every beginning here has an outcome of its own.

What moves is how log scale responds to those inputs of the head that change slowly, and nothing else: what tomorrow
owes to the last days and weeks, tails, skew and the hidden layer are left as the likelihood of days made them.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
import optax

from tsgan.config import PretrainingConfig
from tsgan.models.gan.base import Base, BaseState
from tsgan.models.gan.generator import LOG_SCALE
from tsgan.models.gan.memory import Memory
from tsgan.models.gan.rollout import rollout
from tsgan.models.gan.surprises import nothing
from tsgan.training.answers import SCORED, normal_scores, told
from tsgan.training.corpus import Corpus, window
from tsgan.training.optimizers import warmed_up
from tsgan.training.panels import YEAR, Choice, choice, days_nll, past_loadings

SPANS = (21, 63, 126, 252, 504, 1260)
"""Days from the beginning over which volatility is compared; those beyond the runs are left out."""
SEGMENT = 63
"""Days between the states that are kept for the gradient; those between them are computed again."""
ALIVE = 10
"""A run begins where its assets have had a return in so many days."""
KNOWN = 2 * SCORED
"""Returns that its assets have before."""
FLOOR = 1e-6
"""Added to mean squares, in units, so that the logarithm of those of an asset that stands still is finite."""


class Beginnings(NamedTuple):
    """Where free runs begin, and what came: (run, asset, ...) each.

    Attributes:
        memory: (run, asset, scale); age: (run, asset); record: (run, asset, kind, scale) of the state.
        log_unit: (run, asset); loadings: (run, asset, factor).
        outcome: (run, asset, volatility) that came, see :func:`log_volatilities`.
    """

    memory: Memory
    age: jax.Array
    record: jax.Array
    log_unit: jax.Array
    loadings: jax.Array
    outcome: jax.Array


class Training(NamedTuple):
    """Where the training of long runs stands.

    Attributes:
        moved, average: (input,) by how much the response of log scale has moved, and its average over the last steps,
            which is what is used.
        moments: of the optimizer.
    """

    moved: jax.Array
    average: jax.Array
    moments: optax.OptState


def train_long_runs(base: Base, data: Corpus, settings: PretrainingConfig, key: jax.Array) -> Base:
    """The base with the slow responses of log scale that long runs and days together call for; itself where no assets
    of the corpus have so long a past and future."""
    begun = beginnings(base, data, settings, jax.random.fold_in(key, 0))
    if begun is None or not settings.run_steps:
        return base
    nowhere = jnp.zeros(len(base.skip[...]))
    state, chosen = Training(nowhere, nowhere, _optimizer(settings).init(nowhere)), choice(data, settings)
    for step in range(settings.run_steps):
        state = _one_step(state, jnp.int32(step), base, begun, data, chosen, key, settings)
    return with_responses(base, state.average, settings.run_least)


def with_responses(base: Base, moved: jax.Array, least: float) -> Base:
    """The base whose log scale responds so much more (input,) to the inputs that move over ``least`` days or more."""
    other = jax.tree.map(lambda leaf: leaf, base)
    other.skip[...] = base.skip[...].at[:, LOG_SCALE].add(jnp.where(jnp.asarray(base.slow(least)), moved, 0.0))
    return other


@partial(jax.jit, static_argnames="settings")
def _one_step(
    state: Training,
    step: jax.Array,
    base: Base,
    begun: Beginnings,
    data: Corpus,
    chosen: Choice,
    key: jax.Array,
    settings: PretrainingConfig,
) -> Training:
    runs, shape = settings.run_batch, (settings.run_batch, settings.run_days, settings.run_paths)
    levels = base.members(settings.run_paths, base.law.base.level_spread).level[...]
    keys = jax.random.split(jax.random.fold_in(key, step + 1), 4)
    some = jax.tree.map(lambda leaf: leaf[jax.random.randint(keys[0], (runs,), 0, len(begun.age))], begun)
    own = jax.random.normal(keys[1], (*shape, begun.age.shape[1]))
    common = jax.random.normal(keys[2], (*shape, begun.loadings.shape[-1] + 1))

    def loss(moved: jax.Array) -> jax.Array:
        other = with_responses(base, moved, settings.run_least)
        drawn = jax.vmap(lambda *run: run_volatilities(other, levels, *run))(some, own, common)
        error = fair_crps(drawn, some.outcome) @ _weights(settings.run_days)
        return days_nll(other, data, chosen, settings, keys[3]) + settings.run_weight * error.mean()

    updates, moments = _optimizer(settings).update(jax.grad(loss)(state.moved), state.moments)
    moved = cast(jax.Array, optax.apply_updates(state.moved, updates))
    share = jnp.maximum(1.0 / settings.run_average, 1.0 / (step + 1.0))
    return Training(moved, state.average + share * (moved - state.average), moments)


def _optimizer(settings: PretrainingConfig) -> optax.GradientTransformation:
    return warmed_up(settings.run_rate, settings.run_steps, 10, settings.run_rate / 20, settings.clip)


def beginnings(base: Base, data: Corpus, settings: PretrainingConfig, key: jax.Array) -> Beginnings | None:
    """Days of the corpus, drawn, each with assets that have a past and a future; None where there are none."""
    rng = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    count, assets = np.asarray(data.count), settings.run_assets
    past = count[:-1]
    alive = past > past[np.maximum(np.arange(len(past)) - ALIVE, 0)]
    eligible = alive & (past >= KNOWN) & (count[-1] - past >= settings.run_days)
    number = eligible.sum(axis=1)
    weight = np.where(number >= assets, number, 0) ** 0.75
    if not weight.any():
        return None
    first = np.sort(rng.choice(len(past), settings.run_beginnings, p=weight / weight.sum()))
    some = np.stack([rng.choice(np.flatnonzero(eligible[day]), assets, replace=False) for day in first])

    loadings = past_loadings(normal_scores(base, data), first, some, settings, base.law)
    record = np.zeros((*some.shape, *nothing(1, base.law).shape[1:]), np.float32)
    for part, days in enumerate(told(base, data)):
        here = np.flatnonzero(first // SCORED == part)
        record[here] = np.asarray(days.record)[first[here, None] - part * SCORED, some[here]]
    read = window(data, base.law, jnp.asarray(first), jnp.zeros(len(first), jnp.int32), jnp.asarray(some), 1)
    scale = np.exp(np.asarray(read.log_unit[:, 0])) * base.law.base.unit
    return Beginnings(
        memory=jax.tree.map(lambda leaf: leaf[:, 0], read.memory),
        age=read.age[:, 0],
        record=jnp.asarray(record),
        log_unit=read.log_unit[:, 0],
        loadings=jnp.asarray(loadings, jnp.float32),
        outcome=jnp.asarray(_outcomes(data, base.law.base.drift, first, some, scale, settings.run_days)),
    )


def run_volatilities(base: Base, levels: jax.Array, begun: Beginnings, own: jax.Array, common: jax.Array) -> jax.Array:
    """(asset, volatility, path) of free runs from one beginning, path i of the member at level i.

    Args:
        levels: (path,) log levels.
        own, common: standard normal noise (day, path, asset) and (day, path, common).
    """
    placed = base.for_history(begun.log_unit, np.zeros(own.shape[-1], bool), begun.loadings)
    state = jax.tree.map(lambda leaf: leaf[None], BaseState(begun.memory, begun.age, begun.record))

    def path(level: jax.Array, own: jax.Array, common: jax.Array) -> jax.Array:
        member = jax.tree.map(lambda leaf: leaf, placed)
        member.level[...] = level
        segments = [noise.reshape(-1, SEGMENT, 1, noise.shape[-1]) for noise in (own, common)]
        _, x = jax.lax.scan(jax.checkpoint(lambda state, noise: rollout(member, state, *noise)), state, segments)
        return log_volatilities(x.reshape(own.shape).T)

    return jnp.moveaxis(jax.vmap(path, (0, 1, 1))(levels, own, common), 0, -1)


def log_volatilities(x: jax.Array) -> jax.Array:
    """(..., volatility) of returns x (..., day), in units: over SPANS, and over each year of its own."""
    squares = x * x
    spans = jnp.stack([squares[..., :span].mean(axis=-1) for span in _spans(x.shape[-1])], axis=-1)
    years = squares[..., : x.shape[-1] // YEAR * YEAR].reshape(*x.shape[:-1], -1, YEAR).mean(axis=-1)
    return 0.5 * jnp.log(jnp.concatenate([spans, years], axis=-1) + FLOOR)


def fair_crps(drawn: jax.Array, outcome: jax.Array) -> jax.Array:
    """(...) continuous ranked probability score of draws (..., path) for an outcome (...), unbiased for few paths."""
    count = drawn.shape[-1]
    order = 2 * jnp.arange(1, count + 1) - count - 1
    spread = (jnp.sort(drawn, axis=-1) * order).sum(axis=-1) / (count * (count - 1))
    return jnp.abs(drawn - outcome[..., None]).mean(axis=-1) - spread


def _spans(days: int) -> tuple[int, ...]:
    return tuple(span for span in SPANS if span <= days)


def _weights(days: int) -> np.ndarray:
    """(volatility,) spans count as much as years do."""
    spans, years = len(_spans(days)), days // YEAR
    return np.concatenate([np.full(spans, 1 / spans), np.full(years, 1 / max(years, 1))]).astype(np.float32)


def _outcomes(
    data: Corpus, drift: float, first: np.ndarray, assets: np.ndarray, scale: np.ndarray, days: int
) -> np.ndarray:
    """(run, asset, volatility) of the next so many returns of each asset, on its own days."""
    x, there = np.asarray(data.x), np.asarray(data.present)
    came = np.empty((*assets.shape, days), np.float32)
    for run, (day, some) in enumerate(zip(first, assets, strict=True)):
        for place, asset in enumerate(some):
            came[run, place] = x[day:, asset][there[day:, asset]][:days]
    return np.asarray(log_volatilities(jnp.asarray((came - drift) / scale[..., None])))
