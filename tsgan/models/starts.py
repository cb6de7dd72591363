"""Where the paths of a job begin: which histories they carry on, on which day, at which prices."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tsgan.data.days import as_day
from tsgan.data.panel import Panel
from tsgan.errors import ModelError, StaleModelWarning

if TYPE_CHECKING:
    from tsgan.models.contract import MarketModel

STALE_DAYS = 365
"""A model whose training data end this many days before the last price of a history says so."""

Prices = Mapping[str, float] | Sequence[float] | np.ndarray


class Start(NamedTuple):
    """What paths carry on.

    Attributes:
        states: what each history leaves behind, as ``encode`` gives it.
        ends: last date of each history.
        date: day on which all paths start.
        prices: (asset,) float64, those of that day.
        rebased: whether some of them are base values of a model without prices.
    """

    states: list[Any]
    ends: list[np.datetime64]
    date: np.datetime64
    prices: np.ndarray
    rebased: bool


def start_of(
    model: MarketModel, history: Panel | Sequence[Panel] | None, start_prices: Prices | None, start_date: Any
) -> Start:
    """The start that the arguments of ``sample`` describe; raises and warns as described there."""
    info = model.info
    if history is None:
        panels, ends, prices = [], [np.datetime64(info.train_end)], np.array(info.start_prices, np.float64)
    else:
        panels = [model.aligned(panel) for panel in ([history] if isinstance(history, Panel) else history)]
        if not panels:
            raise ModelError(
                "an empty list of histories; give at least one, or None for the end of the training prices"
            )
        ends = [panel.dates[-1] for panel in panels]
        latest = panels[int(np.argmax(ends))]
        prices = np.array(latest.last_prices)
        late = int((max(ends) - np.datetime64(info.train_end)).astype(int))
        if late > STALE_DAYS:
            warnings.warn(
                f"the model was trained on prices up to {info.train_end}, {late} days before the last price "
                f"of the history ({max(ends)}); fit it again on recent prices",
                StaleModelWarning,
                stacklevel=3,
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
    states = [model.encode(panel.moves[-model.context_days :]) for panel in panels] or [model.state]
    named = set() if start_prices is None else set(start_prices if isinstance(start_prices, Mapping) else info.assets)
    rebased = info.rebased and not panels and not named.issuperset(info.assets)
    return Start(states, ends, max(ends) if start_date is None else as_day(start_date), prices, rebased)


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
