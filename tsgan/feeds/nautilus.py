"""nautilus_trader: one CSV a symbol for ``BarDataWrangler``, stamped with the session's close in UTC.

A naive date would mean midnight, before the day's trading: the strategy would know the close a day early.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from tsgan.data.calendars import session_closes
from tsgan.feeds.engine import Engine
from tsgan.feeds.series import Limits, Series
from tsgan.formulas import write_csv


class Nautilus(Engine):
    """``SYN0000.csv``: timestamp,open,high,low,close,volume."""

    name = "nautilus"
    limits = Limits("nautilus_trader", most=9_223_372_036.0, step=1e-9)
    howto = """
    import pandas as pd
    from nautilus_trader.model.data import BarType
    from nautilus_trader.persistence.wranglers import BarDataWrangler
    from nautilus_trader.test_kit.providers import TestInstrumentProvider

    instrument = TestInstrumentProvider.equity(symbol="SYN0000", venue="XNYS")
    bar_type = BarType.from_str("SYN0000.XNYS-1-DAY-LAST-EXTERNAL")
    frame = pd.read_csv("SYN0000.csv", index_col="timestamp", parse_dates=True)
    engine.add_data(BarDataWrangler(bar_type, instrument).process(frame))
"""

    def write(self, series: Iterable[Series], folder: Path) -> None:
        for one in series:
            write_csv(self.table(one), folder / f"{one.symbol}.csv", index=True)

    def table(self, one: Series) -> pd.DataFrame:
        """Bars, indexed by the session's close in UTC."""
        return one.frame().set_index(_closes(one.calendar, one.dates.astype("datetime64[D]").tobytes()))


@lru_cache(maxsize=8)
def _closes(calendar: str, days: bytes) -> pd.DatetimeIndex:
    """Looked up once for all symbols of a job, whose dates are the same."""
    dates = np.frombuffer(days, "datetime64[D]")
    return pd.DatetimeIndex(session_closes(calendar, dates), tz="UTC", name="timestamp")
