"""Fitting a GAN: choose how long to train on a validation slice, then train on everything for that long."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pandas as pd

from tsgan.config import LEAST_GENERATED, GANConfig
from tsgan.config.gan import NONE
from tsgan.data.apart import apart_from
from tsgan.data.panel import Panel
from tsgan.errors import ConfigError, DataError
from tsgan.models.contract import MarketModel, ModelInfo
from tsgan.models.gan.model import GAN
from tsgan.models.moves import check_unsteady, training_returns
from tsgan.runtime import with_own_settings
from tsgan.training.apart import with_apart
from tsgan.training.data import bagged, training_data
from tsgan.training.devices import everywhere, here, over_devices
from tsgan.training.drift import drift_shift, lasting_drift
from tsgan.training.ledger import CHOOSING, EVERYTHING, Ledger
from tsgan.training.loop import new_members
from tsgan.training.progress import Progress
from tsgan.training.refinement import fit_refined, from_scratch_because
from tsgan.training.selection import KeepLast, Selection
from tsgan.training.trainer import Trainer
from tsgan.training.units import units

logger = logging.getLogger(__name__)

KEYS = ("members", "critics", "adversarial", "validation", "drift", "targeting", "bootstrap")
"""What randomness is for, in the order in which keys are made."""


@with_own_settings
def fit_gan(
    panel: Panel,
    config: GANConfig,
    *,
    seed: int = 0,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
    save_every: int = 100,
    progress: Callable[[Progress], None] | None = None,
    like: MarketModel | None = None,
    devices: int = 1,
) -> GAN:
    """Fit a GAN to a panel; :func:`tsgan.fit` is the front door and describes the arguments.

    By default it refines the pretrained base, see :mod:`tsgan.training.refinement`; where the configuration, or prices
    that are not daily, rule that out, everything is trained from scratch.

    Protocol from scratch: generators are trained on the first 85 % of the days; the last 15 % choose the number of
    likelihood steps (by log score) and of adversarial steps (by log score and the CRPS of simulated paths); then fresh
    generators are trained on all days for those numbers of steps, or for those of the model that this one is to be
    ``like``.  Paths carry the historical mean return of prices; levels and rates come back and have no drift of their
    own.

    Assets whose histories are a poor lesson for the others (:mod:`tsgan.data.apart`) are fitted after these, and change
    nothing of theirs.

    ``save_every`` is how many adversarial steps lie between checkpoints.  ``devices`` is over how many of them the
    training is split (:mod:`tsgan.training.devices`).
    """
    key = jax.random.key(seed)
    keys = {name: jax.random.fold_in(key, i) for i, name in enumerate(KEYS)}
    returns, prices = training_returns(panel), panel.space.logs
    check_unsteady(panel, returns)
    options: dict[str, Any] = {"resume": resume, "save_every": save_every, "progress": progress, "like": like}
    if reasons := apart_from(panel):
        others = panel.select([asset for asset in panel.assets if asset not in reasons])
        others = replace(others, prices=np.ascontiguousarray(others.prices))  # as a table without them has it
        model = fit_gan(others, config, seed=seed, checkpoint=checkpoint, devices=devices, **options)
        return with_apart(model, panel, reasons, config, keys)
    file = Path(checkpoint) if checkpoint else None
    why = from_scratch_because(panel, config)
    if like is not None and like.info.config.get("generator") != "base":
        why = why or "so is the model that it is to be like"
    if devices > 1 and why is None:
        why = "several devices share adversarial training, of which refining the base has none"
    if why is None:
        return fit_refined(panel, config, keys, seed=seed, checkpoint=file, **options)
    scratch = {} if config.base == NONE else {"from_scratch": why}
    if scratch:
        logger.info("everything is trained from scratch: %s", why)
    config = replace(config, base=NONE)
    config = windowed(config, len(returns))
    settings = config.training
    ledger, saved = Ledger(config.to_dict(), seed, panel.data_hash), None
    if like is not None:
        ledger.take_over(like)
    if resume:
        ledger, saved = ledger.resumed_from(file)
    trainer = Trainer(config, keys, ledger, file, save_every, progress)

    if jax.process_count() > 1:
        raise ConfigError("a whole fit runs in one process; leave jax.distributed out, or train stage by stage")
    with over_devices(devices, config.population):
        trainer = replace(trainer, keys=everywhere(keys))
        if ledger.purpose == CHOOSING:
            first = round((1 - settings.selection.share) * len(returns))
            scale = units(returns, prices, first, settings.units)
            data = training_data(returns, scale, config, first, panel.assets, ~prices)
            data = everywhere(bagged(data, panel.periods_per_year, config, keys["bootstrap"]))
            members = everywhere(new_members(config, data, keys["members"]))
            judge = Selection(members, data, first, config, ledger, trainer.keys["validation"])
            trainer.train(members, data, judge, config.warm_steps, config.steps, saved)
            ledger.steps, ledger.purpose, ledger.step, saved = judge.chosen_steps(), EVERYTHING, 0, None
        scale = units(returns, prices, config=settings.units)
        data = training_data(returns, scale, config, assets=panel.assets, reverting=~prices)
        data = everywhere(bagged(data, panel.periods_per_year, config, keys["bootstrap"]))
        members = everywhere(new_members(config, data, keys["members"]))
        members = trainer.train(members, data, KeepLast(members), ledger.warm_steps, ledger.steps, saved)
        members = here(members)

    drift = lasting_drift(panel)
    shift = drift_shift(members, returns, scale, drift, keys["drift"], panel.assets, settings.drift)
    return GAN(
        info=ModelInfo.of(
            "gan", panel, seed=seed, config={**config.to_dict(), **ledger.outcome(), **scratch}, drift=drift
        ),
        recent=returns[-GAN.context_days :].copy(),
        members=members,
        scale=scale,
        shift=shift,
        history=pd.DataFrame(ledger.rows),
    )


def windowed(config: GANConfig, days: int) -> GANConfig:
    """The configuration, its windows shortened in proportion where ``days`` of returns do not hold them.

    Series of months are short: ten years of them are less than half of the usual window.
    """
    longest = int(days * (1 - config.training.selection.share))
    if longest >= config.window:
        return config
    context = round(config.context * longest / config.window)
    if longest - context < LEAST_GENERATED or context < 1:
        raise DataError(
            f"{days} returns are too few to train a GAN; give a longer history, or choose a classical model"
        )
    return replace(config, window=longest, context=context)
