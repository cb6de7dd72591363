"""A model that answers within a second: paths are kept for each shock, and cut and weighted as asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tsgan.data.calendars import future_sessions
from tsgan.data.load import Source
from tsgan.data.panel import Panel
from tsgan.errors import ConfigError
from tsgan.fitting import ModelSource, as_model
from tsgan.models.contract import MarketModel
from tsgan.reports.canvas import FAINT, MODEL, REAL, canvas, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tsgan.scenarios.scenarios import Scenarios

PATHS, LONGEST = 2000, 60
"""Paths a shock, and their days: horizons are cut from them."""

LEVEL = 0.99
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)

KEPT = 16
"""Shocks whose paths are kept."""


class Risk(NamedTuple):
    """Of a portfolio over a horizon, as shares of the capital; losses are positive.

    Attributes:
        var, es: value at risk and expected shortfall at 99 %.
        mean: expected return.
        loss: probability of any loss.
        fan: (day + 1, quantile) returns since today, of the quantiles in ``QUANTILES``; the first row is today.
    """

    var: float
    es: float
    mean: float
    loss: float
    fan: np.ndarray


@dataclass(frozen=True, eq=False)
class Board:
    """Made by :meth:`of`; keeps the paths of the last shocks.

    Attributes:
        model: fitted.
        panel: the history that paths carry on, in the model's order.
    """

    model: MarketModel
    panel: Panel
    seed: int = 0
    _kept: dict[float, Scenarios] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, model: ModelSource, prices: Source, *, seed: int = 0) -> Board:
        """A fitted model, or what ``tsgan.load_model`` reads, at the end of a history."""
        fitted = as_model(model).with_bars(None)
        return cls(fitted, fitted.aligned(prices), seed)

    @property
    def prices(self) -> tuple[str, ...]:
        """Tickers that can be held."""
        return tuple(a for a, kind in zip(self.panel.assets, self.panel.kinds, strict=True) if kind == "price")

    def moved(self, shock: float) -> Panel:
        """The history with one more day, on which every price moves by ``shock`` of its standard deviations; the
        history as it is for 0."""
        if shock == 0:
            return self.panel
        panel, logs = self.panel, self.panel.space.logs
        spread, last = np.nanstd(panel.moves, axis=0), panel.last_prices
        move = np.where(logs, shock * spread, 0.0)
        date = future_sessions(panel.calendar, panel.dates[-1], 1, panel.periods_per_year)[-1:]
        prices = np.vstack([panel.prices, np.where(logs, last * np.exp(move), last)])
        return replace(panel, dates=np.concatenate([panel.dates, date]), prices=prices, bars={})

    def paths(self, shock: float = 0.0) -> Scenarios:
        """Paths after the shock, of LONGEST days."""
        shock = round(float(shock), 3)
        if shock not in self._kept:
            while len(self._kept) >= KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[shock] = self.model.sample(PATHS, LONGEST, seed=self.seed, history=self.moved(shock))
        return self._kept[shock]

    def risk(self, shock: float, horizon: int, weights: Mapping[str, float]) -> Risk:
        """Of weights by ticker, bought today and held through the shock and ``horizon`` days after it.

        Raises ConfigError for a ticker that has no price, and a horizon that is none.
        """
        if not 1 <= horizon <= LONGEST:
            raise ConfigError(f"the horizon is {horizon}; choose 1 to {LONGEST}")
        unknown = [ticker for ticker in weights if ticker not in self.prices]
        if unknown:
            raise ConfigError(f"no price of {', '.join(unknown)}; there are {', '.join(self.prices)}")
        drawn = self.paths(shock)
        columns = [drawn.assets.index(ticker) for ticker in weights]
        today = self.panel.last_prices[columns]
        held = np.array(list(weights.values()), np.float64)
        profit = (drawn.prices[:, : horizon + 1, columns] / today - 1) @ held
        fan = np.quantile(profit, QUANTILES, axis=0).T
        if shock:
            fan = np.vstack([np.zeros(len(QUANTILES)), fan])
        end = np.sort(profit[:, -1])
        count = max(1, round((1 - LEVEL) * len(end)))
        return Risk(float(-end[count - 1]), float(-end[:count].mean()), float(end.mean()), float((end < 0).mean()), fan)

    def figure(self, found: Risk) -> Figure:
        """The fan of a portfolio's return."""
        figure, axes = canvas()
        day = np.arange(len(found.fan))
        pairs = ((0, 6, "#dbe7f6"), (1, 5, FAINT), (2, 4, "#6f9fdc"))
        for low, high, colour in pairs:
            share = f"{QUANTILES[high] - QUANTILES[low]:.0%} of the paths"
            axes.fill_between(day, 100 * found.fan[:, low], 100 * found.fan[:, high], color=colour, lw=0, label=share)
        axes.plot(day, 100 * found.fan[:, 3], color=MODEL, lw=1.4, label="median")
        axes.axhline(0, color=REAL, lw=0.6)
        axes.set(xlabel="days from today", ylabel=text("return since today, %"))
        axes.legend(loc="upper left", fontsize=7.5)
        return figure
