"""``tsgan.stress`` from Python: what it takes, what it gives, what it refuses."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import tsgan
from tests.pages.reading import check_page
from tsgan.applications.stress import Portfolio, StressTest
from tsgan.applications.stress.beside import BACKTESTED, BESIDE
from tsgan.errors import ConfigError, TsganError
from tsgan.reports.result import Result

SMALL = {"n_paths": 600, "horizon": 20}

SIMULATED = {f"historical simulation, {how}" for how in ("days at random", "overlapping windows")}


@pytest.fixture(scope="module")
def test(fitted, indices) -> StressTest:
    return tsgan.stress(
        fitted("gbm"),
        {"SPX": 0.6, "IXIC": 0.4},
        history=indices.before("2016-01-01"),
        shocks={"SPX": (-0.10, -0.03)},
        reverse="loss>=0.08",
        at=10,
        losses=[0.1, 0.02],
        drift="risk-neutral:0.03",
        **SMALL,
    )


def test_a_result_like_any_other(test, tmp_path):
    assert Result in type(test).__mro__ and "StressTest" in test._repr_html_()
    document = json.loads(test.to_json())
    assert document["event"]["event"] == "SPX between -10 % and -3 % on day 10"
    assert document["portfolio"]["exposures"] == {"SPX": 0.6, "IXIC": 0.4}
    assert {row["loss"] for row in document["losses"]} == {0.02, 0.1}
    assert set(test.to_frame()["source"]) == {"gbm", *SIMULATED, "gjr-garch", "given the event"}
    assert list(test.to_frame("components")["asset"].unique()) == ["SPX", "IXIC"]
    with pytest.raises(ConfigError, match=r"no table 'backtest_1d'; there are risk, components"):
        test.to_frame("backtest_1d")
    said = test.summary()
    for word in ("value at risk", "probability", "Through what", "importance sampling", "Martingale check"):
        assert word in said
    assert [answer[0][:8] for answer in test.answers] == ["SPX betw", "Loss at ", "Martinga"]
    assert len(test.replays) == len(test.to_frame("episodes")) > 3


def test_what_is_saved(test, tmp_path):
    test.save(tmp_path / "plain")
    assert not (tmp_path / "plain" / "paths.parquet").exists()
    test.save(tmp_path / "all", paths=True)
    tables = {f"{name}.csv" for name, rows in test.tables.items() if rows}
    written = {file.name for file in (tmp_path / "all").iterdir()}
    assert written == tables | {"stress.html", "stress.json", "files.json"} | {
        "paths.parquet",
        "paths.parquet.manifest.json",
    }
    assert (tmp_path / "all" / "stress.html").read_text() == test.to_html()
    check_page(test)
    assert test.front.question == "What if SPX is between -10 % and -3 % on day 10?"
    paths = tsgan.read_scenarios(tmp_path / "all" / "paths.parquet")
    np.testing.assert_array_equal(paths.returns, test.given.scenarios.returns)


def test_the_paths_given_an_event_are_those_that_sampling_gives(fitted, indices):
    history = indices.before("2010-01-01")
    for name in ("gbm", "stationary-bootstrap"):
        found = tsgan.stress(fitted(name), history=history, shocks="SPX<=-0.04", at=10, seed=5, **SMALL).given
        paths = tsgan.sample(fitted(name), 600, 20, seed=5, history=history, condition={"SPX": (None, -0.04)}, at=10)
        assert np.array_equal(paths.returns, found.scenarios.returns)
        assert np.array_equal(paths.weights, found.scenarios.weights)
        assert paths.provenance == found.scenarios.provenance


def test_portfolios_in_every_form(fitted, tmp_path):
    model = fitted("gbm")
    (tmp_path / "held.csv").write_text("ticker,weight\nSPX,0.7\nIXIC,-0.2\n")
    frame = pd.read_csv(tmp_path / "held.csv")
    held = Portfolio(("SPX", "IXIC"), np.array([0.7, -0.2]))
    weights = {"SPX": 0.7, "IXIC": -0.2}
    forms = (tmp_path / "held.csv", frame, frame.set_index("ticker"), held, weights, pd.Series(weights))
    found = [tsgan.stress(model, form, **SMALL).tables["risk"] for form in forms]
    assert all(rows == found[0] for rows in found)
    quantities = Portfolio(("SPX",), np.array([2.0]), "quantity")
    whole = tsgan.stress(model, quantities, capital=10_000, **SMALL)
    assert whole.book.capital == 10_000


def test_paths_in_every_form(fitted, tmp_path):
    model = fitted("gbm")
    paths = model.sample(600, 20, seed=0)
    paths.to_parquet(tmp_path / "paths.parquet")
    model.save(tmp_path / "model")
    sources = (model, tmp_path / "model", paths, tmp_path / "paths.parquet")
    found = [tsgan.stress(source, **SMALL).tables["risk"] for source in sources]
    assert all(rows == found[0] for rows in found)


def test_finished_paths_beside_other_models(fitted, indices):
    paths = fitted("gbm").sample(600, 20, seed=0)
    frame = pd.DataFrame(indices.prices, index=pd.DatetimeIndex(indices.dates), columns=list(indices.assets))
    found = tsgan.stress(paths, history=frame)
    assert set(found.to_frame()["source"]) == {"gbm", *SIMULATED, "gjr-garch"} and "episodes" not in found.tables


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"capital": 100.0}, "--capital needs a --portfolio"),
        ({"capital": -1.0, "portfolio": {"SPX": 1.0}}, "must be above 0"),
        ({"capital": 100.0, "portfolio": {"SPX": 1.0}}, "leave --capital out"),
        ({"capital": 100.0, "portfolio": Portfolio(("SPX",), np.ones(1))}, "leave --capital out"),
        ({"portfolio": {"SPX": np.nan}}, "weight of SPX is missing"),
        ({"portfolio": {}}, "no rows"),
        ({"losses": [0.1, -0.1]}, "--loss -0.1"),
        ({"at": 5}, "give one"),
        ({"shocks": "SPX<=-0.1"}, "--at DAY"),
        ({"reverse": "SPX<=-0.1", "at": 5}, "is none"),
        ({"shocks": "SPX<=-0.1", "at": 50}, "raise --horizon"),
        ({"start": "2015-06-01"}, "--history"),
        ({"backtest": "bundled:us-indices"}, "--history"),
        ({"drift": "up"}, "cannot read the drift"),
        ({"model_or_scenarios": "nowhere"}, "nowhere"),
    ],
    ids=str,
)
def test_refusals(fitted, options, words):
    options = {"model_or_scenarios": fitted("gbm"), **options}
    with pytest.raises(TsganError, match=words):
        tsgan.stress(**options, **SMALL)


def test_the_models_beside_exist():
    assert {*BESIDE.values(), *BACKTESTED} <= set(tsgan.FITTERS)
