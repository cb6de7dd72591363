"""bt (and ffn): one wide table of closes, a column a path and ticker."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from tsgan.feeds.series import NO_LIMITS, PREFIX, TICK, Series, series, wide
from tsgan.scenarios.scenarios import Scenarios

LIMITS = NO_LIMITS

HOWTO = """
    import bt
    import pandas as pd

    prices = pd.read_csv("prices.csv", index_col="date", parse_dates=True)
    algos = [bt.algos.RunMonthly(), bt.algos.SelectAll(), bt.algos.WeighEqually(), bt.algos.Rebalance()]
    print(bt.run(bt.Backtest(bt.Strategy("equal", algos), prices)).stats)
"""


def feed(scenarios: Scenarios, *, tick: float = TICK, prefix: str = PREFIX) -> pd.DataFrame:
    """Closes: dates x symbols."""
    return wide(series(scenarios, tick=tick, prefix=prefix, limits=LIMITS))


def write(all_series: Iterable[Series], folder: Path) -> None:
    """``prices.csv``: date, then one column a symbol."""
    wide(all_series).to_csv(folder / "prices.csv")
