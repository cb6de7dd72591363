"""Risk figures of a portfolio along paths: VaR and ES, their components, drawdowns, probabilities of loss.

Losses are fractions of the capital at the start; every figure honours the weights of the paths and comes with the
interval that Monte Carlo error leaves.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tsgan.applications.portfolio import Book
from tsgan.scenarios.scenarios import Scenarios
from tsgan.scenarios.worth import Weighted, Worth
from tsgan.stats import weighted
from tsgan.stats.drawdown import drawdown_duration, drawdowns

HORIZONS = (1, 10, 20, 250)
LEVELS = (0.95, 0.975, 0.99)
LOSSES = (0.05, 0.10, 0.20, 0.30)

Row = dict[str, Any]


def horizons(scenarios: Scenarios, wanted: tuple[int, ...] = HORIZONS) -> tuple[int, ...]:
    """Those of ``wanted`` that the paths reach, or else their last day."""
    return tuple(h for h in wanted if h <= scenarios.horizon) or (scenarios.horizon,)


def risk_rows(source: str, profits: np.ndarray, scenarios: Scenarios, days: tuple[int, ...]) -> list[Row]:
    """VaR and ES at every horizon and level; ``profits`` (path, day) are those of the book on these paths."""
    return [row for day in days for row in tail_rows(source, profits[:, day - 1], scenarios, day)]


def tail_rows(source: str, profits: np.ndarray, paths: Weighted, day: int) -> list[Row]:
    """VaR and ES of one horizon at every level, from the profits (path,) of that day."""
    worth, rows = Worth.of(paths), []
    for level in LEVELS:
        found = worth.tail(-profits, level)
        rows.append({"source": source, "days": day, "level": level} | spread("var", found.var) | spread("es", found.es))
    return rows


def component_rows(book: Book, scenarios: Scenarios, day: int, level: float) -> list[Row]:
    """Components and marginals of VaR and ES by position: components add up to the total, marginals are per unit of
    exposure (by how much the figure moves for one more unit of capital in the position)."""
    parts = -book.by_position(scenarios.prices[:, day], scenarios.start_prices)
    return rows_of_components(book, scenarios, day, level, *weighted.euler(parts, level, scenarios.weights))


def rows_of_components(
    book: Book, scenarios: Scenarios, day: int, level: float, var: np.ndarray, es: np.ndarray
) -> list[Row]:
    """The rows of :func:`component_rows` from components (position,) that are known."""
    exposure = book.exposures(scenarios)
    with np.errstate(divide="ignore", invalid="ignore"):
        marginal_var, marginal_es = var / exposure, es / exposure
    return [
        {
            "asset": asset,
            "exposure": exposure[i],
            "days": day,
            "level": level,
            "component_var": var[i],
            "component_es": es[i],
            "share_of_es": es[i] / es.sum() if es.sum() else np.nan,
            "marginal_var": marginal_var[i],
            "marginal_es": marginal_es[i],
        }
        for i, asset in enumerate(book.assets)
    ]


def loss_rows(profits: np.ndarray, scenarios: Scenarios, losses: tuple[float, ...] = LOSSES) -> list[Row]:
    """Probability of a loss beyond each of ``losses``: on the last day, and on any day up to it."""
    return rows_of_losses(profits[:, -1], profits.min(axis=1), scenarios, profits.shape[1], losses)


def rows_of_losses(
    end: np.ndarray, worst: np.ndarray, paths: Weighted, days: int, losses: tuple[float, ...] = LOSSES
) -> list[Row]:
    """The rows of :func:`loss_rows` from the last and the least profit (path,) of every path."""
    worth, rows = Worth.of(paths), []
    for loss in losses:
        row: Row = {"loss": loss, "days": days}
        for name, profit in (("at_end", end), ("ever", worst)):
            row |= spread(name, worth.probability(profit < -loss))
        rows.append(row)
    return rows


def drawdown_rows(profits: np.ndarray, scenarios: Scenarios) -> list[Row]:
    """How deep (fraction of the peak lost) and how long (days below a peak) the worst drawdown of a path is."""
    return rows_of_drawdowns(*worst_drawdowns(profits), scenarios, profits.shape[1])


def worst_drawdowns(profits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Depth (fraction of the peak lost) and days of the worst drawdown of every path: (path, day) -> (path,) each."""
    daily = np.diff(profits, prepend=0.0, axis=1)
    fallen = drawdowns(daily)
    # The peak is the value today and what fell since.
    return (fallen / (1 + profits + fallen)).max(axis=1), drawdown_duration(daily)


def rows_of_drawdowns(depth: np.ndarray, duration: np.ndarray, paths: Weighted, days: int) -> list[Row]:
    """The rows of :func:`drawdown_rows` from the worst drawdown of every path."""
    levels = [0.5, *LEVELS]
    depths, durations = (weighted.quantiles(x, levels, paths.weights) for x in (depth, duration))
    return [
        {"quantile": level, "depth": depths[i], "duration": durations[i], "days": days}
        for i, level in enumerate(levels)
    ]


def cost_row(book: Book, profits: np.ndarray, scenarios: Scenarios) -> Row | None:
    """Where the portfolio stands against what it cost, and the probability of ending below that; None without costs."""
    gained = book.unrealised(scenarios)
    if gained is None or np.isnan(gained).any():
        return None
    total = float(gained.sum()) / book.capital
    below = Worth.of(scenarios).probability(profits[:, -1] + total < 0)
    return {"unrealised": total, "days": profits.shape[1]} | spread("below_cost", below)


def spread(name: str, estimate: weighted.Estimate) -> Row:
    """An estimate as cells of a row: value, ends of the interval, standard error."""
    return {
        name: estimate.value,
        f"{name}_low": estimate.low,
        f"{name}_high": estimate.high,
        f"{name}_error": estimate.error,
    }
