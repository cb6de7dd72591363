"""Days as numpy counts them, and how messages list them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tsgan.errors import DataError

DAY = np.timedelta64(1, "D")


def as_day(date: Any) -> np.datetime64:
    """``datetime64[D]`` of a date, a time stamp or ISO text; DataError for anything else."""
    try:
        stamp: Any = pd.Timestamp(date)
    except (ValueError, TypeError) as error:
        raise DataError(f"{date!r} is not a date; write it as YYYY-MM-DD") from error
    if pd.isna(stamp):
        raise DataError("a date is missing; write it as YYYY-MM-DD")
    return np.datetime64(stamp.date(), "D")


def as_days(index: Any) -> np.ndarray:
    """(day,) ``datetime64[D]`` of a tz-naive index."""
    return np.asarray(index).astype("datetime64[D]")


def weekday(days: np.ndarray) -> np.ndarray:
    """(day,) 0 for Monday to 6 for Sunday."""
    return (days.astype("datetime64[D]").astype(np.int64) + 3) % 7


def listed(days: np.ndarray) -> str:
    """``5 days: 2020-01-02, 2020-01-03, 2020-01-06, ...``"""
    shown = ", ".join(map(str, days[:3]))
    return f"{len(days)} day{'s' * (len(days) != 1)}: {shown}{', ...' * (len(days) > 3)}"
