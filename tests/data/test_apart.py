"""Which assets are a poor lesson for the others, and that ordinary ones are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tsgan.data.apart import apart_from
from tsgan.data.load import load_prices

DAYS = 1300


def frame(odd: np.ndarray, count: int = 3) -> pd.DataFrame:
    """``count`` ordinary stocks, whose volatility doubles now and then, and ``odd`` (day,)."""
    rng = np.random.default_rng(4)
    size = 0.008 * np.exp(0.5 * np.sin(np.arange(DAYS) / 60))[:, None]
    stocks = 50 * np.exp(np.cumsum(size * rng.standard_t(5, (DAYS, count)), axis=0))
    table = pd.DataFrame(stocks, pd.bdate_range("2013-01-02", periods=DAYS), [f"S{i}" for i in range(count)])
    return table.assign(ODD=odd)


def prices(size: np.ndarray | float = 0.01) -> np.ndarray:
    return 30 * np.exp(np.cumsum(size * np.random.default_rng(5).standard_t(5, DAYS)))


def young() -> np.ndarray:
    return np.where(np.arange(DAYS) < 700, np.nan, prices())


def halted() -> np.ndarray:
    day = np.arange(DAYS)
    return np.where((day >= 500) & (day < 560), np.nan, prices())


def stale() -> np.ndarray:
    found = prices()
    found[400:640] = found[399]
    return found


def broken_peg() -> np.ndarray:
    moves = np.where(np.arange(DAYS) < 900, 2e-4, 4e-3) * np.random.default_rng(6).standard_normal(DAYS)
    moves[900] = -0.2
    return 30 * np.exp(np.cumsum(moves))


def floated() -> np.ndarray:
    return prices(np.where(np.arange(DAYS) < 700, 3e-4, 6e-3))


REASONS = {
    young: "returns on 46 % of the dates only",
    halted: "no returns for 60 dates on end",
    stale: "no returns for 241 dates on end",
    broken_peg: "its move of 2016-06-15 has 86 %",
    floated: "times as volatile as its calmest",
}


@pytest.mark.parametrize("odd", REASONS, ids=lambda odd: odd.__name__)
def test_odd_ones_are_named_with_the_reason(odd):
    found = apart_from(load_prices(frame(odd())))
    assert list(found) == ["ODD"] and REASONS[odd] in found["ODD"]


def test_ordinary_ones_are_not(indices):
    assert apart_from(load_prices(frame(prices()))) == {}
    assert apart_from(indices) == {}
    late = np.where(np.arange(DAYS) < 300, np.nan, prices())
    late[[600, 601, 602]] = np.nan
    assert apart_from(load_prices(frame(late))) == {}


def test_sessions_of_ones_own_are_no_gaps():
    rng, days = np.random.default_rng(7), pd.date_range("2018-01-01", periods=900)
    coin = pd.Series(100 * np.exp(np.cumsum(0.03 * rng.standard_normal(900))), days)
    stock = (coin * np.exp(np.cumsum(0.01 * rng.standard_normal(900))))[days.day_of_week < 5]
    assert apart_from(load_prices(pd.DataFrame({"COIN": coin, "STOCK": stock}))) == {}


def test_what_most_assets_show_is_no_oddity():
    table = frame(halted(), count=1)
    assert list(apart_from(load_prices(table))) == ["ODD"]
    assert list(apart_from(load_prices(table.assign(S0=broken_peg(), S1=prices())))) == []


def test_beyond_means_beyond_the_others():
    """Where all have wild years, one that has a somewhat wilder one is none of another kind; nor are levels."""
    calm, wild = np.full(DAYS, 0.006), np.full(DAYS, 0.006)
    calm[:400], wild[:400] = 0.036, 0.06
    table = frame(prices(wild)).drop(columns=["S0", "S1", "S2"])
    for i in range(3):
        table[f"W{i}"] = 30 * np.exp(np.cumsum(calm * np.random.default_rng(i).standard_t(5, DAYS)))
    assert apart_from(load_prices(table)) == {}
    assert list(apart_from(load_prices(frame(prices(wild))))) == ["ODD"]
    assert apart_from(load_prices(frame(young()), kinds={"ODD": "level"})) == {}
    assert apart_from(load_prices("sample:volatility")) == {}


@pytest.mark.parametrize("steps", ["W-FRI", "BME", "BQE"])
def test_slower_series_have_longer_years(steps: str):
    days = pd.date_range("1975-01-01", "2020-01-01", freq=steps)
    rng = np.random.default_rng(3)
    table = pd.DataFrame(50 * np.exp(np.cumsum(0.04 * rng.standard_t(4, (len(days), 3)), axis=0)), days, list("ABC"))
    assert apart_from(load_prices(table)) == {}
    table.iloc[: int(0.7 * len(days)), 1] = np.nan
    assert list(apart_from(load_prices(table))) == ["B"]
