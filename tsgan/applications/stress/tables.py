"""Tables of a stress test: name -> rows that are ready for JSON."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tsgan.applications.portfolio import Book
from tsgan.applications.stress import measures
from tsgan.applications.stress.base_rates import base_rates
from tsgan.applications.stress.beside import WINDOWS
from tsgan.applications.stress.drift import martingale_check
from tsgan.applications.stress.episodes import Replay
from tsgan.applications.stress.measures import Row
from tsgan.applications.stress.paths import Origin, Outcome
from tsgan.applications.stress.windows import loss_rows as window_losses
from tsgan.applications.stress.windows import risk_rows as window_risk
from tsgan.models.conditioning import Event
from tsgan.scenarios.scenarios import Scenarios
from tsgan.stats import weighted

SPREAD = (0.05, 0.5, 0.95)
"""Quantiles of where things stand given an event."""


def every(
    origin: Origin,
    book: Book,
    own: Outcome,
    beside: Sequence[Outcome],
    given: Outcome | None,
    event: Event | None,
    wanted: tuple[float, ...],
    played: Sequence[Replay] | None,
    loss: Event | None = None,
) -> dict[str, list[Row]]:
    """All that there are: ``base_rates`` of a history, ``conditional`` given an event, ``episodes`` where any history
    was searched for them; ``loss`` is that of a reverse test."""
    usual = own.paths
    days = measures.horizons(usual)
    outcomes, windows = [own, *beside], origin.windows(book)
    made = {
        "risk": risk(outcomes, days)
        + window_risk(WINDOWS, windows, days)
        + ([] if given is None else risk([given], days)),
        "components": components(book, usual, days),
        "losses": losses(outcomes, wanted) + window_losses(WINDOWS, windows, usual.horizon, wanted),
        "drawdowns": measures.drawdown_rows(own.profits, usual),
        "martingale": martingale(origin),
    }
    if origin.known is not None:
        made["base_rates"] = base_rates(origin.known, usual, book, risk([own], days), event, loss)
    if given is not None and event is not None:
        made["conditional"] = conditional(event, own, given)
    if played is not None:
        made["episodes"] = episodes(played)
    return made


def risk(outcomes: Sequence[Outcome], days: Sequence[int]) -> list[Row]:
    """VaR and ES of every source, at every horizon and level."""
    return [row for each in outcomes for row in measures.risk_rows(each.source, each.profits, each.paths, tuple(days))]


def components(book: Book, usual: Scenarios, days: Sequence[int]) -> list[Row]:
    """What every position brings to them."""
    return [
        row for day in days for level in measures.LEVELS for row in measures.component_rows(book, usual, day, level)
    ]


def losses(outcomes: Sequence[Outcome], wanted: tuple[float, ...]) -> list[Row]:
    """Probabilities of losing more than ``wanted``, of every source."""
    return [
        {"source": each.source} | row
        for each in outcomes
        for row in measures.loss_rows(each.profits, each.paths, wanted)
    ]


def martingale(origin: Origin) -> list[Row]:
    """How far discounted means lie from today's prices before and after a risk-neutral drift; none for other drifts."""
    drift = origin.drift
    if drift.mode != "risk-neutral":
        return []
    before, after = (martingale_check(paths, drift.rate) for paths in (origin.drawn, origin.usual))
    return [
        {"asset": now["asset"], "days": now["days"], "before": was["deviation"], "after": now["deviation"]}
        | {"error": now["error"]}
        for was, now in zip(before, after, strict=True)
    ]


def conditional(event: Event, usual: Outcome, given: Outcome) -> list[Row]:
    """Where every asset and the portfolio stand on the event's last day, with the event and without."""
    day, paths = event.days, usual.paths
    rows = [
        {"asset": asset, "day": day, "unit": "return" if kind == "price" else "level"}
        | _quantiles("", _stand(given.paths, i, day), given.paths)
        | _quantiles("usual_", _stand(paths, i, day), paths)
        for i, (asset, kind) in enumerate(zip(paths.assets, paths.kinds, strict=True))
    ]
    portfolio = (
        {"asset": "portfolio", "day": day, "unit": "return"}
        | _quantiles("", given.profits[:, day - 1], given.paths)
        | _quantiles("usual_", usual.profits[:, day - 1], paths)
    )
    return [*rows, portfolio]


def episodes(played: Sequence[Replay]) -> list[Row]:
    """What came in each episode, and what the model expected."""
    return [replay.row() for replay in played]


def _stand(paths: Scenarios, column: int, day: int) -> np.ndarray:
    """(path,) simple return of a price since the start, value of anything else."""
    value = paths.prices[:, day, column]
    return value / paths.start_prices[column] - 1 if paths.kinds[column] == "price" else value


def _quantiles(label: str, values: np.ndarray, paths: Scenarios) -> Row:
    found = weighted.quantiles(values, list(SPREAD), paths.weights)
    return {f"{label}q{100 * level:.0f}": float(value) for level, value in zip(SPREAD, found, strict=True)}
