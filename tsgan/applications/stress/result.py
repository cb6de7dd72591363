"""The answer of a stress test."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from tsgan.applications.portfolio import Book
from tsgan.applications.stress import words
from tsgan.applications.stress.backtest import RiskBacktest
from tsgan.applications.stress.drift import Drift
from tsgan.applications.stress.episodes import Replay
from tsgan.applications.stress.measures import Row
from tsgan.applications.stress.story import Story
from tsgan.data.calendars import period_of
from tsgan.errors import ConfigError
from tsgan.formulas import write_csv
from tsgan.models.conditioning import Conditional
from tsgan.reports.doubts import in_lines
from tsgan.reports.folder import ReportFolder
from tsgan.reports.front import Front, Matrix
from tsgan.reports.period import Period
from tsgan.reports.result import Result
from tsgan.scenarios.manifest import manifest_path
from tsgan.scenarios.scenarios import Scenarios
from tsgan.stats import weighted

PAGE, DOCUMENT, PATHS = "stress.html", "stress.json", "paths.parquet"


@dataclass(frozen=True, eq=False)
class StressTest(Result):
    """What can be lost, given what, and what would have to happen.  Made by :func:`stress`.

    Attributes:
        name: of the model, or of whatever the paths came from.
        book: the portfolio at the start.
        usual: the paths without any event.
        profits: (path, day) of the book on them.
        drift: of all paths.
        tables: ``risk``, ``components``, ``losses``, ``drawdowns``, ``martingale``, ``base_rates``, ``conditional``,
            ``episodes``, as far as they were asked for; JSON-ready rows.
        cost: where the portfolio stands against what it cost.
        given: paths given the shocks, and ``given_profits`` (path, day) of the book on them.
        reverse, story: paths given the loss, and how they come to it.
        replays: episodes of the history.
        backtest: of the portfolio's risk figures.
        warnings: what makes the figures doubtful, found in the prices of the model or in those given.
    """

    name: str
    book: Book = field(repr=False)
    usual: Scenarios
    profits: np.ndarray = field(repr=False)
    drift: Drift
    tables: dict[str, list[Row]] = field(repr=False)
    cost: Row | None = field(repr=False)
    given: Conditional | None = field(repr=False)
    given_profits: np.ndarray | None = field(repr=False)
    reverse: Conditional | None = field(repr=False)
    story: Story | None = field(repr=False)
    replays: list[Replay] = field(repr=False)
    backtest: RiskBacktest | None = field(repr=False)
    warnings: tuple[str, ...] = field(default=(), repr=False)

    @property
    def period(self) -> Period:
        """What a step of the paths is called."""
        return Period.of(period_of(round(self.usual.periods_per_year)))

    @property
    def start(self) -> str:
        """The day on which the paths start, as text."""
        return str(self.usual.dates[0].astype("datetime64[D]"))

    @property
    def verdict(self) -> list[str]:
        """What can be lost, how far the models agree, and where the risk sits, in sentences."""
        return in_lines(self.warnings) + words.summary(self)

    @property
    def answers(self) -> list[list[str]]:
        """Sentences about the shocks, about the loss of a reverse test and about a risk-neutral drift, as far as each
        was asked for."""
        return words.answers(self)

    @property
    def front(self) -> Front:
        """The first screen of the page: what was asked, answered in figures."""
        from tsgan.applications.stress.front import front

        return front(self)

    @property
    def matrices(self) -> list[Matrix]:
        """Figures by two headings, such as horizon x model, as the page has them."""
        from tsgan.applications.stress.matrices import matrices

        return matrices(self)

    def summary(self) -> str:
        return "\n".join([*self.verdict, *(sentence for answer in self.answers for sentence in answer)])

    def to_dict(self) -> dict[str, Any]:
        usual, book = self.usual, self.book
        return {
            "model": self.name,
            "start": self.start,
            "paths": usual.n_paths,
            "effective_paths": weighted.effective(weighted.normalized(usual.weights, usual.n_paths)),
            "horizon": usual.horizon,
            "drift": str(self.drift),
            "period": self.period.one,
            "warnings": list(self.warnings),
            "provenance": dict(usual.provenance),
            "portfolio": {
                "capital": book.capital,
                "currency": book.portfolio.currency,
                "exposures": dict(zip(book.assets, book.exposures(usual).tolist(), strict=True)),
            },
            **self.tables,
            "cost": self.cost,
            "event": None if self.given is None else _facts(self.given),
            "reverse": None
            if self.reverse is None or self.story is None
            else {**_facts(self.reverse), **self.story.numbers, "sentences": list(self.story.sentences)},
            "backtest": None if self.backtest is None else self.backtest.to_dict(),
        }

    @property
    def sheets(self) -> tuple[str, ...]:
        return tuple(name for name, rows in self._all_tables().items() if rows)

    def to_frame(self, table: str | None = None) -> pd.DataFrame:
        """``risk`` by default; any of ``tables``, and of a backtest ``backtest_1d`` and ``backtest_10d``."""
        tables = self._all_tables()
        if (table or "risk") not in tables:
            raise ConfigError(f"this stress test has no table {table!r}; there are {', '.join(tables)}")
        return pd.DataFrame(tables[table or "risk"])

    def render(self) -> str:
        from tsgan.applications.stress import page

        return page.render(self)

    def save(self, folder: str | os.PathLike[str], *, paths: bool = False, overwrite: bool = False) -> None:
        """Write ``stress.html``, ``stress.json`` and every table with rows as CSV.

        OutputError where they cannot be written, are there and not to be overwritten, or not tsgan's.

        Args:
            folder: made where it does not exist.
            paths: also write ``paths.parquet``: the weighted paths given the event, else those to the loss, else the
                usual ones.
            overwrite: replace what tsgan wrote there before; tables and paths of the test before go with it.
        """
        tables = {f"{k}.csv": v for k, v in self._all_tables().items() if v}
        names = (PAGE, DOCUMENT, *tables, *((PATHS, manifest_path(PATHS).name) if paths else ()))
        with ReportFolder(folder, overwrite).together(names) as place:
            (place / PAGE).write_text(self.render(), encoding="utf-8")
            (place / DOCUMENT).write_text(self.to_json(), encoding="utf-8")
            for name, rows in tables.items():
                write_csv(pd.DataFrame(rows), place / name)
            if paths:
                asked = self.given or self.reverse
                (self.usual if asked is None else asked.scenarios).to_parquet(place / PATHS)

    def _all_tables(self) -> dict[str, list[Row]]:
        if self.backtest is None:
            return self.tables
        one_day = self.backtest.one_day.tables["backtests"]
        return self.tables | {"backtest_1d": one_day, "backtest_10d": self.backtest.ten_day}


def _facts(found: Conditional) -> dict[str, Any]:
    return {
        "event": str(found.event),
        "probability": found.probability._asdict(),
        "paths": found.scenarios.n_paths,
        "effective_paths": found.effective,
        "simulated": found.simulated,
        "method": found.method,
    }
