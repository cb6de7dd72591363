"""Kinds, bounds, and the space in which every series moves freely."""

from __future__ import annotations

from dataclasses import replace

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given

import tsgan
from tsgan.data.kinds import Space, parse_kind
from tsgan.data.panel import Panel
from tsgan.errors import DataError, ModelError
from tsgan.inspection import inspect
from tsgan.scenarios.scenarios import Scenarios

ASSETS = ("SPX", "VIX", "PD", "CAPPED", "AAA", "BAA", "SPREAD")
KINDS = ("price", "level", "rate", "level", "rate", "rate", "rate")
BOUNDS = ((None, None), (0.0, None), (0.0, 1.0), (None, 50.0), (0.0, None), ("AAA", None), (None, None))
START = np.array([2500.0, 15.0, 0.02, 49.0, 4.0, 5.0, -0.3])
DAYS = pd.bdate_range("2010-01-01", periods=400)


@pytest.fixture
def space() -> Space:
    return Space(ASSETS, KINDS, BOUNDS)


def series(seed: int = 0, start: float = 100.0, scale: float = 0.01) -> np.ndarray:
    return start * np.exp(np.cumsum(np.random.default_rng(seed).standard_normal(len(DAYS)) * scale))


@given(hnp.arrays(np.float64, (5, 7), elements=st.floats(-4, 4)))
def test_coordinates_come_back(x):
    space = Space(ASSETS, KINDS, BOUNDS)
    prices = space.prices(x)
    np.testing.assert_allclose(space.coordinates(prices), x, rtol=1e-6, atol=1e-6)


@given(hnp.arrays(np.float32, (3, 40, 7), elements=st.floats(-9, 9, width=32)))
def test_no_path_crosses_a_bound(moves):
    moves = moves / np.float32(3)
    moves[..., 0] *= 0.01
    space = Space(ASSETS, KINDS, BOUNDS)
    returns = space.returns_of(moves, START)
    assert returns.dtype == np.float32
    dates = np.datetime64("2020-01-01") + np.arange(41)
    prices = Scenarios(returns, ASSETS, KINDS, dates, START, bounds=BOUNDS).prices
    assert np.isfinite(prices).all()
    for column, (floor, cap) in enumerate(BOUNDS):
        low = prices[..., ASSETS.index(floor)] if isinstance(floor, str) else floor
        assert floor is None or (prices[..., column] > low).all()
        assert cap is None or (prices[..., column] < cap).all()


def test_returns_lead_back_to_the_moves(space):
    moves = (np.random.default_rng(0).standard_normal((50, 250, 7)) * 0.05).astype(np.float32)
    dates = np.datetime64("2020-01-01") + np.arange(251)
    scenarios = Scenarios(space.returns_of(moves, START), ASSETS, KINDS, dates, START, bounds=BOUNDS)
    # Rounding errors do not add up: every level is right to a float32's share of its last change.
    np.testing.assert_allclose(scenarios.moves, moves, atol=3e-5)
    assert np.array_equal(scenarios.moves[..., [0, 6]], moves[..., [0, 6]])
    assert scenarios[3:5].bounds == BOUNDS


def test_moves_are_returns_without_bounds(indices):
    assert indices.moves is indices.returns
    assert indices.bounds == ((None, None),) * 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"bounds": ((0.0, None), (0.0, None))}, "SPX is a price"),
        ({"bounds": ((None, None), (3.0, 2.0))}, "floor of VIX"),
        ({"bounds": ((None, None), ("VIX", None))}, "bounded by VIX"),
        ({"bounds": ((None, None), ("OIL", None))}, "bounded by OIL"),
        ({"bounds": ((None, None), (np.nan, None))}, "finite"),
        ({"kinds": ("price", "yield")}, "kind of VIX is 'yield'"),
        ({"kinds": ("level", "level"), "bounds": (("VIX", None), ("SPX", None))}, "circle"),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_impossible_bounds(change, words):
    arguments = {"assets": ("SPX", "VIX"), "kinds": ("price", "level"), "bounds": ((None, None),) * 2} | change
    with pytest.raises(DataError, match=words):
        Space(**arguments)


def test_kind_options():
    assert parse_kind("VIX=level") == ("VIX", "level", None)
    assert parse_kind("VIX=level:0") == ("VIX", "level", (0.0, None))
    assert parse_kind("PD=rate:0:1") == ("PD", "rate", (0.0, 1.0))
    assert parse_kind("BAA=rate:AAA:") == ("BAA", "rate", ("AAA", None))
    assert parse_kind("A=B=price") == ("A=B", "price", None)
    assert parse_kind("VIX=level::") == ("VIX", "level", (None, None))
    for text in ("VIX", "=level", "VIX=volatility", "VIX=level:0:1:2"):
        with pytest.raises(DataError, match="TICKER=price"):
            parse_kind(text)


def frame(**columns: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(columns, index=pd.DatetimeIndex(DAYS, name="date"))


def test_guesses_are_said():
    spread = np.cumsum(np.random.default_rng(1).standard_normal(len(DAYS))) * 0.05
    panel = tsgan.load_prices(
        frame(**{"SPY": series(), "^VIX": series(1, 15, 0.05), "DGS10": series(2, 3), "GAP": spread})
    )
    assert panel.kinds == ("price", "level", "rate", "level")
    assert panel.bounds == ((None, None), (0.0, None), (None, None), (None, None))
    notes = " ".join(panel.notes)
    for words in ("^VIX: taken for a level with floor 0", "DGS10: taken for a rate", "GAP: taken for a level"):
        assert words in notes
    assert "SPY: taken" not in notes


def test_declared_kinds_win():
    prices = frame(VIX=series(1, 15, 0.05), X=series(2, 0.2))
    panel = tsgan.load_prices(prices, kinds={"VIX": "level"}, bounds={"X": (0, 1)})
    assert panel.kinds == ("level", "level") and panel.bounds == ((0.0, None), (0, 1))
    assert tsgan.load_prices(prices, kinds={"VIX": "level"}, bounds={"VIX": (None, None)}).bounds[0] == (None, None)
    again = tsgan.load_prices(panel, kinds={"X": "price"})
    assert again.kinds == ("level", "price") and again.bounds == ((0.0, None), (None, None))


def test_a_rate_taken_for_a_price_is_doubted():
    quoted = np.round(4 + np.cumsum(np.random.default_rng(0).choice([-0.02, 0, 0.02], len(DAYS))), 2)
    found = inspect(frame(BOND=quoted, SPY=series()))
    assert any(w.asset == "BOND" and "yields and spreads are quoted" in w.message for w in found.warnings)
    assert not any(w.asset == "SPY" for w in found.warnings)
    for kind in ("rate", "price"):
        assert "taken for" not in str(inspect(frame(BOND=quoted), kinds={"BOND": kind}).findings)
    assert inspect(frame(VIX=series(1, 15, 0.05)), kinds={"VIX": "price"}).warnings
    assert "taken for" not in str(inspect(frame(AAA=series())).findings)  # the ticker of a yield at a price of 100


def test_returns_in_place_of_prices_are_refused():
    with pytest.raises(DataError, match="look like returns"):
        tsgan.load_prices(frame(A=np.diff(np.log(series()), prepend=4.6)))


def test_values_beyond_their_bounds_are_named():
    prices = frame(PD=series(1, 0.2), AAA=series(2, 4), BAA=series(3, 6))
    with pytest.raises(DataError, match=r"PD is .* above its cap 0.2 .*2010-"):
        tsgan.load_prices(prices, bounds={"PD": (0, 0.2)})
    with pytest.raises(DataError, match=r"BAA is .* below its floor"):
        prices.loc[prices.index[7], "BAA"] = 1.0
        tsgan.load_prices(prices, bounds={"BAA": ("AAA", None)}, kinds={"AAA": "rate"})
    with pytest.raises(DataError, match="bounds names OIL"):
        tsgan.load_prices(prices, bounds={"OIL": (0, 1)})


def test_bounds_are_part_of_the_data(indices):
    panel = replace(indices, kinds=("price", "level"))
    floored = replace(panel, bounds=((None, None), (0.0, None)))
    assert floored.data_hash != panel.data_hash
    assert np.array_equal(floored.returns, panel.returns)
    np.testing.assert_allclose(floored.moves[:, 1], indices.returns[:, 1])
    with pytest.raises(DataError, match="choose both"):
        replace(panel, bounds=((None, None), ("SPX", None))).select(["IXIC"])


def test_a_history_of_other_kinds_is_refused(fitted, indices):
    with pytest.raises(ModelError, match="takes SPX for a price, the history for a level with floor 0"):
        history = replace(indices, kinds=("level", "price"), bounds=((0.0, None), (None, None)))
        fitted("gbm").sample(4, 5, history=history)


def test_bounded_scenarios_survive_files(tmp_path, space):
    moves = (np.random.default_rng(0).standard_normal((3, 20, 7)) * 0.05).astype(np.float32)
    dates = np.busday_offset(np.datetime64("2020-01-01"), np.arange(21), roll="forward")
    paths = Scenarios(space.returns_of(moves, START), ASSETS, KINDS, dates, START, bounds=BOUNDS)
    paths.to_csv(tmp_path / "a.csv")
    paths.to_parquet(tmp_path / "a.parquet")
    for name in ("a.csv", "a.parquet"):
        again = tsgan.read_scenarios(tmp_path / name)
        assert again.bounds == BOUNDS
        assert np.array_equal(again.prices, paths.prices) and np.array_equal(again.moves, paths.moves)


@pytest.mark.parametrize("name", ["gbm", "iid-bootstrap", "stationary-bootstrap", "fhs", "gjr-garch"])
def test_models_keep_bounds_and_survive_saving(name, tmp_path):
    panel = tsgan.load_prices(
        frame(SPX=series(), VIX=series(1, 15, 0.1), PD=series(2, 0.1, 0.05)), bounds={"PD": (0.0, 1.0)}
    )
    assert isinstance(panel, Panel)
    model = tsgan.fit(panel, name)
    model.save(tmp_path / "model")
    paths = tsgan.load_model(tmp_path / "model").sample(300, 250)
    assert paths.bounds == panel.bounds
    assert (paths.prices > 0).all() and (paths.prices[..., 2] < 1).all()
    assert np.array_equal(paths.prices[:, 0], np.tile(panel.prices[-1], (300, 1)))
