"""One scenario, taken apart: the shocks, and the states they met, that made it what it is.

Every return of a path is its conditional mean plus the volatility of that day times a shock in standard deviations, so
its sum is, exactly, what the means added, what the same shocks would have made at the volatility of the start, and what
the states added by being calmer or wilder than that.
Series with bounds are told in the coordinates in which models see them (:attr:`tsgan.data.panel.Panel.moves`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tsgan.data.calendars import period_of
from tsgan.data.panel import Panel
from tsgan.errors import ConfigError, ModelError, ScenarioError
from tsgan.models.contract import MarketModel
from tsgan.models.explainable import Explainable
from tsgan.reports.numbers import amount
from tsgan.reports.period import Period
from tsgan.scenarios.scenarios import Scenarios


@dataclass(frozen=True, eq=False)
class Decomposition:
    """Made by :func:`decompose`.  All arrays are (day, asset).

    Attributes:
        scenario: its number.
        assets, kinds, dates: tickers, their kinds, and the date of each return.
        periods_per_year: for annual volatilities.
        period: what a step of the path is.
        returns, mean, volatility: of each day; the latter two as the model saw them the day before.
        shocks: (return - mean) / volatility.
        noise: the normal scores that the model's noise must have had.
        common: the part of them that moves all assets together.
    """

    scenario: int
    assets: tuple[str, ...]
    kinds: tuple[str, ...]
    dates: np.ndarray
    periods_per_year: float
    period: Period
    returns: np.ndarray
    mean: np.ndarray
    volatility: np.ndarray
    shocks: np.ndarray
    noise: np.ndarray
    common: np.ndarray

    def parts(self) -> list[dict[str, Any]]:
        """One row an asset: the whole return, and what means, shocks and states made of it; log returns."""
        start = self.volatility[0]
        shocks = (start * self.shocks).sum(axis=0)
        states = ((self.volatility - start) * self.shocks).sum(axis=0)
        return [
            {
                "asset": asset,
                "return": float(self.returns[:, i].sum()),
                "means": float(self.mean[:, i].sum()),
                "shocks": float(shocks[i]),
                "states": float(states[i]),
                "start_volatility": float(start[i] * np.sqrt(self.periods_per_year)),
                "mean_volatility": float(np.sqrt(self.periods_per_year * (self.volatility[:, i] ** 2).mean())),
                "highest_volatility": float(self.volatility[:, i].max() * np.sqrt(self.periods_per_year)),
            }
            for i, asset in enumerate(self.assets)
        ]

    def days(self, asset: int, count: int = 8) -> list[dict[str, Any]]:
        """The largest moves of an asset: date, return, shock, volatility met, and the share common to all assets."""
        rows = []
        for day in np.argsort(-np.abs(self.returns[:, asset]), kind="stable")[:count]:
            noise = self.noise[day, asset]
            rows.append(
                {
                    "asset": self.assets[asset],
                    "date": str(self.dates[day]),
                    "return": float(self.returns[day, asset]),
                    "shock": float(self.shocks[day, asset]),
                    "volatility": float(self.volatility[day, asset] * np.sqrt(self.periods_per_year)),
                    "against_start": float(self.volatility[day, asset] / self.volatility[0, asset]),
                    "common": float(np.clip(self.common[day, asset] / noise, 0, 1)) if noise else 0.0,
                }
            )
        return rows

    def words(self) -> list[str]:
        """What happened, in sentences."""
        sentences = []
        for i, row in enumerate(self.parts()):
            kind, worst = self.kinds[i], self.days(i, 1)[0]
            made = {name: amount(change(row[name], kind), kind, sign=True) for name in ("shocks", "states", "means")}
            start, highest = (amount(row[f"{name}_volatility"], kind, 0) for name in ("start", "highest"))
            moved = change(row["return"], kind)
            common = f", {worst['common']:.0%} of it common to all assets" if len(self.assets) > 1 else ""
            sentences.append(
                f"{row['asset']} {'gained' if moved >= 0 else 'lost'} {amount(abs(moved), kind)} in "
                f"{self.period.count(len(self.dates))}. The same shocks at the volatility of the start ({start} a "
                f"year) would have made {made['shocks']}; the states that they met (up to {highest}) turned that by "
                f"{made['states']}, the mean by {made['means']}. Largest move: "
                f"{amount(worst['return'], kind, sign=True)} on {worst['date']}, a shock of {worst['shock']:+.1f} "
                f"standard deviations that met {worst['against_start']:.1f} times the volatility of the start{common}."
            )
        return sentences

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {
            "scenario": self.scenario,
            "parts": self.parts(),
            "days": [row for i in range(len(self.assets)) for row in self.days(i)],
        }


def decompose(model: MarketModel, panel: Panel, scenarios: Scenarios, index: int) -> Decomposition:
    """Take one scenario apart by filtering it through the model from the history before its start date.

    Args:
        model: one that is :class:`tsgan.models.explainable.Explainable`, as GANs are; of an ensemble, the member that
            drew the path, or the best one for paths from elsewhere.
        panel: prices that hold the scenario's start date.
        scenarios: ours or somebody's, of the model's tickers.
        index: number of the scenario, as in its table.

    Raises:
        ModelError: a model that is not.
        ConfigError: no scenario of this number.
        ScenarioError: other tickers or kinds, a start that is not a day of the history, or assets with calendars of
            their own: paths do not hold what was drawn while an exchange was closed.
    """
    if not isinstance(model, Explainable):
        raise ModelError(f"a {model.info.model} is not explained; give a gan")
    first, last = scenarios.first_path, scenarios.first_path + scenarios.n_paths - 1
    if not first <= index <= last:
        raise ConfigError(f"there is no scenario {index}; the table has {first} to {last}")
    if set(scenarios.assets) != set(model.info.assets):
        raise ScenarioError(
            f"the scenarios are of {', '.join(scenarios.assets)}, the model knows {', '.join(model.info.assets)}; "
            f"explain them with the model that drew them"
        )
    start = scenarios.dates[0].astype("datetime64[D]")
    if start not in panel.dates[2:]:
        raise ScenarioError(
            f"the scenarios start on {start}, which is no day of the history ({panel.dates[0]} to {panel.dates[-1]}); "
            f"give the prices that they carry on from"
        )
    if model.info.calendars:
        raise ScenarioError(
            "the assets keep calendars of their own, and what the model drew while an exchange was closed is not in "
            "its paths, so that later states cannot be told; explain the history without --scenario"
        )
    order = [scenarios.assets.index(asset) for asset in model.info.assets]
    known = np.allclose(scenarios.start_prices[order], panel.through(start).last_prices, rtol=1e-3)
    if not (known or scenarios.rebased):
        raise ScenarioError(
            f"the scenarios start at other prices than the history has on {start}; give their own prices"
        )
    returns = scenarios.returns[index - first][:, order].astype(np.float64)
    bounded = list(model.info.space.bounded)
    if bounded:
        coordinates = model.info.space.coordinates(scenarios.prices[index - first][:, order])
        returns[:, bounded] = np.diff(coordinates, axis=0)[:, bounded]
    own = scenarios.provenance.get("data_hash") == model.info.data_hash
    member = index % model.population if own else model.best_member
    met = model.filtered(panel.through(start).moves[-model.context_days :], returns, member)
    return Decomposition(
        scenario=index,
        assets=model.info.assets,
        kinds=model.info.kinds,
        dates=scenarios.dates[1:].astype("datetime64[D]"),
        periods_per_year=panel.periods_per_year,
        period=Period.of(period_of(panel.periods_per_year)),
        returns=returns,
        mean=met.mean,
        volatility=met.volatility,
        shocks=(returns - met.mean) / met.volatility,
        noise=met.noise,
        common=met.common,
    )


def change(moves: float, kind: str) -> float:
    """Summed returns as people state them: simple returns for prices, differences for levels and rates."""
    return float(np.expm1(moves)) if kind == "price" else moves
