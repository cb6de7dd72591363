"""Portfolios: what is held, and what it gains and loses along paths.

A portfolio file is a CSV table with one row a position and the columns::

    ticker
    weight                 fraction of the capital, 0.60 for 60 %, negative for a short position; the rest is cash
    quantity [,cost]       or instead: units held, negative when short, and what one unit cost
    currency [,fx]         only where positions are in several currencies: fx is a ticker of the paths, or a number,
                           that says what one unit of the position's currency costs in the base currency

Positions are bought and held.  Profits and losses are fractions of the capital: 1 for weights; for quantities the value
of the positions, counted without sign where some are short, unless the capital is given.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tsgan.data.handwritten import LARGEST, SMALLEST, check_columns, read_handwritten, sensible
from tsgan.data.panel import Kind
from tsgan.errors import ConfigError, ScenarioError, TsganWarning
from tsgan.scenarios.scenarios import Scenarios

COLUMNS = ("ticker", "weight", "quantity", "cost", "currency", "fx")
WEIGHT, QUANTITY = "weight", "quantity"

MOST_LEVERAGE = 10.0
"""Of weights, counted without sign; above it percent are meant.  Quantities with a capital can say any leverage."""

UNUSUAL_LEVERAGE = 3.0
"""Above it something is said."""


@dataclass(frozen=True, eq=False)
class Portfolio:
    """Positions as a portfolio file gives them.

    Attributes:
        assets: tickers, one a position.
        sizes: (position,) weights or quantities.
        unit: what ``sizes`` are, ``weight`` or ``quantity``.
        costs: (position,) price paid for a unit in its own currency, NaN where unknown.
        fx: per position, the price of its currency in the base currency: a ticker, a number, or None for 1.
        currency: base currency, empty where unknown.
        capital: what profits are a fraction of, in the base currency; None for the rule above.
    """

    assets: tuple[str, ...]
    sizes: np.ndarray
    unit: str = WEIGHT
    costs: np.ndarray | None = None
    fx: tuple[str | float | None, ...] = ()
    currency: str = ""
    capital: float | None = None

    @classmethod
    def equal(cls, assets: tuple[str, ...], kinds: tuple[Kind, ...]) -> Portfolio:
        """Equal weights in every asset that has a price."""
        held = tuple(asset for asset, kind in zip(assets, kinds, strict=True) if kind == "price")
        if not held:
            raise ConfigError(f"none of {', '.join(assets)} has a price that could be held; give a --portfolio")
        return cls(held, np.full(len(held), 1 / len(held)))

    def on(self, scenarios: Scenarios) -> Book:
        """The positions at the start of ``scenarios``.

        Raises ScenarioError for tickers that the paths lack, weights of what has no price, quantities where paths start
        at base values, or a portfolio that is worth nothing.
        """
        columns = np.array([_column(asset, scenarios) for asset in self.assets])
        start = scenarios.start_prices[columns]
        priced = np.array([scenarios.kinds[c] == "price" for c in columns])
        if self.unit == WEIGHT and not priced.all():
            asset = self.assets[int(np.argmin(priced))]
            raise ScenarioError(
                f"{asset} is a {scenarios.kinds[scenarios.assets.index(asset)]}, so no part of the capital can be "
                f"invested in it; give quantities (profit for a move of one point) instead of weights"
            )
        rates = self.fx or (None,) * len(self.assets)
        fx_columns = np.array([_column(rate, scenarios) if isinstance(rate, str) else -1 for rate in rates])
        constant = np.array([rate if isinstance(rate, float) else 1.0 for rate in rates])
        today = np.where(fx_columns >= 0, scenarios.start_prices[fx_columns], constant)
        if self.unit == WEIGHT:
            capital, quantities = 1.0, self.sizes / (start * today)
        else:
            scenarios.check_priced("quantities")
            values = np.where(priced, self.sizes * start * today, 0.0)
            short = bool((values < 0).any())
            capital = self.capital or float(np.abs(values).sum() if short else values.sum())
            quantities = self.sizes
        if not capital > 0:
            raise ScenarioError("the portfolio is worth nothing, so losses have no measure; give its --capital")
        return Book(self, columns, quantities, fx_columns, constant, capital, priced)


@dataclass(frozen=True, eq=False)
class Book:
    """A portfolio at the start prices of given paths.  Made by :meth:`Portfolio.on`.

    Attributes:
        portfolio: what it was made from.
        columns: (position,) columns of the paths.
        quantities: (position,) units held.
        fx_columns: (position,) columns of the currencies' prices, -1 where they are constant.
        fx_constant: (position,) those constants.
        capital: in the base currency.
        priced: (position,) False for levels and rates, which have no value of their own.
    """

    portfolio: Portfolio
    columns: np.ndarray
    quantities: np.ndarray
    fx_columns: np.ndarray
    fx_constant: np.ndarray
    capital: float
    priced: np.ndarray

    @property
    def assets(self) -> tuple[str, ...]:
        """Tickers, one a position."""
        return self.portfolio.assets

    @property
    def used(self) -> list[int]:
        """Columns of the paths that its value depends on."""
        return sorted({*self.columns.tolist(), *self.fx_columns[self.fx_columns >= 0].tolist()})

    def exposures(self, scenarios: Scenarios) -> np.ndarray:
        """(position,) value at the start as a fraction of the capital; of a level what one more of it would gain."""
        return self._values(scenarios.start_prices) / self.capital

    def carried(self, now: np.ndarray, then: np.ndarray) -> Book:
        """The book of another day, with prices ``then`` (asset,), whose exposures are those at prices ``now``."""
        scale = np.where(self.priced, self._units(now) / np.where(self.priced, self._units(then), 1.0), 1.0)
        return replace(self, quantities=self.quantities * scale)

    def rebalanced(self, now: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Profit from prices ``before`` to ``after`` (..., asset), as a fraction of the capital, of a book that holds
        its exposures at prices ``now`` (asset,) again at every ``before``: -> (...)."""
        was, becomes = self._units(before), self._units(after)
        grown = self._values(now) * (becomes / np.where(self.priced, was, 1.0) - 1)
        return np.where(self.priced, grown, self.quantities * (becomes - was)).sum(-1) / self.capital

    def by_position(self, prices: np.ndarray, start: np.ndarray) -> np.ndarray:
        """Profit of each position since the start, as a fraction of the capital: (..., asset) -> (..., position)."""
        return (self._values(prices) - self._values(start)) / self.capital

    def profits(self, scenarios: Scenarios) -> np.ndarray:
        """(path, day) profit since the start, as a fraction of the capital, on every day after the start."""
        total = np.zeros(scenarios.returns.shape[:2])
        for day in range(scenarios.horizon):
            total[:, day] = self.by_position(scenarios.prices[:, day + 1], scenarios.start_prices).sum(-1)
        return total

    def loss(self, prices: np.ndarray, start: np.ndarray) -> np.ndarray:
        """Loss of the portfolio since the start, as a fraction of the capital: (..., asset) -> (...)."""
        return -self.by_position(prices, start).sum(-1)

    def loss_slope(self, prices: np.ndarray) -> np.ndarray:
        """Its derivative in every price: (..., asset) -> (..., asset)."""
        return -self.slope(prices)

    def slope(self, prices: np.ndarray) -> np.ndarray:
        """Derivative of the profit in every price: (..., asset) -> (..., asset)."""
        gradient = np.zeros(prices.shape)
        for column, quantity, fx, constant in zip(
            self.columns, self.quantities, self.fx_columns, self.fx_constant, strict=True
        ):
            gradient[..., column] += quantity * (prices[..., fx] if fx >= 0 else constant) / self.capital
            if fx >= 0:
                gradient[..., fx] += quantity * prices[..., column] / self.capital
        return gradient

    def unrealised(self, scenarios: Scenarios) -> np.ndarray | None:
        """(position,) profit since the purchase in the base currency at today's exchange rates; None without costs."""
        costs = self.portfolio.costs
        if costs is None:
            return None
        start = scenarios.start_prices
        return self._values(start) - costs * self.quantities * self._fx(start)

    def _values(self, prices: np.ndarray) -> np.ndarray:
        """(..., asset) -> (..., position) in the base currency."""
        return self.quantities * self._units(prices)

    def _units(self, prices: np.ndarray) -> np.ndarray:
        """What one unit of each position is worth in the base currency: (..., asset) -> (..., position)."""
        return prices[..., self.columns] * self._fx(prices)

    def _fx(self, prices: np.ndarray) -> np.ndarray:
        if (self.fx_columns < 0).all():
            return self.fx_constant
        return np.where(self.fx_columns >= 0, prices[..., self.fx_columns], self.fx_constant)


PortfolioSource = Portfolio | Mapping[str, float] | pd.Series | pd.DataFrame | str | os.PathLike[str]
"""A portfolio; weights by ticker; or a table or a file with the columns above."""


def as_portfolio(source: PortfolioSource | None, capital: float | None = None) -> Portfolio | None:
    """A portfolio in whatever form somebody has it; None stays None.

    Raises ConfigError as :func:`read_portfolio` does, and for a capital of no portfolio or below 0.
    """
    if capital is not None and (source is None or not (capital > 0 and sensible(capital))):
        raise ConfigError(f"--capital needs a --portfolio of quantities, and must be above 0, up to {LARGEST:g}")
    if source is None:
        return None
    if not isinstance(source, Portfolio):
        return read_portfolio(source, capital=capital)
    if capital is not None and source.unit == WEIGHT:
        raise ConfigError("these are weights, which are fractions of the capital already; leave --capital out")
    return source if capital is None else replace(source, capital=capital)


def read_portfolio(
    source: Mapping[str, float] | pd.Series | pd.DataFrame | str | os.PathLike[str], *, capital: float | None = None
) -> Portfolio:
    """Read a portfolio file, a table with the columns above, or weights by ticker.

    Raises ConfigError, naming the file and the row, for columns or cells that make no sense.
    """
    if isinstance(source, str | os.PathLike):
        return _portfolio(Path(source), _read_table(Path(source)), capital)
    convert = getattr(source, "to_pandas", None)  # of Polars and Arrow
    given: Any = source if convert is None else convert()
    if isinstance(given, pd.DataFrame):
        table = given.reset_index() if given.index.name is not None else given.copy()
        return _portfolio("table", table, capital)
    weights = dict(given.items())
    return _portfolio("mapping", pd.DataFrame({"ticker": list(weights), WEIGHT: list(weights.values())}), capital)


def _read_table(path: Path) -> pd.DataFrame:
    try:
        return read_handwritten(path, "the portfolio", ("ticker", "currency", "fx"), ("fx",))
    except FileNotFoundError:
        raise ConfigError(f"no portfolio {path}; it is a CSV file with the columns ticker,weight") from None


def _portfolio(path: Path | str, table: pd.DataFrame, capital: float | None) -> Portfolio:
    """The portfolio of a table; messages say that it comes from ``path``."""
    table.columns = [str(name).strip().lower() for name in table.columns]
    check_columns(table, f"the portfolio {path}")
    unknown = [name for name in table.columns if name not in COLUMNS]
    units = [name for name in (WEIGHT, QUANTITY) if name in table.columns]
    if unknown or "ticker" not in table.columns or len(units) != 1:
        found = ", ".join(table.columns)
        raise ConfigError(
            f"the portfolio {path} has the columns {found}; it needs ticker and either weight or quantity, "
            f"and may have cost, currency and fx"
        )
    unit = units[0]
    if capital is not None and unit == WEIGHT:
        raise ConfigError(f"{path} gives weights, which are fractions of the capital already; leave --capital out")
    table = table.dropna(how="all")
    tickers = [str(ticker).strip() if isinstance(ticker, str) else "" for ticker in table["ticker"]]
    if not tickers:
        raise ConfigError(f"the portfolio {path} has no rows")
    if "" in tickers:
        raise ConfigError(f"{path}: row {tickers.index('') + 1} has no ticker")
    twice = next((ticker for ticker in tickers if tickers.count(ticker) > 1), None)
    if twice:
        raise ConfigError(f"{path} has {twice} twice; add its positions up")
    sizes = np.array([_number(path, t, unit, cell) for t, cell in zip(tickers, table[unit], strict=True)])
    if not sizes.any():
        raise ConfigError(f"{path}: every {unit} is 0, so there is nothing to lose")
    if unit == WEIGHT:
        _check_leverage(path, tickers, sizes)
    costs = None
    if "cost" in table.columns:
        costs = np.array(
            [
                np.nan if _is_missing(cell) else _number(path, t, "cost", cell)
                for t, cell in zip(tickers, table["cost"], strict=True)
            ]
        )
    fx, currency = _currencies(path, table, tickers)
    return Portfolio(tuple(tickers), sizes, unit, costs, fx, currency, capital)


def _check_leverage(path: Path | str, tickers: list[str], weights: np.ndarray) -> None:
    """ConfigError for weights in percent, which no law of prices could tell from a leverage of hundreds."""
    gross, top = float(np.abs(weights).sum()), int(np.abs(weights).argmax())
    if gross <= UNUSUAL_LEVERAGE:
        return
    large = f"{path}: the weights add up to {gross:,.4g} times the capital without their signs"
    asked = f"{tickers[top]} {weights[top]:g} is {100 * weights[top]:,.0f} %, and {weights[top]:.4g} % is written "
    asked += f"{weights[top] / 100:.4g}"
    if gross > MOST_LEVERAGE:
        raise ConfigError(
            f"{large}: they are fractions ({asked}). A portfolio of such leverage is written as quantities, with its "
            f"capital"
        )
    warnings.warn(f"{large}; they are fractions: {asked}", TsganWarning, stacklevel=5)


def _currencies(
    path: Path | str, table: pd.DataFrame, tickers: list[str]
) -> tuple[tuple[str | float | None, ...], str]:
    """The price of each position's currency, and the base currency: that of the positions without one."""
    named = _texts(table, "currency") or [""] * len(tickers)
    rates = _texts(table, "fx") or [""] * len(tickers)
    base = sorted({currency for currency, rate in zip(named, rates, strict=True) if not rate})
    if len(base) > 1:
        raise ConfigError(
            f"{path} mixes the currencies {', '.join(name or 'unknown' for name in base)}; give the price of all but "
            f"one of them in that one in a column fx: a ticker of the paths, or a number"
        )
    fx: list[str | float | None] = []
    for ticker, currency, rate in zip(tickers, named, rates, strict=True):
        try:
            value = float(rate) if rate else None
        except ValueError:
            fx.append(rate)
            continue
        if value is not None and not (value > 0 and sensible(value)):
            raise ConfigError(
                f"{path}: the fx of {ticker} is {rate}; it must be above 0, {SMALLEST:g} to {LARGEST:g}, in base "
                f"currency for 1 {currency}"
            )
        fx.append(value)
    return tuple(fx), base[0] if base else ""


def _texts(table: pd.DataFrame, column: str) -> list[str]:
    if column not in table.columns:
        return []
    return ["" if _is_missing(cell) else str(cell).strip() for cell in table[column]]


def _number(path: Path | str, ticker: str, name: str, cell: Any) -> float:
    try:
        value = float(cell)
    except (TypeError, ValueError, OverflowError):
        value = np.nan
    if not np.isfinite(value):
        what = "missing" if _is_missing(cell) else f"{cell!r}"
        raise ConfigError(f"{path}: the {name} of {ticker} is {what}; give a finite number")
    if not sensible(value):
        raise ConfigError(f"{path}: the {name} of {ticker} is {value:g}; give 0, or {SMALLEST:g} to {LARGEST:g}")
    return value


def _is_missing(cell: Any) -> bool:
    return cell is None or (isinstance(cell, float) and cell != cell) or cell is pd.NA or cell is pd.NaT


def _column(asset: str, scenarios: Scenarios) -> int:
    if asset not in scenarios.assets:
        raise ScenarioError(
            f"the portfolio holds {asset}, but the paths have {', '.join(scenarios.assets)}; "
            f"use a model of its tickers, or another portfolio"
        )
    return scenarios.assets.index(asset)
