"""Monthly, quarterly and yearly series on common dates: the last weekday of each period."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from tsgan.data.calendars import PERIODS, period_of
from tsgan.data.days import DAY, as_days
from tsgan.data.join import periods_of
from tsgan.data.validate import Finding

LONG = (12, 4, 1)
"""Observations a year of the series whose dates stand for a whole period."""

LATE = 7
"""Days before the end of a period by which the last close of a finer series may stand and still be that of its end."""


def at_period_ends(tables: Mapping[str, pd.DataFrame]) -> tuple[dict[str, pd.DataFrame], list[Finding]]:
    """The tables (one an asset, by increasing midnight dates) on dates that can meet, and what was done to them.

    Statistics are often dated by the FIRST day of the month, quarter or year that they describe, when nobody knew them
    yet: such tables move to its last weekday.  Where the slowest assets are monthly, quarterly or yearly and others
    are faster, or date the same periods otherwise, all are taken at the last weekday of these periods: faster ones at
    their last close there, without bars.  Daily and weekly assets among themselves stay as they are.

    Raises DataError for dates of no known frequency.
    """
    periods = {asset: periods_of(as_days(table.index)) for asset, table in tables.items()}
    slowest = min(periods.values())
    if slowest not in LONG:
        return dict(tables), []
    found, findings = dict(tables), []
    for asset, table in tables.items():
        days = as_days(table.index)
        if periods[asset] in LONG and (days == days.astype("datetime64[M]")).all():
            found[asset] = _last(table, period_ends(days, periods[asset]))
            period = period_of(periods[asset])
            message = f"dated by the first day of each {period}; moved to its last weekday, when it is over"
            findings.append(Finding("note", asset, "", message))
    every = np.unique(np.concatenate([as_days(table.index) for table in found.values()]))
    if len(every) == len(np.unique(period_ends(every, slowest))):
        return found, findings
    for asset, table in found.items():
        days = as_days(table.index)
        if periods[asset] in LONG:
            days = period_ends(days, periods[asset])
        ends = period_ends(days, slowest)
        if periods[asset] != slowest:
            fresh = ends - days <= LATE * DAY
            table, ends = table.loc[fresh, ["close"]], ends[fresh]
            beside = ", ".join(other for other, n in periods.items() if n == slowest)
            own, period = PERIODS[periods[asset]], period_of(slowest)
            message = f"{own}, taken at the last close of each {period}, to stand beside {beside}"
            findings.append(Finding("note", asset, "", message))
        found[asset] = _last(table, ends)
    return found, findings


def period_ends(days: np.ndarray, periods_per_year: int) -> np.ndarray:
    """(day,) the last weekday of the calendar month, quarter or year (12, 4, 1) of each of ``days``."""
    months = 12 // periods_per_year
    following = (days.astype("datetime64[M]").astype(int) // months + 1) * months
    return np.busday_offset(following.astype("datetime64[M]").astype("datetime64[D]"), -1, roll="forward")


def _last(table: pd.DataFrame, ends: np.ndarray) -> pd.DataFrame:
    """The last row of each period, dated by its end."""
    last = np.r_[ends[1:] != ends[:-1], True] if len(ends) else np.zeros(0, bool)
    return table.loc[last].set_axis(pd.DatetimeIndex(ends[last].astype("datetime64[s]")), axis=0)
