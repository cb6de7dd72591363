"""Texts that a spreadsheet would compute, and the one door through which tables go to CSV files.

A ticker called ``=HYPERLINK("http://...")`` is a name here and a program in Excel, LibreOffice and Google Sheets, which
compute every cell that begins with one of :data:`STARTS`, quoted or not.  Such texts are written with an apostrophe
before them, the mark by which spreadsheets themselves know text, and tsgan takes it off again when it reads them.
Numbers, negative ones among them, stay as they are.
"""

from __future__ import annotations

import os
import re
from typing import Any, overload

STARTS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
"""What a cell begins with that a spreadsheet computes; the last four are the wide forms of Asian keyboards."""

_NUMBER = re.compile(r"[-+](\d+\.?\d*|\.\d+|inf|infinity|nan)(e[-+]?\d+)?\s?%?|-{1,3}", re.IGNORECASE)
"""A number with its sign, or the strokes that stand for none."""


def guarded(text: str) -> str:
    """``text`` as a table may hold it: with an apostrophe before it where a spreadsheet would compute it."""
    return f"'{text}" if _computes(text) else text


def unguarded(text: str) -> str:
    """What :func:`guarded` was given."""
    return text[1:] if text[:1] == "'" and _computes(text[1:]) else text


def has_guards(text: str) -> bool:
    """Whether a whole file may hold guarded cells at all, so that looking at each of them is worth while."""
    return any(f"'{start}" in text for start in STARTS)


def _computes(text: str) -> bool:
    # Behind apostrophes too: so no text is written as another one's guarded form.
    return text.lstrip("'")[:1] in tuple(STARTS) and _NUMBER.fullmatch(text) is None


@overload
def write_csv(table: Any, target: None = None, *, index: bool = False, **options: Any) -> str: ...
@overload
def write_csv(table: Any, target: str | os.PathLike[str], *, index: bool = False, **options: Any) -> None: ...
def write_csv(
    table: Any, target: str | os.PathLike[str] | None = None, *, index: bool = False, **options: Any
) -> str | None:
    """Write a table as CSV, its texts and heads guarded; returned as text where there is no ``target``.

    Args:
        table: a DataFrame, left as it is.
        target: a path that may be written (:func:`tsgan.files.atomic_path`).
        index: whether the index becomes columns.
        options: of ``DataFrame.to_csv``.
    """
    safe = table.copy(deep=False)
    for i, dtype in enumerate(table.dtypes):
        if dtype.kind == "O":
            safe.isetitem(i, table.iloc[:, i].map(_cell))
    safe.columns = table.columns.map(_cell)
    if index:
        safe.index = table.index.map(_cell) if table.index.dtype.kind == "O" else table.index
        safe.index.names = [_cell(name) for name in table.index.names]
    return safe.to_csv(target, index=index, **options)


def _cell(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_cell, value))
    return guarded(value) if isinstance(value, str) else value
