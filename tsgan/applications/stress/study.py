"""``tsgan.stress``: the whole stress test, one step after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from tsgan.applications.inputs import PathsOrModel, as_paths_or_model
from tsgan.applications.portfolio import Book, Portfolio, PortfolioSource, as_portfolio
from tsgan.applications.stress import measures, tables
from tsgan.applications.stress.backtest import backtest_risk
from tsgan.applications.stress.drift import Drift
from tsgan.applications.stress.episodes import replays
from tsgan.applications.stress.paths import GIVEN, Origin, Outcome
from tsgan.applications.stress.result import StressTest
from tsgan.applications.stress.story import tell
from tsgan.data.calendars import period_of
from tsgan.data.load import Source, load_as
from tsgan.data.panel import Panel
from tsgan.errors import ConfigError
from tsgan.fitting import ModelSource, as_model
from tsgan.models.conditioning import TOLERANCE, Condition, Event
from tsgan.models.contract import MarketModel
from tsgan.notebook import shows_progress
from tsgan.reports.doubts import doubts
from tsgan.reports.period import Period
from tsgan.runtime import prepare
from tsgan.scenarios.scenarios import Scenarios


@shows_progress
def stress(
    model_or_scenarios: PathsOrModel,
    portfolio: PortfolioSource | None = None,
    *,
    history: Source | None = None,
    start: Any = None,
    shocks: Condition = (),
    reverse: str | None = None,
    at: int | None = None,
    within: int | None = None,
    tolerance: float = TOLERANCE,
    losses: Sequence[float] | None = None,
    drift: Drift | str | float = "historical",
    capital: float | None = None,
    n_paths: int = 10_000,
    horizon: int = 252,
    antithetic: bool = False,
    backtest: ModelSource | None = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> StressTest:
    """What a portfolio can lose, given what, and what would have to happen.

    Args:
        model_or_scenarios: a model or what ``tsgan.load_model`` reads; or Scenarios, or a table or folder of paths,
            which then are all there is.
        portfolio: what is held: ``{"SPX": 0.6, "IXIC": 0.4}``, a file or a table with the columns of
            :mod:`tsgan.applications.portfolio`, or a Portfolio; by default equal weights in everything with a price.
        history: prices, as ``tsgan.load_prices`` takes them, for the models beside, the episodes, and a start other
            than the end of training.
        start: stand at the close of this day of the history, rather than its last.
        shocks: an event, as ``sample(..., condition=...)`` takes it: ``"SPX<=-0.20"``, ``{"SPX": (-0.10, -0.03)}``.
        reverse: a loss, ``"loss>=0.30"``: how likely is it, and how does it come about?
        at: the day on which shocks and loss happen; or
        within: the last day by which they do.
        tolerance: half the width of the band around a bare value.
        losses: fractions of the capital; the probability of losing more than each is given;
            5, 10, 20 and 30 % by default.
        drift: mean return of all paths: ``"historical"``, ``"zero"``, a mean log return a year, or
            ``"risk-neutral:0.03"``.
        capital: what losses are a fraction of, for a portfolio of quantities.
        n_paths, horizon: how many paths a model draws, and their length in periods.
        antithetic: mirror the noise in every second path of a model.
        backtest: a model fitted to earlier dates, whose figures are judged on the later ones of the history.
        seed: of all randomness.
        progress: called with one plain sentence as things go; a notebook shows them by itself.

    Raises:
        ConfigError: arguments that make no sense, or not together.
        ModelError, DataError: a model or prices that cannot be read, or that do not belong together.
        ScenarioError: paths that cannot be read, that lack what is held, or events beyond what they can tell.
    """
    tell_user = progress or (lambda _: None)
    chosen = drift if isinstance(drift, Drift) else Drift.parse(str(drift))
    wanted = _checked_losses(losses)
    if not (shocks or reverse) and (at is not None or within is not None):
        raise ConfigError("--at and --within say when a --shock or --reverse happens; give one")
    held = as_portfolio(portfolio, capital)
    prepare()
    source = as_paths_or_model(model_or_scenarios)
    _check_source(source, history, start, antithetic, backtest)
    judged = None if backtest is None else as_model(backtest)
    prices = _history(source, history)

    if isinstance(source, MarketModel):
        tell_user(f"drawing {n_paths:,} paths of {_period(source).count(horizon)}")
    origin = Origin.of(
        source, prices, start, chosen, n_paths=n_paths, horizon=horizon, antithetic=antithetic, seed=seed
    )
    usual = origin.usual
    book = (held or Portfolio.equal(usual.assets, usual.kinds)).on(usual)
    event_of = partial(origin.event, book=book, at=at, within=within, tolerance=tolerance)
    event = event_of(shocks) if shocks else None
    loss = _checked_loss(reverse, event_of(reverse), book, usual) if reverse else None
    _check_within_reach(wanted, book, usual)

    own = Outcome.of(origin.name, usual, book)
    others = [Outcome.of(label, paths, book) for label, paths in origin.beside(seed, tell_user)]
    given, outcome = None, None
    if event is not None:
        tell_user(f"looking for paths with {event}")
        given = origin.given(event, n_paths, usual.horizon, seed)
        outcome = Outcome.of(GIVEN, given.scenarios, book)
    lost, story = None, None
    if loss is not None:
        tell_user(f"looking for what makes {loss}")
        lost = origin.given(loss, n_paths, loss.days, seed)
        story = tell(lost, origin.dynamics, book, usual)
    played = None
    if prices is not None and origin.model is not None:
        tell_user("replaying episodes of the history")
        played = replays(origin.model, prices, book, usual.start_prices, seed=seed)
    test = None
    if judged is not None and prices is not None:
        test = backtest_risk(judged, prices, book, usual.start_prices, seed=seed, progress=tell_user)
    return StressTest(
        name=origin.name,
        book=book,
        usual=usual,
        profits=own.profits,
        drift=chosen,
        tables=tables.every(origin, book, own, others, outcome, event, wanted, played, loss),
        cost=measures.cost_row(book, own.profits, usual),
        given=given,
        given_profits=None if outcome is None else outcome.profits,
        reverse=lost,
        story=story,
        replays=played or [],
        backtest=test,
        warnings=doubts(usual.provenance.get("warnings", ()), () if prices is None else prices.warnings),
    )


def _checked_losses(losses: Sequence[float] | None) -> tuple[float, ...]:
    wanted = measures.LOSSES if losses is None else tuple(sorted(losses))
    if not all(0 < loss < 10 for loss in wanted):
        wrong = next(loss for loss in wanted if not 0 < loss < 10)
        raise ConfigError(f"--loss {wrong:g}: give fractions of the capital such as 0.10")
    return wanted


def _check_source(
    source: MarketModel | Scenarios, history: Source | None, start: Any, antithetic: bool, backtest: ModelSource | None
) -> None:
    """ConfigError for what needs a model or a history and has none."""
    finished = isinstance(source, Scenarios)
    if start is not None and (history is None or finished):
        raise ConfigError("--from needs a model and a --history that holds the day")
    if antithetic and finished:
        raise ConfigError("--antithetic needs a model; finished paths stay as they are")
    if backtest is not None and history is None:
        raise ConfigError("a backtest needs a --history with dates after the model's training")


def _checked_loss(reverse: str, event: Event, book: Book, usual: Scenarios) -> Event:
    if event.targets[0].column >= 0 or not event.targets[0].low > 0:
        raise ConfigError(f"a reverse test asks for a loss of the portfolio above 0, loss>=0.30; {reverse!r} is none")
    _check_within_reach((event.targets[0].low,), book, usual)
    return event


def _check_within_reach(losses: Sequence[float], book: Book, usual: Scenarios) -> None:
    """ConfigError for a loss that cannot happen, which is one in percent: without debts and short positions no more
    than the capital can be lost."""
    exposures = book.exposures(usual)
    gross = float(np.abs(exposures).sum())
    bound = (exposures >= 0).all() and gross <= 1 + 1e-9
    most = np.inf if not book.priced.all() else 1.0 if bound else 2 * max(gross, 1.0)
    for loss in losses:
        if loss >= most:
            raise ConfigError(
                f"a loss of {loss:g} is {loss:.0%} of the capital, more than this portfolio can lose; losses are "
                f"fractions, and {loss:g} % is {loss / 100:g}"
            )


def _history(source: MarketModel | Scenarios, history: Source | None) -> Panel | None:
    """The prices of the model's tickers, or of whatever paths hold beside others."""
    if history is None:
        return None
    if isinstance(source, MarketModel):
        return source.aligned(history)
    return history if isinstance(history, Panel) else load_as(history, source.space)


def _period(model: MarketModel) -> Period:
    return Period.of(period_of(model.info.periods_per_year))
