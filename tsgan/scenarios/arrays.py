"""Arrays of numpy (``.npy``) as tables of paths."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tsgan.errors import ScenarioError
from tsgan.scenarios.foreign import TableHints, long_table


def array_table(path: Path, hints: TableHints) -> Any:
    """A ``.npy`` file as ``scenario, date, ticker, close``: (path, step), (step, path) or (path, step, asset).

    Tickers, with commas between those of several assets, and the day before the first step are told by ``hints``.
    Raises ScenarioError where they are not, or where the array is of another shape or of no numbers.
    """
    try:
        values = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise ScenarioError(f"there is no file {path}") from None
    except (OSError, ValueError) as error:
        raise ScenarioError(f"{path} cannot be read as an array of numbers: {error}; save it with numpy.save") from None
    if not isinstance(values, np.ndarray) or values.ndim not in (2, 3) or not np.issubdtype(values.dtype, np.number):
        shape = getattr(values, "shape", "several arrays")
        raise ScenarioError(f"{path} holds {shape}; an array of (path, step) or (path, step, asset) numbers is needed")
    tickers = [ticker.strip() for ticker in (hints.ticker or "").split(",") if ticker.strip()]
    needed = values.shape[2] if values.ndim == 3 else 1
    if len(tickers) != needed:
        names = "SPX" if needed == 1 else "SPX,IXIC"
        raise ScenarioError(
            f"{path} holds paths of {needed} asset{'s' * (needed > 1)} and names none; say whose they are with "
            f"ticker='{names}' (--ticker {names})"
        )
    if values.ndim == 2:
        return long_table(path, pd.DataFrame(values, columns=range(values.shape[1])), hints)
    grid = np.indices(values.shape).reshape(3, -1)
    value = "return" if hints.values == "returns" else "close"
    named = np.array(tickers, object)[grid[2]]
    frame = pd.DataFrame({"scenario": grid[0], "date": grid[1], "ticker": named, value: values.reshape(-1)})
    return long_table(path, frame, hints)
