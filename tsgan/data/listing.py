"""When an asset was listed: zeros before its first price are no prices."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tsgan.data.days import as_days, listed
from tsgan.data.findings import Finding
from tsgan.errors import DataError


def since_listing(asset: str, table: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """An asset's table (rows in any order) without the zeros that stand for "not listed yet", and what was left out.

    Raises DataError for zeros behind the last price, as of an asset that is quoted no longer: dropping them would hide
    what its holders lost.
    """
    close = table["close"].to_numpy(np.float64)
    order = np.argsort(np.asarray(table.index), kind="stable")
    known = order[np.isfinite(close[order])]
    positive = np.flatnonzero(close[known] > 0)
    zero = close[known] == 0
    if not len(positive) or not zero.any() or (close[known] < 0).any():
        return table, []
    first, last = int(positive[0]), int(positive[-1])
    days = as_days(table.index)
    after = len(known) - 1 - last
    if after and zero[last + 1 :].all() and after >= 2:
        gone = known[last + 1 :]
        raise DataError(
            f"{asset} is 0 on its last {after} days ({listed(days[gone])}): if it is quoted no longer, leave these "
            "cells empty; if it became worthless, put the price of its last trade or settlement"
        )
    if not first:
        return table, []
    gone = known[:first]
    message = (
        f"0 on {first} day{'s' * (first > 1)} before its first price on {days[known[first]]}: taken for not "
        "listed yet, and left out"
    )
    kept = np.ones(len(table), bool)
    kept[gone] = False
    return table.loc[kept], [Finding("note", asset, str(days[gone[0]]), message)]
