"""What every source goes through: errors that stop the work, findings that people should look at."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from tsgan.data.alarms import decimals, jumps
from tsgan.data.calendars import WEEKS, sessions_between
from tsgan.data.days import as_day, as_days, listed, weekday
from tsgan.data.findings import Finding as Finding
from tsgan.data.kinds import Bound, Kind
from tsgan.data.rows import check_values, one_row_a_day
from tsgan.data.stale import stale_moves
from tsgan.errors import DataError

MIN_DAYS = 250
"""The shortest daily history that models are given, in rows: about one year."""

LEAST_ROWS = {52: 104, 12: 60, 4: 40, 1: 30}
"""The shortest weekly, monthly, quarterly and yearly ones, because nobody has 250 months of most assets."""

RUN = 5
"""Identical closes in a row that are worth a look."""


def check_asset(
    asset: str,
    table: pd.DataFrame,
    kind: Kind,
    *,
    cap: Bound = None,
    today: np.datetime64 | None = None,
    still: bool = False,
) -> tuple[pd.DataFrame, list[Finding]]:
    """Check one asset's table and put it in order.

    Args:
        asset: ticker, for messages.
        table: ``close`` and bars as floats; tz-naive time stamps in any order.
        kind: closes of a ``price`` must be positive.
        cap: that somebody declared; rates below a cap of 1 are decimals on purpose.
        today: the day whose bar is not finished yet (UTC today by default).
        still: whether a series may stand still, as a few days of one can.

    Returns:
        The table by midnight dates, increasing, rows without a close dropped; and the findings.

    Raises:
        DataError: no prices, several rows a day, infinite or non-positive values, a constant series.
    """
    findings: list[Finding] = []
    table = one_row_a_day(asset, table, findings)
    days = as_days(table.index)
    close = table["close"].to_numpy()
    check_values(asset, days, close, kind, still=still)
    today = as_day(pd.Timestamp.now("UTC")) if today is None else today

    def find(severity: Literal["warning", "note"], where: np.ndarray, message: str) -> None:
        if where.any():
            findings.append(Finding(severity, asset, str(days[where][0]), f"{message} ({listed(days[where])})"))

    find("warning", days > today, "prices dated in the future")
    find("warning", days == today, "the last bar is today's and may not be finished; leave it out until the close")
    if kind == "price":
        findings += jumps(asset, days, close)
    elif cap != 1:
        findings += decimals(asset, close, kind)
    if np.isin(weekday(days), (5, 6)).mean() < 0.1:  # more than that is a market open at weekends
        find("warning", np.isin(weekday(days), (5, 6)), "prices on weekends")
    findings += _runs(asset, days, close, kind)
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
    """Sessions of the calendar that the history lacks, and days that are none; nothing for weeks without holidays."""
    if calendar in WEEKS:
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


def _runs(asset: str, days: np.ndarray, close: np.ndarray, kind: Kind) -> list[Finding]:
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
    left_out = int(stale_moves(np.diff(np.log(close) if kind == "price" else close)[:, None]).sum())
    if left_out:
        message += f"; chance does not explain that, so {left_out} returns are left out as missing, not taken for calm"
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
