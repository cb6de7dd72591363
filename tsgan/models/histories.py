"""Histories that paths carry on: read for a model, and what paths start from at their end."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from tsgan.data.days import as_day
from tsgan.data.load import Source, load_as
from tsgan.data.panel import Panel
from tsgan.errors import ModelError, StaleModelWarning
from tsgan.models.info import ModelInfo
from tsgan.models.moves import FEWEST_MOVES

STALE_DAYS = 365
"""A model whose training data end this many days before the last price of a history says so."""

Prices = Mapping[str, float] | Sequence[float] | np.ndarray

Histories = (
    Panel | pd.DataFrame | pd.Series | str | os.PathLike[str] | Sequence[Panel | pd.DataFrame | str | os.PathLike[str]]
)
"""One history, or several in a list or a tuple: Panels, DataFrames, or whatever :func:`tsgan.load_prices` reads."""


class PathStart(NamedTuple):
    """Where the paths of a job begin.

    Attributes:
        panels: the histories that they carry on, in the model's order; none where that is the training panel.
        ends: last date of each history.
        date: day on which all paths start.
        prices: (asset,) float64, those of that day.
        rebased: whether some of them are base values of a model without prices.
    """

    panels: tuple[Panel, ...]
    ends: tuple[np.datetime64, ...]
    date: np.datetime64
    prices: np.ndarray
    rebased: bool


def aligned(info: ModelInfo, prices: Source, *, min_days: int | None = None) -> Panel:
    """:meth:`tsgan.MarketModel.aligned`; ``min_days`` as of :func:`tsgan.load_prices`, but for the pretrained base,
    whose histories may be as short as those that it is fitted to."""
    if min_days is None and info.model == "base":
        min_days = FEWEST_MOVES + 1
    panel = prices if isinstance(prices, Panel) else load_as(prices, info.space, min_days=min_days)
    missing = [a for a in info.assets if a not in panel.assets]
    if missing:
        raise ModelError(
            f"the model knows {', '.join(info.assets)}, but the history has {', '.join(panel.assets)}: "
            f"no {', '.join(missing)}; give a history with the model's tickers"
        )
    panel = panel if panel.assets == info.assets else panel.select(info.assets)
    if (panel.kinds, panel.bounds) != (info.kinds, info.space.bounds):
        ours, theirs = info.space.described(), panel.space.described()
        other = next(asset for asset in panel.assets if ours[asset] != theirs[asset])
        raise ModelError(
            f"the model takes {other} for a {ours[other]}, the history for a {theirs[other]}; "
            "load it with the kinds and bounds of the model"
        )
    return panel


def path_start(info: ModelInfo, history: Histories | None, start_prices: Prices | None, start_date: Any) -> PathStart:
    """The start that the arguments of ``sample`` describe; raises and warns as described there."""
    panels: tuple[Panel, ...] = ()
    if history is None:
        ends, prices = (np.datetime64(info.last_date),), np.array(info.start_prices, np.float64)
    else:
        panels = tuple(aligned(info, one) for one in each(history))
        ends = tuple(panel.dates[-1] for panel in panels)
        latest = panels[int(np.argmax(ends))]
        prices = np.array(latest.last_prices)
    late = int((max(ends) - np.datetime64(info.train_end)).astype(int))
    if late > STALE_DAYS:
        warnings.warn(
            f"the model was trained on prices up to {info.train_end}, {late} days before the last price "
            f"of the history ({max(ends)}); fit it again on recent prices",
            StaleModelWarning,
            stacklevel=4,
        )
    if start_prices is not None:
        prices = _given(start_prices, info.assets, prices)
    missing = [asset for asset, price in zip(info.assets, prices, strict=True) if not np.isfinite(price)]
    if missing:
        raise ModelError(
            f"the history has no price of {', '.join(missing)}, so paths have nowhere to start; "
            "give a later history, or start_prices"
        )
    # At a bound or beyond it there is no coordinate, and no price at or below 0 has a logarithm.
    space = info.space
    beyond = ~np.isfinite(space.coordinates(prices)) | (space.logs & ~(prices > 0))
    if beyond.any():
        i = int(np.argmax(beyond))
        raise ModelError(
            f"{info.assets[i]} cannot start at {prices[i]:g}: a price is positive, and a level or rate lies strictly "
            "inside its bounds; correct start_prices"
        )
    named = set() if start_prices is None else set(start_prices if isinstance(start_prices, Mapping) else info.assets)
    rebased = info.rebased and not panels and not named.issuperset(info.assets)
    return PathStart(panels, ends, max(ends) if start_date is None else as_day(start_date), prices, rebased)


def each(history: Histories) -> list[Any]:
    """The histories one by one; ModelError where there is none."""
    one = isinstance(history, Panel | pd.DataFrame | pd.Series | str | os.PathLike)
    histories = [history] if one else list(history)
    if not histories:
        raise ModelError("an empty list of histories; give at least one, or None for the end of the training prices")
    return histories


def _given(start_prices: Prices, assets: tuple[str, ...], prices: np.ndarray) -> np.ndarray:
    """``prices`` with those that somebody named in their place."""
    if isinstance(start_prices, Mapping):
        unknown = [asset for asset in start_prices if asset not in assets]
        if unknown:
            raise ModelError(f"start_prices names {', '.join(unknown)}, but the model knows {', '.join(assets)}")
        return np.array([float(start_prices.get(a, p)) for a, p in zip(assets, prices, strict=True)])
    given = np.asarray(start_prices, np.float64)
    if given.shape != prices.shape:
        raise ModelError(
            f"{given.size} start prices for {len(assets)} assets; give one for each of {', '.join(assets)}"
        )
    return given
