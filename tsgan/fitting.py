"""Fitting: one verb, and one registry of everything that it can fit."""

from __future__ import annotations

import inspect
import logging
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tsgan.config import GANConfig
from tsgan.data.load import Source, load_prices
from tsgan.data.panel import Panel
from tsgan.data.relations import relations_of
from tsgan.errors import CheckpointWarning, ConfigError, ModelError, TsganWarning
from tsgan.models.bundled import is_base, model_folder, vintage_of
from tsgan.models.contract import MarketModel
from tsgan.models.dependent.model import WithDependents, is_one, without_dependents
from tsgan.models.moves import FEWEST_MOVES
from tsgan.models.storage import read_model
from tsgan.models.trial import check_trial
from tsgan.notebook import Phases, in_notebook
from tsgan.plugins import Registry
from tsgan.runtime import prepare
from tsgan.training.checkpoint import check_free_for

if TYPE_CHECKING:
    from tsgan.models.bars.model import FittedBars

logger = logging.getLogger(__name__)

MODELS = Registry(
    "tsgan.models",
    "model",
    {
        "gan": "tsgan.models.gan.model:GAN",
        "base": "tsgan.training.zero_shot:ZeroShot",
        "gjr-garch": "tsgan.models.classical.gjr_garch:GJRGarch",
        "dcc-garch": "tsgan.models.classical.dcc_garch:DCCGarch",
        "fhs": "tsgan.models.classical.filtered_historical:FilteredHistoricalSimulation",
        "stationary-bootstrap": "tsgan.models.classical.bootstrap:StationaryBootstrap",
        "iid-bootstrap": "tsgan.models.classical.bootstrap:IIDBootstrap",
        "gbm": "tsgan.models.classical.gbm:GBM",
    },
)
"""Subclasses of :class:`tsgan.MarketModel`, or what fits and restores one, by the names that users type, those of
plug-ins among them."""

ModelSource = MarketModel | str | os.PathLike[str]
"""A fitted model, or what :func:`load_model` reads: a folder, ``bundled:us-indices``."""

FITTERS = tuple(MODELS.own)
"""Names of the models that come with tsgan."""

BASELINES = tuple(name for name in MODELS.own if name not in ("gan", "base"))
"""Names of the classical models among them, which everything else is judged beside."""


FEWEST_DAYS = FEWEST_MOVES + 1
"""Prices that the pretrained base can be fitted to."""


def fit(
    panel: Source,
    model: str | GANConfig | type[MarketModel] = "gan",
    *,
    seed: int = 0,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
    overwrite: bool = False,
    progress: Callable[[Any], None] | None = None,
    bars: bool = False,
    like: MarketModel | None = None,
    **options: Any,
) -> MarketModel:
    """Fit a model to a price history, and to nothing else.

    Args:
        panel: a Panel, or anything that :func:`tsgan.load_prices` reads: a DataFrame, a file, ``sample:us-indices``.
        model: a name from ``tsgan.fitting.MODELS``, which also lists the models of plug-ins; a GANConfig; or a class.
        seed: same panel, configuration, seed and platform give the same model, bit for bit.
        checkpoint: for models that are trained, a file that training saves its state to as it goes.
        resume: carry on from ``checkpoint`` where it exists.
        overwrite: begin anew, and replace a ``checkpoint`` that an earlier training left there.
        progress: called with a :class:`tsgan.training.progress.Progress` as training goes; a notebook shows bars by
            itself.
        bars: also learn open, high, low and volume around the closes; scenarios then have bars.
        like: for models that are trained, a model of the same configuration fitted to earlier dates: its step counts
            are taken over, not chosen again, which halves the time.
        options: of the model's own ``fit``, such as ``block_length=20`` of the stationary bootstrap, ``vintage="2009"``
            of the pretrained base, and ``devices=8`` of a GAN, whose training is then split over so many of them.

    Returns:
        A fitted MarketModel; ``info.train_end`` is the last date it has seen.

    Raises:
        ConfigError: an unknown name, or an option that the model does not take.
        PluginError: a plug-in that cannot be loaded.
        DataError: prices that cannot be used, or bars that are missing or made up.
        OutputError: a ``checkpoint`` that is another file, or of another training and not to be overwritten.
    """
    prepare()
    if isinstance(model, GANConfig):
        model, options = "gan", {"config": model} | options
    fitter: Any = model if isinstance(model, type) else MODELS[model]
    panel = load_prices(panel, min_days=FEWEST_DAYS if model == "base" else None)
    law = _bars().fit(panel) if bars else None  # first, for it takes a second and can refuse the prices
    takes = inspect.signature(fitter.fit).parameters
    if unknown := [name for name in options if name not in takes]:
        own = ", ".join(name for name in takes if name not in ("panel", "seed"))
        raise ConfigError(f"{model} does not take {', '.join(unknown)}; it takes {own or 'no options'}")
    if progress is None and "progress" in takes and in_notebook():
        progress = Phases()
    if checkpoint is not None and "checkpoint" in takes and not resume:
        check_free_for(checkpoint, overwrite)
    offered = {"checkpoint": checkpoint, "resume": resume, "progress": progress, "like": like}
    options |= {name: value for name, value in offered.items() if name in takes}
    logger.info("fitting %s to %s", model, panel)
    relations = relations_of(panel)
    followed = {r.asset for r in relations}
    free = panel
    if relations:
        free = panel.select([a for i, a in enumerate(panel.assets) if i not in followed])
        free = replace(free, prices=np.ascontiguousarray(free.prices))  # as a table without the others has them
    if like is not None and "like" in options:
        options["like"] = without_dependents(like)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", TsganWarning)
        fitted = fitter.fit(free, seed=seed, **options)
    if relations:
        fitted = WithDependents.of(fitted, panel, relations, seed)
    check_trial(fitted, panel)
    told = [
        str(one.message)
        for one in said
        if issubclass(one.category, TsganWarning) and not issubclass(one.category, CheckpointWarning)
    ]  # a checkpoint that was not saved says nothing of the model
    for one in said:
        warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    if isinstance(fitted, WithDependents):
        told += fitted.words
        for sentence in fitted.words:
            logger.info("%s", sentence)
    fitted = _told_of(fitted, (*panel.warnings, *told))
    return fitted if law is None else fitted.with_bars(law)


def _told_of(model: MarketModel, said: tuple[str, ...]) -> MarketModel:
    """The model with all that was said of its prices and its fit in its information: its reader was not there."""
    wanted = tuple(dict.fromkeys((*model.info.warnings, *said)))
    if wanted != model.info.warnings:
        object.__setattr__(model, "info", replace(model.info, warnings=wanted))  # frozen for everyone else
        vars(model).pop("model_hash", None)
    return model


def load_model(source: str | os.PathLike[str]) -> MarketModel:
    """Read a model that ``model.save(folder)`` wrote, or one that comes with tsgan: ``bundled:us-indices``.

    Raises ModelError for a folder that is not a model or was written by another format version, an unknown name, and
    the pretrained base, which is no model of anything before it is fitted to a history; PluginError where the plug-in
    that the model is of cannot be loaded.
    """
    if is_base(source):
        raise ModelError(
            f"{source} has no assets of its own until it is given their history: "
            f"tsgan.fit(prices, 'base') or 'tsgan train PRICES --model base --out MODEL', and for paths "
            f"'tsgan sample {source} --history PRICES'"
        )
    folder = model_folder(source)
    saved = read_model(folder)
    name = saved.info.model
    if name not in MODELS:
        raise ModelError(
            f"{folder} holds a model called {name!r}, which this tsgan does not know; "
            "install the plug-in that it came from, or another tsgan"
        )
    prepare()
    of_free: Any = MODELS[name]
    model: MarketModel = (
        WithDependents.restored(saved.info, saved.arrays, of_free)
        if is_one(saved.arrays)
        else of_free.restore(saved.info, saved.arrays)
    )
    if saved.training_history is not None:
        object.__setattr__(model, "training_history", saved.training_history)  # frozen for everyone else
    return model.with_bars(_bars().restore(saved.bars)) if saved.bars else model


def _bars() -> type[FittedBars]:
    """What only models with bars need, and takes a while to import."""
    from tsgan.models.bars.model import FittedBars

    return FittedBars


def refit(
    model: MarketModel, panel: Source, *, seed: int | None = None, progress: Callable[[Any], None] | None = None
) -> MarketModel:
    """Fit a model again, to other prices: same kind, same configuration, same seed unless given, bars where it has any.

    A GAN takes over the step counts of the one before, as ``fit(..., like=model)`` does; the pretrained base keeps its
    vintage, a stationary bootstrap a block length that somebody chose.  Raises as :func:`fit` does.
    """
    info = model.info
    options: dict[str, Any] = {}
    if info.model == "gan":
        options = {"config": GANConfig.from_saved(info.config), "like": model}
    elif info.model == "base":
        options = {"vintage": info.config["vintage"]}
    elif info.config.get("block_length_rule") == "given":
        options = {"block_length": info.config["block_length"]}
    chosen = info.seed if seed is None else seed
    return fit(panel, info.model, seed=chosen, progress=progress, bars=model.bars is not None, **options)


def base_for(source: str, histories: Sequence[Panel]) -> MarketModel:
    """The pretrained base, ``bundled:base`` or one of its vintages, as a model of the assets of these histories: fitted
    to the one that ends first, so that none is carried on by a model that knows what came after it."""
    first = min(histories, key=lambda panel: panel.dates[-1])
    return fit(first, "base", vintage=vintage_of(source))


def as_model(model: ModelSource) -> MarketModel:
    """A fitted model as it is; anything else is read by :func:`load_model`."""
    return model if isinstance(model, MarketModel) else load_model(model)
