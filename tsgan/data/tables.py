"""Files into tables: text with one to three header rows and whatever stands around them, and Parquet."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from pyarrow import ArrowException

from tsgan.bounded import Unreadable
from tsgan.data.cells import is_number
from tsgan.data.dates import is_date
from tsgan.data.grids import SHEETS, Grid, read_grid
from tsgan.data.vocabulary import key
from tsgan.errors import DataError

PARQUET = (".parquet", ".pq")
TEXT = (".csv", ".tsv", ".txt", ".csv.gz", *SHEETS)


SHOWN = 300
"""Letters of a name that is no file's which are repeated."""


@dataclass(frozen=True)
class Table:
    """A table as read.

    Attributes:
        frame: cells as text, or as Parquet has them.
        first_line: line of row 0 in the file, None where there are no lines.
        name: of the asset, where the file says it above its table.
        notes: what reading it decided.
    """

    frame: pd.DataFrame
    first_line: int | None = None
    name: str = ""
    notes: tuple[str, ...] = ()


def read_table(path: str | os.PathLike[str]) -> Table:
    """Read a CSV or Parquet file.

    CSV cells stay text: which columns hold numbers is the layout's business.  A header of several rows, as yfinance and
    Bloomberg write it, becomes a MultiIndex.  Raises DataError where the file is missing, empty, unreadable or has no
    header.
    """
    path = Path(path)
    if not exists(path):
        shown = str(path) if len(str(path)) <= SHOWN and str(path).isprintable() else f"{str(path)[:SHOWN]!r}..."
        raise DataError(
            f"no file {shown}; give a CSV or Parquet file, an embedded sample such as sample:us-indices, "
            "or yahoo:SPY,QQQ"
        )
    if path.is_dir():
        raise DataError(f"{path} is a folder; give a CSV or Parquet file in it")
    name = path.name.lower()
    if name.endswith((".npy", ".npz")):
        raise DataError(
            f"{path} holds an array without dates and tickers, so it is no price history: give tsgan.load_prices a "
            "DataFrame with a date index and a column a ticker; paths to be judged go to tsgan.evaluate"
        )
    if not name.endswith(PARQUET + TEXT):
        raise DataError(f"cannot read {path}: only {', '.join(TEXT + PARQUET)} are known; save it as CSV")
    if path.stat().st_size == 0:
        raise DataError(f"{path} is empty; it needs a header row and one row a day (data/README.md shows the layouts)")
    try:
        return Table(pd.read_parquet(path)) if name.endswith(PARQUET) else _of_grid(path, read_grid(path))
    except DataError:
        raise
    except Unreadable as error:
        raise DataError(f"cannot read {path}: {error}") from None
    except UnicodeDecodeError as error:
        raise DataError(f"cannot read {path}: it is not UTF-8 text; save it as CSV (UTF-8)") from error
    except (OSError, ValueError, ArrowException, csv.Error) as error:  # pandas' ParserError is a ValueError
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DataError(f"cannot read {path}: {reason}; check that it is a complete CSV or Parquet file") from error


def exists(path: Path) -> bool:
    """Whether there is such a file; False too for what can be no file's name: too long, or with bytes that none has."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _of_grid(path: Path, grid: Grid) -> Table:
    if not grid.header:
        raise DataError(f"{path} {_without_header(grid)}")
    body, header = grid.body, [list(row) for row in grid.header]
    width = max(body.shape[1], *map(len, header))
    filled = [[*row, *[""] * (width - len(row))] for row in header]
    frame = body.reindex(columns=range(width))
    frame.attrs = body.attrs
    if len(filled) == 1:
        frame.columns = filled[0]
    elif not any(filled[-1][1:]):
        names = filled[-1][0]
        if len(filled) == 2:  # a row that only names the index
            frame.columns = [names, *filled[0][1:]]
        else:
            frame.columns = _levels(filled[0], filled[1])
    else:
        frame.columns = _levels(filled[-2], filled[-1])
    return Table(frame, grid.first_line, grid.name, grid.notes)


def _levels(upper: list[str], lower: list[str]) -> pd.MultiIndex:
    """Two rows of names; a name stands for the empty cells behind it, as merged cells of a sheet are saved."""
    dates = [key(cell) in ("date", "dates") for cell in lower]
    for row, other in ((upper, lower), (lower, upper)):
        for i in range(1, len(row)):
            if not row[i] and other[i] and (i > 1 or any(dates[1:])):
                row[i] = row[i - 1]
    if not any(dates[1:]):  # one column of dates; its own names are those of the levels
        upper[0], lower[0] = "Date", ""
    return pd.MultiIndex.from_arrays([upper, lower])


def _without_header(grid: Grid) -> str:
    """What to say of a file that begins with prices."""
    row = [str(cell) for cell in grid.body.iloc[0] if isinstance(cell, str)]
    numeric = sum(is_number(cell) and not is_date(cell) for cell in row)
    names = {1: "date,close", 4: "date,open,high,low,close", 5: "date,open,high,low,close,volume"}
    example = names.get(numeric, "date,SPX,IXIC, ...")
    return (
        f"has no header: its first line holds a row of prices ({', '.join(row[:4])}{', ...' * (len(row) > 4)}); "
        f"add a line above it that names the columns, such as {example}"
    )
