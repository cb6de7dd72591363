"""Cells into numbers, with errors that say which cell."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tsgan.data.notation import PLAIN, Notation, notation_of, number, readable
from tsgan.errors import DataError


def where(label: object, first_line: int | None) -> str:
    """Name a row: its line in the file, or its number in the table."""
    return f"row {label}" if first_line is None else f"line {int(str(label)) + first_line}"


def numbers(
    cells: pd.Series,
    column: str,
    first_line: int | None,
    notation: Notation = PLAIN,
    *,
    multiples: bool = False,
) -> np.ndarray:
    """float64 values of a column, NaN where a cell is empty or says that there is no value.

    Args:
        cells: indexed by row number.
        column: its name, for messages.
        first_line: line of row 0 in its file, for messages.
        notation: what the table proves (:func:`tsgan.data.notation.notation_of`); what the column's own cells prove
            comes first.
        multiples: whether ``1.2M`` is a number, as volumes are written.

    Raises:
        DataError: the first cell that is not a number, or that could be two; column, row and text.
    """
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
        return cells.to_numpy(np.float64, na_value=np.nan, copy=True)
    if not notation.comma and (plainly := _plain(cells)) is not None:
        return plainly
    values = cells.astype(object).to_numpy(copy=True)
    values[np.array([bool(pd.isna(v)) or (isinstance(v, str) and not v.strip()) for v in values])] = np.nan
    as_text = pd.Series(values, index=cells.index)
    plain = readable(as_text)
    if plain and not notation.comma:
        return values.astype(np.float64)  # float() on each cell: the exact value that the text says
    own = notation_of({column: as_text})
    chosen = own if own.proof else notation
    doubt = own.doubt or notation.doubt
    result = np.empty(len(values))
    for row, value in enumerate(values):
        if not isinstance(value, str):
            result[row] = _cell(value, column, cells.index[row], first_line)
            continue
        if doubt and not chosen.proof and "," in value and not plain:
            raise DataError(
                f"column {column}, {where(cells.index[row], first_line)}: {value!r} may be "
                f"{value.replace(',', '')} or {value.replace(',', '.')}, and nothing in the column says which; "
                "write numbers with a decimal point and without commas"
            )
        found = number(value, chosen, multiples=multiples)
        if found is None and plain:
            return values.astype(np.float64)
        if found is None:
            beside = f", where {chosen.proof!r} stands in the same table" if chosen.proof else ""
            raise DataError(
                f"column {column}, {where(cells.index[row], first_line)}: {value!r} is not a number{beside}; "
                "correct it, or leave the cell empty where there is no value"
            )
        result[row] = found
    return result


def _plain(cells: pd.Series) -> np.ndarray | None:
    """Cells all of which Python's float reads, or which are missing; None where there are others.

    float() gives the exact value that the text says, in a fraction of the time of looking at what else it may be.
    """
    try:
        return cells.astype(object).mask(cells.isna(), np.nan).to_numpy().astype(np.float64)
    except (ValueError, TypeError, OverflowError):
        return None


def is_number(value: object) -> bool:
    """Whether a cell is a number in any notation, or Python reads it as one."""
    if isinstance(value, str):
        if not any(c.isdigit() for c in value):
            return False
        return any(number(value, Notation(comma), multiples=True) is not None for comma in (False, True))
    return isinstance(value, int | float | np.number)


def _cell(value: object, column: str, label: object, first_line: int | None) -> float:
    try:
        if isinstance(value, bool | np.bool_):
            raise TypeError
        return float(value)  # pyright: ignore[reportArgumentType]
    except (ValueError, TypeError):
        raise DataError(
            f"column {column}, {where(label, first_line)}: {value!r} is not a number; "
            "correct it, or leave the cell empty where there is no value"
        ) from None
