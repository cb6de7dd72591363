"""What a stress test looks at: the paths without any event, the portfolio on them, and the way to further ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from tsgan.applications.history import as_of
from tsgan.applications.portfolio import Book
from tsgan.applications.stress.beside import BESIDE
from tsgan.applications.stress.drift import Drift
from tsgan.applications.stress.windows import window_profits
from tsgan.data.calendars import period_of
from tsgan.data.panel import Panel
from tsgan.errors import ConfigError
from tsgan.fitting import fit
from tsgan.models.conditioning import Condition, Conditional, Event, condition, parse_event, select
from tsgan.models.contract import MarketModel
from tsgan.models.dynamics import Dynamics
from tsgan.reports.period import Period
from tsgan.scenarios.scenarios import Scenarios

GIVEN = "given the event"
"""Source, in the tables, of figures of the paths given the shocks."""


class Outcome(NamedTuple):
    """What the portfolio gains on the paths of one source.

    Attributes:
        source: name in the tables.
        paths: of whatever weights.
        profits: (path, day) since the start, fractions of the capital.
    """

    source: str
    paths: Scenarios
    profits: np.ndarray

    @classmethod
    def of(cls, source: str, paths: Scenarios, book: Book) -> Outcome:
        return cls(source, paths, book.profits(paths))


@dataclass(frozen=True, eq=False)
class Origin:
    """Where paths come from, with the drift that all of them are given.

    Attributes:
        model: what draws them; None for finished paths, which then are all there is.
        known: the history up to the start, or None for that of the model's training.
        drawn: the paths as they came.
        drift: of all paths.
        shift: (day, asset) what the drift adds to returns, None for nothing.
    """

    model: MarketModel | None
    known: Panel | None
    drawn: Scenarios
    drift: Drift
    shift: np.ndarray | None

    @classmethod
    def of(
        cls,
        source: MarketModel | Scenarios,
        history: Panel | None,
        start: Any,
        drift: Drift,
        *,
        n_paths: int,
        horizon: int,
        antithetic: bool,
        seed: int,
    ) -> Origin:
        """Finished paths, or those that a model draws from the close of the day ``start`` of the history."""
        if isinstance(source, Scenarios):
            known = None if history is None else history.through(source.dates[0])
            return cls(None, known, source, drift, drift.shift(source))
        known = None if history is None else as_of(history, start)
        drawn = source.sample(n_paths, horizon, seed=seed, history=known, antithetic=antithetic)
        return cls(source, known, drawn, drift, drift.shift(drawn))

    @cached_property
    def usual(self) -> Scenarios:
        """The paths without any event."""
        return self.drift.applied(self.drawn, self.shift)

    @property
    def name(self) -> str:
        """Of the model, or of whatever the paths came from."""
        return str(self.drawn.provenance.get("model") or "the given paths")

    @cached_property
    def dynamics(self) -> Dynamics | None:
        """The model at the start, with the drift; None for finished paths."""
        return None if self.model is None else Dynamics.after(self.model, self.known, self.shift)

    def event(self, clauses: Condition, book: Book, *, at: int | None, within: int | None, tolerance: float) -> Event:
        """What clauses describe on these paths; ConfigError where it makes no sense, or comes after their last day."""
        usual = self.usual
        event = parse_event(
            clauses,
            usual.assets,
            usual.kinds,
            usual.start_prices,
            at=at,
            within=within,
            tolerance=tolerance,
            loss=book,
        )
        if event.days > usual.horizon:
            raise ConfigError(
                f"{event}: day {event.days} lies after the last of {usual.horizon} days; "
                f"raise --horizon, or give longer paths"
            )
        return event

    def given(self, event: Event, n_paths: int, horizon: int, seed: int) -> Conditional:
        """Paths on which an event happens: drawn by the model, or selected among the finished ones."""
        if self.dynamics is None:
            return select(self.usual, event)
        found = condition(self.dynamics, event, n_paths, horizon, seed)
        return found.restated(self.drift.stated(found.scenarios.provenance))

    def windows(self, book: Book) -> list[np.ndarray]:
        """Profits of the book in overlapping windows of the history up to the start; none without one."""
        if self.known is None:
            return []
        usual = self.usual
        return window_profits(book, self.known.select(usual.assets), usual.start_prices, self.drift, usual.horizon)

    def beside(self, seed: int, progress: Callable[[str], None]) -> Iterator[tuple[str, Scenarios]]:
        """Names and paths of other models, fitted to the same history and given the same drift; none without one."""
        if self.known is None:
            return
        known = self.known.select(self.usual.assets)
        period = Period.of(period_of(known.periods_per_year))
        for name, fitter in BESIDE.items():
            label = period.fill(name)
            if fitter != self.name:
                progress(f"fitting {label} to {known.dates[0]} .. {known.dates[-1]}")
                paths = fit(known, fitter, seed=seed).sample(self.usual.n_paths, self.usual.horizon, seed=seed)
                yield label, self.drift.applied(paths, self.drift.shift(paths))
