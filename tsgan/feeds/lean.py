"""QuantConnect Lean: ``equity/usa/daily/syn0000.zip``, each with one CSV without header.

A line is ``YYYYMMDD 00:00,open,high,low,close,volume``, prices times 10,000 as whole numbers.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from tsgan.feeds.engine import Engine
from tsgan.feeds.series import FIELDS, PREFIX, Limits, Series
from tsgan.feeds.ticks import Tick
from tsgan.formulas import write_csv
from tsgan.scenarios.scenarios import Scenarios

SCALE = 10_000


class Lean(Engine):
    """``equity/usa/daily/syn0000.zip`` holding ``syn0000.csv``."""

    name = "lean"
    limits = Limits("Lean", most=float(2**53 // SCALE), step=1 / SCALE)
    howto = """
    # copy equity/ into Lean's Data folder, or set "data-folder" in config.json to this folder; then, in Initialize:
    self.SetStartDate(datetime.fromisoformat("FIRST_DAY"))
    self.SetEndDate(datetime.fromisoformat("LAST_DAY"))
    self.AddEquity("SYN0000", Resolution.Daily)
"""

    def write(self, series: Iterable[Series], folder: Path) -> None:
        place = folder / "equity" / "usa" / "daily"
        place.mkdir(parents=True)
        for one in series:
            name = one.symbol.lower()
            # A fixed time, so that the same scenarios give the same bytes.
            entry = zipfile.ZipInfo(f"{name}.csv", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            with zipfile.ZipFile(place / f"{name}.zip", "w") as archive:
                archive.writestr(entry, _text(self.table(one)))

    def feed(
        self, scenarios: Scenarios, *, tick: Tick | None = None, prefix: str = PREFIX
    ) -> Iterator[tuple[str, str]]:
        """Symbol and the text of its CSV file, for every path and ticker."""
        pairs = super().feed(scenarios, tick=tick, prefix=prefix)
        return ((symbol, _text(table)) for symbol, table in pairs)

    def table(self, one: Series) -> pd.DataFrame:
        """The lines of the CSV file: ``date``, prices times 10,000, and volume, whole numbers."""
        scale = dict.fromkeys(FIELDS, SCALE) | {"volume": 1}
        whole = {name: np.round(one.bars[name] * scale[name]).astype(np.int64) for name in FIELDS}
        days = pd.DatetimeIndex(one.dates.astype("datetime64[ns]")).strftime("%Y%m%d 00:00")
        return pd.DataFrame({"date": days, **whole})


def _text(table: pd.DataFrame) -> str:
    return write_csv(table, header=False)
