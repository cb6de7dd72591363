"""Pretraining: the base's margins by likelihood on random panels of a corpus, then its answers to the record of
surprises, then the strength of the common factors, then its volatility in long free runs.

Each step draws panels of one to sixteen assets and scores, day by day, the days after histories of random length: the
law learns to read three weeks of one stock as well as thirty years of a market.  Everything is a function of the corpus
and a key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pandas as pd

from tsgan.config import GANConfig, LawConfig, MemoryConfig, PretrainingConfig
from tsgan.errors import ModelError
from tsgan.models.gan import memory as vol
from tsgan.models.gan.base import Base
from tsgan.models.gan.density import Copula, copula_log_density
from tsgan.models.gan.market import average
from tsgan.models.gan.members import new_generator
from tsgan.models.gan.trees import unflatten
from tsgan.models.gan.vintages import Vintage
from tsgan.training.answers import SCORED, normal_scores, train_answers
from tsgan.training.checkpoint import read_checkpoint, save_or_warn
from tsgan.training.corpus import Corpus, corpus_of, window
from tsgan.training.long_runs import train_long_runs
from tsgan.training.optimizers import updated, warmed_up
from tsgan.training.panels import YEAR, choice, days_nll, past_loadings

CHUNK = 40
"""Steps a dispatch."""

BASE_LAW = LawConfig(
    memory=MemoryConfig(
        scales=(1.5, 3.5, 8.0, 20.0, 50.0, 110.0, 250.0, 600.0, 1500.0),
        curvature=(0.5, 0.5, 0.4, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0),
    )
)
"""One law for all vintages."""

MEMBERS = 8
"""Levels that a population has."""

PURPOSES = ("start", "margins", "strength", "answers", "runs")
"""What keys are for, in this order."""

SAVE_EVERY = 200
"""Steps between checkpoints."""


def pretrain(
    returns: pd.DataFrame,
    settings: PretrainingConfig | None = None,
    *,
    name: str,
    until: str,
    facts: Mapping[str, Any] | None = None,
    seed: int = 0,
    checkpoint: Path | None = None,
    resume: bool = False,
    report: Callable[[int, float], None] | None = None,
) -> Vintage:
    """Train a vintage of the base.

    Args:
        returns: (day, asset) log returns to train on, NaN where there is none, as :func:`returns_until` gives them.
        settings: sizes and rates.
        name, until, facts: what the vintage is called, the last date that anything was read to, and what else its card
            tells of the corpus.
        seed: of the beginning and of the panels.
        checkpoint: a file that the state is saved to as it goes, and removed at the end; ``resume`` carries on from it,
            to the same bits.
        report: called with the step and the mean negative log likelihood, some twenty times.

    Raises ModelError for a checkpoint that cannot be read, or that began with other settings or another date.
    """
    settings = settings or PretrainingConfig()
    root = jax.random.key(seed)
    keys = {purpose: jax.random.fold_in(root, i) for i, purpose in enumerate(PURPOSES)}
    told = {"settings": settings.to_dict(), "until": until, "seed": seed}
    data, start = corpus_of(returns.to_numpy(), BASE_LAW), begin(settings, keys["start"])
    if resume and checkpoint is not None and checkpoint.exists():
        arrays, before = read_checkpoint(checkpoint)
        if before != json.loads(json.dumps(told)):
            raise ModelError(
                f"{checkpoint} belongs to a training with other settings; resume with its own, or delete it"
            )
        start = unflatten(start, arrays)
    state = start
    for state, nll in train_margins(start, data, settings, keys["margins"]):
        step = int(state.step)
        if report is not None:
            report(step, nll)
        if checkpoint is not None and step % SAVE_EVERY == 0:
            save_or_warn(checkpoint, state, told)
    answering = with_answers(state.average, returns, data, settings, keys["answers"])
    joined = train_strength(answering, data, settings, keys["strength"])
    base = train_long_runs(joined, data, settings, keys["runs"])
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    return Vintage(name, until, base_config(settings), base, dict(facts or {}))


def with_long_runs(
    vintage: Vintage, returns: pd.DataFrame, settings: PretrainingConfig | None = None, *, seed: int = 0
) -> Vintage:
    """A vintage that was trained by likelihood alone (no ``run_steps``), with the last stage of :func:`pretrain`: the
    same bits as all stages at once, from the same returns, settings and seed."""
    settings = settings or PretrainingConfig()
    key = jax.random.fold_in(jax.random.key(seed), PURPOSES.index("runs"))
    return replace(vintage, base=train_long_runs(vintage.base, corpus_of(returns.to_numpy(), BASE_LAW), settings, key))


def with_answers(base: Base, returns: pd.DataFrame, data: Corpus, settings: PretrainingConfig, key: jax.Array) -> Base:
    """The base with its answers to the record of surprises.

    They are those to the surprises of a law that was trained on all but the last years of the corpus; where these leave
    less than ``settings.answer_least``, there are none.
    """
    first = len(returns) - round(settings.answer_years * YEAR)
    if first < settings.answer_least * YEAR:
        return base
    start, margins, answers = (jax.random.fold_in(key, i) for i in range(3))
    before = corpus_of(returns.to_numpy()[:first], base.law)
    *_, (earlier, _) = train_margins(begin(settings, start, base.law), before, settings, margins)
    moved = jax.tree.map(lambda leaf: leaf, base)
    moved.answers[...] = train_answers(earlier.average, data, first, settings, answers)
    return moved


def base_config(settings: PretrainingConfig, law: LawConfig = BASE_LAW) -> GANConfig:
    """The configuration of a base, as models of it are saved with."""
    return GANConfig(
        generator="base", population=MEMBERS, width=settings.width, loadings=settings.loadings, steps=0,
        warm_steps=settings.steps, law=law,
    )  # fmt: skip


class Pretraining(NamedTuple):
    """The state of training margins.

    Attributes:
        base, average: parameters, and their average, which is what is used.
        moments: of the optimizer.
        step: () steps taken.
    """

    base: Base
    average: Base
    moments: optax.OptState
    step: jax.Array


def begin(settings: PretrainingConfig, key: jax.Array, law: LawConfig = BASE_LAW) -> Pretraining:
    """Before the first step."""
    base = cast(Base, new_generator(base_config(settings, law), 1, key))
    return Pretraining(base, base, _optimizer(settings).init(cast(Any, base)), jnp.int32(0))


def train_margins(
    state: Pretraining, data: Corpus, settings: PretrainingConfig, key: jax.Array
) -> Iterator[tuple[Pretraining, float]]:
    """Carry training on to its last step: the state every few steps, and the negative log likelihood on the way."""
    chosen, optimizer = choice(data, settings), _optimizer(settings)
    # Where responses begin depends on the law alone, not on the state that is carried on.
    first = new_generator(base_config(settings, state.base.law), 1, 0).skip[...]

    def loss(base: Base, key: jax.Array) -> tuple[jax.Array, jax.Array]:
        nll = days_nll(base, data, chosen, settings, key)
        hidden = jnp.sum(base.hidden[...] ** 2) + jnp.sum(base.out[...] ** 2)
        ridge = settings.ridge * jnp.sum((base.skip[...] - first) ** 2) + settings.hidden_ridge * hidden
        return nll + ridge, nll

    @jax.jit
    def several(state: Pretraining) -> tuple[Pretraining, jax.Array]:
        def one(state: Pretraining, _: None) -> tuple[Pretraining, jax.Array]:
            gradient, nll = jax.grad(loss, has_aux=True)(state.base, jax.random.fold_in(key, state.step))
            base, moments = updated(optimizer, state.base, gradient, state.moments)
            share = jnp.maximum(1.0 / settings.average, 1.0 / (state.step + 1.0))
            mean = jax.tree.map(lambda old, new: old + share * (new - old), state.average, base)
            return Pretraining(base, mean, moments, state.step + 1), nll

        return jax.lax.scan(one, state, None, length=CHUNK)

    while int(state.step) < settings.steps:
        state, nll = several(state)
        yield state, float(nll.mean())


def _optimizer(settings: PretrainingConfig) -> optax.GradientTransformation:
    last = settings.rate * settings.final_share
    return warmed_up(settings.rate, settings.steps, settings.warm_up, last, settings.clip)


def train_strength(base: Base, data: Corpus, settings: PretrainingConfig, key: jax.Array) -> Base:
    """The base with its response of the common factors' strength to the market, and the spread of the shocks to it.

    Panels have loadings from the correlation of their past normal scores, as those of users have.
    """
    scores = normal_scores(base, data)
    assets = min(settings.joint_assets, data.x.shape[1])
    rng = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    chosen = choice(data, settings, least=assets, known=2 * SCORED)
    eligible, cumulated = np.asarray(chosen.eligible), np.asarray(chosen.cumulated)
    first = np.searchsorted(cumulated, rng.uniform(size=settings.joint_panels))
    chosen_assets = np.stack([rng.choice(np.flatnonzero(eligible[day]), assets, replace=False) for day in first])
    loadings = jnp.asarray(past_loadings(scores, first, chosen_assets, settings, base.law))
    begins = jnp.zeros(len(first), jnp.int32)
    panels = window(data, base.law, jnp.asarray(first), begins, jnp.asarray(chosen_assets), settings.joint_days)
    market = average(vol.features(panels.memory, base.law.memory), None)[..., 0, :]
    day = np.minimum(first[:, None] + np.arange(settings.joint_days), len(scores) - 1)
    z = scores[day[:, :, None], chosen_assets[:, None, :]]
    present = jnp.asarray(np.isfinite(z)) & panels.present
    z = jnp.asarray(np.nan_to_num(z), jnp.float32)
    optimizer = optax.adam(settings.joint_rate)
    trained = (base.strength[...], base.log_spread[...])

    def loss(trained: tuple[jax.Array, jax.Array]) -> jax.Array:
        strength, log_spread = trained

        def one(loadings: jax.Array, market: jax.Array, z: jax.Array, present: jax.Array) -> jax.Array:
            copula = Copula(loadings, market @ strength, jnp.exp(log_spread), base.law.density.strength_range)
            return copula_log_density(copula, z, present).sum()

        gain = jax.vmap(one)(loadings, market, z, present).sum() / jnp.maximum(present.sum(), 1)
        return settings.joint_ridge * jnp.sum(strength**2) - gain

    @jax.jit
    def all_steps(trained: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        def one(carry: Any, _: None) -> tuple[Any, None]:
            trained, moments = carry
            updates, moments = optimizer.update(jax.grad(loss)(trained), moments, trained)
            return (optax.apply_updates(trained, updates), moments), None

        return jax.lax.scan(one, (trained, optimizer.init(trained)), None, length=settings.joint_steps)[0][0]

    strength, log_spread = all_steps(trained)
    moved = jax.tree.map(lambda leaf: leaf, base)
    moved.strength[...], moved.log_spread[...] = strength, log_spread
    return moved
