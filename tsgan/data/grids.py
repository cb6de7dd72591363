"""Text into a grid of cells: encoding, separator, what stands above the header and below the last row."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tsgan.bounded import read_bytes, unpacked
from tsgan.data.cells import is_number
from tsgan.data.dates import is_date
from tsgan.data.notation import MISSING
from tsgan.data.sheets import sheet_text
from tsgan.data.vocabulary import key, part_of
from tsgan.errors import DataError
from tsgan.formulas import has_guards, unguarded

SHEETS = (".xlsx", ".xlsm")

SEPARATORS = ";\t|,"
"""What stands between cells; the first of those that fit equally well."""

HEAD = 60
"""Lines that are looked at to find separator and header."""

_TAILS = ("downloaded from", "source:", "note:", "copyright")

NAMES = frozenset(
    {"ticker", "tickers", "symbol", "security", "instrument", "ric", "isin", "name", "index", "fund name"}
)
"""Words above a table behind which its asset is named."""


@dataclass(frozen=True)
class Grid:
    """A file's cells, all text.

    Attributes:
        header: one to three rows of names as they stand; empty where the file has none.
        body: (row, column) text, NaN where empty; the index counts lines from the first row.
        first_line: line of the first row of the body in the file.
        name: of the asset, where lines above the table say it; else empty.
        notes: what reading it decided.
    """

    header: tuple[tuple[str, ...], ...]
    body: pd.DataFrame
    first_line: int
    name: str = ""
    notes: tuple[str, ...] = ()


def read_grid(path: Path) -> Grid:
    """The cells of a text file or a workbook.

    Raises DataError where it holds no table, UnicodeDecodeError where it is no text.
    """
    text, notes = sheet_text(path) if path.name.lower().endswith(SHEETS) else _text(path)
    lines = text.split("\n")
    blank = next((i for i, line in enumerate(lines) if line.strip()), None)
    if blank is None:
        raise DataError(f"{path} holds only blank lines; it needs a header row and one row a day")
    told = re.fullmatch(r"\ufeff?\"?sep=(.)\"?[,;\s]*", lines[blank].strip("\r\n"), re.I)
    skip = blank + bool(told)
    head = lines[skip : skip + HEAD]
    separator = told[1] if told else _separator(head)
    rows, ends = _rows(head, separator)
    first = _first_data(rows)
    start = skip + (ends[first - 1] if first else 0)
    top, kept = _header(rows[:first])
    above = [row for row in rows[: first - kept] if any(row)]
    name = next((row[1] for row in above if len(row) > 1 and row[1] and key(row[0]) in NAMES), "")
    currency = next((row[1] for row in above if len(row) > 1 and row[1] and key(row[0]) == "currency"), "")
    if above:
        shown = " / ".join(" ".join(cell for cell in row if cell)[:40] for row in above[:3])
        notes += (f"{len(above)} line{'s' * (len(above) > 1)} above the header left out: {shown}",)
    guards = has_guards(text)
    if guards:
        top = tuple(tuple(map(unguarded, row)) for row in top)
    body = _body(path, lines, start, separator, rows, guards)
    body, tail = _without_tail(body)
    notes += tail
    if body.empty:
        raise DataError(f"{path} has a header but no rows; it needs one row a day")
    top, body = _fitted(path, top, body, start + 1)
    body.attrs = {"currency": currency} if re.fullmatch("[A-Za-z]{3}", currency) else {}
    return Grid(top, body, start + 1, name, notes)


def _rows(head: list[str], separator: str) -> tuple[list[list[str]], list[int]]:
    """The cells of the first lines, and behind which line each row ends: a quoted cell may hold line breaks."""
    reader = csv.reader([f"{line}\n" for line in head], delimiter=separator, skipinitialspace=True)
    rows, ends = [], []
    for row in reader:
        rows.append([cell.strip() for cell in row])
        ends.append(reader.line_num)
    return rows, ends


def _text(path: Path) -> tuple[str, tuple[str, ...]]:
    data = read_bytes(path)
    if path.name.lower().endswith(".gz"):
        data = unpacked(data)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") and len(data) % 2 == 0:
        return _lines(data.decode("utf-16")), ("read as UTF-16 text",)
    try:
        return _lines(data.decode("utf-8-sig")), ()
    except UnicodeDecodeError:
        if b"\x00" in data or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise
        return _lines(data.decode("cp1252")), (
            "not UTF-8; read as Windows-1252, as Excel saves text in western Europe",
        )


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _separator(head: list[str]) -> str:
    """The separator that gives most lines the same number of cells, more than one."""

    def score(separator: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(head, delimiter=separator) if any(cell.strip() for cell in row)]
        wide = [width for width in widths if width > 1]
        usual = max(set(wide), key=wide.count, default=0)
        return wide.count(usual), -SEPARATORS.index(separator)

    return max(SEPARATORS, key=score)


def _first_data(rows: list[list[str]]) -> int:
    """The first row that holds prices; the one under the first row that says anything where none seems to."""
    for i, row in enumerate(rows):
        if not _is_data(row):
            continue
        headed = any(len(above) == len(row) and sum(map(_is_word, above)) == len(row) > 1 for above in rows[:i])
        if headed or i + 1 >= len(rows) or not any(rows[i + 1]) or _is_like(rows[i + 1], row):
            return i
    return next((i for i, row in enumerate(rows) if any(row)), 0) + 1


def _is_like(row: list[str], data: list[str]) -> bool:
    """Whether a row is one of prices too, or may be one with a cell that is none: heads hold no dates and numbers."""
    if _is_data(row):
        return True
    return len(row) == len(data) and any(is_date(cell) or is_number(cell) for cell in row)


def _is_data(row: list[str]) -> bool:
    """A date and a number, or nothing but numbers (the dates may be counted ones)."""
    cells = [cell for cell in row if cell]
    numeric = [is_number(cell) and not is_date(cell) for cell in cells]
    if any(map(is_date, cells)):
        missing = any(cell.lower() in MISSING for cell in cells) or len(cells) < len(row)
        return any(numeric) or (missing and not any(_is_word(cell) for cell in cells))
    return len(cells) > 1 and all(numeric)


def _is_word(cell: str) -> bool:
    return not is_date(cell) and not is_number(cell) and cell.lower() not in MISSING


def _header(above: list[list[str]]) -> tuple[tuple[tuple[str, ...], ...], int]:
    """The rows of names among those above the first row of prices, and how many lines they and the blanks take."""
    if not above:
        return (), 0
    last = len(above) - 1
    while last > 0 and not any(above[last]):
        last -= 1
    taken = [above[last]]
    if last and above[last] and above[last][0] and not any(above[last][1:]) and len(above[last - 1]) > 1:
        taken.insert(0, above[last - 1])  # yfinance's row that only names the index
        last -= 1
    if last and _two_levels(above[last - 1], above[last]):
        taken.insert(0, above[last - 1])
        last -= 1
    return tuple(map(tuple, taken)), len(above) - last


def _two_levels(upper: list[str], lower: list[str]) -> bool:
    """Whether two rows name tickers and fields, in either order."""
    first = key(upper[0]) if upper else ""
    several = sum(key(cell) in ("date", "dates") for cell in lower) > 1  # tables side by side, a ticker over each
    if len(upper) < 2 or (first not in ("", "price", "date", "dates", *NAMES) and not several):
        return False
    above, below = ([key(cell) for cell in row[1:] if cell] for row in (upper, lower))
    if not above or not below:
        return False
    fields = [all(part_of(word) is not None or word in ("date", "dates") for word in row) for row in (above, below)]
    return any(fields)


def _body(
    path: Path, lines: list[str], start: int, separator: str, rows: list[list[str]], guards: bool
) -> pd.DataFrame:
    """The rows as text; DataError for one that has more cells than the others.  ``guards``: cells may be guarded."""
    width = max((len(row) for row in rows), default=1)
    try:
        body = pd.read_csv(
            io.StringIO("\n".join(lines[start:])),
            sep=separator,
            header=None,
            names=range(width),
            index_col=False,
            dtype=str,
            skip_blank_lines=False,
            skipinitialspace=True,
            keep_default_na=False,
            na_values=[""],
        )
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    except ValueError as error:  # pandas' ParserError counts lines from the start of the text that it was given
        found = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
        if found is None:
            raise
        raise DataError(
            f"cannot read {path}: line {int(found[2]) + start} has {found[3]} cells where others have {found[1]}; "
            "check for a comma inside a number or a name, and put such cells in quotes"
        ) from error
    body = pd.DataFrame({name: _without_blanks(body[name]) for name in body})
    if guards:
        body = body.map(lambda cell: unguarded(cell) if isinstance(cell, str) else cell)
    return body.dropna(how="all")


def _without_blanks(cells: Any) -> pd.Series:
    """A column with cells of nothing but blanks as missing ones."""
    if cells.isna().all():
        return cells
    blank = cells.str.isspace().fillna(False).to_numpy(bool)
    return cells.mask(blank, np.nan) if blank.any() else cells


def _fitted(
    path: Path, header: tuple[tuple[str, ...], ...], body: pd.DataFrame, first_line: int
) -> tuple[tuple[tuple[str, ...], ...], pd.DataFrame]:
    """Header and body of one width; DataError for a row that has values beyond the last name."""
    if not header:
        return header, body
    width = max(map(len, header))
    beyond = body.iloc[:, width:].notna().to_numpy()
    if not beyond.any():
        return header, body.iloc[:, :width]
    if len(header) == 1 and beyond.shape[1] == 1 and beyond.all() and header[0][-1] and is_date(str(body.iloc[0, 0])):
        return (("", *header[0]),), body  # R's write.table names every column but the dates
    row = int(np.argmax(beyond.any(axis=1)))
    raise DataError(
        f"cannot read {path}: line {int(body.index[row]) + first_line} has {int(body.iloc[row].notna().sum())} cells "
        f"where the header has {width}; check for a comma inside a number or a name, and put such cells in quotes"
    )


def _without_tail(body: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The body without lines of text below its last row, where only the first cell is filled and is no date."""
    last = len(body)
    while last > 1 and body.shape[1] > 1:
        row = body.iloc[last - 1]
        if row.iloc[1:].notna().any() and not str(row.iloc[0]).lower().startswith(_TAILS):
            break
        cell = str(row.iloc[0]).strip()
        if is_date(cell) or is_number(cell):
            break
        last -= 1
    if last == len(body):
        return body, ()
    shown = str(body.iloc[last, 0])[:60]
    return body.iloc[:last], (
        f"{len(body) - last} line{'s' * (len(body) - last > 1)} below the table left out: {shown}",
    )
