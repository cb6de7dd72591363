"""Raw prices into a Panel: checked one by one, then joined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import get_args

import numpy as np
import pandas as pd

from tsgan.data.calendars import WEEKDAYS, known_calendar, period_of
from tsgan.data.days import as_days, listed
from tsgan.data.guesses import doubts, floor_of, guess
from tsgan.data.join import Join, frequency_note, joined, long_spans, periods_of, span
from tsgan.data.kinds import FREE, Bounds, Kind
from tsgan.data.listing import since_listing
from tsgan.data.panel import Panel
from tsgan.data.periods import at_period_ends
from tsgan.data.raw import FIELDS, RawPrices
from tsgan.data.relations import alike
from tsgan.data.sessions import calendar_of, own_calendars, periods_of_days, sessions_a_year, week_findings
from tsgan.data.validate import Finding, check_asset, check_length, check_sessions, least_rows
from tsgan.errors import DataError

FEWEST_VARIED = 20
"""Rows: whoever asks for fewer takes a series that stands still for one that happens to."""


def assemble(
    raw: RawPrices,
    *,
    kinds: Mapping[str, Kind] | None = None,
    bounds: Mapping[str, Bounds] | None = None,
    join: Join | str | None = None,
    calendar: str | None = None,
    currency: str | None = None,
    min_days: int | None = None,
    today: np.datetime64 | None = None,
) -> tuple[Panel, tuple[Finding, ...]]:
    """Validate and join.

    Args:
        raw: what a source gave.
        kinds, bounds: by ticker, in place of the source's; guessed for those of which neither speaks.
        join: ``inner``, ``outer``, or None to choose (:func:`tsgan.data.join.joined`).
        calendar: an exchange_calendars name or ``weekdays``; None takes the source's, or the one that fits the dates.
        currency: ISO code; None takes the source's.
        min_days: fewest prices of every asset after joining; by default those of :func:`least_rows`.
        today: the day whose bar is unfinished; UTC today by default.

    Returns:
        The panel, its notes in plain sentences; and the same as findings.

    Raises:
        DataError: whatever the checks refuse, an unknown calendar, kind or join, no common dates.
    """
    findings = [Finding("note", "", "", note) for note in raw.notes]
    findings += [Finding("warning", "", "", note) for note in raw.warnings]
    try:
        _check_tickers(raw.assets)
        raw, found = _since_listing(raw, kinds or {}, bounds or {})
        findings += found
        chosen, limits, found = _kinds(raw, kinds or {}, bounds or {})
        findings += found
        still = min_days is not None and min_days < FEWEST_VARIED
        tables: dict[str, pd.DataFrame] = {}
        for asset, table in raw.assets.items():
            cap = (bounds or {}).get(asset, FREE)[1]
            tables[asset], found = check_asset(asset, table, chosen[asset], cap=cap, today=today, still=still)
            findings += found
        tables, found = at_period_ends(tables)
        findings += found
        index, found = joined(tables, join)
        findings += found
        days = as_days(index)
        periods = periods_of(days)
        _check_lengths(tables, index, least_rows(periods) if min_days is None else min_days, period_of(periods))
        findings += frequency_note(periods)
        closes = np.column_stack([np.asarray(t["close"].reindex(index), np.float64) for t in tables.values()])
        calendar, found = _calendar(days, calendar or raw.calendar, daily=periods == 252)
        findings += found
        calendars = ()
        if periods == 252:
            findings += check_sessions(days, calendar)
            calendars = own_calendars(tables, calendar) if len(tables) > 1 else ()
            findings += _own_sessions(tables, calendars, calendar)
            periods = periods_of_days(days, calendar)
        bars, found = _bars(tables, index)
        findings += found
        panel = Panel(
            dates=days,
            assets=tuple(tables),
            prices=closes,
            kinds=tuple(chosen[asset] for asset in tables),
            bars=bars,
            calendar=calendar,
            periods_per_year=periods,
            calendars=calendars,
            currency=raw.currency if currency is None else currency,
            source=raw.source,
            bounds=tuple(limits[asset] for asset in tables),
            spans=long_spans(tables, index) if len(tables) > 1 else frozenset(),
        )
        _check_bounds(panel)
    except DataError as error:
        raise DataError(f"{raw.source}: {error}") from None
    flat = [a for a, c in zip(panel.assets, panel.prices.T, strict=True) if len(panel) > 1 and _flat(c)]
    if flat and not still:
        raise DataError(f"{raw.source}: {flat[0]} is constant over the dates that all assets share; drop it")
    findings += alike(panel)
    doubtful = tuple(str(one) for one in findings if one.severity == "warning")
    return replace(panel, notes=tuple(map(str, findings)), warnings=doubtful), tuple(findings)


def _since_listing(
    raw: RawPrices, kinds: Mapping[str, Kind], bounds: Mapping[str, Bounds]
) -> tuple[RawPrices, list[Finding]]:
    """Without the zeros before the first price of whatever nobody and no ticker calls a level or a rate."""
    tables, findings = dict(raw.assets), []
    for asset, table in raw.assets.items():
        kind = kinds.get(asset) or raw.kinds.get(asset)
        if kind == "price" or (kind is None and asset not in bounds and guess(asset, _closes(table)).kind == "price"):
            tables[asset], found = since_listing(asset, table)
            findings += found
    return replace(raw, assets=tables), findings


def _closes(table: pd.DataFrame) -> np.ndarray:
    """(day,) closes by date."""
    return table["close"].to_numpy()[np.argsort(np.asarray(table.index), kind="stable")]


def _check_tickers(tickers: Iterable[str]) -> None:
    """DataError for names that cannot stand in a table or on a page: none at all, or with line breaks and the like."""
    for ticker in tickers:
        if not ticker.strip() or not ticker.isprintable():
            raise DataError(f"{ticker!r} is no ticker: it is empty or holds characters that cannot be seen; rename it")


def _kinds(
    raw: RawPrices, kinds: Mapping[str, Kind], bounds: Mapping[str, Bounds]
) -> tuple[dict[str, Kind], dict[str, Bounds], list[Finding]]:
    """Kind and bounds of every asset: as asked for, as the source says, or guessed."""
    for name, given in (("kinds", kinds), ("bounds", bounds)):
        unknown = [asset for asset in given if asset not in raw.assets]
        if unknown:
            raise DataError(f"{name} names {', '.join(unknown)}, but there is {', '.join(raw.assets)}")
    chosen: dict[str, Kind] = {}
    limits: dict[str, Bounds] = {}
    findings = []
    for asset, table in raw.assets.items():
        close = _closes(table)
        kind = kinds[asset] if asset in kinds else raw.kinds.get(asset)
        if kind is None:
            kind, floor_and_cap, reason = guess(asset, close)
            if kind == "price" and asset in bounds:
                kind, reason = "level", "it has bounds"
            if reason:
                limited = [f"{n} {b:g}" for n, b in zip(("floor", "cap"), floor_and_cap, strict=True) if b is not None]
                within = f" with {' and '.join(limited)}" if limited and asset not in bounds else ""
                message = f"taken for a {kind}{within}, because {reason}; kinds= or --kind {asset}=price says otherwise"
                findings.append(Finding("note", asset, "", message))
        elif kind not in get_args(Kind):
            raise DataError(f"kinds[{asset!r}] is {kind!r}; choose {', '.join(get_args(Kind))}")
        else:
            floor_and_cap = raw.bounds.get(asset, FREE) if asset not in kinds else floor_of(asset, kind)
        chosen[asset] = kind
        floor, cap = bounds.get(asset, floor_and_cap)
        limits[asset] = (floor, cap)
        why = doubts(asset, close[np.isfinite(close)], asset in kinds or asset in raw.kinds) if kind == "price" else ""
        if why:
            message = f"taken for a price, modelled by log returns, although {why}; --kind {asset}=rate makes it a rate"
            findings.append(Finding("warning", asset, "", message))
    return chosen, limits, findings


def _check_lengths(tables: Mapping[str, pd.DataFrame], index: pd.DatetimeIndex, least: int, period: str) -> None:
    if len(tables) == 1:
        return check_length(len(index), least, next(iter(tables)), period)
    for asset, table in tables.items():
        if len(table) < least:
            check_length(len(table), least, asset, period, f", or leave {asset} out")
    spans = "; ".join(f"{asset} from {span(table.index)}" for asset, table in tables.items())
    check_length(len(index), least, f"the common history ({spans})", period, ", or try join='outer'")


def _check_bounds(panel: Panel) -> None:
    """DataError where a value lies at a bound or beyond it."""
    space = panel.space
    for i in space.bounded:
        values = panel.prices[:, i]
        for what, limit, beyond in zip(
            ("floor", "cap"), space.limits(i, panel.prices), ("below", "above"), strict=True
        ):
            if limit is None:
                continue
            bad = values <= limit if what == "floor" else values >= limit
            if bad.any():
                day = int(np.argmax(bad))
                bound = np.broadcast_to(limit, values.shape)[day]
                percent = panel.bounds[i] == (0, 1) and 1 < np.nanmax(values) < 100 and np.nanmin(values) > 0
                remedy = f"; percent have the bounds {panel.assets[i]}={panel.kinds[i]}:0:100" if percent else (
                    f"; correct it, or give another {what}"
                )  # fmt: skip
                raise DataError(
                    f"{panel.assets[i]} is {values[day]:g} on {panel.dates[day]}, at or {beyond} its {what} {bound:g} "
                    f"({listed(panel.dates[bad])}){remedy}"
                )


def _flat(close: np.ndarray) -> bool:
    known = close[np.isfinite(close)]
    return len(known) > 1 and np.ptp(known) == 0


def _bars(tables: Mapping[str, pd.DataFrame], index: pd.DatetimeIndex) -> tuple[dict[str, np.ndarray], list[Finding]]:
    """The bar fields that any asset has, NaN where one has none; what is missing is said."""
    bars, findings = {}, []
    without = [asset for asset, table in tables.items() if list(table.columns) == ["close"]]
    if without and len(without) < len(tables):
        findings.append(Finding("note", "", "", f"closes only for {', '.join(without)}, bars for the others"))
    for name in FIELDS:
        owners = {asset: table for asset, table in tables.items() if name in table}
        if name == "close" or not owners:
            continue
        nothing = pd.Series(np.nan, index)
        columns = [table[name].reindex(index) if name in table else nothing for table in tables.values()]
        bars[name] = np.column_stack([np.asarray(column, np.float64) for column in columns])
        lacking = [asset for asset in tables if asset not in owners and asset not in without]
        if lacking:
            findings.append(Finding("note", "", "", f"no {name} for {', '.join(lacking)}"))
        for asset, table in owners.items():
            holes = ~np.isfinite(np.asarray(table[name], np.float64)) & table.index.isin(index)
            if holes.any():
                days = as_days(table.index)[holes]
                message = f"no {name} on {listed(days)}"
                findings.append(Finding("note", asset, str(days[0]), message))
    return bars, findings


def _own_sessions(tables: Mapping[str, pd.DataFrame], calendars: tuple[str, ...], calendar: str) -> list[Finding]:
    """What people should know of assets that trade on other days than the panel has."""
    findings = []
    for asset, table in tables.items():
        findings += week_findings(asset, as_days(table.index))
    for asset, own in zip(tables, calendars, strict=False):
        if own != calendar:
            days = as_days(tables[asset].index)
            rate = sessions_a_year(days, 252)
            message = (
                f"trades on the days of {own}, about {rate:.0f} a year, and not on all of {calendar}: in scenarios "
                "it does not move when it is closed"
            )
            findings.append(Finding("note", asset, "", message))
    return findings


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
    guess = calendar_of(days)
    return guess, [Finding("note", "", "", f"calendar {guess} chosen to fit the dates; name another with calendar=")]
