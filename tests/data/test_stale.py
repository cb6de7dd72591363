"""Stale stretches are missing, not calm; series that rest by nature are left alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan.data.stale import RESUMED, stale_moves


def walk(days: int = 1000, seed: int = 0) -> np.ndarray:
    return 0.01 * np.random.default_rng(seed).standard_normal(days)


@pytest.mark.parametrize("run", [5, 9, 252])
def test_runs_of_a_stock(run: int):
    moves = walk()
    moves[300 : 300 + run] = 0
    found = np.flatnonzero(stale_moves(moves[:, None])[:, 0])
    assert found.tolist() == list(range(300, 300 + run + (run > RESUMED)))


def test_what_rests_by_nature():
    rng = np.random.default_rng(1)
    policy = np.where(rng.random(3000) < 0.01, 0.25, 0.0)  # a policy rate
    cents = np.round(rng.standard_normal(3000) * 0.6) * 0.01  # a price of few ticks: two closes in five repeat
    assert not stale_moves(np.column_stack([policy, cents])).any()


def test_missing_days_do_not_hide_a_run():
    moves = walk()
    moves[400:420] = 0
    moves[410] = np.nan
    found = stale_moves(moves[:, None])[:, 0]
    assert found[400:410].all() and found[411:420].all() and not found[410]


def market(stale: bool) -> tsgan.Panel:
    rng = np.random.default_rng(5)
    moves = 0.012 * rng.standard_t(5, (1500, 2)) * 0.77
    if stale:
        moves[600:852, 1] = 0
    prices = np.exp(np.cumsum(moves, axis=0)) * 60
    return tsgan.load_prices(pd.DataFrame(prices, pd.bdate_range("2010-01-01", periods=1500), ["LIVE", "ODD"]))


@pytest.mark.parametrize("model", ["gjr-garch", "fhs", "dcc-garch", "iid-bootstrap"])
def test_risk_is_that_of_the_days_that_moved(model: str):
    odd, whole = (tsgan.fit(market(stale), model).sample(2000, 20, seed=1).returns for stale in (True, False))
    for asset in (0, 1):
        assert odd[..., asset].std() == pytest.approx(whole[..., asset].std(), rel=0.08)
        assert np.quantile(odd[..., asset], 0.01) == pytest.approx(np.quantile(whole[..., asset], 0.01), rel=0.12)


def test_the_prices_stay_as_they_are():
    panel = market(True)
    assert (
        np.isfinite(panel.prices).all() and np.isnan(panel.returns[700, 1]) and np.isfinite(panel.returns[:, 0]).all()
    )


def test_it_is_said_that_they_are_left_out():
    (said,) = (w for w in market(True).warnings if w.startswith("ODD"))
    assert "does not change for 253 days" in said and "253 returns are left out as missing" in said
    calm = pd.DataFrame(
        {"POLICY": np.repeat([1.0, 1.25, 1.5, 1.25] * 10, 30)}, pd.bdate_range("2010-01-01", periods=1200)
    )
    (said,) = tsgan.load_prices(calm, kinds={"POLICY": "rate"}).warnings
    assert "does not change" in said and "left out" not in said
