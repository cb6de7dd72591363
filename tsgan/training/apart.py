"""Assets that are modelled apart: the others are fitted without them, and they take over what these share.

What belongs to an asset is fitted to its own history: its offsets, and the slope of its volatility in its past, by
likelihood and variance targeting; its ties to the others by regression of normal scores.  The others' parameters do
not move, so they are what they are without it, bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np
import optax

from tsgan.config import GANConfig
from tsgan.data.apart import sizes_of
from tsgan.data.panel import Panel
from tsgan.models.contract import ModelInfo
from tsgan.models.gan.base import Base
from tsgan.models.gan.density import invert
from tsgan.models.gan.generator import Generator
from tsgan.models.gan.members import Members, population, population_of_one
from tsgan.models.gan.model import APART, GAN
from tsgan.models.gan.ties import ties_from
from tsgan.models.moves import training_returns
from tsgan.training.data import TrainingData, bagged, training_data
from tsgan.training.drift import drift_shift, lasting_drift
from tsgan.training.optimizers import initial_moments, schedule, updated
from tsgan.training.units import units
from tsgan.training.variance_targeting import variance_targeted
from tsgan.training.zero_shot import shrunk_drift

ROUNDS = 2
"""Of fitting the laws of assets beside the base."""


def with_apart(
    model: GAN, panel: Panel, reasons: Mapping[str, str], config: GANConfig, keys: Mapping[str, jax.Array]
) -> GAN:
    """A GAN of all assets of a panel from one of those that are not apart.

    Args:
        model: fitted to the others.
        panel: of all.
        reasons: why assets are apart, by ticker.
        config: of the model.
        keys: randomness by what it is for: ``targeting``, ``drift`` and ``bootstrap``.
    """
    returns, prices, settings = training_returns(panel), panel.space.logs, config.training
    places = tuple(i for i, asset in enumerate(panel.assets) if asset in reasons)
    others = np.setdiff1d(np.arange(len(panel.assets)), places)
    scale = units(returns, prices, config=settings.units)
    scale[others] = model.scale
    for place in places:  # between regimes: the memory has a floor, below which the calm years of a peg would lie
        usual = np.exp(np.log(sizes_of(returns[:, place], panel.periods_per_year)).mean())
        scale[place] = np.sign(scale[place]) * usual
    begun = _begun(model.members.beside(places), places, ~prices, model.info.space.logs)
    if isinstance(begun, Base):
        members, shift, drift = _beside_base(begun, model, panel, returns, scale, places, config, keys)
    else:
        data = training_data(returns, scale, config, assets=panel.assets, reverting=~prices)
        data = bagged(data, panel.periods_per_year, config, keys["bootstrap"])
        members = _tied(_own_laws(begun, data, places, config, keys), data, places)
        drift = lasting_drift(panel)
        shift = drift_shift(members, returns, scale, drift, keys["drift"], panel.assets, settings.drift)
    shift[:, others] = model.shift
    info = ModelInfo.of(
        "gan", panel, seed=model.info.seed, config={**model.info.config, APART: list(reasons)}, drift=drift
    )
    said = (
        f"{asset} is modelled apart from the others, which learn nothing from it: {reason}"
        for asset, reason in reasons.items()
    )
    return GAN(
        info=replace(info, warnings=(*info.warnings, *said)),
        recent=returns[-members.context(members.law) :].copy(),
        members=members,
        scale=scale,
        shift=shift,
        history=model.training_history,
    )


def _own_laws(
    members: Members, data: TrainingData, places: tuple[int, ...], config: GANConfig, keys: Mapping[str, jax.Array]
) -> Members:
    """Likelihood and variance targeting of what belongs to the assets apart."""
    members = _own_likelihood(members, data, places, config)
    apart = np.isin(np.arange(data.x.shape[1]), places)
    return variance_targeted(members, data, keys["targeting"], config.training.targeting, only=apart)


def _tied(members: Members, data: TrainingData, places: tuple[int, ...]) -> Members:
    """The generators with ties of the assets apart to the others, by regression of normal scores."""
    scores = np.asarray(_scores(members, data), np.float64)
    ties = [ties_from(np.where(np.asarray(data.present), of_member, np.nan), places) for of_member in scores]
    members.tie_weights[...] = jnp.asarray(np.stack([weights for weights, _ in ties]), jnp.float32)
    members.tie_mixing[...] = jnp.asarray(np.stack([mixing for _, mixing in ties]), jnp.float32)
    return members


def _beside_base(
    begun: Base,
    model: GAN,
    panel: Panel,
    returns: np.ndarray,
    scale: np.ndarray,
    places: tuple[int, ...],
    config: GANConfig,
    keys: Mapping[str, jax.Array],
) -> tuple[Members, np.ndarray, np.ndarray]:
    """Members, shift (member, asset) and drift (asset,) where the others refine the pretrained base.

    Its members differ in their level alone, so that laws are fitted to one of them; twice, for the record of surprises
    is that of the law before.
    """
    prices, law, alone = panel.space.logs, begun.law, begun.alone
    log_unit = np.log(np.abs(scale) / law.base.unit)
    for place in places:
        alone.log_unit[...] = alone.log_unit[...].at[place].set(log_unit[place] if prices[place] else 0.0)
    drift = np.where(prices, shrunk_drift(returns, law), 0.0)
    recent = (returns - drift)[-law.base.context :]
    config = replace(config, generator="base", law=law)
    data = training_data(recent, scale, config, assets=panel.assets, reverting=~prices, generator=alone)
    for _ in range(ROUNDS):
        alone = cast(Base, _own_laws(population_of_one(alone), data, places, config, keys)).alone
        data = data.read_by(alone)
    alone = cast(Base, _tied(population_of_one(alone), data, places)).alone
    members = alone.members(model.population, law.base.level_spread)
    members.level[...] = cast(Base, model.members).level[...]
    return members, np.tile(drift, (model.population, 1)), drift


def _begun(members: Members, places: tuple[int, ...], levels: np.ndarray, prices: np.ndarray) -> Members:
    """The generators, assets apart being levels or prices: what only levels have is the mean over other levels."""
    head, others = members.law.head, np.setdiff1d(np.arange(len(levels)), places)
    theirs = others[~prices]
    for name, usual, none in (("reversion", head.reverting, head.wandering), ("own_slope", 0.0, 0.0)):
        values = np.array(getattr(members, name)[...])
        for place in places:
            mean = values[..., theirs].mean(axis=-1) if len(theirs) else usual
            values[..., place] = mean if levels[place] else none
        getattr(members, name)[...] = jnp.asarray(values)
    return members


def _own_likelihood(members: Members, data: TrainingData, places: tuple[int, ...], config: GANConfig) -> Members:
    """What belongs to the assets apart by maximum likelihood of their own returns, everything else held."""
    steps = config.warm_steps
    return _own_steps(members, data, steps, places, config) if steps else members


@partial(jax.jit, static_argnames=("steps", "places", "config"))
def _own_steps(members: Members, data: TrainingData, steps: int, places: tuple[int, ...], config: GANConfig) -> Members:
    settings, index = config.training.likelihood, np.array(places)
    adam = optax.adam(schedule(settings.rate, steps, settings.final_share))
    columns, before, listed = data.every_day()
    here, x = data.present[:, index], data.x
    pace = np.array(config.law.head.pace, np.float32)

    def one_member(generator: Generator, member: jax.Array) -> Generator:
        weight = data.of_member(member).day_weights()[:, None] * here
        origin = generator.offsets[...][index]

        def loss(generator: Generator) -> jax.Array:
            score = invert(generator.densities(columns, before, listed), x)[1][:, index]
            gain = jnp.sum(jnp.where(weight > 0, weight * score, 0.0), axis=0) / jnp.maximum(weight.sum(axis=0), 1.0)
            moved = jnp.sum((pace * (generator.offsets[...][index] - origin)) ** 2, axis=-1)
            over = jnp.maximum(generator.persistence()[2][index] - settings.persistence, 0.0)
            held = settings.ridge / jnp.maximum(here.sum(axis=0), 1) * moved + settings.persistence_weight * over**2
            return jnp.sum(held - gain)

        def step(carry: tuple[Generator, Any], _: None) -> tuple[tuple[Generator, Any], None]:
            generator, moments = carry
            return updated(adam, generator, _own(jax.grad(loss)(generator), index), moments), None

        return jax.lax.scan(step, (generator, initial_moments(adam, generator)), length=steps)[0][0]

    return jax.vmap(one_member)(members, jnp.arange(population(members)))


def _own(gradient: Generator, index: np.ndarray) -> Generator:
    """Of a gradient, which has a generator's form, what belongs to these assets."""
    kept = jax.tree.map(jnp.zeros_like, gradient)
    for name in gradient.of_assets:
        mine = getattr(gradient, name)[...]
        getattr(kept, name)[...] = jnp.zeros_like(mine).at[index].set(mine[index])
    kept.raw_loadings[...] = jnp.zeros_like(kept.raw_loadings[...])
    return kept


@jax.jit
def _scores(members: Members, data: TrainingData) -> jax.Array:
    """(member, day, asset) normal scores of a history."""
    columns, before, listed = data.every_day()
    return jax.vmap(lambda generator: invert(generator.densities(columns, before, listed), data.x)[0])(members)
