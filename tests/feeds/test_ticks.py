"""Ticks follow price and daily move, ticker by ticker, and are said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan.errors import ConfigError, TsganWarning
from tsgan.feeds.ticks import fitted, parse_ticks
from tsgan.scenarios.scenarios import Scenarios

CALENDAR = pd.bdate_range("2031-01-01", periods=253).to_numpy().astype("datetime64[D]")


def paths() -> Scenarios:
    """A stock at 80, a currency pair at 1.08 that moves .4 % a day, a coin at .0012."""
    rng = np.random.default_rng(3)
    returns = rng.standard_normal((20, 252, 3)) * (0.015, 0.004, 0.05)
    kinds = ("price", "price", "price")
    return Scenarios(
        returns.astype(np.float32), ("STK", "EURXXX", "COIN"), kinds, CALENDAR, np.array([80, 1.08, 0.0012])
    )


def closes(folder: Path, ticker: str) -> np.ndarray:
    files = sorted(folder.glob(f"*{ticker}.csv"))
    return np.column_stack([pd.read_csv(file)["close"].to_numpy() for file in files])


def test_no_ticker_stands_still(tmp_path: Path):
    found = tsgan.feed(paths(), "backtrader", tmp_path / "feed")
    assert found.ticks == {"STK": 0.01, "EURXXX": 1e-4, "COIN": 1e-6}
    for ticker in found.ticks:
        still = (np.diff(closes(tmp_path / "feed", ticker), axis=0) == 0).mean()
        assert still < 0.06, (ticker, still)
    assert "in steps of 0.01 (STK), 0.0001 (EURXXX) and 1e-06 (COIN)" in found.summary()
    assert json.loads((tmp_path / "feed" / "manifest.json").read_text())["ticks"] == found.ticks
    assert "steps of 0.01 (STK)" in found.render()


def test_a_coarse_step_is_taken_and_said(tmp_path: Path):
    with pytest.warns(TsganWarning) as said:
        tsgan.feed(paths(), "backtrader", tmp_path / "feed", tick=0.01)
    told = [str(one.message) for one in said]
    assert len(told) == 2 and "a tick of 0.01 is 0.93% of the price of EURXXX and 2.3 times its usual move" in told[0]
    assert "give EURXXX=0.0001" in told[0]


def test_one_ticker_of_several(tmp_path: Path):
    found = tsgan.feed(paths(), "bt", tmp_path / "feed", tick={"EURXXX": 0.0005})
    assert found.ticks == {"STK": 0.01, "EURXXX": 0.0005, "COIN": 1e-6}
    with pytest.raises(ConfigError, match=r"tick is given for NOPE, but the paths have STK"):
        tsgan.feed(paths(), "bt", tmp_path / "other", tick={"NOPE": 0.1})


def test_what_an_engine_cannot_hold_is_said(tmp_path: Path):
    with pytest.warns(TsganWarning, match="tick of 0.0001 .* COIN .*Lean holds nothing finer"):
        found = tsgan.feed(paths(), "lean", tmp_path / "feed", tick={"COIN": 0.0001})
    assert found.ticks["EURXXX"] == 1e-4
    assert fitted(0.0005, 0.001) == 0.001


@pytest.mark.parametrize(
    ("move", "step"), [(1.0, 0.01), (0.1, 0.01), (0.099, 0.001), (0.004, 1e-4), (1e-3, 1e-4), (9e-4, 1e-5), (0, 0.01)]
)
def test_steps_that_fit(move: float, step: float):
    assert fitted(move) == step


def test_words():
    assert parse_ticks(()) is None and parse_ticks(("0.05",)) == 0.05
    assert parse_ticks(("EURXXX=0.0001", "A=B=1")) == {"EURXXX": 1e-4, "A=B": 1}
    for wrong in (("x",), ("A=x",), ("0.1", "A=1"), ("=1",)):
        with pytest.raises(ConfigError, match="cannot read the tick"):
            parse_ticks(wrong)
