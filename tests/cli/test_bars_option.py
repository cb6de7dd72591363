"""``--bars``: from prices to tables and feeds with open, high, low and volume."""

import json
from functools import partial

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan.evaluation.scorecard import evaluate


@pytest.fixture(scope="module")
def model(cli, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bars") / "model"
    done = cli("train", "sample:nasdaq", "--model", "gbm", "--until", "2015-12-31", "--bars", "--out", folder)
    assert done.exit_code == 0, done.stderr
    return folder


def assert_valid(table):
    known = table.dropna(subset=["open"])
    assert len(known) == len(table) - table["scenario"].nunique()
    assert (known["low"] <= known[["open", "close"]].min(axis=1)).all() and (known["low"] > 0).all()
    assert (known["high"] >= known[["open", "close"]].max(axis=1)).all() and (known["volume"] >= 0).all()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_sample_follows_the_model(cli, model, tmp_path, suffix):
    out = tmp_path / f"paths.{suffix}"
    assert cli("sample", model, "--paths", 30, "--horizon", 5, "--out", out).exit_code == 0
    assert_valid(pd.read_csv(out) if suffix == "csv" else pd.read_parquet(out))
    bars = tsgan.read_scenarios(out).bars
    for name, values in tsgan.load_model(model).sample(30, 5).bars.items():
        np.testing.assert_allclose(bars[name], values, rtol=1e-9)


def test_feeds_get_true_bars(cli, model, tmp_path):
    assert cli("sample", model, "--paths", 2, "--horizon", 5, "--out", tmp_path / "paths.parquet").exit_code == 0
    done = cli("feed", tmp_path / "paths.parquet", "--engine", "backtesting", "--out", tmp_path / "feed")
    assert done.exit_code == 0, done.stderr
    table = pd.read_csv(next((tmp_path / "feed").rglob("SYN*.csv")))
    assert bool(np.all(table["High"].to_numpy()[1:] > table["Low"].to_numpy()[1:]))
    assert len(set(table["Volume"].tolist())) == len(table)


def test_prices_without_bars(cli, tmp_path):
    for command in ("train", "run"):
        done = cli(command, "sample:credit", "--model", "gbm", "--bars", "--out", tmp_path / command)
        assert done.exit_code == 1 and "no open, high, low for" in done.stderr and "Traceback" not in done.stderr
        assert not (tmp_path / command / "model").exists()


@pytest.mark.slow
def test_run(cli, tmp_path, monkeypatch):
    brief = partial(evaluate, baselines=(), paths=20, draws=200)
    monkeypatch.setattr("tsgan.evaluation.scorecard.evaluate", brief)
    frame = tsgan.load_prices("sample:nasdaq").through("2004-12-31")
    table = pd.DataFrame({"Close": frame.prices[:, 0]} | {k.title(): v[:, 0] for k, v in frame.bars.items()})
    table.set_index(pd.DatetimeIndex(frame.dates, name="Date")).to_csv(tmp_path / "IXIC.csv")
    done = cli(
        "run", tmp_path / "IXIC.csv", "--model", "gbm", "--bars", "--paths", 30, "--horizon", 10, "--out",
        tmp_path / "run",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert_valid(pd.read_parquet(tmp_path / "run" / "scenarios.parquet"))
    assert_valid(pd.read_csv(tmp_path / "run" / "scenarios_sample.csv"))
    assert json.loads((tmp_path / "run" / "run.json").read_text())["bars"] is True
    assert tsgan.load_model(tmp_path / "run" / "model").bars is not None
