"""Trading days: the dates that scenarios carry, and the sessions that a history should have."""

from __future__ import annotations

import math
import warnings
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from tsgan.data.days import DAY, as_day, as_days
from tsgan.errors import DataError, DataWarning

WEEKDAYS = "weekdays"
"""Monday to Friday, no holidays: what is used where no exchange calendar applies."""

WEEKS = {
    WEEKDAYS: "1111100",
    "monday-saturday": "1111110",
    "sunday-friday": "1111101",
    "sunday-thursday": "1111001",
}
"""Calendars that are weeks without holidays: which days from Monday to Sunday are sessions."""

PERIODS = {365: "daily", 252: "daily", 52: "weekly", 12: "monthly", 4: "quarterly", 1: "yearly"}
"""Observations a year -> the word for them."""

LAST_YEAR = 2199
"""Calendars are asked for nothing later: rules that far ahead mean nothing, and nanosecond dates end in 2262."""


def future_sessions(calendar: str, start: Any, n: int, periods_per_year: int = 252) -> np.ndarray:
    """Dates of a path: ``start``, then the next ``n`` periods.

    Args:
        calendar: an exchange_calendars name (``XNYS``, ``24/7``) or ``weekdays``.
        start: the start day, kept as it is whether a session or not.
        n: periods after the start, at least 0.
        periods_per_year: 52 steps a week (same weekday); 12, 4 and 1 step to the last weekday of each following month,
            third month and twelfth month; anything else steps by sessions.

    Returns:
        (n + 1,) ``datetime64[D]``, strictly increasing.

    Warns:
        DataWarning: the calendar is unknown or ends too early; weekdays are used from there on.
    """
    first = as_day(start)
    if n < 0:
        raise DataError(f"cannot list {n} sessions after {first}; ask for 0 or more")
    a_year = periods_per_year if periods_per_year < 200 else 366
    if n > a_year * max(LAST_YEAR - _year(first) + 1, 0):
        raise DataError(f"{n:,} steps after {first} end beyond the year {LAST_YEAR}; ask for a shorter horizon")
    if periods_per_year == 52:
        return first + 7 * np.arange(n + 1)
    if periods_per_year in (12, 4, 1):
        return np.concatenate([[first], _month_ends(first, n, 12 // periods_per_year)])
    if n == 0 or calendar in WEEKS:
        return np.concatenate([[first], _weekdays_after(first, n, WEEKS.get(calendar, WEEKS[WEEKDAYS]))])
    sessions, reached = _sessions_after(calendar, first, n)
    if len(sessions) < n:
        known = f"has no sessions after {reached}" if known_calendar(calendar) else "is not known to exchange_calendars"
        warnings.warn(f"the calendar {calendar} {known}; weekdays are used instead", DataWarning, stacklevel=2)
        sessions = np.concatenate([sessions, _weekdays_after(reached, n - len(sessions))])
    return np.concatenate([[first], sessions])


def period_of(periods_per_year: int) -> str:
    """What one step of a path is: ``day``, ``week``, ``month``, ``quarter`` or ``year``."""
    return {52: "week", 12: "month", 4: "quarter", 1: "year"}.get(periods_per_year, "day")


def period_between(first: Any, last: Any, steps: int) -> str:
    """:func:`period_of` dates that go from ``first`` to ``last`` in so many steps."""
    gap = float((as_day(last) - as_day(first)).astype(int)) / max(steps, 1)
    lengths = {"day": 365.25 / 252, "week": 7.0, "month": 30.4, "quarter": 91.3, "year": 365.25}
    return min(lengths, key=lambda period: abs(math.log(max(gap, 0.1) / lengths[period])))


def sessions_between(calendar: str, first: Any, last: Any) -> np.ndarray:
    """Sessions from ``first`` to ``last``, both included, as far as the calendar reaches: ``datetime64[D]``.

    Empty for a calendar that is not known.
    """
    first, last = as_day(first), as_day(last)
    if calendar in WEEKS:
        days = np.arange(first, last + DAY)
        return days[np.is_busday(days, weekmask=WEEKS[calendar])]
    sessions = _sessions(calendar, _year(first), _year(last))
    return sessions[(sessions >= first) & (sessions <= last)]


def session_closes(calendar: str, dates: np.ndarray) -> np.ndarray:
    """When trading ends on each of ``dates``, in UTC: (day,) ``datetime64[ns]``.

    The exchange's own close, early ones included; the last second of the day for days that are no sessions and for
    calendars that are not known.
    """
    days = np.asarray(dates).astype("datetime64[D]")
    closes = days.astype("datetime64[ns]") + np.timedelta64(86_399, "s")
    if calendar in WEEKS or not known_calendar(calendar) or not len(days):
        return closes
    earliest, latest = _bounds(calendar)
    first, last = max(pd.Timestamp(days[0]), earliest), min(pd.Timestamp(days[-1]), latest)
    if first > last:
        return closes
    known = _build(calendar, start=first, end=max(last, first + pd.Timedelta(days=14))).closes
    found = known.reindex(pd.DatetimeIndex(days.astype("datetime64[ns]")))
    return np.where(found.isna(), closes, found.dt.tz_convert(None).to_numpy().astype("datetime64[ns]"))


@lru_cache(maxsize=64)
def known_calendar(calendar: str) -> bool:
    """Whether ``calendar`` is one of :data:`WEEKS` or a name of exchange_calendars (``NYSE`` and such included)."""
    import exchange_calendars

    return calendar in WEEKS or calendar in exchange_calendars.get_calendar_names()


def _sessions_after(calendar: str, first: np.datetime64, n: int) -> tuple[np.ndarray, np.datetime64]:
    """Up to ``n`` sessions after ``first``, and the last day that the calendar could speak for."""
    # The sparsest calendars have some 225 sessions a year; a second look further ahead covers anything stranger.
    for sessions_a_year in (225, 100):
        year = min(_year(first) + math.ceil(n / sessions_a_year) + 1, LAST_YEAR)
        sessions = _sessions(calendar, _year(first), year)
        sessions = sessions[sessions > first][:n]
        if len(sessions) == n:
            break
    return sessions, max(first, sessions[-1]) if len(sessions) else first


@lru_cache(maxsize=32)
def _sessions(calendar: str, first_year: int, last_year: int) -> np.ndarray:
    """Sessions of whole years, clipped to what the calendar records; empty where it is unknown."""
    if not known_calendar(calendar):
        return np.empty(0, "datetime64[D]")
    earliest, latest = _bounds(calendar)
    start = max(pd.Timestamp(first_year, 1, 1), earliest)
    end = min(pd.Timestamp(min(last_year, LAST_YEAR), 12, 31), latest)
    if start > end:
        return np.empty(0, "datetime64[D]")
    result = as_days(_build(calendar, start=start, end=end).sessions)
    result.flags.writeable = False
    return result


@lru_cache(maxsize=64)
def _bounds(calendar: str) -> tuple[Any, Any]:
    """First and last day for which the calendar's holidays are recorded."""
    kind = type(_build(calendar))
    return kind.bound_min() or pd.Timestamp(1700, 1, 1), kind.bound_max() or pd.Timestamp(LAST_YEAR, 12, 31)


def _build(calendar: str, **span: Any) -> Any:
    import exchange_calendars

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its use of pandas 3, nothing that we can mend
        return exchange_calendars.get_calendar(calendar, **span)


def _weekdays_after(day: np.datetime64, n: int, week: str = WEEKS[WEEKDAYS]) -> np.ndarray:
    """(n,) days of a ``week``, Monday to Friday, strictly after ``day``."""
    last = np.busday_offset(day, 0, roll="preceding", weekmask=week)
    return np.busday_offset(last, 1 + np.arange(n), weekmask=week)


def _month_ends(day: np.datetime64, n: int, months: int) -> np.ndarray:
    """(n,) last weekdays of every so many months after that of ``day``."""
    following = day.astype("datetime64[M]") + (1 + months * (1 + np.arange(n))).astype("timedelta64[M]")
    return np.busday_offset(following.astype("datetime64[D]"), -1, roll="forward")


def _year(day: np.datetime64) -> int:
    return int(day.astype("datetime64[Y]").astype(int)) + 1970
