"""Tables as an Excel workbook, one sheet each; openpyxl writes it, which the extra ``excel`` installs."""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tsgan.errors import ConfigError
from tsgan.files import atomic_path
from tsgan.formulas import STARTS
from tsgan.owned import check_free

if TYPE_CHECKING:
    import pandas as pd

LONGEST_NAME = 31
"""Letters of a sheet's name; Excel refuses a workbook with longer ones."""

MOST_ROWS = 1_048_575
"""Of a sheet, below its head."""

_REFUSED = re.compile(r"[\[\]:*?/\\]")


def check_workbook(file: str | os.PathLike[str], overwrite: bool) -> None:
    """Before any work: ConfigError without openpyxl or for another ending, OutputError for a file in the way."""
    if not str(file).lower().endswith(".xlsx"):
        raise ConfigError(f"{file} is no name of a workbook; end it in .xlsx")
    if importlib.util.find_spec("openpyxl") is None:
        raise ConfigError("an Excel workbook needs openpyxl: pip install 'tsgan[excel]'")
    check_free(file, overwrite)


def write_workbook(
    tables: Mapping[str, pd.DataFrame], file: str | os.PathLike[str], *, overwrite: bool = False
) -> None:
    """Write tables by name.  Texts stay texts, also those that a spreadsheet would compute; what is missing is empty.

    Raises ConfigError for a table with more rows than a sheet has, and as :func:`check_workbook` does.
    """
    check_workbook(file, overwrite)
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook(write_only=False)
    for empty in book.worksheets:
        book.remove(empty)
    for name, table in tables.items():
        if len(table) > MOST_ROWS:
            raise ConfigError(
                f"the table {name} has {len(table):,} rows, and a sheet holds {MOST_ROWS:,}; write it as CSV or Parquet"
            )
        frame = table.reset_index() if any(table.index.names) else table
        sheet = book.create_sheet(_REFUSED.sub("_", name)[:LONGEST_NAME])
        for column, head in enumerate(frame.columns, 1):
            _put(sheet.cell(1, column), str(head))
            sheet.cell(1, column).font = Font(bold=True)
        for column in range(frame.shape[1]):
            for row, value in enumerate(frame.iloc[:, column].tolist(), 2):
                _put(sheet.cell(row, column + 1), value)
        sheet.freeze_panes = "A2"
    with atomic_path(file) as temporary:
        book.save(temporary)


def _put(cell: Any, value: Any) -> None:
    import pandas as pd

    if isinstance(value, list | tuple | dict):
        value = str(value)
    elif pd.isna(value):
        return
    if hasattr(value, "to_pydatetime"):
        value = value.to_pydatetime()
    elif isinstance(value, float) and value in (float("inf"), float("-inf")):
        value = str(value)
    if not isinstance(value, str):
        cell.value = value
        return
    text = "".join(c for c in value if c.isprintable() or c in "\t\n")
    cell.value = text[:32_767]
    cell.data_type = "s"  # never a formula, whatever it begins with
    if text.lstrip("'")[:1] in tuple(STARTS):
        cell.quotePrefix = True  # Excel's own mark of text: it stays text when somebody edits the cell
