"""Scenario tables: what is written comes back, and what cannot be read says why."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from resealing import reseal

import tsgan
from tsgan.errors import OutputError, ScenarioError
from tsgan.owned import sha256_of
from tsgan.scenarios.manifest import manifest_path
from tsgan.scenarios.scenarios import Scenarios
from tsgan.scenarios.tables import read_scenarios, to_frame, write

FORMATS = ("csv", "parquet")


def scenarios_of(paths: int = 7, days: int = 5, **changes) -> Scenarios:
    """Three assets of three kinds, with prices that no short decimal can express."""
    generator = np.random.default_rng(0)
    returns = (generator.standard_normal((paths, days, 3)) * [0.01, 1.5, 0.05]).astype(np.float32)
    base = Scenarios(
        returns=returns,
        assets=("SPX", "^VIX", "DGS10"),
        kinds=("price", "level", "rate"),
        dates=np.array("2018-12-31", "M8[D]") + np.arange(days + 1),
        start_prices=np.array([2506.850098 + 1e-11, 25.42 / 3, -0.1 / 3]),
        provenance={"model": "gbm", "seed": 3, "calendar": "XNYS", "currency": "USD", "config": {"a": [1, 2.5]}},
    )
    return replace(base, **changes)


def assert_same(one: Scenarios, other: Scenarios) -> None:
    assert one.returns.dtype == other.returns.dtype and np.array_equal(one.returns, other.returns)
    assert (one.assets, one.kinds, one.first_path) == (other.assets, other.kinds, other.first_path)
    assert one.dates.dtype == other.dates.dtype and np.array_equal(one.dates, other.dates)
    assert np.array_equal(one.start_prices, other.start_prices)
    assert (one.weights is None) == (other.weights is None)
    assert one.weights is None or np.array_equal(one.weights, other.weights)
    assert dict(one.provenance) == dict(other.provenance)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("weighted", [False, True])
def test_long_round_trip_is_exact(tmp_path, format, weighted):
    weights = np.random.default_rng(1).dirichlet(np.ones(7)) if weighted else None
    scenarios = scenarios_of(weights=weights, first_path=40)
    write([scenarios], tmp_path / "t", "long", format)
    assert_same(tsgan.read_scenarios(tmp_path / "t"), scenarios)


@pytest.mark.parametrize("format", FORMATS)
def test_wide_round_trip(tmp_path, format):
    scenarios = scenarios_of(first_path=9_998)  # numbers grow to five digits on the way
    write([scenarios], tmp_path / "t", "wide", format)
    again = read_scenarios(tmp_path / "t")
    np.testing.assert_allclose(again.returns, scenarios.returns, rtol=1e-6, atol=2e-9)
    assert_same(replace(again, returns=scenarios.returns), scenarios)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("layout", ["long", "wide"])
def test_chunks_make_the_same_table(tmp_path, format, layout):
    whole = scenarios_of(first_path=3)
    write([whole], tmp_path / "whole", layout, format)
    write((whole[i : i + 2] for i in (0, 2, 4)), tmp_path / "some", layout, format)
    write((piece for piece in (whole[:4], whole[4:])), tmp_path / "parts", layout, format)
    assert_same(read_scenarios(tmp_path / "parts"), read_scenarios(tmp_path / "whole"))
    assert read_scenarios(tmp_path / "some").n_paths == 6
    assert json.loads(manifest_path(tmp_path / "parts").read_text())["paths"] == 7


@pytest.mark.parametrize("format", FORMATS)
def test_files_are_identical_twice(tmp_path, format):
    for name in ("a", "b"):
        write([scenarios_of()], tmp_path / name, "long", format)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert manifest_path(tmp_path / "a").read_bytes() == manifest_path(tmp_path / "b").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "a.manifest.json", "b", "b.manifest.json"]


def test_long_csv_as_people_read_it(tmp_path):
    scenarios_of().to_csv(tmp_path / "t.csv")
    lines = (tmp_path / "t.csv").read_text().splitlines()
    assert lines[0] == "scenario,date,ticker,close,return"
    assert lines[1] == "0,2018-12-31,SPX,2506.85009800001,"
    assert lines[4].startswith("0,2019-01-01,SPX,") and len(lines) == 1 + 7 * 6 * 3
    frame = pd.read_csv(tmp_path / "t.csv", parse_dates=["date"])
    np.testing.assert_allclose(frame["close"], scenarios_of().prices.reshape(-1), rtol=1e-9)
    assert np.isnan(frame["return"]).sum() == 7 * 3


def test_manifest(tmp_path):
    scenarios_of(first_path=5).to_parquet(tmp_path / "t.parquet")
    manifest = json.loads((tmp_path / "t.parquet.manifest.json").read_text())
    assert manifest["notice"] == "synthetic, not a forecast"
    assert manifest["tickers"] == ["SPX", "^VIX", "DGS10"] and manifest["kinds"] == ["price", "level", "rate"]
    assert manifest["start_prices"] == scenarios_of().start_prices.tolist()
    assert (manifest["as_of_date"], manifest["horizon"]) == ("2018-12-31", 5)
    assert (manifest["paths"], manifest["first_path"], manifest["weights"]) == (7, 5, False)
    assert (manifest["model"], manifest["seed"], manifest["calendar"]) == ("gbm", 3, "XNYS")
    inside = pq.read_metadata(tmp_path / "t.parquet").metadata[b"tsgan.manifest"]
    assert manifest["files"] == {"table": sha256_of(tmp_path / "t.parquet")}
    hashes = ("files", "sha256")
    assert {k: v for k, v in json.loads(inside).items() if k not in hashes} == {
        k: v for k, v in manifest.items() if k not in hashes
    }


def test_frames():
    scenarios = scenarios_of(first_path=2)
    long, wide = to_frame(scenarios, "long"), scenarios.to_frame("wide")
    assert list(long.columns) == ["scenario", "date", "ticker", "close", "return"]
    assert long["scenario"].unique().tolist() == list(range(2, 9))
    assert long["date"].dtype.kind == "M" and long["return"].dtype == np.float32
    one = long.query("scenario == 4 and ticker == '^VIX'")
    np.testing.assert_array_equal(one["close"], scenarios.prices[2, :, 1])
    np.testing.assert_array_equal(one["return"].to_numpy()[1:], scenarios.returns[2, :, 1])
    assert wide.shape == (6, 21) and wide.index.name == "date"
    np.testing.assert_array_equal(wide["DGS10|0004"], scenarios.prices[2, :, 2])


@pytest.mark.parametrize("ticker", ["NA", 'B,"R', "Ünï code", "A|B|7"])
@pytest.mark.parametrize("layout", ["long", "wide"])
def test_odd_tickers(tmp_path, ticker, layout):
    scenarios = scenarios_of(assets=("SPX", ticker, "12"))
    scenarios.to_csv(tmp_path / "t.csv", layout)
    assert read_scenarios(tmp_path / "t.csv").assets == scenarios.assets


def test_paths_that_leave_the_scale(tmp_path):
    returns = np.zeros((1, 3, 3), np.float32)
    returns[0, :, 0] = [-30, 60, 700]  # a price near 0, a huge one, and one that overflows
    scenarios = scenarios_of(1, 3, returns=returns)
    scenarios.to_csv(tmp_path / "t.csv")
    assert_same(read_scenarios(tmp_path / "t.csv"), scenarios)


FOREIGN = """date,scenario,ticker,open,close
2024-01-03,A,X,1,101
2024-01-02,A,X,1,100
2024-01-02,A,Y,1,50
2024-01-03,A,Y,1,49
2024-01-02,B,X,1,100
2024-01-03,B,X,1,90
2024-01-03,B,Y,1,52
2024-01-02,B,Y,1,50
"""


def foreign(tmp_path, *changes, text=FOREIGN):
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "foreign.csv").write_text(text)
    return tmp_path / "foreign.csv"


def test_foreign_long_table(tmp_path):
    scenarios = read_scenarios(foreign(tmp_path))
    assert scenarios.assets == ("X", "Y") and scenarios.kinds == ("price", "price") and scenarios.first_path == 0
    np.testing.assert_array_equal(scenarios.start_prices, [100, 50])
    np.testing.assert_allclose(scenarios.returns[:, 0], np.log([[1.01, 0.98], [0.9, 1.04]]), rtol=1e-6)
    assert scenarios.provenance == {"source": "foreign.csv"}
    pd.read_csv(tmp_path / "foreign.csv").to_parquet(tmp_path / "foreign.parquet")
    np.testing.assert_array_equal(read_scenarios(tmp_path / "foreign.parquet").returns, scenarios.returns)


def test_foreign_wide_table(tmp_path):
    path = foreign(tmp_path, text="date,X|1,X|2,Y|2,Y|1\n2024-01-03,101,90,52,49\n2024-01-02,100,100,50,50\n")
    scenarios = read_scenarios(path)
    assert scenarios.assets == ("X", "Y") and scenarios.first_path == 1
    np.testing.assert_allclose(scenarios.returns[:, 0], np.log([[1.01, 0.98], [0.9, 1.04]]), rtol=1e-6)


def test_pandas_frames_written_by_hand(tmp_path):
    scenarios = scenarios_of()
    for name, save in (("t.csv", pd.DataFrame.to_csv), ("t.parquet", pd.DataFrame.to_parquet)):
        frame = to_frame(scenarios[:3])[lambda f: f["ticker"] == "SPX"]
        save(frame, tmp_path / name, index=False)
        assert np.array_equal(read_scenarios(tmp_path / name).returns, scenarios.returns[:3, :, :1])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([("2024-01-03,B,Y,1,52\n", "")], "no rows for scenario B, Y on 2024-01-03"),
        ([("2024-01-03,B,Y,1,52\n", "2024-01-03,B,Z,1,52\n")], "no rows for scenario A, Z on 2024-01-02"),
        ([("2024-01-03,B,Y,1,52\n", "2024-01-03,B,Y,1,52\n" * 2)], "2 rows for scenario B, Y on 2024-01-03"),
        (
            [(FOREIGN, "scenario,date,ticker,close\n1,2024-01-02,X,5\n2,2024-01-03,Y,5\n3,2024-01-04,Z,5\n")],
            "only 3 rows",
        ),
        ([("52", "")], "no close for scenario B, Y on 2024-01-03"),
        ([("52", "-1")], "scenario B, Y on 2024-01-03 is not positive"),
        ([("52", "dear")], "cannot be read as a table"),
        ([("2024-01-02,B,Y,1,50", "2024-01-02,B,Y,1,51")], "another start price for scenario B, Y on 2024-01-02"),
        ([("2024-01-03", "soon")], "are not dates"),
        ([("scenario", "who")], "no column scenario"),
        ([("ticker", "sort")], "does not name its ticker"),
        ([(FOREIGN, "date,scenario,ticker,close\n")], "no rows"),
        ([(FOREIGN, "")], "cannot be read"),
        ([(FOREIGN, "date,SPX,NDX\n2024-01-02,1,2\n")], "not a table of scenarios"),
        ([(FOREIGN, "date,X|1,X|2,Y|1\n2024-01-02,1,2,3\n2024-01-03,1,2,3\n")], "different paths"),
        ([(FOREIGN, "scenario,date,ticker,close\n1,2024-01-02,X,5\n")], "one date only"),
    ],
)
def test_foreign_tables_that_cannot_be_read(tmp_path, changes, message):
    with pytest.raises(ScenarioError, match=message) as caught:
        read_scenarios(foreign(tmp_path, *changes))
    assert "foreign.csv" in str(caught.value)


@pytest.mark.parametrize(
    ("returns", "message"),
    [
        ((",", ",101"), "log returns are expected"),
        ((",", ","), "no return for scenario 1, X on 2024-01-03"),
        (("0.0", "0.01"), "its return must be empty"),
        ((",", ",-0.5"), "not the log return of its closes"),  # the simple return; the log return is -0.69
    ],
)
def test_foreign_returns_that_are_something_else(tmp_path, returns, message):
    first, last = (value.lstrip(",") for value in returns)
    rows = f"scenario,date,ticker,close,return\n1,2024-01-02,X,100,{first}\n1,2024-01-03,X,50,{last}\n"
    with pytest.raises(ScenarioError, match=message):
        read_scenarios(foreign(tmp_path, text=rows))


def test_weights(tmp_path):
    rows = "scenario,date,ticker,close,weight\n1,2024-01-02,X,100,3\n1,2024-01-03,X,50,3\n2,2024-01-02,X,100,1\n"
    path = foreign(tmp_path, text=rows + "2,2024-01-03,X,50,1\n")
    np.testing.assert_array_equal(read_scenarios(path).weights, [0.75, 0.25])
    with pytest.raises(ScenarioError, match="scenario 2, X on 2024-01-03"):
        read_scenarios(foreign(tmp_path, text=rows + "2,2024-01-03,X,50,2\n"))
    with pytest.raises(ScenarioError, match="at least 0"):
        read_scenarios(foreign(tmp_path, text=rows.replace(",1\n", ",-1\n") + "2,2024-01-03,X,50,-1\n"))
    with pytest.raises(ScenarioError, match="no place for weights"):
        scenarios_of(weights=np.full(7, 1 / 7)).to_csv(tmp_path / "t.csv", "wide")


def test_files_that_are_not_tables(tmp_path):
    with pytest.raises(ScenarioError, match="there is no file"):
        read_scenarios(tmp_path / "none.csv")
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_scenarios(tmp_path)
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and then nonsense")
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_scenarios(tmp_path / "broken.parquet")
    (tmp_path / "noise.csv").write_bytes(bytes(range(256)) * 10)
    with pytest.raises(ScenarioError):
        read_scenarios(tmp_path / "noise.csv")


def test_manifests_that_do_not_fit(tmp_path):
    path, manifest = tmp_path / "t.csv", tmp_path / "t.csv.manifest.json"
    scenarios_of().to_csv(path)
    text = manifest.read_text()
    for changed, message in (
        ("{", "not a manifest"),
        ("[]", "not a manifest"),
        (text.replace("SPX", "NDX"), "not as it was written"),
        (text.replace('"schema_version": 2', '"schema_version": 3'), "schema version 3"),
    ):
        manifest.write_text(changed)
        with pytest.raises(ScenarioError, match=message):
            read_scenarios(path)
    for told, instead, message in (("SPX", "NDX", "belongs to another table"), ("2506.85", "2507.85", "another start")):
        manifest.write_text(text)
        reseal(path, lambda text, told=told, instead=instead: text.replace(told, instead))
        with pytest.raises(ScenarioError, match=message):
            read_scenarios(path)


def test_jobs_that_do_not_fit_together_leave_no_file(tmp_path):
    whole = scenarios_of()
    target = tmp_path / "t.csv"
    for chunks, message in (
        ([], "no paths"),
        ([whole[:2], whole[3:]], "starts with path 2, not 3"),
        ([whole[:2], replace(whole[2:], assets=("A", "B", "C"))], "differ in tickers"),
    ):
        with pytest.raises(ScenarioError, match=message):
            write(chunks, target)
    for layout, format in (("tall", "csv"), ("long", "xls")):
        with pytest.raises(ScenarioError, match="choose one of"):
            write([whole], target, layout, format)
    with pytest.raises(ScenarioError, match="JSON"):
        write([replace(whole, provenance={"x": object()})], target)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        write([whole], tmp_path / "file" / "t.csv")


@pytest.mark.parametrize("format", FORMATS)
def test_a_million_rows_in_seconds(tmp_path, format):
    returns = (np.random.default_rng(0).standard_normal((2_000, 252, 2)) * 0.01).astype(np.float32)
    dates = np.array("2019-01-01", "M8[D]") + np.arange(253)
    scenarios = Scenarios(returns, ("SPX", "IXIC"), ("price", "price"), dates, np.array([2506.85, 6635.28]))
    start = time.perf_counter()
    write([scenarios], tmp_path / "t", "long", format)
    assert time.perf_counter() - start < 5
    assert np.array_equal(read_scenarios(tmp_path / "t").returns, returns)
