"""``monitor``: is the model still right?  Judged on the days after its training, with tests made for looking daily."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tsgan.applications.monitor.alarms import FALSE_ALARMS, Alarm, alarms
from tsgan.applications.monitor.figures import Row, of_asset
from tsgan.data.calendars import period_of
from tsgan.data.days import as_day
from tsgan.data.load import Source
from tsgan.errors import ConfigError, DataError
from tsgan.evaluation.watching import DRAWS, Watched, watch
from tsgan.fitting import ModelSource, as_model
from tsgan.models.contract import MarketModel
from tsgan.models.histories import STALE_DAYS
from tsgan.notebook import shows_progress
from tsgan.reports.doubts import doubts, in_lines
from tsgan.reports.period import Period
from tsgan.reports.result import Result
from tsgan.runtime import prepare

if TYPE_CHECKING:
    from tsgan.data.panel import Panel
    from tsgan.reports.front import Front, Matrix

PAGE, DOCUMENT, TESTS = "monitor.html", "monitor.json", "tests.csv"

FEWEST_DRAWS = 200
"""VaR at 99 % needs so many."""


@dataclass(frozen=True, eq=False)
class Monitoring(Result):
    """Whether a model still says what comes.  Made by :func:`monitor`.

    Attributes:
        model: its name, such as ``gjr-garch``.
        trained: last date of its training.
        assets, kinds: of the model.
        dates: (day,) judged dates.
        watched: what the model said of each, and where the day fell.
        alarms: every sequential test.
        rows: one an asset: coverage, exceptions, level, drift; keys in :mod:`tsgan.applications.monitor.figures`.
        age: days from the end of training to the last price.
        period: words for one step.
        warnings: what makes the figures doubtful.
        model_hash, data_hash: of the model and of the prices.
    """

    model: str
    trained: str
    assets: tuple[str, ...]
    kinds: tuple[str, ...]
    dates: np.ndarray
    watched: Watched = field(repr=False)
    alarms: tuple[Alarm, ...] = field(repr=False)
    rows: tuple[Row, ...] = field(repr=False)
    age: int
    period: Period
    warnings: tuple[str, ...]
    model_hash: str
    data_hash: str

    @property
    def raised(self) -> tuple[Alarm, ...]:
        """The tests that are beyond their limits, in the order of the days on which they went there."""
        return tuple(sorted((a for a in self.alarms if a.day is not None), key=lambda a: (a.day, a.asset != "")))

    @property
    def alarm(self) -> bool:
        """Whether any is."""
        return bool(self.raised)

    @property
    def due(self) -> tuple[str, ...]:
        """Reasons to fit again, one sentence each; none where there is no need."""
        found = [f"{one.words}, since {self.dates[one.day]}" for one in self.raised if one.day is not None]
        if self.age > STALE_DAYS:
            found.append(f"the training ended {self.age:,} days before the last price, more than {STALE_DAYS}")
        return tuple(found)

    @property
    def front(self) -> Front:
        """The first screen of the page."""
        from tsgan.applications.monitor.front import front

        return front(self)

    @property
    def matrices(self) -> list[Matrix]:
        """Figures by asset, and tests by asset."""
        from tsgan.applications.monitor.front import matrices

        return matrices(self)

    def summary(self) -> str:
        head = f"{self.front.verdict} {' '.join(self.front.answer)}"
        return "\n".join([*in_lines(self.warnings), head])

    def to_dict(self) -> dict[str, Any]:
        return {
            "alarm": self.alarm,
            "refit_due": bool(self.due),
            "reasons": list(self.due),
            "model": self.model,
            "trained": self.trained,
            "age_days": self.age,
            "start": str(self.dates[0]),
            "end": str(self.dates[-1]),
            "days": len(self.dates),
            "false_alarms_a_year": FALSE_ALARMS,
            "tests": [self._told(one) for one in self.alarms],
            "assets": [dict(row) for row in self.rows],
            "warnings": list(self.warnings),
            "model_hash": self.model_hash,
            "data_hash": self.data_hash,
        }

    def _told(self, one: Alarm) -> dict[str, Any]:
        return {
            "test": one.test,
            "asset": one.asset or None,
            "evidence": float(one.evidence[-1]),
            "limit": one.limit,
            "false_alarms_a_year": one.share,
            "since": None if one.day is None else str(self.dates[one.day]),
        }

    @property
    def sheets(self) -> tuple[str, ...]:
        return ("tests", "assets", "days")

    def to_frame(self, table: str | None = None) -> pd.DataFrame:
        """``tests`` by default; ``assets``; or ``days``: PITs and evidence, one row a day."""
        if table in (None, "tests"):
            return pd.DataFrame([self._told(one) for one in self.alarms])
        if table == "assets":
            return pd.DataFrame([dict(row) for row in self.rows])
        if table != "days":
            raise ConfigError(f"this monitoring has no table {table!r}; there are tests, assets, days")
        pits = {f"pit_{asset}": self.watched.pit[:, i] for i, asset in enumerate(self.assets)}
        evidence = {f"{one.test}{f'_{one.asset}' if one.asset else ''}": one.evidence for one in self.alarms}
        joint = {"size": self.watched.size, "direction": self.watched.direction}
        return pd.DataFrame({"date": self.dates, **pits, **joint, **evidence})

    def render(self) -> str:
        from tsgan.applications.monitor.page import render

        return render(self)

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write ``monitor.html``, ``monitor.json`` and ``tests.csv``.

        OutputError where they cannot be written, are there and not to be overwritten, or not tsgan's.
        """
        self.write_files(folder, (PAGE, DOCUMENT, TESTS), overwrite=overwrite)


@shows_progress
def monitor(
    model: ModelSource,
    prices: Source,
    *,
    since: Any = None,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Monitoring:
    """Judge a model on the days after its training, with sequential tests that may be looked at every day.

    A model that is right raises an alarm in at most 5 % of years.

    Args:
        model: a fitted model, or what ``tsgan.load_model`` reads; only what it said before each day counts.
        prices: the history with the training dates, for the model's state, and the days after them.
        since: judge the days after this one only, as after an alarm that was looked into.
        draws: draws behind the forecast of each day, at least 200.
        seed: of these draws; same seed, same answer, and what was said of a day does not change when more days come.
        progress: called with one plain sentence as things go; a notebook shows them by itself.

    Raises:
        ModelError: a model that cannot be read, or prices of other tickers.
        DataError: prices that cannot be used, that begin after the training or have no day after it.
        ConfigError: too few draws, or a date before the end of training.
    """
    prepare()
    if draws < FEWEST_DRAWS:
        raise ConfigError(f"value at risk at 99 % needs at least {FEWEST_DRAWS} draws a day, not {draws}")
    fitted = as_model(model)
    return watched_by(fitted, fitted.aligned(prices), since=since, draws=draws, seed=seed, progress=progress)


def watched_by(
    fitted: MarketModel,
    panel: Panel,
    *,
    since: Any = None,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Monitoring:
    """:func:`monitor` of a model and prices in its order."""
    info, moves = fitted.info, panel.moves
    trained = as_day(info.train_end)
    begin = trained if since is None else as_day(since)
    if begin < trained:
        raise ConfigError(f"the model was trained on dates to {trained}; judge it on later ones, not since {begin}")
    first = int((panel.return_dates <= begin).sum())
    if first < 2 or first == len(moves):
        raise DataError(
            f"monitoring needs prices from before {begin}, which the model's state is read from, and later ones; these "
            f"run from {panel.dates[0]} to {panel.dates[-1]}"
        )
    watched = watch(fitted, moves, first, draws=draws, seed=seed, progress=progress)
    known = moves[: int((panel.return_dates <= trained).sum())]
    rows = tuple(of_asset(watched, moves[first:], known, panel, i) for i in range(len(panel.assets)))
    return Monitoring(
        model=info.model,
        trained=info.train_end,
        assets=panel.assets,
        kinds=panel.kinds,
        dates=panel.return_dates[first:],
        watched=watched,
        alarms=alarms(watched, panel.assets, panel.periods_per_year),
        rows=rows,
        age=int((panel.dates[-1] - trained).astype(int)),
        period=Period.of(period_of(panel.periods_per_year)),
        warnings=doubts(info.warnings, panel.warnings),
        model_hash=fitted.model_hash,
        data_hash=panel.data_hash,
    )
