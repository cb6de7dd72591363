"""The whole stress test: one call, every table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tsgan.applications.history import as_of
from tsgan.applications.portfolio import Book, Portfolio
from tsgan.applications.stress import measures
from tsgan.applications.stress.backtest import Backtest, backtest
from tsgan.applications.stress.conditional import Conditional, condition, select
from tsgan.applications.stress.drift import HISTORICAL, Drift, martingale_check
from tsgan.applications.stress.dynamics import Dynamics
from tsgan.applications.stress.episodes import Replay, replays
from tsgan.applications.stress.events import TOLERANCE, Event, parse_event
from tsgan.applications.stress.story import Story, tell
from tsgan.data.panel import Panel
from tsgan.errors import ConfigError
from tsgan.fitting import fit
from tsgan.models.contract import MarketModel
from tsgan.notebook import told
from tsgan.scenarios.scenarios import Scenarios
from tsgan.stats import weighted

BESIDE = {"historical simulation": "iid-bootstrap", "gjr-garch": "gjr-garch"}
"""Name in the tables -> model fitted to the history up to the start, to stand beside the one that is asked."""
GIVEN = "given the event"
SPREAD = (0.05, 0.5, 0.95)

Row = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """What is asked beside the plain risk figures.

    Attributes:
        shocks: clauses of an event, see :mod:`tsgan.applications.stress.events`.
        reverse: a clause on the loss, or None.
        at, within, tolerance: when, and how closely.
        losses: of which the probability is wanted.
        drift: of all paths.
    """

    shocks: tuple[str, ...] = ()
    reverse: str | None = None
    at: int | None = None
    within: int | None = None
    tolerance: float = TOLERANCE
    losses: tuple[float, ...] = measures.LOSSES
    drift: Drift = HISTORICAL


@dataclass(frozen=True, eq=False)
class Study:
    """Answers; every table is a list of JSON-ready rows.

    Attributes:
        name: of the model, or of whatever the paths came from.
        book: the portfolio at the start.
        usual: the paths without any event.
        profits: (path, day) of the book on them.
        drift: of all paths.
        tables: ``risk``, ``components``, ``losses``, ``drawdowns``, ``martingale``, ``conditional``, ``episodes``.
        cost: where the portfolio stands against what it cost.
        given: paths given the shocks, and ``given_profits`` (path, day) of the book on them.
        reverse, story: paths given the loss, and how they come to it.
        replays: episodes of the history.
        backtest: of the portfolio's risk figures.
    """

    name: str
    book: Book
    usual: Scenarios
    profits: np.ndarray
    drift: Drift
    tables: dict[str, list[Row]]
    cost: Row | None
    given: Conditional | None
    given_profits: np.ndarray | None
    reverse: Conditional | None
    story: Story | None
    replays: list[Replay]
    backtest: Backtest | None

    def to_dict(self) -> dict[str, Any]:
        """Everything but the paths, as plain JSON types."""
        usual, book = self.usual, self.book
        exposures = book.exposures(usual)
        return {
            "model": self.name,
            "start": str(usual.dates[0].astype("datetime64[D]")),
            "paths": usual.n_paths,
            "effective_paths": weighted.effective(weighted.normalized(usual.weights, usual.n_paths)),
            "horizon": usual.horizon,
            "drift": str(self.drift),
            "provenance": dict(usual.provenance),
            "portfolio": {
                "capital": book.capital,
                "currency": book.portfolio.currency,
                "exposures": dict(zip(book.assets, exposures.tolist(), strict=True)),
            },
            **self.tables,
            "cost": self.cost,
            "event": _event(self.given),
            "reverse": None if self.story is None else {**_event(self.reverse), **self.story.numbers}
            | {"sentences": list(self.story.sentences)},
            "backtest": None if self.backtest is None else self.backtest.to_dict(),
        }  # fmt: skip


@told
def stress(
    subject: MarketModel | Scenarios,
    portfolio: Portfolio | None = None,
    *,
    question: Question = Question(),
    panel: Panel | None = None,
    start: Any = None,
    n_paths: int = 10_000,
    horizon: int = 252,
    antithetic: bool = False,
    judged: MarketModel | None = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Study:
    """Run a stress test.

    Args:
        subject: a fitted model, or finished paths, which then are all there is.
        portfolio: what is held; equal weights in everything that has a price unless given.
        question: events, drift and losses asked for.
        panel: a price history, for the models beside, the episodes, and a start other than the end of training.
        start: stand at the close of this day of the history, rather than its last.
        n_paths, horizon: how many, and how many trading days, for a model.
        antithetic: mirrored noise in every second path.
        judged: a model fitted to earlier dates, whose figures are backtested on the later ones of the history.
        seed: of all randomness.
        progress: called with plain sentences; a notebook shows them by itself.

    Raises:
        ConfigError, ScenarioError, ModelError, DataError: what cannot be answered, and why.
    """
    tell_user = progress or (lambda _: None)
    finished = isinstance(subject, Scenarios)
    if start is not None and (panel is None or finished):
        raise ConfigError("--from needs a model and a --history that holds the day")
    if antithetic and finished:
        raise ConfigError("--antithetic needs a model; finished paths stay as they are")
    if judged is not None and panel is None:
        raise ConfigError("a backtest needs a --history with dates after the model's training")
    known = None if panel is None else as_of(panel, start)
    if isinstance(subject, Scenarios):
        usual, dynamics = subject, None
        known = None if panel is None else panel.through(usual.dates[0])
    else:
        known = None if known is None else subject.aligned(known)
        tell_user(f"drawing {n_paths:,} paths of {horizon} days")
        usual = subject.sample(n_paths, horizon, seed=seed, history=known, antithetic=antithetic)
        dynamics = subject
    name = str(usual.provenance.get("model") or "the given paths")
    before = usual
    shift = question.drift.shift(usual)
    usual = question.drift.applied(usual, shift)
    book = (portfolio or Portfolio.equal(usual.assets, usual.kinds)).on(usual)
    event = _asked(question, question.shocks, usual, book) if question.shocks else None
    loss = _asked(question, (question.reverse,), usual, book) if question.reverse else None
    if loss is not None and (loss.targets[0].column >= 0 or not loss.targets[0].low > 0):
        raise ConfigError(
            f"a reverse test asks for a loss of the portfolio above 0, loss>=0.30; {question.reverse!r} is none"
        )

    profits, days = book.profits(usual), measures.horizons(usual)
    tables: dict[str, list[Row]] = {"risk": measures.risk_rows(name, profits, usual, days)}
    tables["components"] = [
        row for day in days for level in measures.LEVELS for row in measures.component_rows(book, usual, day, level)
    ]
    tables["losses"] = [{"source": name} | row for row in measures.loss_rows(profits, usual, question.losses)]
    tables["drawdowns"] = measures.drawdown_rows(profits, usual)
    tables["martingale"] = _martingale(question.drift, before, usual)
    if known is not None:
        for label, model in BESIDE.items():
            if model == name:
                continue
            tell_user(f"fitting {label} to {known.dates[0]} .. {known.dates[-1]}")
            other = fit(known.select(usual.assets), model, seed=seed)
            paths = other.sample(usual.n_paths, usual.horizon, seed=seed)
            paths = question.drift.applied(paths, question.drift.shift(paths))
            gained = book.profits(paths)
            tables["risk"] += measures.risk_rows(label, gained, paths, days)
            tables["losses"] += [{"source": label} | r for r in measures.loss_rows(gained, paths, question.losses)]

    from_here = None if dynamics is None else Dynamics.after(dynamics, known, shift)
    given, given_profits, reverse, story = None, None, None, None
    if event is not None:
        tell_user(f"looking for paths with {event}")
        given = _given(from_here, usual, event, n_paths, usual.horizon, seed, question.drift)
        given_profits = book.profits(given.scenarios)
        tables["risk"] += measures.risk_rows(GIVEN, given_profits, given.scenarios, days)
        tables["conditional"] = _conditional_rows(event, usual, profits, given.scenarios, given_profits)
    if loss is not None:
        tell_user(f"looking for what makes {loss}")
        reverse = _given(from_here, usual, loss, n_paths, loss.days, seed, question.drift)
        story = tell(reverse, from_here, book, usual)
    played: list[Replay] = []
    if panel is not None and isinstance(subject, MarketModel):
        tell_user("replaying episodes of the history")
        played = replays(subject, panel, book, usual.start_prices, seed=seed)
        tables["episodes"] = [replay.row() for replay in played]
    test = None
    if judged is not None and panel is not None:
        test = backtest(judged, panel, book, usual.start_prices, seed=seed, progress=tell_user)
    cost = measures.cost_row(book, profits, usual)
    return Study(
        name, book, usual, profits, question.drift, tables, cost, given, given_profits, reverse, story, played, test
    )


def _asked(question: Question, clauses: tuple[str, ...], usual: Scenarios, book: Book) -> Event:
    event = parse_event(
        clauses,
        usual.assets,
        usual.kinds,
        usual.start_prices,
        at=question.at,
        within=question.within,
        tolerance=question.tolerance,
        book=book,
    )
    if event.days > usual.horizon:
        raise ConfigError(
            f"{event}: day {event.days} lies after the last of {usual.horizon} days; "
            f"raise --horizon, or give longer paths"
        )
    return event


def _given(
    dynamics: Dynamics | None, usual: Scenarios, event: Event, n_paths: int, horizon: int, seed: int, drift: Drift
) -> Conditional:
    if dynamics is None:
        return select(usual, event)
    found = condition(dynamics, event, n_paths, horizon, seed)
    return found.restated(drift.stated(found.scenarios.provenance))


def _martingale(drift: Drift, before: Scenarios, after: Scenarios) -> list[Row]:
    if drift.mode != "risk-neutral":
        return []
    return [
        {"asset": now["asset"], "days": now["days"], "before": was["deviation"], "after": now["deviation"]}
        | {"error": now["error"]}
        for was, now in zip(martingale_check(before, drift.rate), martingale_check(after, drift.rate), strict=True)
    ]


def _conditional_rows(
    event: Event, usual: Scenarios, usual_profits: np.ndarray, given: Scenarios, profits: np.ndarray
) -> list[Row]:
    """Where every asset and the portfolio stand on the event's last day, with the event and without."""
    day, rows = event.days, []
    for i, (asset, kind) in enumerate(zip(usual.assets, usual.kinds, strict=True)):
        row: Row = {"asset": asset, "day": day, "unit": "return" if kind == "price" else "level"}
        for label, paths in (("", given), ("usual_", usual)):
            value = paths.prices[:, day, i]
            value = value / paths.start_prices[i] - 1 if kind == "price" else value
            row |= _quantiles(label, value, paths)
        rows.append(row)
    rows.append(
        {"asset": "portfolio", "day": day, "unit": "return"}
        | _quantiles("", profits[:, day - 1], given)
        | _quantiles("usual_", usual_profits[:, day - 1], usual)
    )
    return rows


def _quantiles(label: str, values: np.ndarray, paths: Scenarios) -> Row:
    found = weighted.quantiles(values, list(SPREAD), paths.weights)
    return {f"{label}q{100 * level:.0f}": float(value) for level, value in zip(SPREAD, found, strict=True)}


def _event(found: Conditional | None) -> Any:
    if found is None:
        return None
    return {
        "event": str(found.event),
        "probability": found.probability._asdict(),
        "paths": found.scenarios.n_paths,
        "effective_paths": found.effective,
        "simulated": found.simulated,
        "method": found.method,
    }
