"""One row a day: what an asset's table must be before anything is computed from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tsgan.data.days import as_days, listed
from tsgan.data.findings import Finding
from tsgan.data.kinds import Kind
from tsgan.errors import DataError


def one_row_a_day(asset: str, table: pd.DataFrame, findings: list[Finding]) -> pd.DataFrame:
    """One row a day, increasing, with a close."""
    table = _without_repeats(asset, table, findings)
    days = pd.DatetimeIndex(table.index).normalize()
    table = table.set_axis(days, axis=0)
    if not days.is_monotonic_increasing:
        table = table.sort_index()
        descending = days.is_monotonic_decreasing
        order = "newest first" if descending else "out of order"
        findings.append(Finding("note", asset, "", f"the dates were {order} and have been sorted"))
    empty = table["close"].isna().to_numpy()
    if empty.all():
        raise DataError(f"{asset} has no prices at all; check the ticker or drop the column")
    priced = np.flatnonzero(~empty)
    inside = empty.copy()
    inside[: priced[0]] = inside[priced[-1] :] = False
    if inside.any():
        gaps = as_days(table.index)[inside]
        findings.append(Finding("note", asset, str(gaps[0]), f"no close on {len(gaps)} dates ({listed(gaps)})"))
    return table.loc[~empty]


def _without_repeats(asset: str, table: pd.DataFrame, findings: list[Finding]) -> pd.DataFrame:
    """Without empty rows on days that have a price, and without a second bar of the last day that repeats the first.

    Raises DataError where days are left with several prices.
    """
    days = pd.DatetimeIndex(table.index).normalize()
    if not days.has_duplicates:
        return table
    empty = table["close"].isna().to_numpy()
    beside = empty & days.isin(days[~empty])
    if beside.any():
        table, days = table.loc[~beside], days[~beside]
        message = f"{int(beside.sum())} rows without a price left out, on days that have one at another time"
        findings.append(Finding("note", asset, "", message))
        if not days.has_duplicates:
            return table
    stamps = pd.DatetimeIndex(table.index)
    repeated: Any = days[days.duplicated()].unique()
    twice = np.flatnonzero(days == repeated[0])
    if len(repeated) == 1 and len(twice) == 2 and repeated[0] == days.max() and stamps[twice].nunique() == 2:
        live = int(twice[np.argmax(stamps[twice])])
        rows = table.iloc[twice].to_numpy()
        if not np.array_equal(rows[0], rows[1], equal_nan=True):
            raise DataError(
                f"{asset} has a bar of {repeated[0].date()}, its last day, and a second one at "
                f"{str(stamps[live])[11:]}, a live price that differs from it: drop the row that is not the day's close"
            )
        message = f"the last row is a live price of {repeated[0].date()}, which is there already; it is left out"
        findings.append(Finding("note", asset, str(repeated[0].date()), message))
        return table.iloc[np.arange(len(table)) != live]
    clocks = (stamps - days).unique()
    if stamps[twice].nunique() > 1:
        if len(clocks) > 2 or len(repeated) > 0.5 * days.nunique():
            raise DataError(
                f"{asset} has {len(twice)} rows on {repeated[0].date()} at different times: these are intraday bars; "
                "tsgan works on daily data, resample first"
            )
        raise DataError(
            f"{asset} has two prices on some days ({listed(as_days(repeated))}) at different times, and one on the "
            f"other {days.nunique() - len(repeated)}: two sources or time zones seem to be mixed; keep one row a date"
        )
    raise DataError(
        f"{asset} has duplicate dates ({listed(as_days(repeated))}); keep one row a date, or, where the rows belong to "
        "several assets, name them in a column called ticker"
    )


def check_values(asset: str, days: np.ndarray, close: np.ndarray, kind: Kind, *, still: bool = False) -> None:
    infinite = ~np.isfinite(close)
    if infinite.any():
        raise DataError(f"{asset} is infinite on {days[infinite][0]}; correct the price or leave it empty")
    low = close <= 0
    if kind == "price" and low.any():
        hint = "correct it"
        memory = float(np.corrcoef(close[:-1], close[1:])[0, 1]) if len(close) > 20 and np.ptp(close) > 0 else 1.0
        if low.mean() > 0.2 and (np.median(np.abs(close)) < 0.5 or memory < 0.5):
            hint = "these look like returns or rates: tsgan reads prices"
        raise DataError(
            f"{asset} on {days[low][0]} is {close[low][0]:g}, and {int(low.sum())} of {len(close)} values are zero or "
            f"negative, but prices are positive; {hint}, or declare a spread or yield with kinds={{{asset!r}: 'rate'}} "
            f"(--kind {asset}=rate)"
        )
    if len(close) > 1 and np.ptp(close) == 0 and not still:
        raise DataError(
            f"{asset} is constant: {close[0]:g} on all {len(close)} days; there is nothing to learn, drop it"
        )
