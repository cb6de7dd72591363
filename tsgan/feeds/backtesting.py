"""backtesting.py: one CSV a symbol with the columns that ``Backtest`` wants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from tsgan.feeds.series import NO_LIMITS, PREFIX, TICK, Series, series
from tsgan.scenarios.scenarios import Scenarios

LIMITS = NO_LIMITS

HOWTO = """
    import pandas as pd
    from backtesting import Backtest

    bars = pd.read_csv("SYN0000.csv", index_col="Date", parse_dates=True)
    print(Backtest(bars, MyStrategy, cash=1_000_000, finalize_trades=True).run())
"""


def feed(scenarios: Scenarios, *, tick: float = TICK, prefix: str = PREFIX) -> Iterator[tuple[str, pd.DataFrame]]:
    """Symbol and bars (``Open High Low Close Volume``, dates as the index) of every path and ticker."""
    for one in series(scenarios, tick=tick, prefix=prefix, limits=LIMITS):
        yield one.symbol, _frame(one)


def write(all_series: Iterable[Series], folder: Path) -> None:
    """``SYN0000.csv``: Date,Open,High,Low,Close,Volume."""
    for one in all_series:
        _frame(one).to_csv(folder / f"{one.symbol}.csv")


def _frame(one: Series) -> pd.DataFrame:
    return one.frame().rename(columns=str.capitalize).rename_axis("Date")
