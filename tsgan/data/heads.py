"""The heads of a table: which are nothing, which are dates, and where tables stand side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from tsgan.data.cells import is_number
from tsgan.data.dates import Order, is_date, looks_like_dates, may_be_dates, read_dates
from tsgan.data.roles import ACCEPTED, listed, numeric
from tsgan.data.vocabulary import DATE, EPOCHS, key, nameless
from tsgan.errors import DataError


def with_heads(frame: pd.DataFrame, *, in_memory: bool) -> pd.DataFrame:
    """Without columns that have neither a name nor a value, and rows that only repeat the header."""
    several = frame.columns.nlevels > 1
    nothing = [
        i
        for i, column in enumerate(frame.columns)
        if (all(map(nameless, column)) if several else nameless(column)) and empty(frame.iloc[:, i])
    ]
    if nothing:
        kept = [i for i in range(frame.shape[1]) if i not in nothing]
        frame = frame.iloc[:, kept]
    if in_memory and not several:
        stated = [str(c) for c in frame.columns]
        if (
            sum(is_date(c) for c in stated) == 1
            and sum(is_number(c) and not is_date(c) for c in stated) == len(stated) - 1 > 0
        ):
            raise DataError(
                f"the header holds a row of prices ({', '.join(stated[:4])}): read the file with header=None and name "
                "its columns, such as date,SPX"
            )
    return frame


def empty(cells: pd.Series) -> bool:
    known = cells.dropna()
    if len(known) and str(known.iloc[0]).strip():
        return False
    return bool(known.empty or (known.astype(str).str.strip() == "").all())


def dates_across(frame: pd.DataFrame) -> bool:
    """Whether the heads, all but the first, are dates, as tables with an asset a row have them."""
    rest = [str(c) for c in frame.columns[1:]]
    return len(rest) > 2 and all(is_date(c[:10] if ":" in c else c) for c in rest) and not numeric(frame.iloc[:, 0])


def blocks(frame: pd.DataFrame) -> list[list[int]]:
    """The columns of each of several tables that stand side by side, each beginning with its own dates."""
    if isinstance(frame.index, pd.DatetimeIndex) or frame.shape[1] < 4:
        return [list(range(frame.shape[1]))]
    starts = []
    for i, column in enumerate(frame.columns):
        words = [key(part) for part in (column if isinstance(column, tuple) else (column,))]
        words = [word.split(".")[0] for word in words]  # pandas calls a second Date Date.1
        if any(word in DATE for word in words) and looks_like_dates(frame.iloc[:, i]):
            starts.append(i)
    ends = [*starts[1:], frame.shape[1]]
    if len(starts) < 2 or starts[0] != 0 or not all(b - a > 1 for a, b in zip(starts, ends, strict=True)):
        return [list(range(frame.shape[1]))]
    return [list(range(a, b)) for a, b in zip(starts, ends, strict=True)]


def split_dates(
    frame: pd.DataFrame, first_line: int | None, order: Order | None
) -> tuple[pd.DatetimeIndex, pd.DataFrame, tuple[str, ...]]:
    """The dates and the rest, rows renumbered; from a column named so, the index, or the first column."""
    several = frame.columns.nlevels > 1
    keys = [key(column[0] if several else column) for column in frame.columns]
    named = [i for i, word in enumerate(keys) if word in DATE]
    if first_line is None:
        index = frame.index.to_series(index=pd.RangeIndex(len(frame)))
        frame = frame.reset_index(drop=True)
        stamped = pd.api.types.is_datetime64_any_dtype(index) or isinstance(index.dtype, pd.PeriodDtype)
        if stamped or (not named and not pd.api.types.is_numeric_dtype(index) and looks_like_dates(index)):
            read = read_dates(index, None)
            return read.stamps, frame, read.notes
    dated = [i for i in named if looks_like_dates(frame.iloc[:, i])]
    dated = dated or [i for i in named if may_be_dates(frame.iloc[:, i])] or named
    readable = [i for i in dated if keys[i] not in EPOCHS] or dated
    position = readable[0] if readable else 0
    if not dated and not (len(keys) > 1 and looks_like_dates(frame.iloc[:, 0])):
        raise DataError(f"no dates: no column called date; columns seen: {listed(frame.columns)}; {ACCEPTED}")
    counter = [  # a saved row number
        i for i, c in enumerate(frame.columns) if i < position and (all(map(nameless, c)) if several else nameless(c))
    ]
    epochs = [i for i, word in enumerate(keys) if word in EPOCHS]
    clock = [i for i, word in enumerate(keys) if word == "time" and i not in dated and _is_clock(frame.iloc[:, i])]
    rest = [i for i in range(len(keys)) if i not in (position, *dated, *counter, *epochs, *clock)]
    if not rest:
        raise DataError(f"a date column and nothing else; {ACCEPTED}")
    cells: Any = frame.iloc[:, position]
    if clock and frame.iloc[:, clock[0]].nunique() > 1:
        cells = cells.astype(str) + " " + frame.iloc[:, clock[0]].astype(str)
    read = read_dates(cells, first_line, order=order)
    return read.stamps, frame.iloc[:, rest], read.notes


def _is_clock(cells: pd.Series) -> bool:
    head: Sequence[str] = [str(c) for c in cells.dropna().head(5)]
    return all(c.replace(":", "").isdigit() for c in head)
