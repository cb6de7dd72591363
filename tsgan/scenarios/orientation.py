"""Whether the rows of a table of numbers are paths or steps: proved by the numbers, or asked for."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from tsgan.errors import ScenarioError

PathsIn = Literal["rows", "columns"]


def paths_in(path: Any, values: np.ndarray, told: PathsIn | None, *, returns: bool) -> PathsIn:
    """Where the paths of ``values`` (row, column) are.

    Prices prove it: all paths start from one price, so the first column is constant where rows are paths, and the first
    row where columns are.  Returns prove nothing.

    Raises ScenarioError where nothing proves it and nobody said it.
    """
    if told is not None:
        return told
    rows, columns = values.shape
    if not returns and min(rows, columns) > 1:
        by_row, by_column = np.ptp(values[:, 0]) == 0, np.ptp(values[0]) == 0
        if by_row != by_column:
            return "rows" if by_row else "columns"
    why = "returns do not show it" if returns else "neither the first row nor the first column is one start price"
    raise ScenarioError(
        f"{path} holds {rows:,} rows of {columns:,} numbers, and whether a row or a column is a path cannot be told "
        f"({why}); say it with paths_in='rows' or paths_in='columns' (--paths-in rows)"
    )
