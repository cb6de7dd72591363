"""Did the risk figures of a portfolio hold?  Rolling VaR and ES on dates that no model has seen.

The tests are those of :mod:`tsgan.evaluation.calibration`: here a portfolio, rebalanced to its exposures every day,
takes the place of an asset.  Its ten-day VaR and ES are judged on windows that do not overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from tsgan.applications.portfolio import Book
from tsgan.applications.stress.beside import BACKTESTED
from tsgan.data.panel import Panel
from tsgan.evaluation.calibration import REPETITIONS, Calibration, Row, calibrate
from tsgan.fitting import fit
from tsgan.models.contract import MarketModel
from tsgan.stats import backtests as bt

DRAWS = 1000
TEN = 10
PORTFOLIO = "portfolio"
_LEAST = 1e-6
"""A portfolio's value stops here: a leveraged one could otherwise fall below zero, where returns end."""


@dataclass(frozen=True, eq=False)
class RiskBacktest:
    """One-day tests by :func:`calibrate`, and rows of the same keys for ten days.

    Attributes:
        one_day: the calibration of the portfolio's forecasts; ``var99`` and ``realised`` are the exceptions over time.
        ten_day: rows a source and level, like those of ``one_day.tables["backtests"]``.
    """

    one_day: Calibration
    ten_day: list[Row]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"one_day": self.one_day.to_dict(), "ten_day": self.ten_day}


def backtest_risk(
    model: MarketModel,
    panel: Panel,
    book: Book,
    now: np.ndarray,
    *,
    beside: Sequence[str] = BACKTESTED,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> RiskBacktest:
    """Judge a model and the classical ones, fitted to the same dates, on the dates after its training.

    Args:
        model: fitted to earlier dates.
        panel: prices from before its training's end to later ones.
        book: the portfolio, with its exposures at the prices ``now`` (asset,).
        beside: names of the models that stand beside it.
        draws: of each day's forecast.

    Raises:
        DataError: fewer than 250 returns after the training.
    """
    panel = model.aligned(panel)
    models = {model.info.model: model}
    known = panel.through(model.info.train_end)
    for name in beside:
        if name not in models:
            if progress:
                progress(f"fitting {name}")
            models[name] = fit(known, name, seed=seed)
    profit = book.rebalanced(now, panel.prices[:-1], panel.prices[1:])
    value = np.concatenate([[1.0], np.cumprod(np.maximum(1 + profit, _LEAST))])
    held = replace(panel, assets=(PORTFOLIO,), kinds=("price",), bounds=(), prices=value[:, None], bars={})
    views = {name: _View(each, panel, held, book, now) for name, each in models.items()}
    judged = calibrate(
        cast(dict[str, MarketModel], views), held, model.info.train_end, draws=draws, seed=seed, progress=progress
    )
    return RiskBacktest(judged, [row for name, view in views.items() for row in view.ten_day(name, seed)])


class _View:
    """A model seen through a portfolio: what calibration asks of a model, with one asset, the portfolio.

    On its way it keeps the ten-day forecasts of every tenth day.
    """

    def __init__(self, model: MarketModel, panel: Panel, held: Panel, book: Book, now: np.ndarray) -> None:
        self.model, self.panel, self.held, self.book, self.now = model, panel, held, book, now
        self.info = replace(model.info, assets=held.assets, kinds=held.kinds, bounds=())
        self.found: dict[float, list[tuple[float, float, float]]] = {level: [] for level in bt.LEVELS}
        self.sums: dict[float, bt.Shortfall] = {}

    def aligned(self, panel: Panel) -> Panel:
        return panel

    def log_density(self, returns: np.ndarray, context: np.ndarray) -> None:
        return None

    def forecast(
        self, returns: np.ndarray, ends: np.ndarray, horizon: int, draws: int, *, seed: int = 0
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        first = int(ends[0])
        for chunk, paths in self.model.forecast(self.panel.moves, ends, horizon, draws, seed=seed):
            values = self._log_values(chunk, paths)
            for end, drawn in zip(chunk, values, strict=True):
                if (end - first) % TEN == 0 and end + TEN <= len(returns):
                    self._keep(drawn[:, :TEN].sum(axis=1), float(returns[end : end + TEN].sum()))
            yield chunk, values[..., None]

    def _log_values(self, ends: np.ndarray, paths: np.ndarray) -> np.ndarray:
        """(end, draw, day) log returns of the portfolio on paths (end, draw, day, asset)."""
        before, space = self.panel.prices[ends][:, None], self.panel.space
        place = space.coordinates(before)
        out = np.empty(paths.shape[:3])
        for day in range(paths.shape[2]):
            place = place + paths[:, :, day]
            after = space.prices(place)
            out[..., day] = np.log(np.maximum(1 + self.book.rebalanced(self.now, before, after), _LEAST))
            before = after
        return out

    def _keep(self, drawn: np.ndarray, real: float) -> None:
        ordered = np.sort(drawn)
        for level in bt.LEVELS:
            var, es = bt.var_es(ordered, level)
            self.found[level].append((real, float(var), float(es)))
            null = bt.Shortfall.of_draws(drawn[None], level)
            self.sums[level] = self.sums[level].plus(null) if level in self.sums else null

    def ten_day(self, source: str, seed: int) -> list[Row]:
        rows = []
        for i, level in enumerate(bt.LEVELS):
            real, var, es = np.array(self.found[level]).T
            hits = real < -var
            null = bt.independent_hits(len(hits), level, REPETITIONS, np.random.default_rng([seed, 0xA7, i]))
            sums = bt.Shortfall.of(real, var, es)
            row: Row = {"source": source, "asset": PORTFOLIO, "level": level, "days": len(hits), "horizon": TEN}
            row |= {"hits": int(hits.sum()), "expected": len(hits) * (1 - level), "hit_rate": float(hits.mean())}
            kupiec = bt.simulated(lambda h: bt.pof_statistic(h, level), hits, null)  # noqa: B023 - used in this turn
            row |= {"kupiec": kupiec.statistic, "kupiec_p": kupiec.p_value}
            for name, value, of_null in (
                ("z1", float(sums.z1), self.sums[level].z1),
                ("z2", float(sums.z2(level)), self.sums[level].z2(level)),
            ):
                row |= {name: value, f"{name}_p": bt.lower_p(value, of_null)}
            row["fz0"] = float(np.mean(bt.fz0(real, var, es, level)))
            rows.append(row)
        return rows
