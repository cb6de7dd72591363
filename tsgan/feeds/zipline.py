"""zipline-reloaded: ``daily/SYN0000.csv`` and an ``extension.py`` that registers them as the bundle ``tsgan``.

zipline keeps prices in thousandths and volumes as 32-bit integers, and wants a bar on every session of its calendar and
on no other day.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from tsgan.data.calendars import WEEKS, known_calendar, sessions_between
from tsgan.data.days import listed
from tsgan.errors import ScenarioError
from tsgan.feeds.engine import Engine
from tsgan.feeds.series import Limits, Series, calendar_of
from tsgan.formulas import write_csv
from tsgan.scenarios.scenarios import Scenarios

DEFAULT_CALENDAR = "XNYS"
"""The exchange of scenarios that name none."""

EXTENSION = '''\
"""Registers the files beside this one as the bundle "tsgan"."""

import sys
from pathlib import Path

import pandas as pd
from zipline.data.bundles import register
from zipline.data.bundles.csvdir import csvdir_equities

# zipline executes this text without a __file__.
FOLDER = Path(sys._getframe().f_code.co_filename).resolve().parent

register(
    "tsgan",
    csvdir_equities(["daily"], str(FOLDER)),
    calendar_name="{calendar}",
    start_session=pd.Timestamp("{first}"),
    end_session=pd.Timestamp("{last}"),
)
'''


class Zipline(Engine):
    """``daily/SYN0000.csv``: date,open,high,low,close,volume,dividend,split; and ``extension.py``."""

    name = "zipline"
    limits = Limits("zipline", most=(2**32 - 1) / 1000, step=0.001)
    howto = """
    zipline -e extension.py ingest -b tsgan
    zipline -e extension.py run -f my_algorithm.py -b tsgan -s FIRST_DAY -e LAST_DAY --no-benchmark

    # in my_algorithm.py: symbol("SYN0000")
"""

    def check(self, scenarios: Scenarios) -> None:
        """Raise ScenarioError where the scenarios lack a session of their exchange, or have a day that is none."""
        calendar = calendar_of(scenarios) or DEFAULT_CALENDAR
        if calendar in WEEKS or not known_calendar(calendar):
            raise ScenarioError(
                f"zipline needs the sessions of an exchange, but these scenarios have the calendar {calendar!r}; load "
                f"the prices with calendar='XNYS' (or another exchange) before fitting"
            )
        dates = scenarios.dates.astype("datetime64[D]")
        sessions = sessions_between(calendar, dates[0], dates[-1])
        for days, what in (
            (np.setdiff1d(sessions, dates), "no bar on sessions"),
            (np.setdiff1d(dates, sessions), "bars on days that are no sessions"),
        ):
            if len(days):
                raise ScenarioError(
                    f"zipline needs a bar on every session of {calendar} and on no other day, but these scenarios have "
                    f"{what} ({listed(days)}); sample from a daily model with that calendar"
                )

    def write(self, series: Iterable[Series], folder: Path) -> None:
        (folder / "daily").mkdir()
        one = None
        for one in series:
            write_csv(self.table(one), folder / "daily" / f"{one.symbol}.csv", index=True)
        if one is not None:
            first, last = one.dates[[0, -1]]
            calendar = one.calendar or DEFAULT_CALENDAR
            (folder / "extension.py").write_text(EXTENSION.format(calendar=calendar, first=first, last=last))

    def table(self, one: Series) -> pd.DataFrame:
        """The table of the CSV file: bars, ``dividend`` and ``split``."""
        volume = np.minimum(one.bars["volume"], 2**32 - 1).astype(np.int64)
        return one.frame().assign(volume=volume, dividend=0.0, split=1.0)
