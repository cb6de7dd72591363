"""Excel workbooks (``.xlsx``) into text: the first sheet that holds a table, dates as ISO text, numbers as stored."""

from __future__ import annotations

import csv
import io
import lzma
import re
import zipfile
import zlib
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

from tsgan.errors import DataError

_NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
"""Numbers of the formats that are built into Excel and show dates or times."""

_DAMAGES = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, KeyError, ElementTree.ParseError, ValueError,
    OverflowError, NotImplementedError, RuntimeError,
)  # fmt: skip
"""What reading a damaged or a protected workbook raises."""

LARGEST = 200_000_000
"""Bytes of a sheet, unpacked, beyond which a file is refused."""

ROWS, COLUMNS = 1_048_576, 16_384
"""That a sheet can have."""

CELLS = 50_000_000
"""Of a sheet, the empty ones between others included, beyond which a file is refused."""


def sheet_text(path: Path) -> tuple[str, tuple[str, ...]]:
    """The cells of the first sheet with more than one row, as comma-separated text, and what was decided.

    Raises DataError where the file is no workbook, is protected, or holds no table.
    """
    try:
        with zipfile.ZipFile(path) as book:
            shared = _shared(book)
            dated, epoch = _date_styles(book), _epoch(book)
            sheets = _sheets(book)
            for name, part in sheets:
                rows = _rows(book, part, shared, dated, epoch)
                if sum(any(row) for row in rows) > 1:
                    others = [other for other, _ in sheets if other != name]
                    more = f"; not read: {', '.join(others[:5])}" if others else ""
                    out = io.StringIO()
                    csv.writer(out, lineterminator="\n").writerows(rows)
                    return out.getvalue(), (f"read from sheet {name}{more}",)
    except _DAMAGES as error:
        raise DataError(
            f"cannot read {path}: it is no Excel workbook (.xlsx), is damaged ({error}) or protected; save it as CSV"
        ) from error
    raise DataError(f"{path} holds no sheet with a table; it needs a header row and one row a day")


def _xml(book: zipfile.ZipFile, part: str) -> ElementTree.Element:
    if book.getinfo(part).file_size > LARGEST:
        raise ValueError(f"{part} is too large")
    return ElementTree.fromstring(book.read(part))


def _shared(book: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    items = _xml(book, "xl/sharedStrings.xml").findall(f"{_NAMESPACE}si")
    return ["".join(text.text or "" for text in item.iter(f"{_NAMESPACE}t")) for item in items]


def _date_styles(book: zipfile.ZipFile) -> set[int]:
    """Numbers of the cell styles that show dates."""
    if "xl/styles.xml" not in book.namelist():
        return set()
    styles = _xml(book, "xl/styles.xml")
    dates = set(_DATE_FORMATS)
    for form in styles.iter(f"{_NAMESPACE}numFmt"):
        code = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", form.get("formatCode", ""))
        if re.search(r"[dy]", code, re.I) and not re.search(r"[0#]", code):
            dates.add(int(form.get("numFmtId", "0")))
    cells = styles.find(f"{_NAMESPACE}cellXfs")
    return {i for i, xf in enumerate([] if cells is None else cells) if int(xf.get("numFmtId", "0")) in dates}


def _epoch(book: zipfile.ZipFile) -> datetime:
    properties = _xml(book, "xl/workbook.xml").find(f"{_NAMESPACE}workbookPr")
    mac = properties is not None and properties.get("date1904") in ("1", "true")
    return datetime(1904, 1, 1) if mac else datetime(1899, 12, 30)


def _sheets(book: zipfile.ZipFile) -> list[tuple[str, str]]:
    """Names of the sheets and their parts, in the order of the tabs."""
    relations = {one.get("Id"): str(one.get("Target")) for one in _xml(book, "xl/_rels/workbook.xml.rels")}
    found = []
    for sheet in _xml(book, "xl/workbook.xml").iter(f"{_NAMESPACE}sheet"):
        target = relations[sheet.get(_RELATION)]
        found.append((sheet.get("name", ""), target.lstrip("/") if target.startswith("/") else f"xl/{target}"))
    return found


def _rows(book: zipfile.ZipFile, part: str, shared: list[str], dated: set[int], epoch: datetime) -> list[list[str]]:
    rows: list[list[str]] = []
    for row in _xml(book, part).iter(f"{_NAMESPACE}row"):
        number = int(row.get("r", len(rows) + 1))
        if not len(rows) < number <= ROWS:
            raise ValueError(f"row {number} behind row {len(rows)}")
        rows.extend([] for _ in range(number - 1 - len(rows)))
        cells: list[str] = []
        for cell in row.findall(f"{_NAMESPACE}c"):
            column = _column(cell.get("r", "")) if cell.get("r") else len(cells)
            if not len(cells) <= column < COLUMNS:
                raise ValueError(f"a cell in column {column + 1} behind column {len(cells)}")
            cells.extend("" for _ in range(column - len(cells)))
            cells.append(_value(cell, shared, dated, epoch))
        rows.append(cells)
    width = max(map(len, rows), default=0)
    if len(rows) * width > CELLS:
        raise ValueError(f"{len(rows):,} rows of {width:,} columns, most of them empty")
    return [[*row, *[""] * (width - len(row))] for row in rows]


def _column(reference: str) -> int:
    """``C7`` -> 2."""
    number = 0
    found = re.match(r"[A-Z]{1,3}(?=\d)", reference)
    if found is None:
        raise ValueError(f"a cell is called {reference[:20]!r}")
    for letter in found[0]:
        number = 26 * number + ord(letter) - 64
    return number - 1


def _value(cell: ElementTree.Element, shared: list[str], dated: set[int], epoch: datetime) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{_NAMESPACE}t"))
    held = cell.find(f"{_NAMESPACE}v")
    text = "" if held is None or held.text is None else held.text
    if kind == "s":
        if not 0 <= int(text) < len(shared):
            raise ValueError(f"a cell shows text number {text} of {len(shared)}")
        return shared[int(text)]
    if kind == "n" and text and int(cell.get("s", "0")) in dated:
        stamp = epoch + timedelta(days=float(text))
        stamp = (stamp + timedelta(milliseconds=500)).replace(microsecond=0)
        return stamp.date().isoformat() if stamp.time() == datetime.min.time() else stamp.isoformat(sep=" ")
    return text
