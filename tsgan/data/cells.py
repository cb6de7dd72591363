"""Cells into numbers and dates, with errors that say which cell."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from tsgan.errors import DataError

_OFFSET = re.compile(r"(?<=\d)\s*(Z|UTC|[+-]\d{2}:?\d{2})$")
_ISO = re.compile(r"^\d{4}-\d{1,2}-\d{1,2}")
_QUARTER = re.compile(r"(\d{4})[-: ]?Q([1-4])|Q([1-4])[-: ]?(\d{4})", re.I)
_MONTH = re.compile(r"(\d{4})(?:-|:?M)(\d{2})", re.I)
_FORMATS = (
    "%Y%m%d",
    "%Y/%m/%d",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d-%b-%Y",
    "%d %b %Y",
    "%b %d, %Y",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M",
)


def where(label: object, first_line: int | None) -> str:
    """Name a row: its line in the file, or its number in the table."""
    return f"row {label}" if first_line is None else f"line {int(str(label)) + first_line}"


def numbers(cells: pd.Series, column: str, first_line: int | None) -> np.ndarray:
    """float64 values of a column, NaN where a cell is empty.

    ``cells`` is indexed by row number.  Raises DataError naming the column, the row and the text of the first cell
    that is not a number.
    """
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
        return cells.to_numpy(np.float64, na_value=np.nan, copy=True)
    values = cells.astype(object).to_numpy(copy=True)
    values[np.array([bool(pd.isna(v)) or (isinstance(v, str) and not v.strip()) for v in values])] = np.nan
    try:
        return values.astype(np.float64)  # float() on each cell: the exact value that the text says
    except (ValueError, TypeError):
        row = next(i for i, value in enumerate(values) if not is_number(value))
    raise DataError(
        f"column {column}, {where(cells.index[row], first_line)}: {values[row]!r} is not a number; "
        "prices are plain numbers with a decimal point, no thousands separators or currency signs, empty where missing"
    )


def dates(cells: pd.Series, first_line: int | None) -> pd.DatetimeIndex:
    """Time stamps of a column, tz-naive: the wall clock of the zone that they were written in.

    Understands ISO dates (with time and offset), ``YYYYMMDD`` and the common day, month and year orders; quarters
    (``1985Q1``) and months (``1985-03``, ``1985M03``) stand for their first day.
    Raises DataError for the first cell that is no date, and where day and month cannot be told apart.
    """
    if isinstance(cells.dtype, pd.PeriodDtype):
        return pd.DatetimeIndex(cells.dt.to_timestamp())
    if pd.api.types.is_datetime64_any_dtype(cells):
        index = pd.DatetimeIndex(cells)
        parsed = pd.Series(index.tz_localize(None), index=cells.index)
    else:
        text: Any = cells.astype(object).map(lambda v: "" if pd.isna(v) else _whole_day(_date_text(v)))
        parsed = _parsed(text, cells, first_line)
    if parsed.isna().any():
        row = parsed.index[np.asarray(parsed.isna())][0]
        raise DataError(
            f"date column, {where(row, first_line)}: {cells.loc[row]!r} is not a date; write dates as YYYY-MM-DD"
        )
    return pd.DatetimeIndex(parsed)


def looks_like_dates(cells: pd.Series) -> bool:
    """Whether the first cells of a column read as dates."""
    head = cells.dropna().head(5)
    if head.empty or (pd.api.types.is_numeric_dtype(head) and not head.between(1e7, 1e8).all()):
        return False
    try:
        dates(head, None)
    except DataError as error:
        return "day and month" in str(error)
    return True


def _parsed(text: pd.Series, cells: pd.Series, first_line: int | None) -> pd.Series:
    """Parse with the one format that fits every cell; with the best one, NaT and all, where none does."""
    if text.map(lambda t: bool(_ISO.match(t))).mean() > 0.5:
        return pd.to_datetime(text, format="ISO8601", errors="coerce")
    tries = [pd.to_datetime(text, format=f, errors="coerce") for f in _FORMATS]
    whole = [t for t in tries if t.notna().all()]
    if len(whole) > 1 and any(not whole[0].equals(other) for other in whole[1:]):
        raise DataError(
            f"date column, {where(cells.index[0], first_line)}: {cells.iloc[0]!r}: day and month cannot be told apart "
            "in these dates; write them as YYYY-MM-DD"
        )
    return whole[0] if whole else max(tries, key=lambda t: int(t.notna().sum()))


def _date_text(value: object) -> str:
    """A date cell as text; whole floats (20200102.0) lose their point."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _whole_day(text: str) -> str:
    """Text of a date without its offset from UTC; of a quarter or a month, that of its first day."""
    if found := _QUARTER.fullmatch(text):
        year, quarter = found[1] or found[4], int(found[2] or found[3])
        return f"{year}-{3 * quarter - 2:02}-01"
    if found := _MONTH.fullmatch(text):
        return f"{found[1]}-{found[2]}-01"
    return _OFFSET.sub("", text)


def is_number(value: object) -> bool:
    """Whether Python reads the cell as a number."""
    try:
        float(value)  # pyright: ignore[reportArgumentType]
    except (ValueError, TypeError):
        return False
    return True
