"""How good the alarms of a model are: by simulation, from its own law, with everything as :func:`monitor` has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from tsgan.applications.monitor.alarms import alarms
from tsgan.data.panel import Panel
from tsgan.evaluation.watching import watch
from tsgan.models.contract import MarketModel

BEFORE, WITHIN, TIMES = 60, 60, 2.0
"""Days on which all is well, days in which an alarm counts, and by what volatility is multiplied in between."""

DRAWS = 1000
"""Fewer than a monitored model has, which sees a little more: there are many years."""


@dataclass(frozen=True)
class Power:
    """Alarms in simulated markets.

    Attributes:
        runs: markets of each kind.
        days: of a year.
        false: of the markets drawn from the model's own law, those with any alarm within a year.
        seen: of those whose moves are doubled for good after BEFORE days, those with an alarm within WITHIN days of it,
            and none before.
        delay: median days to these alarms; None where there is none.
    """

    runs: int
    days: int
    false: int
    seen: int
    delay: float | None

    @staticmethod
    def interval(count: int, runs: int) -> tuple[float, float]:
        """95 % interval of a share (Wilson)."""
        found = stats.binomtest(count, runs).proportion_ci(0.95, "wilson")
        return float(found.low), float(found.high)

    def to_dict(self) -> dict[str, Any]:
        return {
            "runs": self.runs,
            "days": self.days,
            "false_alarms": self.false / self.runs,
            "false_alarms_interval": list(self.interval(self.false, self.runs)),
            "seen_within": WITHIN,
            "seen": self.seen / self.runs,
            "seen_interval": list(self.interval(self.seen, self.runs)),
            "delay": self.delay,
        }


def power(
    model: MarketModel,
    history: Panel,
    *,
    runs: int = 200,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Power:
    """Simulate ``runs`` years after ``history`` (in the model's order) from the model itself, and monitor each."""
    year = history.periods_per_year
    known = history.moves[-model.context_days :]
    drawn = model.sample(runs, year, seed=seed, history=history).moves.astype(np.float64)
    false, delays = 0, []
    for run, moves in enumerate(drawn):
        if progress is not None:
            progress(f"monitoring simulated market {run + 1} of {runs}")
        doubled = moves[: BEFORE + WITHIN].copy()
        doubled[BEFORE:] *= TIMES
        false += _first(model, history, known, moves, draws, run) is not None
        first = _first(model, history, known, doubled, draws, run)
        if first is not None and first >= BEFORE:
            delays.append(first - BEFORE + 1)
    return Power(runs, year, false, len(delays), float(np.median(delays)) if delays else None)


def _first(
    model: MarketModel, history: Panel, known: np.ndarray, moves: np.ndarray, draws: int, seed: int
) -> int | None:
    """The first day with an alarm."""
    watched = watch(model, np.vstack([known, moves]), len(known), draws=draws, seed=seed)
    days = [one.day for one in alarms(watched, history.assets, history.periods_per_year) if one.day is not None]
    return min(days, default=None)
