"""Historical simulation with overlapping windows: the book of today, carried along every stretch of the history.

The moves of 10 days in a row, from every day on which the history has 10 more, as they came: what follows what stays
as it was.  Neighbouring windows share all but one of their days, and bad ones come together, so windows are worth fewer
independent ones; intervals count them so, and say where that is too few.  (Days drawn at random and glued together,
which is the other simulation that carries the name, lose every memory from day to day.)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tsgan.applications.portfolio import Book
from tsgan.applications.stress.drift import Drift
from tsgan.applications.stress.measures import LEVELS, Row, spread
from tsgan.data.panel import Panel
from tsgan.stats import weighted
from tsgan.stats.inference import windows_ratio

FEWEST = 30
"""Windows below which a horizon is left out."""


def window_profits(book: Book, panel: Panel, start: np.ndarray, drift: Drift, horizon: int) -> list[np.ndarray]:
    """Profits of the book after 1, 2, ... ``horizon`` steps, one array (window,) each, by the windows' first days.

    Args:
        book: at the prices ``start`` (asset,), the columns of the panel.
        panel: the history up to the start.
        drift: of all paths; the history's own is its mean move.
    """
    space = panel.space
    place, _ = kept_rows(panel, book.used)
    origin = space.coordinates(start)
    own = (place[-1] - place[0]) / max(len(place) - 1, 1)
    profits = []
    for steps in range(1, min(horizon, len(place) - FEWEST) + 1):
        moves = place[steps:] - place[:-steps]
        moves = moves + drift.summed(steps, own, moves, space.logs, panel.periods_per_year)
        profits.append(book.by_position(space.prices(origin + moves), start).sum(-1))
    return profits


def kept_rows(panel: Panel, used: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """(day, asset) coordinates of the days on which the columns ``used`` have a price or had one before, and their
    dates."""
    place = _filled(panel.space.coordinates(panel.prices))
    kept = np.isfinite(place[:, list(used)]).all(axis=1)
    return place[kept], panel.dates[kept]


def risk_rows(source: str, profits: list[np.ndarray], days: tuple[int, ...]) -> list[Row]:
    """VaR and ES by horizon and level, as :func:`tsgan.applications.stress.measures.risk_rows` has them of paths."""
    rows = []
    for day in days:
        if day > len(profits):
            continue
        for level in LEVELS:
            losses = -profits[day - 1]
            var = weighted.tail(losses, level).var.value
            at_var = weighted.tail(losses, level, inflation=windows_ratio(losses > var, day))
            at_es = weighted.tail(losses, level, inflation=windows_ratio(np.maximum(losses - var, 0), day))
            rows.append(
                {"source": source, "days": day, "level": level} | spread("var", at_var.var) | spread("es", at_es.es)
            )
    return rows


def loss_rows(source: str, profits: list[np.ndarray], horizon: int, losses: tuple[float, ...]) -> list[Row]:
    """Probability of a loss at the end of windows of ``horizon`` steps, and at any close in them; none where there are
    too few windows."""
    if len(profits) < horizon:
        return []
    last = profits[horizon - 1]
    worst = np.minimum.reduce([one[: len(last)] for one in profits[:horizon]])
    rows = []
    for loss in losses:
        row: Row = {"source": source, "loss": loss, "days": horizon}
        for name, profit in (("at_end", last), ("ever", worst)):
            hits = profit < -loss
            row |= spread(name, weighted.probability(hits, inflation=windows_ratio(hits, horizon)))
        rows.append(row)
    return rows


def _filled(values: np.ndarray) -> np.ndarray:
    """(day, asset) with every missing value replaced by the last one before it, where there is one."""
    rows = np.where(np.isfinite(values), np.arange(len(values))[:, None], 0)
    return np.take_along_axis(values, np.maximum.accumulate(rows, axis=0), axis=0)
