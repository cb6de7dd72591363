"""Shock vectors: the moves that risk engines read, there and back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from resealing import reseal

import tsgan
from tsgan.errors import ScenarioError
from tsgan.scenarios.scenarios import Scenarios
from tsgan.scenarios.shocks import shocks
from tsgan.scenarios.tables import write


@pytest.fixture
def paths() -> Scenarios:
    returns = (np.random.default_rng(3).standard_normal((6, 10, 2)) * [0.02, 0.1]).astype(np.float32)
    dates = np.array("2018-12-31", "M8[D]") + np.arange(11)
    weights = np.array([1, 2, 3, 4, 5, 6]) / 21
    facts = {"model": "gbm", "seed": 4}
    start = np.array([2500.0, 3.0])
    return Scenarios(returns, ("SPX", "DGS10"), ("price", "rate"), dates, start, weights, 40, facts)


def test_moves_are_relative_for_prices_and_differences_for_rates(paths):
    moves = shocks(paths)
    np.testing.assert_allclose(moves[:, 0], paths.prices[:, -1, 0] / 2500 - 1, rtol=1e-12)
    np.testing.assert_allclose(moves[:, 1], paths.prices[:, -1, 1] - 3, rtol=1e-9)


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_there_and_back_in_pieces(paths, tmp_path, format):
    pieces = [replace(paths[a:b], weights=paths.weights[a:b]) for a, b in ((0, 2), (2, 6))]
    write(pieces, tmp_path / "t", "shocks", format)
    back = tsgan.read_scenarios(tmp_path / "t")
    assert (back.assets, back.kinds, back.first_path, back.horizon) == (paths.assets, paths.kinds, 40, 1)
    assert back.dates.tolist() == paths.dates[[0, -1]].tolist()
    np.testing.assert_allclose(back.prices[:, -1], paths.prices[:, -1], rtol=1e-6)
    np.testing.assert_allclose(back.weights, paths.weights)


def test_as_risk_engines_read_it(paths, tmp_path):
    paths.head(5).to_csv(tmp_path / "t.csv", "shocks")
    frame = pd.read_csv(tmp_path / "t.csv")
    assert list(frame) == ["AsOfDate", "ScenarioSet", "Index", "Scenario", "Weight", "SPX", "DGS10"]
    assert frame["Index"].tolist() == [1, 2, 3, 4, 5, 6] and frame["Scenario"].tolist() == list(range(40, 46))
    assert set(frame["AsOfDate"]) == {"2018-12-31"} and set(frame["ScenarioSet"]) == {"gbm 4"}
    np.testing.assert_allclose(frame["SPX"], paths.prices[:, 5, 0] / 2500 - 1, rtol=1e-9)
    assert list(replace(paths, weights=None).to_frame("shocks"))[4] == "SPX"


def test_what_cannot_be_read_says_why(paths, tmp_path):
    paths.to_csv(tmp_path / "t.csv", "shocks")
    text = (tmp_path / "t.csv").read_text()
    for changed, message in (
        (text.replace(",SPX", ",NDX"), "lacks the columns SPX"),
        (text + ",,,,,,\n", "SPX in row 7 is nan"),
    ):
        (tmp_path / "t.csv").write_text(changed)
        reseal(tmp_path / "t.csv")
        with pytest.raises(ScenarioError, match=message):
            tsgan.read_scenarios(tmp_path / "t.csv")
    frame = pd.DataFrame([line.split(",") for line in text.splitlines()[1:]], columns=text.splitlines()[0].split(","))
    frame.assign(SPX=-1.5).to_csv(tmp_path / "t.csv", index=False)
    reseal(tmp_path / "t.csv")
    with pytest.raises(ScenarioError, match=r"SPX in row 1 is -1\.5"):
        tsgan.read_scenarios(tmp_path / "t.csv")
    (tmp_path / "t.csv.manifest.json").unlink()
    with pytest.raises(ScenarioError, match="without their manifest"):
        tsgan.read_scenarios(tmp_path / "t.csv")


def test_what_has_no_place_there(paths, tmp_path):
    bars = {"open": paths.prices[:, :-1]}
    for changed, message in (
        (replace(paths, bars=bars), "closes only"),
        (replace(paths, assets=("Index", "DGS10")), "called Index"),
    ):
        with pytest.raises(ScenarioError, match=message):
            changed.to_csv(tmp_path / "t.csv", "shocks")
    assert not list(tmp_path.iterdir())
    with pytest.raises(ScenarioError, match="first 11 days"):
        paths.head(11)
