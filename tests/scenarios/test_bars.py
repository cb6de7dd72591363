"""Bars of scenarios: shapes, rounding to a tick, tables and the way back."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsgan.errors import ScenarioError
from tsgan.scenarios.manifest import manifest_path
from tsgan.scenarios.scenarios import Scenarios
from tsgan.scenarios.tables import read_scenarios, write

FORMATS = ("csv", "parquet")


def with_bars(paths: int = 6, days: int = 5, **changes) -> Scenarios:
    """Two stocks; the second has no volume, and on one day no bar at all."""
    rng = np.random.default_rng(0)
    returns = (rng.standard_normal((paths, days, 2)) * 0.01).astype(np.float32)
    dates = np.array("2018-12-31", "M8[D]") + np.arange(days + 1)
    base = Scenarios(
        returns, ("A", "B"), ("price", "price"), dates, np.array([100 / 3, 2506.85]), provenance={"model": "gbm"}
    )
    before, close = base.prices[:, :-1], base.prices[:, 1:]
    opened = before * np.exp(rng.standard_normal(close.shape) * 0.005)
    wicks = rng.exponential(0.004, (2, *close.shape)) * (rng.random((2, *close.shape)) > 0.2)
    high, low = np.maximum(opened, close) * np.exp(wicks[0]), np.minimum(opened, close) / np.exp(wicks[1])
    volume = np.exp(20 + rng.standard_normal(close.shape))
    for values in (opened, high, low, volume):
        values[2, 3, 1] = np.nan
    volume[..., 1] = np.nan
    return replace(base, bars={"open": opened, "high": high, "low": low, "volume": volume}, **changes)


def assert_valid(fields: dict[str, np.ndarray]) -> None:
    known = np.isfinite(fields["open"])
    opened, high, low, close = (fields[name][known] for name in ("open", "high", "low", "close"))
    assert (low <= np.minimum(opened, close)).all() and (np.maximum(opened, close) <= high).all() and (low > 0).all()
    volume = fields["volume"]
    assert (volume[np.isfinite(volume)] >= 0).all()


def test_wrong_fields_and_shapes():
    scenarios = with_bars()
    with pytest.raises(ScenarioError, match="no field 'close'"):
        replace(scenarios, bars={"close": scenarios.bars["open"]})
    with pytest.raises(ScenarioError, match=r"open has shape \(6, 5, 1\)"):
        replace(scenarios, bars={"open": scenarios.bars["open"][..., :1]})


def test_paths_keep_their_bars():
    scenarios = with_bars()
    np.testing.assert_array_equal(scenarios[2:4].bars["high"], scenarios.bars["high"][2:4])
    assert list(scenarios[3].ohlcv()) == ["open", "high", "low", "close", "volume"]
    assert list(replace(scenarios, bars={}).ohlcv()) == ["close"]


@given(
    tick=st.sampled_from([0.01, 0.05, 0.25, 1 / 3, 1e-6, 5.0, 3000.0]),
    numbers=st.lists(st.floats(1e-9, 1e7), min_size=4, max_size=4),
)
def test_rounded_bars_are_valid(tick, numbers):
    low, opened, close, high = sorted(numbers)
    one = np.ones((1, 1, 1))
    scenarios = Scenarios(
        np.zeros((1, 1, 1), np.float32),
        ("A",),
        ("price",),
        np.array(["2019-01-01", "2019-01-02"], "M8[D]"),
        np.array([close]),
        bars={"open": opened * one, "high": high * one, "low": low * one, "volume": 7 * one},
    )
    fields = scenarios.ohlcv(tick)
    assert_valid(fields)
    for name in ("open", "high", "low", "close"):
        steps = fields[name] / tick
        assert steps >= 1 - 1e-9 and abs(steps - np.round(steps)) <= 1e-7 * steps
        assert abs(fields[name] - scenarios.ohlcv()[name]) <= tick * (0.5 + 1e-7) or steps < 1 + 1e-9


def test_rounding_gives_the_nearest_double_and_knows_assets():
    fields = with_bars().ohlcv((0.01, 0.25))
    assert_valid(fields)
    assert set(fields["close"][..., 0].ravel()) == {float(f"{x:.2f}") for x in fields["close"][..., 0].ravel()}
    assert (fields["high"][..., 1] % 0.25)[np.isfinite(fields["high"][..., 1])].sum() == 0
    rate = replace(with_bars(), kinds=("price", "rate"), start_prices=np.array([0.004, 0.001]))
    closes = rate.ohlcv(0.01)["close"]
    assert (closes[..., 0] == 0.01).all() and (closes[..., 1] < 0.005).any()
    with pytest.raises(ScenarioError, match="must be positive"):
        with_bars().ohlcv(0.0)


@pytest.mark.parametrize("format", FORMATS)
def test_round_trip(tmp_path, format):
    weights = np.random.default_rng(1).dirichlet(np.ones(6))
    scenarios = with_bars(first_path=7, weights=weights)
    write([scenarios[:4], scenarios[4:]], tmp_path / "t", "long", format)
    again = read_scenarios(tmp_path / "t")
    assert np.array_equal(again.returns, scenarios.returns) and set(again.bars) == set(scenarios.bars)
    for name, values in scenarios.bars.items():
        if format == "parquet":
            np.testing.assert_array_equal(again.bars[name], values)
        else:
            np.testing.assert_allclose(again.bars[name], values, rtol=1e-9)
    assert_valid(again.ohlcv())
    assert json.loads(manifest_path(tmp_path / "t").read_text())["bars"] == ["open", "high", "low", "volume"]


def test_long_table_as_people_read_it(tmp_path):
    scenarios = with_bars()
    frame = scenarios.to_frame()
    columns = ["scenario", "date", "ticker", "open", "high", "low", "close", "volume", "return"]
    assert list(frame.columns) == columns
    start = frame["date"] == frame["date"].min()
    assert frame.loc[start, ["open", "high", "low", "volume", "return"]].isna().all(axis=None)
    rows = frame.query("scenario == 4 and ticker == 'A'")
    np.testing.assert_array_equal(rows["low"].to_numpy()[1:], scenarios.bars["low"][4, :, 0])
    scenarios.to_csv(tmp_path / "t.csv")
    written = pd.read_csv(tmp_path / "t.csv")
    assert list(written.columns) == columns
    fields = {name: written[name].to_numpy() for name in ("open", "high", "low", "close", "volume")}
    assert_valid(fields)  # rounded to ten digits, all of them alike
    with pytest.raises(ScenarioError, match="closes only"):
        scenarios.to_csv(tmp_path / "wide.csv", "wide")


def test_chunks_with_and_without_bars_are_two_jobs(tmp_path):
    scenarios = with_bars()
    with pytest.raises(ScenarioError, match="or bars"):
        write([scenarios[:3], replace(scenarios[3:], bars={})], tmp_path / "t.csv")


FOREIGN = """scenario,date,ticker,open,high,low,close,volume
1,2024-01-02,X,,,,100,
1,2024-01-03,X,100.5,102,100,101.33,12
"""


def test_foreign_bars(tmp_path):
    (tmp_path / "t.csv").write_text(FOREIGN.replace("102,", "101.33,"))
    scenarios = read_scenarios(tmp_path / "t.csv")
    assert_valid(scenarios.ohlcv())  # although the close comes from a float32 return
    assert scenarios.bars["open"][0, 0, 0] == 100.5 and scenarios.bars["volume"][0, 0, 0] == 12
    for old, new, message in (
        ("102,", "101,", "the high of scenario 1, X on 2024-01-03 contradicts"),
        ("102,100,", "102,100.6,", "the low of scenario 1, X on 2024-01-03 contradicts"),
        (",12", ",-1", "the volume of scenario 1, X on 2024-01-03 is not positive"),
        ("100.5,", "0,", "the open of scenario 1, X on 2024-01-03 is not positive"),
    ):
        (tmp_path / "t.csv").write_text(FOREIGN.replace(old, new))
        with pytest.raises(ScenarioError, match=message):
            read_scenarios(tmp_path / "t.csv")
