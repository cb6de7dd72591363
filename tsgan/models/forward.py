"""A model's state moved forward through new days: parameters, units and law stay as they were fitted.

The new state is, bit for bit, the one that the whole history leaves behind.  Prices that reach back over everything
that the state is read from are read as a whole, as ``sample(history=...)`` reads them, after a look at whether they
still are those that the model knows.  Shorter ones are put behind the moves that the model keeps, which gives the same
numbers wherever what they say of a day does not depend on the days before the first of them; where it does (a stretch
without trading, bars), they are refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tsgan.data.calendars import future_sessions, period_of, sessions_between
from tsgan.data.days import DAY, listed
from tsgan.data.load import Source
from tsgan.data.panel import Panel
from tsgan.data.stale import SHORTEST
from tsgan.errors import UpdateError
from tsgan.models.contract import MarketModel
from tsgan.models.histories import aligned

ROUNDING = 1e-6
"""By which a move may differ from the one that the model knows, in returns, or as a share of a level's size."""

SAME_PRICE = 1e-9
"""Relative difference of two prices that are the same."""

ENOUGH = 20
"""Known moves that must agree before other prices on the same day are taken for an adjustment of all of them."""


@dataclass(frozen=True, eq=False)
class Forward:
    """A model whose state knows more days.  Made by :func:`forward`.

    Attributes:
        model: the new one; the old one itself where nothing was new.
        panel: the prices given, in the model's order.
        days: (day,) the new dates, ``datetime64[D]``.
        notes: what was found at the seam, one sentence each.
    """

    model: MarketModel
    panel: Panel
    days: np.ndarray
    notes: tuple[str, ...] = ()


def forward(model: MarketModel, prices: Source, *, take_revised: bool = False) -> Forward:
    """Move the state of a model forward through the days after the last one that it knows.

    Args:
        model: any fitted model; it is not changed.
        prices: the new days, and as many of the days before as there are, with the model's tickers in any order.
        take_revised: take the state from these prices even where earlier ones are others than the model knows.

    Raises:
        ModelError: tickers that are missing, or of another kind.
        UpdateError: prices that end before the model's last day; that differ from those it knows; with sessions missing
            between them and it; or that reach back less far than the state needs.
        DataError: prices that cannot be read.
    """
    info, end = model.info, np.datetime64(model.info.last_date)
    panel = aligned(info, prices, min_days=1)
    if panel.dates[-1] < end:
        raise UpdateError(
            f"the prices end on {panel.dates[-1]}, and the model knows the days up to {end}: these are older; give "
            "later ones"
        )
    seen = int((panel.return_dates <= end).sum())
    notes = [] if take_revised else _checked(model, panel, seen)
    fresh = panel.dates[panel.dates > end]
    if not len(fresh) and not take_revised:
        return Forward(model, panel, fresh, tuple(notes))
    notes += _gap(model, panel, end)
    if seen >= len(model.recent) and (len(model.recent) or _reaches_back(model, panel)):
        recent, last = panel.moves[-model.context_days :], panel.last_prices
    elif take_revised or not len(model.recent):
        raise UpdateError(
            f"the state is read from the last {model.context_days:,} moves, and the prices have "
            f"{len(panel.moves):,}: give prices that reach back further"
        )
    else:
        recent, last = _behind(model, panel, end, rebased=bool(notes) and seen >= ENOUGH)
    moved = replace(info, start_prices=tuple(map(float, last)), state_end=str(panel.dates[-1]), rebased=False)
    result = model.carried_on(np.array(recent, np.float64), moved)
    if model.bars is not None:
        result = result.with_bars(model.bars.carried_on(panel, info.train_start))
    return Forward(result, panel, fresh, tuple(notes))


def _reaches_back(model: MarketModel, panel: Panel) -> bool:
    """Whether prices hold all that a model reads which keeps no moves of its own."""
    return len(panel.moves) >= model.context_days or str(panel.dates[0]) <= model.info.train_start


def _checked(model: MarketModel, panel: Panel, seen: int) -> list[str]:
    """What is to be said of the days that both know; UpdateError where they differ."""
    info, end = model.info, model.info.last_date
    count = min(len(model.recent), seen) if model.context_days > 1 else 0
    if count:
        now = _plain_moves(panel)[seen - count : seen]
        known = model.recent[-count:]
        logs = panel.space.logs
        size = np.where(logs, 1.0, np.maximum(np.nanmax(np.abs(panel.prices), axis=0), 1.0))
        apart = np.abs(now - known) > ROUNDING * size
        apart[:, list(model.followers)] = False
        if apart.any():
            day, asset = np.argwhere(apart)[0]
            date = panel.return_dates[seen - count + day]
            of = f"{int(apart.any(axis=1).sum())} of the {count:,} known days"
            raise UpdateError(
                f"earlier prices were revised: {info.assets[asset]} moved by {known[day, asset]:+.6g} on {date} as the "
                f"model knows it, and by {now[day, asset]:+.6g} in these prices ({of} differ). Look at them, then fit "
                "again (refit), take the state from the prices as they are now (take_revised), or give the days "
                f"from {end} on alone"
            )
    if info.rebased or panel.dates[0] > np.datetime64(end):
        return []
    there, kept = panel.through(end).last_prices, np.array(info.start_prices)
    other = np.abs(there - kept) > SAME_PRICE * np.abs(kept)
    if not other.any():
        return []
    asset = int(np.argmax(other))
    what = f"{info.assets[asset]} cost {kept[asset]:.6g} on {end} as the model knows it, and {there[asset]:.6g} now"
    if count < ENOUGH and model.context_days > 1:
        raise UpdateError(
            f"earlier prices were revised or adjusted: {what}; give prices from at least {ENOUGH} days before {end}, "
            "which tell the one from the other"
        )
    return [f"{what}: earlier prices were adjusted, their moves are the same"]


def _plain_moves(panel: Panel) -> np.ndarray:
    """(day - 1, asset) moves, those of stretches without trading as well."""
    values = panel.space.coordinates(panel.prices)
    rows = np.maximum.accumulate(np.where(np.isnan(values), 0, np.arange(len(values))[:, None]), axis=0)
    return values[1:] - np.take_along_axis(values, rows, axis=0)[:-1]


def _gap(model: MarketModel, panel: Panel, end: np.datetime64) -> list[str]:
    """What is to be said of sessions that lie between what the model knows and the first new price."""
    info = model.info
    fresh = panel.dates[panel.dates > end]
    if not len(fresh):
        return []
    period = period_of(info.periods_per_year)
    if period == "day":
        missing = sessions_between(info.calendar, end + DAY, fresh[0] - DAY)
    else:
        steps = future_sessions(info.calendar, end, 2, info.periods_per_year)[1:]
        missing = steps[:1] if fresh[0] > steps[0] + (steps[1] - steps[0]) // 2 else steps[:0]
    if not len(missing):
        return []
    what = f"no price between {end}, the last day that the model knows, and {fresh[0]}: {listed(missing)} missing"
    if panel.dates[0] <= end:
        return [f"{what}, and taken for closed"]
    raise UpdateError(
        f"{what}; give prices from {end} on, that day included: what lies between is then taken for closed"
    )


def _behind(model: MarketModel, panel: Panel, end: np.datetime64, *, rebased: bool) -> tuple[np.ndarray, np.ndarray]:
    """The last moves (day, asset) and prices (asset,) of a model and of the new days behind them."""
    info, later = model.info, panel.dates > end
    start = np.array(info.start_prices)
    if rebased:  # all prices were multiplied: the last known one stands in these prices as well
        there = panel.through(end).last_prices
        start = np.where(np.isfinite(there), there, start)
    dates = np.concatenate([[end], panel.dates[later]])
    pasted = replace(panel, dates=dates, prices=np.vstack([start, panel.prices[later]]), bars={})
    fresh = _plain_moves(pasted)
    for asset, date in panel.spans:
        fresh[pasted.return_dates == np.datetime64(date), info.assets.index(asset)] = np.nan
    for i, asset in enumerate(info.assets):
        if _still(model.recent[:, i], fresh[:, i]):
            raise UpdateError(
                f"{asset} has stood still for {SHORTEST} {period_of(info.periods_per_year)}s or more: whether it "
                f"rested or was not traded takes its whole history to tell; give prices from {info.train_start} on"
            )
    return np.vstack([model.recent, fresh])[-model.context_days :], pasted.last_prices


def _still(known: np.ndarray, fresh: np.ndarray) -> bool:
    """Whether new moves (day,) of an asset carry a stretch on, or end one, that may be stale: what follows in
    :func:`tsgan.data.stale.stale_moves` depends on all of its history."""
    if not np.isfinite(known).any():
        return False  # not listed yet
    moving = np.flatnonzero(np.isfinite(known) & (known != 0))
    tail = known[moving[-1] + 1 :] if len(moving) else known
    run, gone = len(tail), bool(np.isnan(tail).any())
    for move in fresh:
        if np.isnan(move):
            continue  # without a price there is no move, and no end of a stretch either
        if run >= SHORTEST - (move == 0) and (move == 0 or gone):
            return True
        run, gone = (run + 1, gone) if move == 0 else (0, False)
    return False
