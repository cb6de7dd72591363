"""The bars of a panel as the law of bars reads them: which assets have any, and which bars can be learnt from."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np

from tsgan.data.panel import Panel
from tsgan.errors import DataError, TsganWarning
from tsgan.models.bars.shapes import Shapes, shapes_of

MADE_UP = 0.5
"""Share of a year's bars that open at the close before, or have no range at all, beyond which it is left out."""

SAME = 0.02
"""An open is that of the close before where it lies within this share of a typical move of it, as those of indices do
that are computed before most of their stocks have traded."""

FEWEST_BARS = 250
"""Sound bars that an asset needs, and days with volume for its volume to be learnt."""


class BarHistory(NamedTuple):
    """The last days of some assets, (day, asset) each; NaN where something is missing.

    Attributes:
        returns: log returns since the last close before.
        shapes: of the bars; a day without trading has none.
        volume: log volume.
        made_up: bool, bars that were there and are left out because their year's are made up.
    """

    returns: np.ndarray
    shapes: Shapes
    volume: np.ndarray
    made_up: np.ndarray


def assets_with_bars(panel: Panel) -> np.ndarray:
    """(asset,) bool, which assets have bars to learn from; DataError where none has."""
    missing = [name for name in ("open", "high", "low") if name not in panel.bars]
    if missing:
        raise DataError(
            f"no {', '.join(missing)} for {', '.join(panel.assets)} in {panel.source or 'these prices'}, which bars "
            "are learnt from; give prices with open, high and low, or leave bars out"
        )
    prices = np.array([kind == "price" for kind in panel.kinds])
    if not prices.any():
        raise DataError(f"bars are made for prices, and {', '.join(panel.assets)} are levels or rates; leave bars out")
    chosen = prices & np.isfinite(panel.bars["open"]).any(axis=0)
    if not chosen.any():
        names = np.array(panel.assets)[prices]
        raise DataError(f"no bars of {', '.join(names)}: every open is missing; give true bars, or leave bars out")
    if not chosen.all():
        names = np.array(panel.assets)[~chosen]
        warnings.warn(f"{', '.join(names)}: closes only, bars are made of the others", TsganWarning, stacklevel=4)
    return chosen


def read(panel: Panel, columns: np.ndarray, days: int) -> BarHistory:
    """The last ``days`` of some columns, or as many as there are."""
    rows = slice(max(len(panel) - days, 1), None)
    nothing = np.full(panel.prices.shape, np.nan)
    opens, highs, lows, volume = (
        panel.bars.get(name, nothing)[rows, columns] for name in ("open", "high", "low", "volume")
    )
    closes, returns = panel.prices[rows, columns], panel.returns[rows.start - 1 :, columns]
    idle = (volume == 0) & (highs == lows)  # the bar of a day without trading is no bar
    shapes = shapes_of(closes * np.exp(-returns), np.where(idle, np.nan, opens), highs, lows, closes)
    made_up = _made_up(shapes, highs == lows, returns, panel.dates[rows])
    log_volume = np.log(np.where(np.isfinite(returns) & (volume > 0), volume, np.nan))
    return BarHistory(returns, Shapes(*(np.where(made_up, np.nan, part) for part in shapes)), log_volume, made_up)


def check(panel: Panel, columns: np.ndarray, history: BarHistory) -> None:
    """Warn of bars that were left out; DataError where too few remain."""
    years = panel.dates[1:].astype("datetime64[Y]")
    for column, asset in enumerate(np.array(panel.assets)[columns]):
        bad = np.unique(years[history.made_up[:, column]])
        known = np.isfinite(history.shapes.gap[:, column])
        if known.sum() < FEWEST_BARS:
            there = np.isfinite(panel.bars["open"][1:, columns][:, column]) & np.isfinite(history.returns[:, column])
            why = (
                "the others open at the close before or have no range, so they are made up; give true bars"
                if len(bad)
                else "the others contradict its closes; adjust open, high and low as the closes are (splits, dividends)"
                if there.sum() > known.sum()
                else "give a longer history"
            )
            raise DataError(
                f"only {known.sum()} of the {there.sum()} bars of {asset} can be used, {FEWEST_BARS} are needed: "
                f"{why}, or leave bars out"
            )
        if len(bad):
            spell = f"{bad[0]}" if len(bad) == 1 else f"{len(bad)} years, {bad[0]} to {bad[-1]},"
            warnings.warn(
                f"the bars of {asset} in {spell} open at the close before or have no range, so they are made up: "
                "bars are learnt from the other years, closes from all",
                TsganWarning,
                stacklevel=4,
            )


def growth_of(log_volume: np.ndarray) -> np.ndarray:
    """(asset,) least-squares slope a day of each column, where it has values."""
    day = np.where(np.isfinite(log_volume), np.arange(len(log_volume), dtype=float)[:, None], np.nan)
    count = np.maximum(np.isfinite(day).sum(axis=0), 1)
    day = day - np.nansum(day, axis=0) / count
    return np.nansum(day * log_volume, axis=0) / np.maximum(np.nansum(day**2, axis=0), 1.0)


def without_trend(log_volume: np.ndarray, growth: np.ndarray) -> np.ndarray:
    """Log volume without its growth a day, at the level of the last day."""
    return log_volume - growth * (np.arange(len(log_volume)) - len(log_volume) + 1)[:, None]


def _made_up(shapes: Shapes, flat: np.ndarray, returns: np.ndarray, dates: np.ndarray) -> np.ndarray:
    """(day, asset) bars of years most of which are not what a market does."""
    known = np.isfinite(shapes.gap)
    sizes = np.ma.masked_invalid(np.abs(returns))
    typical = np.ma.filled(np.ma.median(sizes, axis=0), 0.0) if sizes.size else np.zeros(known.shape[1])
    odd = known & ((np.abs(shapes.gap) < SAME * typical + 1e-7) | flat)
    years, which = np.unique(dates.astype("datetime64[Y]"), return_inverse=True)
    share = np.zeros((len(years), known.shape[1]))
    np.add.at(share, which, odd)
    count = np.zeros_like(share)
    np.add.at(count, which, known)
    return known & (share > MADE_UP * count)[which]
