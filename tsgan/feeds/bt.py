"""bt (and ffn): one wide table of closes, a column a path and ticker."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from tsgan.feeds.engine import Engine
from tsgan.feeds.series import PREFIX, Series, series_of, wide
from tsgan.feeds.ticks import Tick
from tsgan.formulas import write_csv
from tsgan.scenarios.scenarios import Scenarios


class BT(Engine):
    """``prices.csv``: date, then one column a symbol."""

    name = "bt"
    howto = """
    import bt
    import pandas as pd

    prices = pd.read_csv("prices.csv", index_col="date", parse_dates=True)
    algos = [bt.algos.RunMonthly(), bt.algos.SelectAll(), bt.algos.WeighEqually(), bt.algos.Rebalance()]
    print(bt.run(bt.Backtest(bt.Strategy("equal", algos), prices)).stats)
"""

    def write(self, series: Iterable[Series], folder: Path) -> None:
        write_csv(wide(series), folder / "prices.csv", index=True)

    def feed(self, scenarios: Scenarios, *, tick: Tick | None = None, prefix: str = PREFIX) -> pd.DataFrame:
        """Closes: dates x symbols."""
        return wide(series_of(scenarios, tick=tick, prefix=prefix, limits=self.limits))
