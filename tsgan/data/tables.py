"""Files into tables: CSV with one to three header rows, and Parquet."""

from __future__ import annotations

import gzip
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from tsgan.data.cells import is_number, looks_like_dates
from tsgan.errors import DataError

PARQUET = (".parquet", ".pq")
TEXT = (".csv", ".tsv", ".txt", ".csv.gz")


@dataclass(frozen=True)
class Table:
    """A table as read: ``first_line`` is the line of row 0 in the file, None where there are no lines."""

    frame: pd.DataFrame
    first_line: int | None = None


def read_table(path: str | os.PathLike[str]) -> Table:
    """Read a CSV or Parquet file.

    CSV cells stay text: which columns hold numbers is the layout's business.  A header of several rows, as yfinance
    writes it, becomes a MultiIndex.  Raises DataError where the file is missing, empty or unreadable.
    """
    path = Path(path)
    if not path.exists():
        raise DataError(
            f"no file {path}; give a CSV or Parquet file, an embedded sample such as sample:us-indices, "
            "or yahoo:SPY,QQQ"
        )
    if path.is_dir():
        raise DataError(f"{path} is a folder; give a CSV or Parquet file in it")
    name = path.name.lower()
    if not name.endswith(PARQUET + TEXT):
        raise DataError(f"cannot read {path}: only {', '.join(TEXT + PARQUET)} are known; save it as CSV")
    if path.stat().st_size == 0:
        raise DataError(f"{path} is empty; it needs a header row and one row a day (data/README.md shows the layouts)")
    try:
        return Table(pd.read_parquet(path)) if name.endswith(PARQUET) else _read_text(path)
    except DataError:
        raise
    except UnicodeDecodeError as error:
        raise DataError(f"cannot read {path}: it is not UTF-8 text; save it as CSV (UTF-8)") from error
    except (OSError, ValueError) as error:  # pandas' ParserError and pyarrow's errors are ValueErrors
        reason = str(error).strip().splitlines()[0]
        raise DataError(f"cannot read {path}: {reason}; check that it is a complete CSV or Parquet file") from error


def _read_text(path: Path) -> Table:
    separator, blank = _dialect(path)
    grid = pd.read_csv(
        path,
        sep=separator,
        header=None,
        dtype=str,
        skiprows=blank,
        skip_blank_lines=False,
        skipinitialspace=True,
        na_values=["."],  # how FRED writes a missing value
        encoding="utf-8-sig",
    )
    described = _description_rows(grid)
    if described:  # ND is how the Federal Reserve writes a missing value
        grid, blank = grid.iloc[described:].replace("ND", np.nan).reset_index(drop=True), blank + described
    rows = _header_rows(grid)
    body = grid.iloc[rows:].dropna(how="all").reset_index(names="row")
    body.index = pd.Index(body.pop("row") - rows)
    if body.empty:
        raise DataError(f"{path} has a header but no rows; it needs one row a day")
    header = grid.iloc[:rows].astype(object).where(grid.iloc[:rows].notna(), "").map(lambda cell: str(cell).strip())
    if rows > 2 and (header.iloc[2, 1:] != "").any():
        raise DataError(f"{path}: the first three rows are all text; one header row, or yfinance's, is expected")
    if rows == 1:
        body.columns = list(header.iloc[0])
    elif (header.iloc[1, 1:] == "").all():  # a row that only names the index
        body.columns = [header.iloc[1, 0], *header.iloc[0, 1:]]
    else:
        body.columns = pd.MultiIndex.from_arrays([["Date", *header.iloc[0, 1:]], ["", *header.iloc[1, 1:]]])
    return Table(body, first_line=blank + rows + 1)


def _dialect(path: Path) -> tuple[str, int]:
    """The separator, judged by the header, and how many blank lines stand before it."""
    blank = 0
    opener = gzip.open if path.name.lower().endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8-sig") as lines:
        for line in lines:
            if line.strip():
                return max(",;\t", key=line.count), blank
            blank += 1
    raise DataError(f"{path} holds only blank lines; it needs a header row and one row a day")


def _description_rows(grid: pd.DataFrame) -> int:
    """Rows before the header of the Federal Reserve's downloads, where units and names stand above ``Time Period``."""
    first = grid.iloc[:10, 0].astype(str).str.strip().str.lower()
    return next((row for row, cell in enumerate(first) if cell == "time period"), 0)


def _header_rows(grid: pd.DataFrame) -> int:
    """1 for an ordinary table; 2 or 3 where the rows under the first hold text only, as yfinance's do."""
    rows = 1
    while rows < min(3, len(grid)) and _is_text(grid.iloc[rows]):
        rows += 1
    return rows


def _is_text(row: pd.Series) -> bool:
    """Neither a number anywhere nor a date among the first cells: no row of prices looks so."""
    cells = row.dropna()
    return not (
        cells.empty
        or any(is_number(cell) for cell in cells)
        or any(looks_like_dates(cells.iloc[i : i + 1]) for i in range(min(3, len(cells))))
    )
