"""What users give an application, in whatever form they have it."""

from __future__ import annotations

import os

from tsgan.data.load import Source, load_as
from tsgan.data.panel import Panel
from tsgan.fitting import load_model
from tsgan.models.contract import MarketModel

ModelSource = MarketModel | str | os.PathLike[str]
"""A fitted model, or what :func:`tsgan.load_model` reads."""


def as_model(model: ModelSource) -> MarketModel:
    """The model itself, or the one read from a folder; ModelError where that holds none."""
    return model if isinstance(model, MarketModel) else load_model(model)


def prices_for(model: MarketModel, prices: Source) -> Panel:
    """Prices of the model's tickers, in its order, read with its kinds and bounds; a Panel is taken as it is.

    Raises DataError for prices that cannot be used, ModelError for those of other tickers, kinds or bounds.
    """
    return model.aligned(prices if isinstance(prices, Panel) else load_as(prices, model.info.space))
