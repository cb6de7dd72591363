"""Several histories on one axis of dates: those that all have, or those that any has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from tsgan.data.calendars import PERIODS, period_of
from tsgan.data.days import as_days
from tsgan.data.validate import Finding
from tsgan.errors import DataError

Join = Literal["inner", "outer"]

KEPT = 0.95
"""Where every asset keeps this share of its prices on the dates that all have, these dates are taken (``inner``);
losing more, as beside a young asset, is not worth their tidiness, and all dates are (``outer``)."""

RESTS = 2
"""Rows in a run that an asset may lose to share dates, as holidays of another exchange take them; where it would lose
more in one go, as beside an asset that is halted, its return over them would be taken for one of a day."""

FEW = 60
"""Common dates of two assets below which their dependence is hardly known."""


def joined(tables: Mapping[str, pd.DataFrame], how: Join | str | None) -> tuple[pd.DatetimeIndex, list[Finding]]:
    """The dates of the panel, and what was lost or left open on the way.

    Args:
        tables: one an asset, by increasing midnight dates.
        how: ``inner`` for the dates that all assets have, ``outer`` for those that any has; None chooses
            (:data:`KEPT`), and takes the common dates of daily and monthly series.

    Raises:
        DataError: an unknown choice, assets without a common date, or an outer join of different frequencies.
    """
    if how is not None and how not in get_args(Join):
        raise DataError(f"no join called {how!r}; choose {' or '.join(get_args(Join))}")
    common: Any = next(iter(tables.values())).index
    every: Any = common
    for table in tables.values():
        common = common.intersection(table.index).sort_values()
        every = every.union(table.index)
    if len(common) == len(every):
        return common, []
    periods = {asset: periods_of(as_days(table.index)) for asset, table in tables.items()}
    if how == "outer" and len(set(periods.values())) > 1:
        raise DataError(
            "the assets have different frequencies ("
            + ", ".join(f"{asset} {PERIODS[n]}" for asset, n in periods.items())
            + "): their moves cannot stand side by side; join='inner' takes the dates that all have"
        )
    kept = min(len(common) / len(table) for table in tables.values())
    whole = kept >= KEPT and max(_longest_gap(table, common) for table in tables.values()) <= RESTS
    chosen = how or ("inner" if whole or len(set(periods.values())) > 1 else "outer")
    _check_pairs(tables, every if chosen == "outer" else None)
    if chosen == "inner":
        if common.empty:
            raise DataError("the assets have no date in common; " + _spans(tables))
        same = len(set(periods.values())) == 1
        return common, _lost(tables, common, hint=how is None) + (_spanned(tables, common) if same else [])
    return every, _open(tables, every, common, chosen_here=how is None) + _thin(tables, every)


def periods_of(days: np.ndarray) -> int:
    """Observations a year, told from the typical gap between dates: 252, 52, 12, 4 or 1; DataError for others."""
    gap = float(np.median(np.diff(days).astype(int))) if len(days) > 1 else 1.0
    if gap <= 4:
        return 252
    if 5 <= gap <= 9:
        return 52
    if 25 <= gap <= 35:
        return 12
    if 85 <= gap <= 97:
        return 4
    if 355 <= gap <= 375:
        return 1
    raise DataError(
        f"prices are {gap:g} days apart; tsgan works on daily, weekly, monthly, quarterly or yearly data: resample them"
    )


def frequency_note(periods: int) -> list[Finding]:
    """What people should know of a panel that is not daily."""
    if PERIODS[periods] == "daily":
        return []
    name = period_of(periods)
    message = f"the prices are {PERIODS[periods]}: what is called a day of a scenario, or a horizon, is a {name} here"
    return [Finding("note", "", "", message)]


def _check_pairs(tables: Mapping[str, pd.DataFrame], every: pd.DatetimeIndex | None) -> None:
    if every is None:
        return
    common = _common_days(tables, every)
    if not common.all():
        first, second = (list(tables)[i] for i in np.argwhere(common == 0)[0])
        spans = _spans({name: tables[name] for name in (first, second)})
        raise DataError(
            f"{first} and {second} have no date in common ({spans}), so nothing tells how they move together; "
            "load them apart, or leave one of them out"
        )


def _common_days(tables: Mapping[str, pd.DataFrame], every: pd.DatetimeIndex) -> np.ndarray:
    """(asset, asset) dates that both have."""
    there = np.column_stack([every.isin(table.index) for table in tables.values()]).astype(np.float32)
    return there.T @ there


def _thin(tables: Mapping[str, pd.DataFrame], every: pd.DatetimeIndex) -> list[Finding]:
    """Pairs that have few dates in common."""
    names, common = list(tables), _common_days(tables, every)
    pairs = [(i, j) for i, j in np.argwhere(common < FEW) if i < j]
    if not pairs:
        return []
    i, j = min(pairs, key=lambda pair: common[pair])
    more = f" (and {len(pairs) - 1} more pairs below {FEW})" if len(pairs) > 1 else ""
    message = f"only {common[i, j]:.0f} dates are common to {names[i]} and {names[j]}{more}: how they move together is "
    return [Finding("warning", "", "", message + "hardly known")]


def _lost(tables: Mapping[str, pd.DataFrame], common: pd.DatetimeIndex, *, hint: bool) -> list[Finding]:
    findings = []
    for asset, table in tables.items():
        dropped = len(table) - len(common)
        if dropped:
            outside = int(np.sum((table.index < common[0]) | (table.index > common[-1])))
            reasons = [f"{outside} outside the common span {span(common)}"] if outside else []
            reasons += [f"{dropped - outside} on dates that another asset lacks"] if dropped > outside else []
            message = f"{dropped} of {len(table)} rows dropped to share dates: {', '.join(reasons)}"
            findings.append(Finding("note", asset, "", message + "; join='outer' keeps them" * hint))
    return findings


def _longest_gap(table: pd.DataFrame, common: pd.DatetimeIndex) -> int:
    """Rows in a run that a table loses between two of the ``common`` dates."""
    if len(common) < 2:
        return 0
    places = np.flatnonzero(np.asarray(table.index.isin(common)))
    return int(np.diff(places).max()) - 1


def long_spans(tables: Mapping[str, pd.DataFrame], index: pd.DatetimeIndex) -> frozenset[tuple[str, str]]:
    """(ticker, ISO date) of prices on the dates ``index`` that follow more than RESTS rows of their own in a run which
    are not among them; none where the assets have different frequencies."""
    if len({periods_of(as_days(table.index)) for table in tables.values()}) > 1:
        return frozenset()
    found = set()
    for asset, table in tables.items():
        places = np.flatnonzero(np.asarray(table.index.isin(index)))
        for place in places[1:][np.diff(places) - 1 > RESTS]:
            found.add((asset, str(table.index[place].date())))
    return frozenset(found)


def _spanned(tables: Mapping[str, pd.DataFrame], common: pd.DatetimeIndex) -> list[Finding]:
    """Returns of an asset that span rows of its own which were dropped; a warning where one spans many."""
    findings = []
    for asset, table in tables.items():
        places = np.flatnonzero(np.asarray(table.index.isin(common)))
        steps = np.diff(places)
        if not len(steps) or steps.max() == 1:
            continue
        longest = int(np.argmax(steps))
        first, last = table.index[places[longest]], table.index[places[longest + 1]]
        message = (
            f"{int((steps > 1).sum())} returns span rows that were dropped; the longest {int(steps.max())} of its own, "
            f"from {first.date()} to {last.date()}"
        )
        long = steps.max() - 1 > RESTS
        more = ", which is no move of one step and left out as missing; join='outer' keeps its own rows" if long else ""
        findings.append(Finding("warning" if long else "note", asset, str(last.date()), message + more))
    return findings


def _open(
    tables: Mapping[str, pd.DataFrame], every: pd.DatetimeIndex, common: pd.DatetimeIndex, *, chosen_here: bool
) -> list[Finding]:
    message = (
        f"all {len(every)} dates are kept and missing prices stay missing (outer join); "
        f"{len(common)} dates are common to all assets"
    )
    findings = [Finding("note", "", "", message + "; join='inner' keeps only these" * chosen_here)]
    for asset, table in tables.items():
        first, last = table.index[0], table.index[-1]
        before, after = int((every < first).sum()), int((every > last).sum())
        between = len(every) - len(table) - before - after
        counts = ((before, f"{before} dates before {first.date()}"), (after, f"{after} after {last.date()}"))
        parts = [text for count, text in (*counts, (between, f"{between} between")) if count]
        if parts:
            message = f"no price on {', '.join(parts)}; the return after a gap is the one since the last price"
            findings.append(Finding("note", asset, "", message if between else f"no price on {', '.join(parts)}"))
    return findings


def _spans(tables: Mapping[str, pd.DataFrame]) -> str:
    return ", ".join(f"{asset}: {span(table.index)}" for asset, table in tables.items())


def span(index: Any) -> str:
    """``2001-01-02 to 2020-12-31``"""
    return f"{index[0].date()} to {index[-1].date()}"
