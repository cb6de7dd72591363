"""nautilus_trader: one CSV a symbol for ``BarDataWrangler``, stamped with the session's close in UTC.

A naive date would mean midnight, before the day's trading: the strategy would know the close a day early.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from tsgan.data.calendars import session_closes
from tsgan.feeds.series import PREFIX, TICK, Limits, Series, series
from tsgan.scenarios.scenarios import Scenarios

LIMITS = Limits("nautilus_trader", most=9_223_372_036.0, step=1e-9)

HOWTO = """
    import pandas as pd
    from nautilus_trader.model.data import BarType
    from nautilus_trader.persistence.wranglers import BarDataWrangler
    from nautilus_trader.test_kit.providers import TestInstrumentProvider

    instrument = TestInstrumentProvider.equity(symbol="SYN0000", venue="XNYS")
    bar_type = BarType.from_str("SYN0000.XNYS-1-DAY-LAST-EXTERNAL")
    frame = pd.read_csv("SYN0000.csv", index_col="timestamp", parse_dates=True)
    engine.add_data(BarDataWrangler(bar_type, instrument).process(frame))
"""


def feed(scenarios: Scenarios, *, tick: float = TICK, prefix: str = PREFIX) -> Iterator[tuple[str, pd.DataFrame]]:
    """Symbol and bars, indexed by the session's close in UTC, of every path and ticker."""
    closes = pd.DatetimeIndex(
        session_closes(str(scenarios.provenance.get("calendar", "")), scenarios.dates), tz="UTC", name="timestamp"
    )
    for one in series(scenarios, tick=tick, prefix=prefix, limits=LIMITS):
        yield one.symbol, one.frame().set_index(closes)


def write(all_series: Iterable[Series], folder: Path, calendar: str) -> None:
    """``SYN0000.csv``: timestamp,open,high,low,close,volume."""
    closes = None
    for one in all_series:
        if closes is None:
            closes = pd.DatetimeIndex(session_closes(calendar, one.dates), tz="UTC", name="timestamp")
        one.frame().set_index(closes).to_csv(folder / f"{one.symbol}.csv")
