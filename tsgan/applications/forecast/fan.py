"""The fan chart: quantiles of prices and volatility by day, the expected range, and the odds of levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tsgan.data.calendars import period_of
from tsgan.data.sessions import open_on, year_of
from tsgan.errors import ConfigError
from tsgan.reports.period import Period
from tsgan.scenarios.scenarios import Scenarios
from tsgan.scenarios.worth import Worth
from tsgan.stats import weighted

PROBABILITIES = (0.01, 0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975, 0.99)
"""Quantiles that are reported; the central intervals of 50, 90, 95 and 98 % lie between them."""

Levels = Mapping[str, float] | Sequence[tuple[str, float]]
"""Tickers and prices."""

Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class FanChart:
    """The law of paths, day by day.  Made by :func:`fan_chart`.

    Attributes:
        assets, kinds, dates, start_prices: of the scenarios.
        paths, model, horizon: how many paths, what drew them, and how many days each has.
        period: what the steps of the paths are.
        prices: (probability, day + 1, asset) quantiles of the price, the start day first.
        volatility: (probability, day, asset) quantiles of the volatility realised from the start to each day, annual.
        daily: (day, asset) standard deviation of each day's own return, annual: the term structure of volatility.  Both
            count the days on which an asset's exchange is open, and its sessions a year; ``daily`` of a closed day is
            that of the session before (of those before the first, that of the first).
        ranges, levels: JSON-ready rows; keys: see :func:`fan_chart`.
    """

    assets: tuple[str, ...]
    kinds: tuple[str, ...]
    dates: np.ndarray
    start_prices: np.ndarray
    paths: int
    model: str
    period: Period
    prices: np.ndarray
    volatility: np.ndarray
    daily: np.ndarray
    ranges: list[Row]
    levels: list[Row]

    @property
    def horizon(self) -> int:
        return len(self.dates) - 1

    def rows(self, days: Sequence[int] | None = None) -> list[Row]:
        """One row an asset and day (all of them, or those of ``days``), JSON-ready.

        ``asset, day, date``, then ``price_0.05`` and so on, ``volatility_0.05`` and so on, and ``daily_volatility``.
        """
        rows = []
        for i, asset in enumerate(self.assets):
            for day in days or range(1, self.horizon + 1):
                row: Row = {"asset": asset, "day": day, "date": str(self.dates[day].astype("datetime64[D]"))}
                row |= {f"price_{p:g}": float(q) for p, q in zip(PROBABILITIES, self.prices[:, day, i], strict=True)}
                volatilities = zip(PROBABILITIES, self.volatility[:, day - 1, i], strict=True)
                row |= {f"volatility_{p:g}": float(q) for p, q in volatilities}
                rows.append(row | {"daily_volatility": float(self.daily[day - 1, i])})
        return rows

    def price(self, probability: float, day: int, asset: int) -> float:
        """One of the reported quantiles of the price."""
        return float(self.prices[PROBABILITIES.index(probability), day, asset])

    def to_dict(self) -> dict[str, Any]:
        """Everything, as plain JSON types."""
        return {
            "model": self.model,
            "assets": list(self.assets),
            "kinds": list(self.kinds),
            "start": str(self.dates[0].astype("datetime64[D]")),
            "start_prices": [float(price) for price in self.start_prices],
            "horizon": self.horizon,
            "paths": self.paths,
            "quantiles": self.rows(),
            "ranges": self.ranges,
            "levels": self.levels,
        }


def fan_chart(scenarios: Scenarios, levels: Levels = ()) -> FanChart:
    """Read the fan off paths; weights are honoured.

    Args:
        scenarios: paths from today on.
        levels: whose odds are asked for: ``{"SPX": 2600}``, or pairs where a ticker has several.

    Returns:
        The fan.  ``ranges`` has one row an asset and horizon: ``asset, day, low, high`` (expected lowest and
        highest close, the start included), ``range`` (their mean difference over the start price, or plain for levels
        and rates), ``range_0.05, range_0.95``.  ``levels`` has one row a level and horizon: ``asset, level, side``
        (``above`` or ``below`` the start), ``day, finish, touch``: probabilities that the close of that day lies at or
        beyond the level, and that any close up to it does, with ``_error``, ``_low`` and ``_high`` of Monte Carlo each.

    Raises:
        ConfigError: a level of an unknown ticker, or one that is not positive for a price.
    """
    weights, prices = weighted.normalized(scenarios.weights, scenarios.n_paths), scenarios.prices
    periods = scenarios.periods_per_year
    squares = scenarios.returns.astype(np.float64) ** 2
    year, sessions = _sessions(scenarios)
    counted = np.cumsum(sessions, axis=0)
    realised = np.sqrt(year * np.cumsum(squares, axis=1) / np.maximum(counted, 1))
    latest = np.maximum.accumulate(np.where(sessions, np.arange(scenarios.horizon)[:, None], -1), axis=0)
    latest = np.where(latest < 0, sessions.argmax(axis=0), latest)
    centred = scenarios.returns - np.tensordot(weights, scenarios.returns, axes=1)
    days = marked_days(scenarios.horizon)
    pairs = levels.items() if isinstance(levels, Mapping) else levels
    return FanChart(
        assets=scenarios.assets,
        kinds=scenarios.kinds,
        dates=scenarios.dates,
        start_prices=scenarios.start_prices,
        paths=scenarios.n_paths,
        model=str(scenarios.provenance.get("model") or "paths"),
        period=Period.of(period_of(round(periods))),
        prices=weighted.quantiles(prices, list(PROBABILITIES), weights),
        volatility=weighted.quantiles(realised, list(PROBABILITIES), weights),
        daily=np.sqrt(year * np.take_along_axis(np.tensordot(weights, centred**2, axes=1), latest, axis=0)),
        ranges=[row for i in range(len(scenarios.assets)) for row in _ranges(scenarios, prices[..., i], i, days)],
        levels=[row for ticker, level in pairs for row in _level(scenarios, prices, ticker, level, days)],
    )


def odds(row: Row, name: str) -> str:
    """A probability of a level with its 95 % interval; of one that no path reached the upper end says how little is
    known."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return f"{row[name]:.1%} ({low:.1%} to {max(high, 0.001):.1%})"


def marked_days(horizon: int) -> list[int]:
    """The horizons that tables show: a day, a week, two weeks, months, and the last day."""
    return sorted({day for day in (1, 5, 10, 20, 40, 60, 120, 250) if day < horizon} | {horizon})


def parse_levels(texts: Sequence[str]) -> list[tuple[str, float]]:
    """``SPX=2600`` as (``SPX``, 2600.0); ConfigError where a text is not of that form."""
    pairs = []
    for text in texts:
        ticker, _, value = text.rpartition("=")
        try:
            level = float(value)
        except ValueError:
            level = np.nan
        if not ticker or not np.isfinite(level):
            raise ConfigError(f"{text!r} is not a level; write TICKER=PRICE, for example --level SPX=2600")
        pairs.append((ticker, level))
    return pairs


def _sessions(scenarios: Scenarios) -> tuple[np.ndarray, np.ndarray]:
    """Sessions a year (asset,), and on which days (day, asset) each asset's exchange is open."""
    calendars = scenarios.provenance.get("calendars")
    if not calendars:
        shape = (scenarios.horizon, len(scenarios.assets))
        return np.full(len(scenarios.assets), scenarios.periods_per_year), np.ones(shape, bool)
    return np.array([year_of(one) for one in calendars]), open_on(calendars, scenarios.dates[1:])


def _ranges(scenarios: Scenarios, prices: np.ndarray, asset: int, days: Sequence[int]) -> list[Row]:
    lowest, highest = np.minimum.accumulate(prices, axis=1), np.maximum.accumulate(prices, axis=1)
    unit = scenarios.start_prices[asset] if scenarios.kinds[asset] == "price" else 1.0
    rows = []
    for day in days:
        low, high, width = lowest[:, day], highest[:, day], (highest[:, day] - lowest[:, day]) / unit
        row: Row = {"asset": scenarios.assets[asset], "day": day}
        row |= {name: weighted.mean(x, scenarios.weights).value for name, x in (("low", low), ("high", high))}
        row["range"] = weighted.mean(width, scenarios.weights).value
        row["range_0.05"], row["range_0.95"] = map(float, weighted.quantiles(width, [0.05, 0.95], scenarios.weights))
        rows.append(row)
    return rows


def _level(scenarios: Scenarios, prices: np.ndarray, ticker: str, level: float, days: Sequence[int]) -> list[Row]:
    if ticker not in scenarios.assets:
        raise ConfigError(f"no {ticker} to ask a level of; there are {', '.join(scenarios.assets)}")
    asset = scenarios.assets.index(ticker)
    start = scenarios.start_prices[asset]
    if scenarios.kinds[asset] == "price" and level <= 0:
        raise ConfigError(
            f"the level {ticker}={level:g} is not a price; give a positive one ({ticker} is at {start:g})"
        )
    above = level >= start
    beyond = (prices[:, 1:, asset] >= level) if above else (prices[:, 1:, asset] <= level)
    touched = np.logical_or.accumulate(beyond, axis=1)
    worth, rows = Worth.of(scenarios), []
    for day in days:
        row: Row = {"asset": ticker, "level": level, "side": "above" if above else "below", "day": day}
        for name, hits in (("finish", beyond[:, day - 1]), ("touch", touched[:, day - 1])):
            found = worth.probability(hits)
            row |= {name: found.value, f"{name}_error": found.error}
            row |= {f"{name}_low": found.low, f"{name}_high": found.high}
        rows.append(row)
    return rows
