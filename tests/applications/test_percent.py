"""Percent where fractions are meant: refused by name, in every book, weight, trigger, cost, volatility and loss."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan.applications.lending.books import CorporateLoan, SecuredLoan, read_book
from tsgan.applications.portfolio import read_portfolio
from tsgan.errors import ConfigError, StrategyError, TsganWarning
from tsgan.models.conditioning import parse_event
from tsgan.scenarios.scenarios import Scenarios


def secured(**cells: float) -> SecuredLoan:
    return SecuredLoan("L1", 600.0, (("AAA", 10.0),), **cells)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"rate": 4.5}, r"rate is 4.5; .*4 % is 0.04"),
        ({"rate": 1.0}, "rate is 1"),
        ({"warning": 70}, r"warning is 70; .*80 % is 0.80"),
        ({"call": 75, "liquidation": 90}, "call is 75"),
        ({"liquidation": 85}, "liquidation is 85"),
        ({"cost": 0.5}, r"cost is 0.5; .*0.005"),
        ({"cost": 2}, "cost is 2"),
        ({"cure": 40}, "cure is 40"),
        ({"recovery": 20}, "recovery is 20"),
    ],
)
def test_secured_loans(cells: dict[str, float], message: str):
    with pytest.raises(ConfigError, match=message):
        secured(**cells)


def test_right_loans_are_taken():
    loan = secured(rate=0.12, warning=0.7, call=0.8, liquidation=1.1, cost=0.02)
    assert (loan.rate, loan.liquidation) == (0.12, 1.1)
    assert CorporateLoan("F", "AAA", 1e6, 0.45, 3e9, 1e9, volatility=1.8).volatility == 1.8


def test_firms():
    with pytest.raises(ConfigError, match=r"volatility is 25; .*30 % is 0.30"):
        CorporateLoan("F", "AAA", 1e6, 0.45, 3e9, 1e9, volatility=25)


def test_the_row_of_a_book_is_named():
    table = pd.DataFrame({"loan": ["A", "B"], "amount": [1, 2], "collateral": ["X:1", "X:2"], "call": [0.7, 70]})
    with pytest.raises(ConfigError, match=r"row 2.*call is 70"):
        read_book(table)


@pytest.mark.parametrize("weights", [{"AAA": 55, "BBB": 45}, {"AAA": 130, "BBB": -30}, {"AAA": 12.5}])
def test_portfolio_weights(weights: dict[str, float]):
    with pytest.raises(ConfigError, match=r"they are fractions.*is written [01]\.\d"):
        read_portfolio(weights)


def test_unusual_leverage_is_said():
    with pytest.warns(TsganWarning, match=r"add up to 4.5 times.*AAA 4.5 is 450 %, and 4.5 % is written 0.045"):
        read_portfolio({"AAA": 4.5})
    read_portfolio({"AAA": 1.5, "BBB": -0.5})  # in silence


def paths(assets: tuple[str, ...] = ("AAA", "BBB")) -> Scenarios:
    rng = np.random.default_rng(0)
    returns = (0.01 * rng.standard_normal((400, 30, len(assets)))).astype(np.float32)
    dates = np.arange("2030-01-01", "2030-02-01", dtype="datetime64[D]")[:31]
    return Scenarios(returns, assets, ("price",) * len(assets), dates, np.full(len(assets), 100.0))


@pytest.mark.parametrize("asked", [{"losses": [5.0]}, {"losses": [0.1, 2.0]}, {"reverse": "loss>=20"}])
def test_losses_beyond_the_capital(asked: dict[str, object]):
    at = {"at": 20} if "reverse" in asked else {}
    with pytest.raises(ConfigError, match="of the capital, more than this portfolio can lose"):
        tsgan.stress(paths(), {"AAA": 0.6, "BBB": 0.4}, **asked, **at)  # type: ignore[arg-type]


def test_a_debt_can_lose_more_than_the_capital():
    found = tsgan.stress(paths(), {"AAA": 1.8}, losses=[1.2])
    assert {row["loss"] for row in found.tables["losses"]} == {1.2}


@pytest.mark.parametrize(("shock", "message"), [("AAA>=5", "a rise of 500%"), ("AAA=(10,15)", "a rise of 1,000%")])
def test_shocks(shock: str, message: str):
    with pytest.raises(ConfigError, match=message):
        parse_event(shock, ("AAA",), ("price",), np.array([100.0]), at=5)


def test_a_tolerance():
    with pytest.raises(ConfigError, match=r"one per cent is 0\.01"):
        parse_event("AAA=-0.1", ("AAA",), ("price",), np.array([100.0]), at=5, tolerance=1)


def prices(days: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    index = pd.bdate_range("2020-01-01", periods=days)
    return pd.DataFrame(100 * np.exp(np.cumsum(0.01 * rng.standard_normal((days, 2)), axis=0)), index, ["AAA", "BBB"])


def test_weights_and_costs_of_a_strategy():
    drawn = tsgan.fit(tsgan.load_prices(prices()), "gbm").sample(4, 60)
    with pytest.raises(StrategyError, match=r"60 % is 0\.60"):
        tsgan.robustness(lambda closes: np.array([60.0, 40.0]), drawn, prices(), lookback=20)
    with pytest.raises(ConfigError, match=r"0.1 %\) are 0.001"):
        tsgan.robustness("buy_and_hold", drawn, prices(), lookback=20, cost=0.1)
