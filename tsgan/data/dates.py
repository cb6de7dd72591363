"""Cells into dates: one order of day, month and year that fits the whole column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from tsgan.data.cells import where
from tsgan.data.vocabulary import key
from tsgan.errors import DataError

Order = Literal["ymd", "dmy", "mdy"]
"""What stands first, second and third in a date."""

WORDS: dict[Order, str] = {"dmy": "day/month/year", "mdy": "month/day/year", "ymd": "year/month/day"}

_OFFSET = re.compile(r"(?<=\d)\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})$")
_CLOCK = re.compile(r"[ T,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([AP]\.?M\.?)?$", re.I)
_WEEKDAY = re.compile(r"^(mon|tues?|wed(nes)?|thu(rs?)?|fri|sat(ur)?|sun)(day)?\.?,?\s+", re.I)
_QUARTER = re.compile(r"(\d{4})[-: /]?Q([1-4])|Q([1-4])[-: /]?(\d{4})", re.I)
_MONTH = re.compile(r"(\d{4})(?:[-/.]|:?M)(\d{1,2})|(\d{1,2})[-/.](\d{4})", re.I)
_THREE = re.compile(r"(\d{1,4})([-/. ]|\. )(\d{1,2})(?:\2|[-/. ])(\d{1,4})\.?")
_CHINESE = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]")
_NAMED = re.compile(r"(\d{1,4})(?:st|nd|rd|th)?[-/. ]*(?:de\s+)?([^\W\d_]{3,})\.?[-/., ]*(?:de\s+)?(\d{1,4})")
_NAMED_FIRST = re.compile(r"([^\W\d_]{3,})\.?[-/ ]*(\d{1,2})(?:st|nd|rd|th)?,?[-/ ]+(\d{2,4})")
_NAMED_MONTH = re.compile(r"([^\W\d_]{3,})\.?[-/ ,']*(\d{4}|\d{2})|(\d{4})[-/ ]*([^\W\d_]{3,})\.?")

_MONTHS = {
    name: 1 + i
    for i, names in enumerate(
        (
            "jan january januar janvier janv enero ene gennaio gen janeiro stycznia sty januari",
            "feb february februar fevrier fevr febrero febbraio fevereiro fev lutego lut februari",
            "mar march marz mrz mars marzo marco marca maart mrt",
            "apr april avril avr abril abr aprile kwietnia kwi",
            "may mai mayo maggio mag maio maja maj mei",
            "jun june juni juin junio giugno giu junho czerwca cze",
            "jul july juli juillet juil julio luglio lug julho lipca lip",
            "aug august aout agosto ago sierpnia sie augusti augustus",
            "sep sept september septembre septiembre settembre set setembro wrzesnia wrz",
            "oct october oktober okt octobre octubre ottobre ott outubro out pazdziernika paz",
            "nov november novembre noviembre novembro listopada lis",
            "dec december dezember dez decembre diciembre dic dicembre dezembro grudnia gru",
        )
    )
    for name in names.split()
}
_EPOCHS = ((1e8, 4e9, "s"), (1e11, 4e12, "ms"), (1e14, 4e15, "us"), (1e17, 4e18, "ns"))
_SERIALS = (15000, 80000)
"""Numbers of days that Excel counts from 1899-12-30, 1941 to 2119."""


@dataclass(frozen=True)
class Dates:
    """Time stamps (row), tz-naive, and what had to be decided to read them."""

    stamps: pd.DatetimeIndex
    notes: tuple[str, ...] = ()


def read_dates(
    cells: pd.Series, first_line: int | None, *, order: Order | None = None, today: np.datetime64 | None = None
) -> Dates:
    """Time stamps of a column, tz-naive: the wall clock of the zone that they were written in.

    Read are ISO dates (with time and offset), ``YYYYMMDD``, day, month and year in any order, names of months, quarters
    and months (their first day), years, Excel's day numbers and seconds since 1970.  The order of day and month is the
    one that every cell allows; where two do, the one in which the dates of the file go steadily one way; years of two
    digits are put into the century in which they do so and end by ``today``.

    Args:
        cells: indexed by row number.
        first_line: line of row 0 in its file, for messages.
        order: what the format of the table says, where the cells allow it.
        today: years of two digits lie before it; UTC today by default.

    Raises:
        DataError: the first cell that is no date; an order of day and month, or a century, that nothing decides.
    """
    if isinstance(cells.dtype, pd.PeriodDtype):
        return Dates(pd.DatetimeIndex(cells.dt.to_timestamp()))
    if pd.api.types.is_datetime64_any_dtype(cells):
        index = pd.DatetimeIndex(cells)
        return Dates(_checked(pd.Series(index.tz_localize(None), index=cells.index), cells, first_line))
    text: pd.Series = cells.astype(object).map(_text)
    numbers: Any = pd.to_numeric(text, errors="coerce")
    if numbers.notna().all() and len(numbers):
        if (found := _counted(numbers)) is not None:
            return found
    unique = list(dict.fromkeys(text))
    parts = [_parts(t) for t in unique]
    orders: list[Order] = list(WORDS)
    fields: dict[Order, list[tuple[int, int, int] | None]] = {o: [_fields(p, o) for p in parts] for o in orders}
    today = np.datetime64("today") if today is None else today
    rows = text.map({t: i for i, t in enumerate(unique)}).to_numpy()
    tried: dict[Order, np.ndarray] = {name: _days(given, rows, today) for name, given in fields.items()}
    whole: dict[Order, np.ndarray] = {name: days for name, days in tried.items() if not np.isnat(days).any()}
    clocks = np.array([0 if p is None else p[1] for p in parts], "timedelta64[s]")[rows]
    if not whole:
        best = max(tried, key=lambda name: int((~np.isnat(tried[name])).sum()))
        _checked(pd.Series(tried[best], index=cells.index), cells, first_line)
    chosen, notes = _chosen(whole, cells, first_line, order)
    days = whole[chosen]
    short = [t for t, given in zip(unique, fields[chosen], strict=True) if given and given[0] < 100]
    if short:
        years = np.unique(days.astype("datetime64[Y]"))
        notes += (f"years of two digits are {years[0]} to {years[-1]}, as the order of the rows and today's date say",)
    return Dates(pd.DatetimeIndex((days.astype("datetime64[s]") + clocks).astype("datetime64[s]")), notes)


def looks_like_dates(cells: pd.Series) -> bool:
    """Whether the first cells of a column read as dates; numbers do only as ``YYYYMMDD``."""
    head = _head(cells)
    if head.empty:
        return False
    numbers: Any = pd.to_numeric(head.map(_text), errors="coerce")
    if not pd.api.types.is_datetime64_any_dtype(head) and not isinstance(head.dtype, pd.PeriodDtype):
        if numbers.notna().all() and not (numbers.between(17000101, 22000101) & (numbers % 1 == 0)).all():
            return False
    try:
        read_dates(head, None)
    except DataError as error:
        return "cannot be told" in str(error)
    return True


def _head(cells: pd.Series) -> Any:
    """The first five cells that are not empty."""
    known: Any = cells.dropna()
    return known[known.astype(str).str.strip() != ""].head(5)


def may_be_dates(cells: pd.Series) -> bool:
    """:func:`looks_like_dates`, for a column whose head says that it holds dates: counted days and seconds too."""
    head = _head(cells)
    if head.empty:
        return False
    try:
        read_dates(head, None)
    except DataError as error:
        return "cannot be told" in str(error)
    return True


def is_date(text: str) -> bool:
    """Whether one cell of a file reads as a date with day, month and year, or as a quarter or a month."""
    text = text.strip()
    if re.fullmatch(r"\d{8}", text):
        return 1700 <= int(text[:4]) < 2200 and 1 <= int(text[4:6]) <= 12 and 1 <= int(text[6:]) <= 31
    if re.fullmatch(r"[-+]?\d+([.,]\d+)?", text):
        return False
    parts = _parts(_text(text))
    return parts is not None and any(_day(_fields(parts, order), 2000) is not None for order in WORDS)


def _chosen(
    whole: dict[Order, np.ndarray], cells: pd.Series, first_line: int | None, order: Order | None
) -> tuple[Order, tuple[str, ...]]:
    """The order of day, month and year, and what decided it."""
    names: list[Order] = [*whole]
    if all(np.array_equal(whole[names[0]], whole[name]) for name in names[1:]):
        return names[0], ()
    if order in whole:
        return order, (f"dates are read as {WORDS[order]}, as this export writes them",)
    breaks = {name: _breaks(days) for name, days in whole.items()}
    ranked: list[Order] = [*names]
    ranked.sort(key=lambda name: breaks[name])
    if breaks[ranked[0]] == 0 and breaks[ranked[1]] > 0:
        return ranked[0], (f"dates are read as {WORDS[ranked[0]]}: no other order goes steadily one way",)
    fewest = breaks[ranked[0]]
    steady: list[Order] = [name for name in names if breaks[name] == fewest and _regular(whole[name])]
    wild: list[Order] = [name for name in names if name not in steady]
    if len(steady) == 1 and len(whole[steady[0]]) > 6 and all(_ragged(whole[name]) for name in wild):
        return steady[0], (f"dates are read as {WORDS[steady[0]]}: no other order is evenly spaced",)
    raise DataError(
        f"date column, {where(cells.index[0], first_line)}: {cells.iloc[0]!r}: day and month cannot be told apart "
        "in these dates; write them as YYYY-MM-DD"
    )


def _breaks(days: np.ndarray) -> int:
    steps = np.diff(days).astype(int)
    return int(min((steps < 0).sum(), (steps > 0).sum()))


def _regular(days: np.ndarray) -> bool:
    """Whether no gap is more than twice the usual one; ten days are no gap among days."""
    gaps = np.abs(np.diff(np.unique(days)).astype(int))
    return len(gaps) > 0 and gaps.max() <= max(10, 2 * np.median(gaps))


def _ragged(days: np.ndarray) -> bool:
    gaps = np.abs(np.diff(np.unique(days)).astype(int))
    return len(gaps) > 0 and gaps.max() > max(20, 10 * np.median(gaps))


def _text(value: object) -> str:
    """A date cell as text, without its offset from UTC; whole floats (20200102.0) lose their point."""
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip().strip("'\"")
    return _OFFSET.sub("", text) if ":" in text else text.removesuffix("Z")


_Parts = tuple[tuple[int, ...] | str, int]


def _parts(text: str) -> _Parts | None:
    """The numbers of a date as they stand, and its time of day in seconds; None where it is no date.

    The numbers come with what is known of their order: ``("ymd", y, m, d)`` as a tuple (y, m, d, 0), or the three
    as they stand (a, b, c, 1) where it is not.
    """
    seconds = 0
    if clock := _CLOCK.search(text):
        hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
        if clock[4]:
            hour = hour % 12 + 12 * clock[4].lower().startswith("p")
        if hour > 24 or minute > 59 or second > 60:
            return None
        seconds, text = 3600 * hour + 60 * minute + second, text[: clock.start()]
    text = _WEEKDAY.sub("", text.strip()).strip()
    if re.fullmatch(r"\d{8}", text):
        return (int(text[:4]), int(text[4:6]), int(text[6:]), 0), seconds
    if re.fullmatch(r"\d{6}", text):
        return (int(text[:4]), int(text[4:]), 1, 0), seconds
    if re.fullmatch(r"\d{4}", text):
        return (int(text), 1, 1, 0), seconds
    if found := _QUARTER.fullmatch(text):
        return (int(found[1] or found[4]), 3 * int(found[2] or found[3]) - 2, 1, 0), seconds
    if found := _MONTH.fullmatch(text):
        return (int(found[1] or found[4]), int(found[2] or found[3]), 1, 0), seconds
    if found := _CHINESE.fullmatch(text):
        return (int(found[1]), int(found[2]), int(found[3]), 0), seconds
    if found := _THREE.fullmatch(text):
        a, b, c = found[1], found[3], found[4]
        if len(a) == 4:
            return (int(a), int(b), int(c), 0), seconds
        if len(a) == 3 or len(c) == 3:
            return None
        return (int(a), int(b), int(c), 2 if len(c) == 4 else 1), seconds
    folded = key(text)
    if found := _NAMED.fullmatch(folded):
        month = _MONTHS.get(found[2])
        if month is None:
            return None
        a, c = found[1], found[3]
        year, day = (a, c) if len(a) == 4 else (c, a)
        return ((int(year), month, int(day), 0) if len(year) != 3 else (0, 0, 0, 0)), seconds
    if (found := _NAMED_FIRST.fullmatch(folded)) and found[1] in _MONTHS:
        return (int(found[3]), _MONTHS[found[1]], int(found[2]), 0), seconds
    if (found := _NAMED_MONTH.fullmatch(folded)) and (found[1] or found[4]) in _MONTHS:
        return (int(found[2] or found[3]), _MONTHS[found[1] or found[4]], 1, 0), seconds
    return None


def _fields(parts: _Parts | None, order: Order) -> tuple[int, int, int] | None:
    """Year, month and day in this order; None where it does not apply."""
    if parts is None:
        return None
    numbers: Any = parts[0]
    a, b, c, kind = numbers
    if kind == 0:
        return a, b, c
    if order == "ymd":
        return (a, b, c) if kind == 1 else None
    return (c, b, a) if order == "dmy" else (c, a, b)


def _day(fields: tuple[int, int, int] | None, century: int) -> np.datetime64 | None:
    if fields is None:
        return None
    year, month, day = fields
    year += century if year < 100 else 0
    if not (1 <= month <= 12 and 1 <= day <= 31 and 1700 <= year <= 2250):
        return None
    first = np.datetime64(f"{year:04}-{month:02}", "M")
    result = first.astype("datetime64[D]") + np.timedelta64(day - 1, "D")
    return result if result.astype("datetime64[M]") == first else None


def _days(given: list[tuple[int, int, int] | None], rows: np.ndarray, today: np.datetime64) -> np.ndarray:
    """(row,) days, NaT where a cell is none; years of two digits in the century that fits the order of the rows."""
    if not any(fields and fields[0] < 100 for fields in given):
        return _column([_day(f, 0) for f in given])[rows]
    both = {c: _column([_day(f, c) for f in given])[rows] for c in (1900, 2000)}
    if not all(fields and fields[0] < 100 for fields in given):
        return both[1900] if (both[2000] > today).any() else both[2000]
    if np.isnat(both[2000]).any():
        return both[2000]
    # The latest century in which all of them are past and in order, else changes of century within the column.
    sliding = np.where(both[2000] <= today + np.timedelta64(1, "D"), both[2000], both[1900])
    tried = [both[2000], both[1900], sliding, _unwrapped(both[1900], today), _unwrapped(both[1900][::-1], today)[::-1]]
    return min((days for days in tried if not (days > today + np.timedelta64(1, "D")).any()), key=_breaks)


def _column(days: list[np.datetime64 | None]) -> np.ndarray:
    return np.array([np.datetime64("NaT", "D") if day is None else day for day in days], "datetime64[D]")


def _unwrapped(days: np.ndarray, today: np.datetime64) -> np.ndarray:
    """Days of 1900 to 1999 in the order of their rows, a century later each time that they fall by 50 years."""
    years = days.astype("datetime64[Y]").astype(int)
    centuries = np.concatenate([[0], np.cumsum(np.diff(years) < -50)])
    last = days[-1].astype("datetime64[M]") + np.timedelta64(1200 * int(centuries[-1]), "M")
    latest = (today.astype("datetime64[M]") - last).astype(int) // 1200
    months = days.astype("datetime64[M]")
    later = (1200 * (centuries + latest)).astype("timedelta64[M]")
    return (months + later).astype("datetime64[D]") + (days - months.astype("datetime64[D]"))


def _counted(numbers: Any) -> Dates | None:
    """Excel's days and seconds since 1970; None for numbers that are neither."""
    low, high = float(numbers.min()), float(numbers.max())
    for least, most, unit in _EPOCHS:
        if least <= low and high <= most and not (unit == "s" and 17000101 <= low and high <= 22000101):
            scale = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
            seconds = (numbers.astype("int64") // scale).to_numpy().astype("datetime64[s]")
            name = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}[unit]
            return Dates(pd.DatetimeIndex(seconds), (f"dates are read as {name} since 1970, UTC",))
    if _SERIALS[0] <= low and high <= _SERIALS[1]:
        days = np.datetime64("1899-12-30", "s") + np.floor(numbers.to_numpy()).astype("timedelta64[D]")
        return Dates(pd.DatetimeIndex(days), ("dates are read as Excel's numbers of days since 1899-12-30",))
    return None


def _checked(parsed: pd.Series, cells: pd.Series, first_line: int | None) -> pd.DatetimeIndex:
    if parsed.isna().any():
        row = parsed.index[np.asarray(parsed.isna())][0]
        raise DataError(
            f"date column, {where(row, first_line)}: {cells.loc[row]!r} is not a date; write dates as YYYY-MM-DD"
        )
    return pd.DatetimeIndex(parsed)
