"""Standing on a day of a history."""

from __future__ import annotations

from typing import Any

from tsgan.data.days import as_day
from tsgan.data.panel import Panel
from tsgan.errors import DataError


def as_of(panel: Panel, date: Any = None) -> Panel:
    """The history up to and including ``date``, or all of it; DataError for a date outside of it."""
    if date is None:
        return panel
    day = as_day(date)
    if not panel.dates[1] <= day <= panel.dates[-1]:
        raise DataError(f"{day} is outside the history, which runs from {panel.dates[0]} to {panel.dates[-1]}")
    return panel.through(day)
