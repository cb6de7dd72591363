"""Which days each asset trades: its own calendar, where it is not that of the panel, and its sessions a year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from tsgan.data.calendars import WEEKDAYS, WEEKS, sessions_between
from tsgan.data.days import DAY, as_days, weekday
from tsgan.data.findings import Finding

CLOSER = 0.02
"""Share of a calendar's sessions by which an asset must fit another one better to be given that."""

PAUSE = 10
"""Days without a price after which an asset is halted and not resting: halts do not change its sessions a year."""

NEAR = 0.02
"""How near to 252 or 365 observations a year are taken for them."""

EVERY_WEEKDAY = 261
"""Weekdays a year."""

WEEKEND = 0.05
"""Share of its Saturdays or Sundays from which on a market is open on them."""


def calendar_of(days: np.ndarray) -> str:
    """The calendar that daily dates (day,) keep: every day, New York's, or a week with its own days of rest."""
    if len(days) < 2:
        return WEEKDAYS
    span = np.arange(days[0], days[-1] + DAY)
    if len(days) > 0.9 * len(span):
        return "24/7"
    there = np.bincount(weekday(days), minlength=7) / np.maximum(np.bincount(weekday(span), minlength=7), 1)
    rests = there < WEEKEND
    if not rests.any():
        return "24/7"
    for name, mask in WEEKS.items():
        if name != WEEKDAYS and [day == "0" for day in mask] == rests.tolist():
            return name
    sessions = sessions_between("XNYS", days[0], days[-1])
    missing, extra = len(np.setdiff1d(sessions, days)), len(np.setdiff1d(days, sessions))
    return "XNYS" if missing <= 0.02 * len(days) and extra <= max(1, 0.002 * len(days)) else WEEKDAYS


def own_calendars(tables: Mapping[str, pd.DataFrame], calendar: str) -> tuple[str, ...]:
    """One calendar an asset, that of the panel wherever the asset's dates fit it about as well; empty where all do."""
    known: dict[bytes, str] = {}  # most assets have the dates of others
    chosen = []
    for table in tables.values():
        days = as_days(table.index)
        if (name := days.tobytes()) not in known:
            own = calendar_of(days)
            fits = own != calendar and _fit(days, own) > _fit(days, calendar) + CLOSER
            known[name] = own if fits else calendar
        chosen.append(known[name])
    return tuple(chosen) if any(one != calendar for one in chosen) else ()


def _fit(days: np.ndarray, calendar: str) -> float:
    """The share of days in either that both have, from the first to the last."""
    sessions = sessions_between(calendar, days[0], days[-1])
    return len(np.intersect1d(days, sessions)) / max(len(np.union1d(days, sessions)), 1)


def open_on(calendars: Sequence[str], dates: np.ndarray) -> np.ndarray:
    """(day, asset) whether each asset trades on each of ``dates`` (day,)."""
    dates = np.asarray(dates).astype("datetime64[D]")
    known = {name: np.isin(dates, sessions_between(name, dates[0], dates[-1])) for name in set(calendars)}
    return np.column_stack([known[name] for name in calendars])


def sessions_a_year(days: np.ndarray, periods_per_year: int) -> float:
    """Observations a year of one asset while it trades: 252 or 365 where about so many, else as counted.

    Args:
        days: (day,) its dates.
        periods_per_year: of the panel; weekly and slower ones are taken as they are.
    """
    if periods_per_year < 200 or len(days) < 2:
        return float(periods_per_year)
    gaps = np.diff(days).astype(int)
    gaps = gaps[gaps <= PAUSE]
    if not len(gaps):
        return float(periods_per_year)
    counted = 365.25 * len(gaps) / gaps.sum()
    return next((float(usual) for usual in (252, 365) if abs(counted / usual - 1) < NEAR), float(counted))


def year_of(calendar: str) -> float:
    """Sessions a year of a calendar: 365, 313 of six days a week, else 252."""
    if calendar == "24/7":
        return 365.0
    return float(round(6 * 365.25 / 7)) if WEEKS.get(calendar, "").count("1") == 6 else 252.0


def periods_of_days(days: np.ndarray, calendar: str) -> int:
    """Observations a year of a daily panel: those of a calendar of seven or six days a week; 261 where every weekday
    has a price, as feeds without holidays give them; else 252, or as counted where that is far from it."""
    if year_of(calendar) != 252:
        return int(year_of(calendar))
    counted = sessions_a_year(days, 252)
    if abs(counted / EVERY_WEEKDAY - 1) < 0.01:
        return EVERY_WEEKDAY
    return 252 if abs(counted / 252 - 1) < 0.045 else round(counted)


def week_findings(asset: str, days: np.ndarray) -> list[Finding]:
    """What is odd about the days of the week on which an asset has prices."""
    span = np.arange(days[0], days[-1] + DAY)
    if len(days) < 60 or len(days) > 0.9 * len(span):
        return []
    counts, all_ = np.bincount(weekday(days), minlength=7), np.bincount(weekday(span), minlength=7)
    there = counts / np.maximum(all_, 1)
    sundays = there[6] > 0.5 and there[5] < WEEKEND
    year = round(365.25 * len(days) / len(span))
    if sundays and there[4] < WEEKEND:
        message = (
            "prices on Sundays and none on Fridays: the dates seem to be a day early, as UTC makes those of Asian "
            "sessions (or the market keeps Sunday to Thursday); scenarios carry the same days of the week"
        )
    elif sundays:
        message = (
            f"bars on {counts[6]} Sundays, as feeds of the forex market have them: {year} prices a year, which is what "
            "figures a year are made with; add them to Monday's for weeks of five days"
        )
    else:
        return []
    first = days[weekday(days) == 6][0]
    return [Finding("warning", asset, str(first), message)]
