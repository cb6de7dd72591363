"""Base rates: how often such a loss, or such an event, came in the history, with the book of today.

Every stretch of the history as long as asked, whichever day it begins on, is set upon today's prices.  Neighbouring
stretches share all but one of their days, and bad ones come together: their share is counted over all of them, its
interval is that of as many as are worth the same, and ``spells`` counts occurrences that do not overlap.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tsgan.applications.portfolio import Book
from tsgan.applications.stress.measures import Row
from tsgan.applications.stress.windows import kept_rows
from tsgan.data.panel import Panel
from tsgan.models.conditioning import Event, Target
from tsgan.scenarios.scenarios import Scenarios
from tsgan.stats import weighted
from tsgan.stats.inference import windows_ratio

CHUNK = 2**22
"""Prices held at once."""

LEVEL = 0.99
"""Of the values at risk whose base rates are given."""


def base_rates(
    known: Panel, usual: Scenarios, book: Book, risk: Sequence[Row], event: Event | None, loss: Event | None
) -> list[Row]:
    """How often losses beyond each value at risk, an event, and the loss of a reverse test came in a history.

    Args:
        known: the history up to the start.
        usual: paths from there.
        book: the portfolio, on them.
        risk: figures of the model.
        event, loss: as far as they were asked for.

    Returns:
        Rows as of :func:`base_rate`, with ``what`` (``value at risk``, ``event`` or ``reverse``) and ``threshold`` (the
        loss, None for an event).
    """
    panel, start = known.select(usual.assets), usual.start_prices
    rows = []
    for row in (row for row in risk if row["level"] == LEVEL and row["var"] > 0):
        target = Target("loss", -1, False, row["var"], math.inf, row["days"], row["days"])
        found = base_rate(Event((target,), start, book), panel, book.used)
        rows.append({"what": "value at risk", "threshold": row["var"], **found})
    for what, asked in (("event", event), ("reverse", loss)):
        if asked is not None:
            columns = {target.column for target in asked.targets if target.column >= 0}
            used = sorted(columns | (set(book.used) if any(t.column < 0 for t in asked.targets) else set()))
            rows.append({"what": what, "threshold": None, **base_rate(asked, panel, used)})
    return rows


def base_rate(event: Event, panel: Panel, used: Sequence[int]) -> Row:
    """How often an event came in the stretches of a history.

    Args:
        event: of prices that start where its own do; a loss is that of the book in it.
        panel: the history, with the columns of the event.
        used: columns that must have a price.

    Returns:
        JSON-ready: ``days`` of a stretch, ``windows`` (stretches), ``hits`` (those with the event), ``share`` with its
        interval ``share_low`` and ``share_high``, ``spells``, and the dates ``first`` and ``last`` of stretches with
        it, None without any.
    """
    place, dates = kept_rows(panel, used)
    days, count = event.days, len(place) - event.days
    row: Row = {"days": days, "windows": max(count, 0), "hits": 0, "share": math.nan}
    row |= {"share_low": math.nan, "share_high": math.nan, "spells": 0, "first": None, "last": None}
    if count < 1:
        return row
    origin, hits = panel.space.coordinates(event.start), np.zeros(count, bool)
    step = max(1, CHUNK // (days * place.shape[1]))
    for begin in range(0, count, step):
        starts = np.arange(begin, min(begin + step, count))
        moves = place[starts[:, None] + np.arange(1, days + 1)] - place[starts][:, None]
        hits[starts] = event.happens(panel.space.prices(origin + moves))
    found = weighted.probability(hits, inflation=windows_ratio(hits, days))
    row |= {"hits": int(hits.sum()), "share": found.value, "share_low": found.low, "share_high": found.high}
    spells, free = [], 0
    for start in np.flatnonzero(hits):
        if start >= free:
            spells.append(start)
            free = start + days
    if spells:
        row |= {"spells": len(spells), "first": str(dates[spells[0]]), "last": str(dates[np.flatnonzero(hits)[-1]])}
    return row
