"""vectorbt: wide tables, one a field, a column a path and ticker; vectorbt backtests all of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from tsgan.feeds.series import FIELDS, NO_LIMITS, PREFIX, TICK, Series, series, wide
from tsgan.scenarios.scenarios import Scenarios

LIMITS = NO_LIMITS

HOWTO = """
    import pandas as pd
    import vectorbt

    close = pd.read_csv("close.csv", index_col="date", parse_dates=True)
    fast, slow = vectorbt.MA.run(close, 10), vectorbt.MA.run(close, 50)
    entries, exits = fast.ma_crossed_above(slow), fast.ma_crossed_below(slow)
    print(vectorbt.Portfolio.from_signals(close, entries, exits, freq="1D").sharpe_ratio())
"""


def feed(scenarios: Scenarios, *, field: str = "close", tick: float = TICK, prefix: str = PREFIX) -> pd.DataFrame:
    """One field (``close``, ``open``, ...): dates x (scenario, ticker), a MultiIndex that vectorbt groups by."""
    listed = list(series(scenarios, tick=tick, prefix=prefix, limits=LIMITS))
    frame = wide(listed, field)
    frame.columns = pd.MultiIndex.from_tuples(
        [(one.scenario, one.ticker) for one in listed], names=["scenario", "ticker"]
    )
    return frame


def write(all_series: Iterable[Series], folder: Path) -> None:
    """``close.csv`` and the other fields: date, then one column a symbol."""
    listed = list(all_series)
    for field in FIELDS:
        wide(listed, field).to_csv(folder / f"{field}.csv")
