"""vectorbt: wide tables, one a field, a column a path and ticker; vectorbt backtests all of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from tsgan.feeds.engine import Engine
from tsgan.feeds.series import FIELDS, PREFIX, Series, series_of, wide
from tsgan.feeds.ticks import Tick
from tsgan.formulas import write_csv
from tsgan.scenarios.scenarios import Scenarios


class VectorBT(Engine):
    """``close.csv`` and the other fields: date, then one column a symbol."""

    name = "vectorbt"
    howto = """
    import pandas as pd
    import vectorbt

    close = pd.read_csv("close.csv", index_col="date", parse_dates=True)
    fast, slow = vectorbt.MA.run(close, 10), vectorbt.MA.run(close, 50)
    entries, exits = fast.ma_crossed_above(slow), fast.ma_crossed_below(slow)
    print(vectorbt.Portfolio.from_signals(close, entries, exits, freq="1D").sharpe_ratio())
"""

    def write(self, series: Iterable[Series], folder: Path) -> None:
        listed = list(series)
        for field in FIELDS:
            write_csv(wide(listed, field), folder / f"{field}.csv", index=True)

    def feed(
        self, scenarios: Scenarios, *, tick: Tick | None = None, prefix: str = PREFIX, field: str = "close"
    ) -> pd.DataFrame:
        """One field (``close``, ``open``, ...): dates x (scenario, ticker), a MultiIndex that vectorbt groups by."""
        listed = list(series_of(scenarios, tick=tick, prefix=prefix, limits=self.limits))
        frame = wide(listed, field)
        frame.columns = pd.MultiIndex.from_tuples(
            [(one.scenario, one.ticker) for one in listed], names=["scenario", "ticker"]
        )
        return frame
