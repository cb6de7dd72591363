"""Single columns of a table of paths as arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from tsgan.errors import ScenarioError
from tsgan.formulas import unguarded

_KINDS = (
    pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean, pa.types.is_null,
    pa.types.is_string, pa.types.is_large_string, pa.types.is_date, pa.types.is_timestamp,
)  # fmt: skip
"""What cells of a table of paths may be."""


def check_types(path: Path, table: pa.Table) -> pa.Table:
    """The table; ScenarioError where a column is there twice, or holds lists and the like."""
    names = table.column_names
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise ScenarioError(f"{path} has the column {', '.join(twice[:3])} more than once; keep one of each")
    for field in table.schema:
        kind: Any = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if pa.types.is_nested(kind) or not any(is_one(kind) for is_one in _KINDS):
            raise ScenarioError(
                f"{path}: column {field.name} holds {kind}; cells must be numbers, texts or dates, one each"
            )
    return table


def without_guards(table: pa.Table) -> pa.Table:
    """Heads and tickers of a CSV file as they were before they were made safe for spreadsheets."""
    table = table.rename_columns([unguarded(name) for name in table.column_names])
    if table.column_names.count("ticker") != 1 or not table.num_rows:
        return table
    column = table["ticker"]
    if not any(text and unguarded(text) != text for one in column.chunks for text in one.dictionary.to_pylist()):
        return table
    chunks = [
        pa.DictionaryArray.from_arrays(
            one.indices, pa.array([text and unguarded(text) for text in one.dictionary.to_pylist()], pa.string())
        )
        for one in column.chunks
    ]
    return table.set_column(table.column_names.index("ticker"), "ticker", pa.chunked_array(chunks))


def codes_of(path: Path, table: pa.Table, name: str) -> tuple[np.ndarray, np.ndarray]:
    """A column as codes and the distinct values they stand for: numbers sorted, texts as they first appear."""
    column = table[name]
    if table.num_rows == 0:
        raise ScenarioError(f"{path} has no rows")
    if column.null_count:
        raise ScenarioError(f"{path}: {column.null_count} rows have no {name}")
    if pa.types.is_integer(column.type):
        values, codes = np.unique(column.to_numpy(), return_inverse=True)
        return codes, values
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    encoded = column.unify_dictionaries().combine_chunks()
    encoded = encoded if isinstance(encoded, pa.DictionaryArray) else encoded.chunk(0)
    return encoded.indices.to_numpy(), np.array(encoded.dictionary.to_pylist(), dtype=object)


def ordered_dates(path: Path, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sorted dates, and for every value its place among them."""
    try:
        days = pd.to_datetime(pd.Series(list(values)), format="ISO8601" if isinstance(values[0], str) else None)
        dates = days.to_numpy().astype("datetime64[D]")
    except (ValueError, TypeError):
        raise ScenarioError(f"{path}: {values[0]} and the like are not dates; write them as 2024-01-31") from None
    order = np.argsort(dates)
    if (np.diff(dates[order]) <= np.timedelta64(0, "D")).any():
        raise ScenarioError(f"{path} has several times on one day; scenarios are daily")
    place = np.empty(len(dates), np.int64)
    place[order] = np.arange(len(dates))
    return dates[order], place


def numbers_of(path: Path, table: pa.Table, name: str, dtype: Any) -> np.ndarray:
    """A numeric column, NaN where empty."""
    try:
        return table[name].cast(pa.from_numpy_dtype(dtype), safe=False).to_numpy().astype(dtype, copy=False)
    except (pa.ArrowException, ValueError) as error:
        raise ScenarioError(f"{path}: column {name} holds something that is not a number ({error})") from None
