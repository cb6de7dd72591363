"""backtesting.py: one CSV a symbol with the columns that ``Backtest`` wants."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from tsgan.feeds.engine import Engine
from tsgan.feeds.series import Series
from tsgan.formulas import write_csv


class Backtesting(Engine):
    """``SYN0000.csv``: Date,Open,High,Low,Close,Volume."""

    name = "backtesting"
    howto = """
    import pandas as pd
    from backtesting import Backtest

    bars = pd.read_csv("SYN0000.csv", index_col="Date", parse_dates=True)
    print(Backtest(bars, MyStrategy, cash=1_000_000, finalize_trades=True).run())
"""

    def write(self, series: Iterable[Series], folder: Path) -> None:
        for one in series:
            write_csv(self.table(one), folder / f"{one.symbol}.csv", index=True)

    def table(self, one: Series) -> pd.DataFrame:
        """``Open High Low Close Volume``, dates as the index."""
        return one.frame().rename(columns=str.capitalize).rename_axis("Date")
