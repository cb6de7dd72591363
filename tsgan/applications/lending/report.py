"""``tsgan.lend``: what a book of loans may lose along joint paths."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from tsgan.applications.inputs import PathsOrModel, as_paths_or_model
from tsgan.applications.lending import words
from tsgan.applications.lending.books import BookSource, read_book
from tsgan.applications.lending.losses import Losses
from tsgan.applications.lending.merton import CorporateOutcome
from tsgan.applications.lending.outcomes import Outcome, carry
from tsgan.applications.lending.pools import PoolOutcome
from tsgan.applications.lending.secured import SecuredOutcome
from tsgan.data.calendars import period_of
from tsgan.data.load import Source
from tsgan.data.panel import Panel
from tsgan.errors import ConfigError
from tsgan.models.contract import MarketModel
from tsgan.notebook import shows_progress
from tsgan.reports.doubts import doubts, in_lines
from tsgan.reports.front import Front, Matrix
from tsgan.reports.period import Period
from tsgan.reports.result import Result
from tsgan.runtime import prepare
from tsgan.scenarios.scenarios import Scenarios

PAGE, DOCUMENT, LOSSES = "lend.html", "lend.json", "losses.csv"


@dataclass(frozen=True, eq=False)
class LoanReport(Result):
    """What a book of loans may lose along joint paths.  Made by :func:`lend`.

    Attributes:
        outcome: what becomes of the loans.
        assets: tickers of the paths.
        dates: (day + 1,) of the paths, the start first.
        period: what a step of the paths is.
        model, source: what drew the paths, and the prices that it learnt from; empty where that is not known.
        first_path: number of the first path.
        confidence: of the haircut and the largest loan-to-value.
        total_return: whether the prices hold dividends, or None where nobody said.
        seed: of the paths and of the answers to margin calls.
        warnings: what makes the figures doubtful, found in the prices behind the paths.
        currency: of the prices; empty where that is not known.
        model_hash, data_hash: of what drew the paths, and of the prices that it learnt from.
    """

    outcome: Outcome = field(repr=False)
    assets: tuple[str, ...]
    dates: np.ndarray = field(repr=False)
    period: Period
    model: str
    source: str
    first_path: int
    confidence: float
    total_return: bool | None
    seed: int
    warnings: tuple[str, ...] = field(default=(), repr=False)
    currency: str = ""
    model_hash: str = field(default="", repr=False)
    data_hash: str = field(default="", repr=False)

    @property
    def front(self) -> Front:
        """The first screen of the page: what was asked, answered in figures."""
        from tsgan.applications.lending.front import front

        return front(self)

    @property
    def matrices(self) -> list[Matrix]:
        """Figures by two headings, such as confidence x measure, as the page has them."""
        from tsgan.applications.lending.matrices import matrices

        return matrices(self)

    @property
    def unit(self) -> str:
        """What amounts are in: the currency of the prices, in which loans against them are; else that of the book."""
        return self.currency if self.currency and isinstance(self.outcome, SecuredOutcome) else words.BOOK_UNITS

    @property
    def losses(self) -> Losses:
        """Of every loan on every path."""
        return self.outcome.losses

    @property
    def paths(self) -> int:
        """Their number."""
        return len(self.losses.losses)

    @property
    def horizon(self) -> int:
        """Steps of a path."""
        return len(self.dates) - 1

    @property
    def sentences(self) -> list[str]:
        """What a lender should know about the book."""
        return words.sentences(self)

    def summary(self) -> str:
        return "\n".join(in_lines(self.warnings) + self.sentences)

    def to_dict(self) -> dict[str, Any]:
        outcome = self.outcome
        kinds = {SecuredOutcome: "secured", CorporateOutcome: "corporate", PoolOutcome: "pools"}
        found: dict[str, Any] = {
            "kind": kinds[type(outcome)],
            "unit": self.unit,
            "period": self.period.one,
            "warnings": list(self.warnings),
            "paths": self.paths,
            "horizon": self.horizon,
            "start": str(self.dates[0].astype("datetime64[D]")),
            "end": str(self.dates[-1].astype("datetime64[D]")),
            "book": self.losses.summary(),
            "loans": outcome.rows,
            "together": outcome.clustering,
        }
        if isinstance(outcome, SecuredOutcome):
            found |= {"collateral": outcome.collateral, "effective_tickers": outcome.effective_tickers}
        if isinstance(outcome, CorporateOutcome):
            found |= {"term_structure": outcome.term, "rate": outcome.rate, "years": outcome.years}
        return found | {"confidence": self.confidence, "seed": self.seed}

    @property
    def sheets(self) -> tuple[str, ...]:
        return (
            "loans",
            "book",
            "together",
            *(("collateral",) if isinstance(self.outcome, SecuredOutcome) else ()),
            *(("term_structure",) if isinstance(self.outcome, CorporateOutcome) else ()),
            "losses",
        )

    def to_frame(self, table: str | None = None) -> pd.DataFrame:
        """``loans`` by default, one row each; also ``book``, ``together`` (one row each) and ``losses`` (one row a
        path), of securities-backed loans ``collateral``, of corporate ones ``term_structure``."""
        name, outcome = table or "loans", self.outcome
        tables = {"loans": outcome.rows, "book": [self.losses.summary()], "together": [outcome.clustering]}
        tables |= {"collateral": outcome.collateral} if isinstance(outcome, SecuredOutcome) else {}
        tables |= {"term_structure": outcome.term} if isinstance(outcome, CorporateOutcome) else {}
        if name == "losses":
            losses = pd.DataFrame(self.losses.losses, columns=list(self.losses.names))
            losses.insert(0, "scenario", self.first_path + losses.index)
            return losses.assign(total=self.losses.total)
        if name not in tables:
            raise ConfigError(f"this book has no table {name!r}; there are {', '.join([*tables, 'losses'])}")
        return pd.DataFrame(tables[name])

    def render(self) -> str:
        from tsgan.applications.lending import page

        return page.render(self)

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write ``lend.html``, ``lend.json`` and ``losses.csv``.

        OutputError where they cannot be written, are there and not to be overwritten, or not tsgan's.
        """
        self.write_files(folder, (PAGE, DOCUMENT, LOSSES), overwrite=overwrite)


@shows_progress
def lend(
    model_or_scenarios: PathsOrModel,
    book: BookSource,
    *,
    history: Source | None = None,
    n_paths: int = 10_000,
    horizon: int | None = None,
    confidence: float = 0.99,
    rate: float = 0.02,
    years: float = 1.0,
    first_passage: bool = False,
    total_return: bool | None = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> LoanReport:
    """Carry a book of loans along joint paths: margin calls, defaults, losses, haircuts.

    Args:
        model_or_scenarios: a model or what ``tsgan.load_model`` reads; or Scenarios, or a table or folder of paths.
        book: a CSV file or a table, see :mod:`tsgan.applications.lending.books`; or loans of one kind.
        history: prices that a model's paths carry on from; those it was fitted to by default.
        n_paths, horizon: paths that a model draws, and their length in periods, a year of them by default.
        confidence: of the haircut and the largest loan-to-value.
        rate, years, first_passage: of firms, as in :func:`lend_to_firms`.
        total_return: whether the prices hold dividends; None where that is not known.
        seed: of a model's paths and of the answers to margin calls.
        progress: called with one plain sentence as things go; a notebook shows them by itself.

    Raises:
        ConfigError: a book, a confidence, years or a rate that make no sense, or a history beside finished paths.
        ModelError, DataError: a model or a history that cannot be read, or that do not belong together.
        ScenarioError: paths that cannot be read, or that lack what the loans depend on.
    """
    _check(confidence, years)
    loans, tell = read_book(book), progress or (lambda _: None)
    prepare()
    source = as_paths_or_model(model_or_scenarios)
    if history is not None and isinstance(source, MarketModel):
        history = source.aligned(history)
    scenarios = _paths(source, history, n_paths, horizon, seed, tell)
    tell(f"carrying {len(loans)} loans along")
    outcome = carry(
        loans, scenarios, confidence=confidence, seed=seed, rate=rate, years=years, first_passage=first_passage
    )
    return LoanReport(
        outcome,
        assets=scenarios.assets,
        dates=scenarios.dates,
        period=Period.of(period_of(round(scenarios.periods_per_year))),
        model=str(scenarios.provenance.get("model") or "paths of unknown origin"),
        source=str(scenarios.provenance.get("source", "")),
        first_path=scenarios.first_path,
        confidence=confidence,
        total_return=total_return,
        seed=seed,
        warnings=doubts(scenarios.provenance.get("warnings", ()), _warnings(history)),
        currency=str(scenarios.provenance.get("currency") or ""),
        model_hash=str(scenarios.provenance.get("model_hash") or ""),
        data_hash=str(scenarios.provenance.get("data_hash") or ""),
    )


def _warnings(history: Source | None) -> tuple[str, ...]:
    return history.warnings if isinstance(history, Panel) else ()


def _check(confidence: float, years: float) -> None:
    if not 0 < confidence < 1:
        raise ConfigError(f"confidence (--confidence) must be between 0 and 1, not {confidence:g}")
    if not years > 0:
        raise ConfigError(f"years (--years) must be above 0, not {years:g}")


def _paths(
    source: Scenarios | MarketModel,
    history: Source | None,
    n_paths: int,
    horizon: int | None,
    seed: int,
    tell: Callable[[str], None],
) -> Scenarios:
    """Finished paths, or those that the model draws."""
    if isinstance(source, Scenarios):
        if history is not None:
            raise ConfigError("history (--history) is for a MODEL; a table of scenarios has its own start")
        return source
    start = None if history is None else source.aligned(history)
    periods = horizon or source.info.periods_per_year
    tell(f"drawing {n_paths:,} paths of {periods} {period_of(source.info.periods_per_year)}s")
    return source.sample(n_paths, periods, seed=seed, history=start)
