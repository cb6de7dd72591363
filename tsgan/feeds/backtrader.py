"""backtrader: one CSV a symbol for ``GenericCSVData``, or frames for ``PandasData``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from tsgan.feeds.series import NO_LIMITS, PREFIX, TICK, Series, series
from tsgan.scenarios.scenarios import Scenarios

LIMITS = NO_LIMITS

HOWTO = """
    import backtrader

    cerebro = backtrader.Cerebro()
    cerebro.adddata(backtrader.feeds.GenericCSVData(dataname="SYN0000.csv", dtformat="%Y-%m-%d", openinterest=-1))
    cerebro.addstrategy(MyStrategy)
    cerebro.run()
"""


def feed(scenarios: Scenarios, *, tick: float = TICK, prefix: str = PREFIX) -> Iterator[tuple[str, pd.DataFrame]]:
    """Symbol and bars of every path and ticker, for ``backtrader.feeds.PandasData(dataname=bars)``."""
    for one in series(scenarios, tick=tick, prefix=prefix, limits=LIMITS):
        yield one.symbol, one.frame()


def write(all_series: Iterable[Series], folder: Path) -> None:
    """``SYN0000.csv``: date,open,high,low,close,volume."""
    for one in all_series:
        one.frame().to_csv(folder / f"{one.symbol}.csv")
