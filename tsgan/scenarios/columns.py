"""Columns of scenario tables as arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from tsgan.errors import ScenarioError


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
