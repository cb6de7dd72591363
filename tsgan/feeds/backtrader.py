"""backtrader: one CSV a symbol for ``GenericCSVData``, or frames for ``PandasData(dataname=bars)``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tsgan.feeds.engine import Engine
from tsgan.feeds.series import Series
from tsgan.formulas import write_csv


class Backtrader(Engine):
    """``SYN0000.csv``: date,open,high,low,close,volume."""

    name = "backtrader"
    howto = """
    import backtrader

    cerebro = backtrader.Cerebro()
    cerebro.adddata(backtrader.feeds.GenericCSVData(dataname="SYN0000.csv", dtformat="%Y-%m-%d", openinterest=-1))
    cerebro.addstrategy(MyStrategy)
    cerebro.run()
"""

    def write(self, series: Iterable[Series], folder: Path) -> None:
        for one in series:
            write_csv(self.table(one), folder / f"{one.symbol}.csv", index=True)
