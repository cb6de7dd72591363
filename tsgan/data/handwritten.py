"""Tables that people write by hand, such as portfolios and loan books: every row counts, and every cell is text."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd

from tsgan.bounded import Unreadable, read_written
from tsgan.data.notation import MISSING, Notation, notation_of, number
from tsgan.errors import ConfigError
from tsgan.formulas import unguarded

LARGEST = 1e18
"""Size of an amount, a number of units or a price that is taken for one; nobody owns more of anything."""

SMALLEST = 1e-12
"""Size below which one that is not 0 is taken for a mistake: sums of usual ones do not change by it."""


SEPARATORS = ";\t|"
"""What may stand between cells in place of commas: the first of these that the header holds."""

_NUMBER = re.compile(r"[-+\u2212]?[\d.,\s\u00a0\u202f'\u2019]*\d[\d.,\s\u00a0\u202f'\u2019]*")
_INSIDE = re.compile(r"(?<![\w.,])\d[\d.]*,\d+(?![\w.,])")


def read_handwritten(path: Path, what: str, texts: Collection[str], mixed: Collection[str] = ()) -> pd.DataFrame:
    """The cells of a text file by the names of its columns, as text without blanks around it, numbers with points.

    Between cells stand commas, semicolons, tabs or bars, as the header shows.  Decimal commas and thousands are read as
    those of prices are: as all cells together prove (:mod:`tsgan.data.notation`).

    Lines that begin with ``#`` are comments above the header, and an error below it, where they may be a position that
    somebody meant to keep.  Empty cells are NaN, and so are words such as ``n/a`` outside the columns ``texts``.

    Args:
        path: of the file; ``.gz`` is unpacked.
        what: it is, for messages: ``the portfolio``.
        texts: columns of names, which may be called ``NA``.
        mixed: those of them that hold numbers beside names.

    Raises:
        ConfigError, naming file and line: no such table, a column twice, a row with more cells than the header, a
        number that could be two.
        FileNotFoundError: no such file.
    """
    try:
        rows = _rows(path)
    except FileNotFoundError:
        raise
    except (Unreadable, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ConfigError(f"{what} {path} cannot be read as a CSV file: {reason}") from None
    if not rows:
        raise ConfigError(f"{what} {path} cannot be read: it is empty, and needs a header and a row for each entry")
    (line, header), body = rows[0], rows[1:]
    names = [unguarded(name).lower() for name in header]
    for line, cells in body:
        if cells[0].startswith("#"):
            raise ConfigError(
                f"{path}, line {line}: {cells[0][:40]!r} begins with #, and comments stand above the header only; "
                "delete the line, or mend its first cell"
            )
        if len(cells) > len(names) and any(cells[len(names) :]):
            raise ConfigError(
                f"{path}, line {line}: {len(cells)} cells where the header has {len(names)}; put a cell that holds a "
                "comma in quotes, or semicolons between all cells"
            )
        for name, cell in zip(names, cells, strict=False):
            if not cell.isprintable():
                raise ConfigError(f"{path}, line {line}: {name} is {cell[:40]!r}, with characters that cannot be seen")
    table = [[_cell(cell, name in texts) for cell, name in zip(cells, names, strict=False)] for _, cells in body]
    frame = pd.DataFrame([[*cells, *[np.nan] * (len(names) - len(cells))] for cells in table], columns=names)
    frame = _with_points(frame.astype(object), path, texts, mixed)
    frame = frame.loc[:, [bool(n) or bool(frame.iloc[:, i].notna().any()) for i, n in enumerate(names)]]
    check_columns(frame, str(path))
    return frame


def check_columns(frame: pd.DataFrame, where: str) -> None:
    """ConfigError where a column is there twice, or has no name."""
    names = list(frame.columns)
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise ConfigError(f"{where} has the column {', '.join(map(str, twice))} more than once; keep one of each")
    if "" in names:
        raise ConfigError(f"{where}: column {names.index('') + 1} has values and no name; name it, or delete it")


def sensible(value: float) -> bool:
    """Whether a size can be computed with: 0, or from :data:`SMALLEST` to :data:`LARGEST`, whatever its sign."""
    return value == 0 or SMALLEST <= abs(value) <= LARGEST


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Lines that say anything, with their numbers; comments above the header left out."""
    lines = read_written(path).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    between = _separator(lines)
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=between, skipinitialspace=True, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if any(cells) and (rows or not cells[0].startswith("#")):
                rows.append((reader.line_num, cells))
    except csv.Error as error:  # a quote that nothing closes
        raise Unreadable(f"line {reader.line_num}: {error}") from None
    return rows


def _separator(lines: list[str]) -> str:
    """What stands between the cells of the header, the first line that is no comment."""
    header = next((line for line in lines if line.strip() and not line.lstrip().startswith("#")), "")
    bare = re.sub(r'"[^"]*"', "", header)
    return next((mark for mark in SEPARATORS if mark in bare), ",")


def _with_points(frame: pd.DataFrame, path: Path, texts: Collection[str], mixed: Collection[str]) -> pd.DataFrame:
    """The table with its numbers as Python reads them."""
    numbers = [i for i, name in enumerate(frame.columns) if name not in texts]
    written = {str(i): _numbers_only(frame.iloc[:, i]) for i in numbers}
    notation = notation_of(written)
    if notation.doubt and not notation.proof:
        row, i = next((r, i) for i in numbers for r, cell in enumerate(frame.iloc[:, i]) if cell == notation.doubt)
        raise ConfigError(
            f"{path}: {frame.columns[i]} is {notation.doubt!r} in row {row + 1}, which could be "
            f"{number(notation.doubt, Notation(True)):g} or {number(notation.doubt, Notation(False)):g}; write it "
            "without the comma, or with decimals"
        )
    for i in numbers:
        frame.isetitem(i, [_point(cell, notation) for cell in frame.iloc[:, i]])
    if notation.comma:
        for i, name in enumerate(frame.columns):
            if name in mixed:
                cells = frame.iloc[:, i]
                frame.isetitem(i, [_points_inside(cell) if isinstance(cell, str) else cell for cell in cells])
    return frame


def _numbers_only(cells: pd.Series) -> pd.Series:
    """Cells that hold digits and marks alone, so that percent and currencies stay what they are."""
    return pd.Series([cell for cell in cells if isinstance(cell, str) and _NUMBER.fullmatch(cell)], dtype=object)


def _point(cell: object, notation: Notation) -> object:
    """A cell as Python reads it; whatever is no number in this notation stays, to be refused by name."""
    if not isinstance(cell, str) or not _NUMBER.fullmatch(cell) or (not notation.comma and "," not in cell):
        return cell
    value = number(cell, notation)
    return cell if value is None else repr(value)


def _points_inside(cell: str) -> str:
    return _INSIDE.sub(lambda found: found[0].replace(".", "").replace(",", "."), cell)


def _cell(cell: str, text: bool) -> object:
    if not cell or (not text and cell.lower() in MISSING):
        return np.nan
    return unguarded(cell) if text else cell
