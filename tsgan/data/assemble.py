"""Raw prices into a Panel: checked one by one, then joined on the dates that all have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pandas as pd

from tsgan.data.calendars import WEEKDAYS, known_calendar, sessions_between
from tsgan.data.days import DAY, as_days
from tsgan.data.panel import Kind, Panel
from tsgan.data.raw import FIELDS, RawPrices
from tsgan.data.validate import MIN_DAYS, Finding, check_asset, check_length, check_sessions
from tsgan.errors import DataError


def assemble(
    raw: RawPrices,
    *,
    kinds: Mapping[str, Kind] | None = None,
    calendar: str | None = None,
    currency: str | None = None,
    min_days: int = MIN_DAYS,
    today: np.datetime64 | None = None,
) -> tuple[Panel, tuple[Finding, ...]]:
    """Validate and join.

    Args:
        raw: what a source gave.
        kinds: kind by ticker; ``price`` for the others.
        calendar: an exchange_calendars name or ``weekdays``; None takes the source's, or the one that fits the dates.
        currency: ISO code; None takes the source's.
        min_days: fewest rows after joining.
        today: the day whose bar is unfinished; UTC today by default.

    Returns:
        The panel, its notes in plain sentences; and the same as findings.

    Raises:
        DataError: whatever the checks refuse, an unknown calendar or kind, no common dates.
    """
    findings = [Finding("note", "", "", note) for note in raw.notes]
    findings += [Finding("warning", "", "", note) for note in raw.warnings]
    chosen = _kinds(raw, kinds or {})
    try:
        tables: dict[str, pd.DataFrame] = {}
        for asset, table in raw.assets.items():
            tables[asset], found = check_asset(asset, table, chosen[asset], today=today)
            findings += found
        joined, found = _join(tables)
        findings += found
        spans = "; ".join(f"{a} from {t.index[0].date()} to {t.index[-1].date()}" for a, t in tables.items())
        check_length(len(joined), min_days, next(iter(tables)) if len(tables) == 1 else f"the common history ({spans})")
    except DataError as error:
        raise DataError(f"{raw.source}: {error}") from None
    days = as_days(joined)
    periods, found = _frequency(days)
    findings += found
    calendar, found = _calendar(days, calendar or raw.calendar, daily=periods == 252)
    findings += found
    if periods == 252:
        findings += check_sessions(days, calendar)
    bars, found = _bars(tables, joined)
    findings += found
    panel = Panel(
        dates=days,
        assets=tuple(tables),
        prices=np.column_stack([np.asarray(t["close"].reindex(joined)) for t in tables.values()]).astype(np.float64),
        kinds=tuple(chosen[asset] for asset in tables),
        bars=bars,
        calendar=calendar,
        periods_per_year=365 if calendar == "24/7" and periods == 252 else periods,
        currency=raw.currency if currency is None else currency,
        source=raw.source,
    )
    flat = [asset for asset, c in zip(panel.assets, panel.prices.T, strict=True) if len(panel) > 1 and np.ptp(c) == 0]
    if flat:
        raise DataError(f"{raw.source}: {flat[0]} is constant over the dates that all assets share; drop it")
    return replace(panel, notes=tuple(map(str, findings))), tuple(findings)


def _kinds(raw: RawPrices, kinds: Mapping[str, Kind]) -> dict[str, Kind]:
    for asset, kind in kinds.items():
        if asset not in raw.assets:
            raise DataError(f"kinds names {asset}, but {raw.source} has {', '.join(raw.assets)}")
        if kind not in get_args(Kind):
            raise DataError(f"kinds[{asset!r}] is {kind!r}; choose {', '.join(get_args(Kind))}")
    return {asset: kinds.get(asset, "price") for asset in raw.assets}


def _join(tables: Mapping[str, pd.DataFrame]) -> tuple[pd.DatetimeIndex, list[Finding]]:
    """Dates that all assets have, and what that cost."""
    common: Any = next(iter(tables.values())).index
    for table in tables.values():
        common = common.intersection(table.index).sort_values()
    if common.empty:
        raise DataError(
            "the assets have no date in common; " + ", ".join(f"{a}: {_span(t)}" for a, t in tables.items())
        )
    findings = []
    for asset, table in tables.items():
        dropped = len(table) - len(common)
        if dropped:
            outside = int(np.sum((table.index < common[0]) | (table.index > common[-1])))
            reasons = [f"{outside} outside the common span {_span(common)}"] if outside else []
            reasons += [f"{dropped - outside} on dates that another asset lacks"] if dropped > outside else []
            message = f"{dropped} of {len(table)} rows dropped to share dates: {', '.join(reasons)}"
            findings.append(Finding("note", asset, "", message))
    return common, findings


def _bars(tables: Mapping[str, pd.DataFrame], joined: pd.DatetimeIndex) -> tuple[dict[str, np.ndarray], list[Finding]]:
    """Bar fields that every asset has on every date; a field with holes is left out and said so."""
    bars, findings = {}, []
    without = [asset for asset, table in tables.items() if list(table.columns) == ["close"]]
    if without and len(without) < len(tables):
        message = f"open, high, low and volume are not used: {', '.join(without)} has closes only"
        return {}, [Finding("note", "", "", message)]
    for name in FIELDS:
        owners = [asset for asset, table in tables.items() if name in table]
        if name == "close" or not owners:
            continue
        if len(owners) < len(tables):
            lacking = ", ".join(asset for asset in tables if asset not in owners)
            findings.append(Finding("note", "", "", f"{name} is not used: {lacking} has none"))
            continue
        values = np.column_stack([np.asarray(table[name].reindex(joined)) for table in tables.values()])
        holes = ~np.isfinite(values)
        if holes.any():
            row, column = np.argwhere(holes)[0]
            day = str(as_days(joined)[row])
            message = f"{name} is not used: {int(holes.sum())} values are missing, the first on {day}"
            findings.append(Finding("note", owners[column], day, message))
            continue
        bars[name] = values.astype(np.float64)
    return bars, findings


def _frequency(days: np.ndarray) -> tuple[int, list[Finding]]:
    """Observations a year, told from the typical gap between dates."""
    gap = float(np.median(np.diff(days).astype(int))) if len(days) > 1 else 1.0
    if gap <= 4:
        return 252, []
    if 5 <= gap <= 9:
        return 52, [Finding("warning", "", "", "the prices are weekly: a day of a scenario is a week here")]
    if 25 <= gap <= 35:
        return 12, [Finding("warning", "", "", "the prices are monthly: a day of a scenario is a month here")]
    raise DataError(f"prices are {gap:g} days apart; tsgan works on daily data (weekly and monthly are understood)")


def _calendar(days: np.ndarray, named: str | None, *, daily: bool) -> tuple[str, list[Finding]]:
    """The calendar asked for, or the one whose sessions fit the dates."""
    if named is not None:
        if not known_calendar(named):
            raise DataError(
                f"unknown calendar {named}; use an exchange_calendars name such as XNYS, XLON, 24/7, or weekdays"
            )
        return named, []
    if not daily:
        return WEEKDAYS, []
    span = np.arange(days[0], days[-1] + DAY)
    if len(days) > 0.9 * len(span):
        guess = "24/7"
    else:
        sessions = sessions_between("XNYS", days[0], days[-1])
        missing, extra = len(np.setdiff1d(sessions, days)), len(np.setdiff1d(days, sessions))
        guess = "XNYS" if missing <= 0.02 * len(days) and extra <= max(1, 0.002 * len(days)) else WEEKDAYS
    return guess, [Finding("note", "", "", f"calendar {guess} chosen to fit the dates; name another with calendar=")]


def _span(dates: Any) -> str:
    index = dates.index if isinstance(dates, pd.DataFrame) else dates
    return f"{index[0].date()} to {index[-1].date()}"
