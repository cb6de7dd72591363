"""Refining the pretrained base on one history, as far as its last days say that this helps.

What belongs to an asset moves by likelihood: its offsets of scale, skew and tails, and its loadings on the common
factors; so do the answers to the record of surprises.  Ridges hold all of them to where they began, and everything
else that the base has learned from hundreds of histories stays as it is.  An index or a fund gains: the law of single
stocks is not quite its own.  A stock often gains nothing, and then only its level is.

Protocol: the base of the newest vintage that ends before the validation slice does is refined on the days before that
slice, which chooses so many steps for assets' own laws and so many for how they hang together, none among them; then
the base is refined on all days for as long.  Free runs are then made as volatile as the history was (three funds after
2009 and after 2014: +.003 a day of log score, and twenty-day returns a third closer), also those of assets that gain
nothing from steps: the paths of a stock with six years of its own were 30 % more volatile than these, or not, as its
neighbour in the panel decided, and the score of the next day does not tell (eight single stocks: -.0003 a day, within
its error).
Adversarial steps follow where the configuration asks for them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pandas as pd
from jaxtyping import Array, Float

from tsgan.config import GANConfig, TrainingConfig
from tsgan.config.gan import NEWEST, NONE
from tsgan.data.calendars import period_of
from tsgan.data.panel import Panel
from tsgan.errors import ConfigError, LookAheadWarning
from tsgan.models.contract import MarketModel, ModelInfo
from tsgan.models.gan.base import Base
from tsgan.models.gan.members import member_of, population_of_one
from tsgan.models.gan.model import GAN
from tsgan.models.gan.vintages import Vintage, vintage_for
from tsgan.models.moves import FEWEST_MOVES, training_returns
from tsgan.stats.inference import hac_mean
from tsgan.training.data import TrainingData, training_data
from tsgan.training.ledger import CHOOSING, EVERYTHING, Ledger
from tsgan.training.likelihood import log_scores, negative_log_likelihood
from tsgan.training.loop import REPORT
from tsgan.training.optimizers import initial_moments, schedule, updated
from tsgan.training.progress import Progress
from tsgan.training.selection import KeepLast, Selection
from tsgan.training.trainer import Trainer
from tsgan.training.variance_targeting import variance_targeted
from tsgan.training.zero_shot import Beginning, begin_at

OWN, JOINT = ("offsets", "reversion", "own_slope", "answers"), ("raw_loadings",)
"""What is refined: parameters of assets' own laws, and of how they hang together."""

OF_THE_BASE = ("generator", "population", "bagging", "width", "channels", "loadings", "law")
"""Settings that the base brings with it."""


def from_scratch_because(panel: Panel, config: GANConfig) -> str | None:
    """Why a GAN of this configuration, and these prices, does not begin from the base; None where it does.

    Raises ConfigError where a vintage was asked for by name and cannot be used.
    """
    if config.base == NONE:
        return "the configuration says so"
    usual, refinement = GANConfig(), config.training.refinement
    own = OF_THE_BASE if refinement.steps else tuple(name for name in vars(usual) if name not in ("base", "training"))
    if config.generator == "base":  # as a refined GAN is saved: the rest comes with it
        own = tuple(name for name in own if name not in OF_THE_BASE)
    differing = [name for name in own if getattr(config, name) != getattr(usual, name)]
    if period_of(panel.periods_per_year) != "day":
        why = "the pretrained base knows daily prices only"
    elif differing:
        why = f"the pretrained base has no {', '.join(differing)} to choose"
        if not set(differing) & set(OF_THE_BASE):
            why = f"refining the base takes no adversarial steps, so {', '.join(differing)} would change nothing"
    else:
        return None
    if config.base != NEWEST:
        raise ConfigError(f"base is {config.base}, but {why}; leave it out, or say none")
    return why


def refined_config(config: GANConfig, vintage: Vintage) -> GANConfig:
    """The configuration of a GAN that begins from a vintage."""
    return replace(config, **{name: getattr(vintage.config, name) for name in OF_THE_BASE})


def fit_refined(
    panel: Panel,
    config: GANConfig,
    keys: dict[str, jax.Array],
    *,
    seed: int = 0,
    checkpoint: Path | None = None,
    resume: bool = False,
    save_every: int = 100,
    progress: Callable[[Progress], None] | None = None,
    like: MarketModel | None = None,
) -> GAN:
    """A GAN that begins from the pretrained base: see the module's text, and :func:`tsgan.training.fit.fit_gan`.

    Warns (LookAheadWarning) where the base was trained on dates after the panel's last.
    """
    returns, prices = training_returns(panel), panel.space.logs
    named = None if config.base == NEWEST else config.base
    vintage = vintage_for(panel.dates[-1], named)
    config = refined_config(config, vintage)
    settings, population = config.training, config.population
    alone = replace(config, population=1, warm_steps=0, steps=settings.refinement.steps)
    ledger, saved = Ledger(config.to_dict(), seed, panel.data_hash), None
    if like is not None:
        ledger.take_over(like)
    if resume:
        ledger, saved = ledger.resumed_from(checkpoint)
    trainer = Trainer(_untargeted(alone), keys, ledger, checkpoint, save_every, progress)
    refine = partial(_refined, config=settings, ledger=ledger, progress=progress)

    if ledger.purpose == CHOOSING:
        first = round((1 - settings.selection.share) * len(returns))
        known = np.isfinite(returns[:first]).sum(axis=0) >= FEWEST_MOVES
        if len(returns) - first >= settings.refinement.least_days and known.any():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", LookAheadWarning)  # said of the model itself
                earlier = vintage_for(panel.dates[first], named)
            some = [asset for asset, one in zip(panel.assets, known, strict=True) if one]
            begun = begin_at(returns[:first, known], prices[known], earlier)
            data = _data(begun, returns[:, known], first, config, some, prices[known])
            if saved is None:
                own, joint = _chosen(begun.base, data, refine, settings)
                ledger.warm_steps, ledger.joint_steps = own, joint
            if alone.steps:
                base = _last(begun.base, refine(begun.base, data, ledger.warm_steps, ledger.joint_steps))
                members, data = population_of_one(base), data.read_by(base)
                judge = Selection(members, data, int(data.length), alone, ledger, keys["validation"])
                trainer.train(members, data, judge, 0, alone.steps, saved)
                ledger.steps = judge.chosen_steps()
        ledger.purpose, ledger.step, saved = EVERYTHING, 0, None

    begun = begin_at(returns, prices, vintage)
    data = _data(begun, returns, len(returns), config, panel.assets, prices)
    base = _last(begun.base, refine(begun.base, data, ledger.warm_steps, ledger.joint_steps))
    base = _targeted(base, data, keys, settings)
    if ledger.steps:
        members = population_of_one(base)
        members = trainer.train(members, data.read_by(base), KeepLast(members), 0, ledger.steps, saved)
        base = cast(Base, member_of(members, 0))
    facts = {**config.to_dict(), **ledger.outcome(), "chosen_joint_steps": ledger.joint_steps, **begun.facts}
    return GAN(
        info=ModelInfo.of("gan", panel, seed=seed, config=facts, drift=begun.drift),
        recent=returns[-config.law.base.context :].copy(),
        members=base.members(population, settings.refinement.level_spread),
        scale=begun.scale,
        shift=np.tile(begun.drift, (population, 1)),
        history=pd.DataFrame(ledger.rows),
    )


def _untargeted(config: GANConfig) -> GANConfig:
    """Without variance targeting, which belongs to the refinement."""
    targeting = replace(config.training.targeting, rounds=0)
    return replace(config, training=replace(config.training, targeting=targeting))


def _targeted(base: Base, data: TrainingData, keys: dict[str, jax.Array], settings: TrainingConfig) -> Base:
    """The base with free runs as volatile as the history, see :mod:`tsgan.training.variance_targeting`."""
    members = variance_targeted(population_of_one(base), data.read_by(base), keys["targeting"], settings.targeting)
    return cast(Base, member_of(members, 0))


def _data(
    begun: Beginning,
    returns: np.ndarray,
    length: int,
    config: GANConfig,
    assets: Any,
    prices: np.ndarray,
) -> TrainingData:
    """The last days that the base reads of a history, ``length`` first ones of which are trained on."""
    skipped = max(length - config.law.base.context, 0)
    moved = returns[skipped:] - begun.drift
    return training_data(moved, begun.scale, config, length - skipped, assets, ~prices, generator=begun.base)


class Gains(NamedTuple):
    """Of a refined base over the one that it began from, on the days of validation, (day,) each: log densities of
    assets' own returns, summed, and of how they hang together."""

    own: Float[np.ndarray, " day"]
    joint: Float[np.ndarray, " day"]


def _chosen(
    base: Base, data: TrainingData, refine: Callable[..., Iterator[tuple[int, Base]]], config: TrainingConfig
) -> tuple[int, int]:
    """Steps for assets' own laws, and for how they hang together: those that gain most on the days of validation, or
    none where that is less than their errors."""
    first, none = int(data.length), _day_scores(base, data)
    seen: dict[int, Gains] = {}
    steps = config.refinement.warm_steps
    for step, one in refine(base, data, steps, steps):
        own, joint = (
            np.asarray(a - b, np.float64)[first:]
            for a, b in zip(_day_scores(one, data.read_by(one)), none, strict=True)
        )
        seen[step] = Gains(own, joint)
    return tuple(  # type: ignore[return-value]
        _best({step: getattr(gains, part) for step, gains in seen.items()}, config.refinement.errors)
        for part in Gains._fields
    )


def _best(gains: dict[int, np.ndarray], errors: float) -> int:
    """The step whose gains (day,) are largest on average, or 0 where that average is not so many of its errors."""
    step = max(gains, key=lambda step: float(gains[step].mean()), default=0)
    if step == 0 or not gains[step].any():
        return 0
    mean, t = hac_mean(gains[step])
    return step if mean > errors * abs(mean / t) else 0


@jax.jit
def _day_scores(base: Base, data: TrainingData) -> tuple[jax.Array, jax.Array]:
    """(day,) log densities of assets' own returns, summed, and of the copula."""
    marginal, joint = log_scores(base, data)
    return marginal.sum(axis=-1), joint


def _last(base: Base, steps: Iterator[tuple[int, Base]]) -> Base:
    """Where steps end; they may be none."""
    for _, last in steps:
        base = last
    return base


def _refined(
    base: Base,
    data: TrainingData,
    own: int,
    joint: int,
    *,
    config: TrainingConfig,
    ledger: Ledger,
    progress: Callable[[Progress], None] | None,
) -> Iterator[tuple[int, Base]]:
    """So many likelihood steps, of the whole schedule, for assets' own laws, and for how they hang together; the base
    every few steps."""
    stop = max(own, joint)
    origin, moments = base, initial_moments(_optimizer(config), base)
    for step in range(REPORT, stop + 1, REPORT):
        moving = jnp.array([step <= own, step <= joint], jnp.float32)
        base, moments, loss = _steps(base, moments, data, origin, moving, REPORT, config)
        metrics = {"likelihood": float(loss)}
        ledger.rows.append({"stage": "refinement", "purpose": ledger.purpose, "step": step, **metrics})
        if progress is not None:
            progress(Progress(f"refinement: {ledger.purpose}", step, stop, metrics))
        yield step, base


def _optimizer(config: TrainingConfig) -> optax.GradientTransformation:
    settings = config.refinement
    return optax.adam(schedule(settings.rate, settings.warm_steps, settings.final_share))


@partial(jax.jit, static_argnames=("steps", "config"))
def _steps(
    base: Base,
    moments: optax.OptState,
    data: TrainingData,
    origin: Base,
    moving: Float[Array, " 2"],
    steps: int,
    config: TrainingConfig,
) -> tuple[Base, optax.OptState, Float[Array, ""]]:
    """Some steps of what is ``moving``, 1 or 0 of OWN and JOINT, and the mean negative log likelihood before the last
    of them."""
    adam, settings, likelihood = _optimizer(config), config.refinement, config.likelihood
    pace = np.array(base.law.head.pace, np.float32)

    def loss(base: Base) -> tuple[jax.Array, jax.Array]:
        nll = negative_log_likelihood(base, data, joint_asset_days=likelihood.joint_asset_days)
        held = (
            settings.offsets * jnp.mean(jnp.sum((pace * (base.offsets[...] - origin.offsets[...])) ** 2, axis=-1))
            + settings.answers * jnp.sum((base.answers[...] - origin.answers[...]) ** 2)
            + settings.loadings * jnp.sum((base.raw_loadings[...] - origin.raw_loadings[...]) ** 2)
        )
        over = jnp.maximum(base.persistence()[2] - likelihood.persistence, 0.0)
        return nll + held / data.length + likelihood.persistence_weight * jnp.sum(over**2), nll

    def step(carry: tuple[Base, Any], _: None) -> tuple[tuple[Base, Any], jax.Array]:
        base, moments = carry
        gradient, nll = jax.grad(loss, has_aux=True)(base)
        return updated(adam, base, _only(gradient, moving), moments), nll

    (base, moments), losses = jax.lax.scan(step, (base, moments), length=steps)
    return base, moments, losses[-1]


def _only(gradient: Base, moving: Float[Array, " 2"]) -> Base:
    """Of a gradient, which has the base's form, what moves."""
    kept = jax.tree.map(jnp.zeros_like, gradient)
    for fields, moves in zip((OWN, JOINT), moving, strict=True):
        for name in fields:
            getattr(kept, name)[...] = getattr(gradient, name)[...] * moves
    return kept
