"""A planted market, twelve years of some assets and three of others: its law is found, or seen to be missed."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tsgan.fitting import fit

OLD = 3


@pytest.fixture(scope="module")
def planted() -> ModuleType:
    """``scripts/planted_panel.py``"""
    folder = str(Path(__file__).parents[2] / "scripts")
    sys.path.insert(0, folder)
    try:
        return importlib.import_module("planted_panel")
    finally:
        sys.path.remove(folder)


@pytest.fixture(scope="module")
def case(planted):
    """A history (day, asset), and the truth."""
    return planted.planted(planted.FactorMarket.of(OLD + 2), OLD, seed=0, histories=60)


def beyond(planted: ModuleType, case, model) -> set[str]:
    """What of the truth a model misses by more than three standard errors."""
    truth = case[1]
    far = np.abs(planted.shown(model, OLD) - truth.values) > 3 * truth.errors
    return {name for name, missed in zip(truth.names, far, strict=True) if missed}


def test_the_truth_of_the_market_is_its_formula(planted):
    market = planted.FactorMarket.of(OLD + 2)
    returns = market.histories(100, 3_000, seed=1).reshape(-1, OLD + 2)
    np.testing.assert_allclose(np.corrcoef(returns.T), market.correlation, atol=0.03)
    exact = market.loadings * market.factor / np.hypot(market.loadings * market.factor, market.own)
    np.testing.assert_allclose(planted.loadings(market.correlation), exact, rtol=0.02)


def test_dcc_garch_finds_everything(planted, case):
    panel = planted.panel_of(case[0], "planted")
    assert np.isfinite(panel.prices).sum(axis=0).tolist() == [planted.LONG + 1] * OLD + [planted.SHORT + 1] * 2
    assert not beyond(planted, case, fit(panel, "dcc-garch"))


def test_what_is_not_there_is_seen_to_be_missed(planted, case):
    history = case[0]
    assert "leverage, old" in beyond(planted, case, fit(planted.panel_of(history, "planted"), "gbm"))
    # Young assets on days of their own: alone as volatile as before, but loaded on nothing.
    apart = history.copy()
    young = apart[-planted.SHORT :, OLD:]
    apart[-planted.SHORT :, OLD:] = np.random.default_rng(0).permuted(young, axis=0)
    missed = beyond(planted, case, fit(planted.panel_of(apart, "planted"), "iid-bootstrap"))
    assert {"loading young 3", "loading young 4"} <= missed
    assert "tail dependence, pairs with a young one" in missed and not any("volatility" in name for name in missed)
