"""What every source goes through: errors that stop the work, findings that people should look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from tsgan.data.calendars import WEEKDAYS, sessions_between
from tsgan.data.days import as_day, as_days, listed, weekday
from tsgan.data.kinds import Bound, Kind
from tsgan.errors import DataError

MIN_DAYS = 250
"""The shortest daily history that models are given, in rows: about one year."""

LEAST_ROWS = {52: 104, 12: 60, 4: 40, 1: 30}
"""The shortest weekly, monthly, quarterly and yearly ones, because nobody has 250 months of most assets."""

RUN = 5
"""Identical closes in a row that are worth a look."""

SPLIT_RATIOS = (2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 50, 100)


@dataclass(frozen=True)
class Finding:
    """Something that people should know about the prices.

    Attributes:
        severity: ``warning`` is suspicious, ``note`` is worth knowing.
        asset: ticker, or an empty string for the whole table.
        date: first date concerned (ISO), or an empty string.
        message: one plain sentence.
    """

    severity: Literal["warning", "note"]
    asset: str
    date: str
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.asset, self.message) if part)


def check_asset(
    asset: str, table: pd.DataFrame, kind: Kind, *, cap: Bound = None, today: np.datetime64 | None = None
) -> tuple[pd.DataFrame, list[Finding]]:
    """Check one asset's table and put it in order.

    Args:
        asset: ticker, for messages.
        table: ``close`` and bars as floats; tz-naive time stamps in any order.
        kind: closes of a ``price`` must be positive.
        cap: that somebody declared; rates below a cap of 1 are decimals on purpose.
        today: the day whose bar is not finished yet (UTC today by default).

    Returns:
        The table by midnight dates, increasing, rows without a close dropped; and the findings.

    Raises:
        DataError: no prices, several rows a day, infinite or non-positive values, a constant series.
    """
    findings: list[Finding] = []
    table = _by_day(asset, table, findings)
    days = as_days(table.index)
    close = table["close"].to_numpy()
    _check_values(asset, days, close, kind)
    today = as_day(pd.Timestamp.now("UTC")) if today is None else today

    def find(severity: Literal["warning", "note"], where: np.ndarray, message: str) -> None:
        if where.any():
            findings.append(Finding(severity, asset, str(days[where][0]), f"{message} ({listed(days[where])})"))

    find("warning", days > today, "prices dated in the future")
    find("warning", days == today, "the last bar is today's and may not be finished; leave it out until the close")
    if kind == "price":
        findings += _jumps(asset, days, close)
    elif cap != 1:
        findings += _scale(asset, close, kind)
    if np.isin(weekday(days), (5, 6)).mean() < 0.1:  # more than that is a market open at weekends
        find("warning", np.isin(weekday(days), (5, 6)), "prices on weekends")
    findings += _runs(asset, days, close)
    find("warning", _broken_bars(table), "high below, or low above, the open or close")
    if "volume" in table:
        volume = table["volume"].to_numpy()
        if (np.nan_to_num(volume) == 0).all():
            table = table.drop(columns="volume")
            findings.append(Finding("note", asset, "", "no volume, as usual for indices and currencies"))
        else:
            zero = volume == 0
            find("warning" if zero.mean() > 0.01 else "note", zero, "zero volume")
    return table, findings


def check_sessions(days: np.ndarray, calendar: str) -> list[Finding]:
    """Sessions of the calendar that the history lacks, and days that are no sessions; nothing for ``weekdays``."""
    if calendar == WEEKDAYS:
        return []
    sessions = sessions_between(calendar, days[0], days[-1])
    if not len(sessions):
        return []
    findings = []
    missing = np.setdiff1d(sessions, days)
    if len(missing):
        message = f"{len(missing)} of {len(sessions)} sessions of {calendar} are missing ({listed(missing)})"
        findings.append(Finding("warning", "", str(missing[0]), message))
    recorded = days[(days >= sessions[0]) & (days <= sessions[-1])]
    extra = np.setdiff1d(recorded, sessions)
    if len(extra):
        findings.append(
            Finding("warning", "", str(extra[0]), f"{len(extra)} days are no sessions of {calendar} ({listed(extra)})")
        )
    return findings


def check_length(rows: int, least: int, what: str, period: str, more: str = "") -> None:
    """DataError where a history is shorter than ``least`` rows; ``period`` is what one of them is."""
    if rows < least:
        raise DataError(
            f"{what} has {rows} {period}{'s' * (rows != 1)} of prices, but {least} are needed; "
            f"give a longer history{more}"
        )


def least_rows(periods_per_year: int) -> int:
    """The shortest history that models are given, by observations a year."""
    return LEAST_ROWS.get(periods_per_year, MIN_DAYS)


def _by_day(asset: str, table: pd.DataFrame, findings: list[Finding]) -> pd.DataFrame:
    """One row a day, increasing, with a close."""
    table = _one_row_a_day(asset, table, findings)
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


def _one_row_a_day(asset: str, table: pd.DataFrame, findings: list[Finding]) -> pd.DataFrame:
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
    repeated = days[days.duplicated()].unique()
    twice = np.flatnonzero(days == repeated[0])
    if len(repeated) == 1 and len(twice) == 2 and repeated[0] == days.max() and stamps[twice].nunique() == 2:
        live = int(twice[np.argmax(stamps[twice])])
        rows = table.iloc[twice].to_numpy()
        if not np.array_equal(rows[0], rows[1], equal_nan=True):
            raise DataError(
                f"{asset} has a bar of {repeated[0].date()}, its last day, and a second one at {stamps[live].time()}, a "
                "live price that differs from it: drop the row that is not the day's close"
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
            f"{asset} has two prices on {len(repeated)} days ({listed(as_days(repeated))}) at different times, and one on "
            f"the other {days.nunique() - len(repeated)}: two sources or time zones seem to be mixed; keep one row a date"
        )
    raise DataError(
        f"{asset} has duplicate dates ({listed(as_days(repeated))}); keep one row a date, or, where the rows belong to "
        "several assets, name them in a column called ticker"
    )


def _check_values(asset: str, days: np.ndarray, close: np.ndarray, kind: Kind) -> None:
    infinite = ~np.isfinite(close)
    if infinite.any():
        raise DataError(f"{asset} is infinite on {days[infinite][0]}; correct the price or leave it empty")
    low = close <= 0
    if kind == "price" and low.any():
        hint = "correct it"
        if low.mean() > 0.2 and np.median(np.abs(close)) < 0.5:
            hint = "these look like returns or rates: tsgan reads prices"
        raise DataError(
            f"{asset} on {days[low][0]} is {close[low][0]:g}, and {int(low.sum())} of {len(close)} values are zero or "
            f"negative, but prices are positive; {hint}, or declare a spread or yield with kinds={{{asset!r}: 'rate'}} "
            f"(--kind {asset}=rate)"
        )
    if len(close) > 1 and np.ptp(close) == 0:
        raise DataError(
            f"{asset} is constant: {close[0]:g} on all {len(close)} days; there is nothing to learn, drop it"
        )


def _jumps(asset: str, days: np.ndarray, close: np.ndarray) -> list[Finding]:
    """Daily moves that look like a split, a change of unit, or a wrong price."""
    moves = np.diff(np.log(close))
    findings = []
    for i in np.flatnonzero(np.abs(moves) > 0.6):
        ratio = float(np.exp(abs(moves[i])))
        nearest = min(SPLIT_RATIOS, key=lambda k: abs(np.log(ratio / k)))
        day = str(days[i + 1])
        change = f"{close[i]:g} to {close[i + 1]:g} on {day}"
        if abs(np.log(ratio / nearest)) < 0.05:
            kind = f"{nearest} for 1" if moves[i] < 0 else f"1 for {nearest}"
            hint = "a split that was not adjusted for" + (", or a change of unit" if nearest == 100 else "")
            message = f"{change} looks like {hint} ({kind}); use adjusted prices"
        else:
            message = f"{change} is a change of {np.expm1(moves[i]):+.0%} in one day; check it"
        findings.append(Finding("warning", asset, day, message))
    return findings


def _scale(asset: str, values: np.ndarray, kind: Kind) -> list[Finding]:
    """Percent given as decimals: yields and volatility indices are quoted as 4.5 or 20, not 0.045 or 0.2."""
    typical = float(np.median(np.abs(values)))
    if typical < (0.2 if kind == "rate" else 1.0):
        message = f"typical value {typical:.3g} looks like a decimal; multiply by 100 if percent is meant"
        return [Finding("warning", asset, "", message)]
    return []


def _runs(asset: str, days: np.ndarray, close: np.ndarray) -> list[Finding]:
    starts = np.flatnonzero(np.r_[True, np.diff(close) != 0])
    lengths = np.diff(np.r_[starts, len(close)])
    long = lengths >= RUN
    if not long.any():
        return []
    first = str(days[starts[long][0]])
    message = (
        f"the close does not change for {lengths[long].max()} days in a row at most; {long.sum()} "
        f"runs of {RUN} days or more, the first from {first}"
    )
    return [Finding("warning", asset, first, message)]


def _broken_bars(table: pd.DataFrame) -> np.ndarray:
    """(day,) where high or low contradict open and close, beyond rounding; missing values pass."""
    known = [name for name in ("open", "close") if name in table]
    slack = 1e-6 * table["close"].abs()
    broken = np.zeros(len(table), bool)
    if "high" in table:
        broken |= (table["high"] < table[known].max(axis=1) - slack).to_numpy()
    if "low" in table:
        broken |= (table["low"] > table[known].min(axis=1) + slack).to_numpy()
    for name in {"open", "high", "low"} & set(table.columns):
        broken |= ((table[name] <= 0) & (table["close"] > 0)).to_numpy()
    return broken
