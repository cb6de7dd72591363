"""Fitting: one verb, and one literal that lists every fitter."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tsgan.config import GANConfig
from tsgan.data.load import load_prices
from tsgan.errors import ConfigError, ModelError
from tsgan.models.bundled import model_folder
from tsgan.models.classical.bootstrap import IIDBootstrap, StationaryBootstrap
from tsgan.models.classical.dcc_garch import DCCGarch
from tsgan.models.classical.filtered_historical import FilteredHistoricalSimulation
from tsgan.models.classical.gbm import GBM
from tsgan.models.classical.gjr_garch import GJRGarch
from tsgan.models.contract import MarketModel, ModelInfo
from tsgan.models.storage import read_bars, read_history, read_model
from tsgan.notebook import Phases, in_notebook

if TYPE_CHECKING:
    from tsgan.data.panel import Panel

BASELINES: dict[str, type[Any]] = {
    "gjr-garch": GJRGarch,
    "dcc-garch": DCCGarch,
    "fhs": FilteredHistoricalSimulation,
    "stationary-bootstrap": StationaryBootstrap,
    "iid-bootstrap": IIDBootstrap,
    "gbm": GBM,
}
"""Every classical model by name; each is a MarketModel with ``fit(panel, *, seed)``."""

FITTERS = ("gan", *BASELINES)
"""Every name that :func:`fit` accepts."""


def fit(
    panel: Panel | Any,
    model: str | GANConfig = "gan",
    *,
    seed: int = 0,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
    progress: Callable[[Any], None] | None = None,
    bars: bool = False,
    like: MarketModel | None = None,
) -> MarketModel:
    """Fit a model to a price history, and to nothing else.

    Args:
        panel: a Panel, or anything that :func:`tsgan.load_prices` reads.
        model: a name from ``tsgan.FITTERS``, or a GANConfig.
        seed: same panel, configuration, seed and platform give the same model, bit for bit.
        checkpoint: for GANs, a file that training saves its state to as it goes.
        resume: carry on from ``checkpoint`` where it exists.
        progress: called with a :class:`tsgan.training.progress.Progress` as training goes; a notebook shows bars by
            itself.
        bars: also learn open, high, low and volume around the closes; scenarios then have bars.
        like: for GANs, a model of the same configuration fitted to earlier dates: its step counts are taken over, not
            chosen again, which halves the time.

    Returns:
        A fitted MarketModel; ``info.train_end`` is the last date it has seen.

    Raises:
        ConfigError: an unknown name.
        DataError: prices that cannot be used, or bars that are missing or made up.
    """
    panel = load_prices(panel)
    if bars:
        from tsgan.models.bars.model import Bars

        law = Bars.fit(panel)  # first, for it takes a second and can refuse the prices
        closes = fit(panel, model, seed=seed, checkpoint=checkpoint, resume=resume, progress=progress, like=like)
        return closes.with_bars(law)
    if isinstance(model, str) and model in BASELINES:
        return BASELINES[model].fit(panel, seed=seed)
    config = GANConfig() if model == "gan" else model
    if not isinstance(config, GANConfig):
        raise ConfigError(f"no model called {model!r}; choose one of {', '.join(FITTERS)}")
    from tsgan.training.fit import fit_gan  # jax is imported only where it is used

    if progress is None and in_notebook():
        progress = Phases()
    return fit_gan(panel, config, seed=seed, checkpoint=checkpoint, resume=resume, progress=progress, like=like)


def load_model(source: str | os.PathLike[str]) -> MarketModel:
    """Read a model that ``model.save(folder)`` wrote, or one that comes with tsgan: ``bundled:us-indices``.

    Raises ModelError for a folder that is not a model or was written by another format version, and an unknown name.
    """
    folder = model_folder(source)
    document, arrays = read_model(folder)
    info = ModelInfo.from_json(document["info"])
    model = _restored(folder, info, arrays)
    bars = read_bars(arrays)
    return model if bars is None else model.with_bars(bars)


def _restored(folder: str | os.PathLike[str], info: ModelInfo, arrays: dict[str, np.ndarray]) -> MarketModel:
    if info.model in BASELINES:
        return BASELINES[info.model].restore(info, arrays)
    if info.model != "gan":
        raise ModelError(f"{folder} holds a model called {info.model!r}, which this tsgan does not know")
    from tsgan.models.gan.model import GAN

    model = GAN.restore(info, arrays)
    model.training_history = read_history(folder)
    return model
