"""At the ends of what prices can be, a model either refuses them by name or every path of it is one."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tsgan
from tests.conftest import TINY
from tsgan.errors import DataError, TsganWarning
from tsgan.fitting import FITTERS
from tsgan.models.classical.gjr import filtered

DAYS = 400
AT = 250
CHEAP = ("gjr-garch", "fhs", "stationary-bootstrap", "iid-bootstrap", "gbm")

_noise = np.random.default_rng(3).standard_t(5, DAYS)
_usual = 0.01 * _noise
_day = np.arange(DAYS)


def growing(moves: np.ndarray, start: float = 100.0) -> np.ndarray:
    return start * np.exp(np.cumsum(moves))


def with_move(factor: float, *days: int) -> np.ndarray:
    """Usual moves, but for days that multiply the price by a factor, and by its inverse in turn."""
    moves = _usual.copy()
    for place, day in enumerate(days):
        moves[day] = np.log(factor) * (-1) ** place
    return growing(moves)


def clustered(last: float) -> np.ndarray:
    """Volatility that clusters, and a last day that multiplies the price."""
    shocks, variance, moves = np.random.default_rng(1).standard_normal(DAYS), 1.0, np.empty(DAYS)
    for day, shock in enumerate(shocks):
        moves[day] = 0.01 * np.sqrt(variance) * shock
        variance = 0.05 + 0.1 * variance * shock**2 + 0.85 * variance
    moves[-1] = np.log(last)
    return growing(moves)


SERIES: dict[str, np.ndarray] = {
    "constant": np.full(DAYS, 50.0),
    "a line": 100 + 0.1 * _day,
    "one rate": 100 * 1.0002**_day,
    "alternating": np.where(_day % 2, 101.0, 100.0),
    "nearly a rate": growing(5e-4 + 1e-6 * _noise),
    "a wave": 100 + 5 * np.sin(_day / 10),
    "-99 %": with_move(0.01, AT),
    "-99 % the day before last": with_move(0.01, DAYS - 2),
    "-99 % on the last day": with_move(0.01, DAYS - 1),
    "-99 % of clustered moves": clustered(0.01),
    "-99 % and back": with_move(0.01, AT, AT + 1),
    "-99.9999 %": with_move(1e-6, AT),
    "a hundredfold": with_move(100.0, AT),
    "a millionfold": with_move(1e6, AT),
    "near 1e-300": growing(_usual, 1e-300),
    "near 1e300": growing(_usual, 1e300),
    "sd 1e-9": growing(1e-9 * _noise),
    "sd 0.5": growing(0.5 * _noise),
    "hardly ever moving": growing(np.where(_day % 40 == 3, _usual, 0.0)),
    "one move": np.where(_day < AT, 100.0, 101.0),
    "two moves": np.where((_day < AT) | (_day > AT + 50), 100.0, 101.0),
    "two days": np.array([100.0, 101.0]),
    "21 days": growing(_usual[:21]),
    "calm, then wild": growing(_usual * np.where(_day < DAYS - 80, 0.01, 5.0)),
}

REFUSED = {
    "constant": "A never moves",
    "one rate": "A moves by the same step every day",
    "two days": "A has 1 returns .* too few to model",
}
"""What every model refuses, in these words."""

TRENDS = ("a line", "nearly a rate")
"""What is hardly more than a trend, for those that learn how moves differ."""


def paths_of(name: str, fit: Callable[[tsgan.Panel], tsgan.MarketModel]) -> tsgan.Scenarios:
    closes = SERIES[name]
    frame = pd.DataFrame({"A": closes}, pd.bdate_range("2016-01-04", periods=len(closes), name="date"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TsganWarning)
        return fit(tsgan.load_prices(frame, min_days=2, kinds={"A": "price"})).sample(256, 252, seed=1)


def check(name: str, fit: Callable[[tsgan.Panel], tsgan.MarketModel]) -> None:
    try:
        paths = paths_of(name, fit)
    except DataError as error:
        assert "A " in str(error) and len(str(error)) < 500
        return
    assert name not in REFUSED
    moves = np.diff(np.log(SERIES[name]))
    assert np.isfinite(paths.returns).all() and np.isfinite(paths.prices).all() and (paths.prices > 0).all()
    drawn, there = np.sqrt(np.mean(np.square(paths.returns, dtype=float))), np.sqrt(np.mean(np.square(moves)))
    assert 1e-3 * there < drawn < 20 * there
    assert np.abs(paths.returns.mean(dtype=float) - moves.mean()) < max(0.2 * there, 3 * drawn / np.sqrt(256))


@pytest.mark.parametrize("model", CHEAP)
@pytest.mark.parametrize("name", SERIES)
def test_refused_by_name_or_every_path_is_one(name, model):
    check(name, lambda panel: tsgan.fit(panel, model))


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name):
    with pytest.raises(DataError, match=REFUSED[name]):
        paths_of(name, lambda panel: tsgan.fit(panel, "gbm"))


@pytest.mark.parametrize("name", TRENDS)
@pytest.mark.parametrize("model", ["gan", "base"])
def test_trends_are_refused_before_training(name, model):
    with pytest.raises(DataError, match=r"A is hardly more than a trend: .* choose fhs, gjr-garch or gbm"):
        paths_of(name, lambda panel: tsgan.fit(panel, TINY if model == "gan" else model))


@pytest.mark.slow
@pytest.mark.parametrize("model", [name for name in FITTERS if name not in CHEAP])
@pytest.mark.parametrize("name", SERIES)
def test_the_others_too(name, model):
    check(name, lambda panel: tsgan.fit(panel, TINY if model == "gan" else model))


@pytest.mark.parametrize("name", ["-99 %", "-99 % of clustered moves", "-99 % on the last day", "a millionfold"])
def test_variances_stay_positive_and_do_not_grow_without_end(name):
    """The optimizer leaves its bounds where one move outweighs the others; what is used lies within."""
    closes = SERIES[name]
    frame = pd.DataFrame({"A": closes}, pd.bdate_range("2016-01-04", periods=len(closes), name="date"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TsganWarning)
        panel = tsgan.load_prices(frame, min_days=2)
        fitted: Any = tsgan.fit(panel, "fhs")
    p = fitted.margins
    assert (p.alpha >= 0).all() and (p.alpha + p.gamma >= 0).all() and (p.omega >= 0).all()
    assert (p.alpha + p.gamma / 2 + p.beta < 1.001).all()
    assert (filtered(p, np.asarray(panel.moves)) > 0).all()


def test_a_fit_that_makes_no_paths_is_refused_with_its_cause(monkeypatch):
    from tsgan.models.classical.filtered_historical import FilteredHistoricalSimulation

    fit = FilteredHistoricalSimulation.fit.__func__

    def exploding(cls, panel, *, seed=0):
        fitted = fit(cls, panel, seed=seed)
        object.__setattr__(fitted, "residuals", fitted.residuals * 1e6)
        return fitted

    monkeypatch.setattr(FilteredHistoricalSimulation, "fit", classmethod(exploding))
    with pytest.raises(
        DataError, match=r"A moves by -4\.61 on 2016-12-19, \d+ times its usual move.* choose a bootstrap"
    ):
        paths_of("-99 %", lambda panel: tsgan.fit(panel, "fhs"))
