"""Stability and sensitivity: the same figures from other seeds, from earlier fits, and from other states."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from tsgan.data.calendars import future_sessions
from tsgan.data.panel import Panel
from tsgan.data.validate import least_rows
from tsgan.errors import TsganWarning
from tsgan.fitting import refit
from tsgan.models.contract import MarketModel

PATHS = 2000
DAYS = 10
"""Horizon of the longer value at risk."""

RESEEDED = 4
"""Other seeds of sampling: their spread is the error of the figures themselves."""

SHOCK = 3.0
"""Standard deviations of the day that a state is tried with."""

WINDOW = 60
"""Days whose volatility says which states are calm and which are wild."""

SHORT = 250
"""Days of a history that is cut short."""


@dataclass(frozen=True)
class Variant:
    """Figures of an equally weighted book of all prices (of the first asset, where there are none) from paths.

    Attributes:
        group: ``delivered``, ``sampling seed``, ``fit seed``, ``earlier fit`` or ``state``.
        name: what is different.
        var_1, var_10: 99 % value at risk over one step and ten, as a share of the book (positive).
        volatility: a year, of the steps of a year's paths.
        worst: 5 % quantile of the book's return over a year.
        log_score: mean log density of the judged days, over the assets; None without a density, and of states.
    """

    group: str
    name: str
    var_1: float
    var_10: float
    volatility: float
    worst: float
    log_score: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def variants(
    model: MarketModel,
    panel: Panel,
    *,
    fits: int,
    paths: int = PATHS,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> tuple[Variant, ...]:
    """All of them, that of the model as it was delivered first; ``panel`` is in its order and holds later days."""
    tell = progress or (lambda _: None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TsganWarning)  # variants are no models that anybody is given
        return tuple(_variants(model, panel, fits, paths, seed, tell))


def _variants(
    model: MarketModel, panel: Panel, fits: int, paths: int, seed: int, tell: Callable[[str], None]
) -> Iterator[Variant]:
    known, model = panel.through(model.info.train_end), model.with_bars(None)

    def of(group: str, name: str, one: MarketModel, history: Panel, seed: int, scored: bool = True) -> Variant:
        tell(f"stability and sensitivity: {name}")
        book = _book(one, history, paths, seed)
        steps = np.diff(book, axis=1, prepend=1.0) / np.concatenate([np.ones((paths, 1)), book[:, :-1]], axis=1)
        ten = book[:, min(DAYS, book.shape[1]) - 1]
        return Variant(
            group,
            name,
            float(-np.quantile(book[:, 0] - 1, 0.01)),
            float(-np.quantile(ten - 1, 0.01)),
            float(steps.std() * np.sqrt(panel.periods_per_year)),
            float(np.quantile(book[:, -1] - 1, 0.05)),
            _log_score(one, panel, known) if scored else None,
        )

    yield of("delivered", "as it was delivered", model, known, seed)
    for k in range(RESEEDED):
        yield of("sampling seed", f"sampling seed {seed + k + 1}", model, known, seed + k + 1, scored=False)
    for k in range(fits):
        again = refit(model, known, seed=model.info.seed + k + 1)
        yield of("fit seed", f"fitted with seed {again.info.seed}", again, known, seed)
    for k in range(fits):
        rows = len(known) - (k + 1) * panel.periods_per_year
        if rows < max(least_rows(panel.periods_per_year), 2 * SHORT if panel.periods_per_year > 200 else 0):
            break
        earlier = known.through(known.dates[rows - 1])
        again = refit(model, earlier)
        yield of("earlier fit", f"fitted to dates up to {earlier.dates[-1]}", again, known, seed)
    for name, history in _states(known):
        yield of("state", name, model, history, seed, scored=False)


def _book(model: MarketModel, history: Panel, paths: int, seed: int) -> np.ndarray:
    """(path, day) value of a book of 1, held unchanged."""
    drawn = model.sample(paths, history.periods_per_year, seed=seed, history=history)
    logs = drawn.space.logs
    if not logs.any():
        moved = drawn.prices[:, 1:, 0] - drawn.start_prices[0]
        return 1 + moved / max(abs(float(drawn.start_prices[0])), 1e-12)
    return (drawn.prices[:, 1:, logs] / drawn.start_prices[logs]).mean(axis=2)


def _log_score(model: MarketModel, panel: Panel, known: Panel) -> float | None:
    first = len(known.moves)
    density = model.log_density(panel.moves[first:], panel.moves[:first])
    return None if density is None else float(np.nanmean(density))


def _states(known: Panel) -> Iterator[tuple[str, Panel]]:
    """Histories that leave other states behind."""
    spread, logs = np.nanstd(known.moves, axis=0), known.space.logs
    for sign, word in ((-1, "fall"), (1, "rise")):
        last = known.last_prices
        moved = np.where(logs, last * np.exp(sign * SHOCK * np.where(logs, spread, 0.0)), last)
        date = future_sessions(known.calendar, known.dates[-1], 1, known.periods_per_year)[-1:]
        after = replace(
            known,
            dates=np.concatenate([known.dates, date]),
            prices=np.vstack([known.prices, moved]),
            bars={},
        )
        yield f"after a {word} of {SHOCK:g} standard deviations of every price", after
    there = np.isfinite(known.moves)
    squares = np.where(there, known.moves / spread, 0.0) ** 2
    sizes = squares.sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    if len(sizes) > 4 * WINDOW:
        level = np.convolve(sizes, np.ones(WINDOW) / WINDOW, mode="valid")
        order = np.argsort(level[len(level) // 4 :]) + len(level) // 4
        for share, word in ((0.1, "calm"), (0.9, "wild")):
            day = int(order[int(share * (len(order) - 1))]) + WINDOW
            yield f"from a {word} day, {known.dates[day]}", known.through(known.dates[day])
    if len(known) > SHORT + 1:
        yield f"with the last {SHORT} steps known only", known._rows(np.arange(len(known)) >= len(known) - SHORT, "")
