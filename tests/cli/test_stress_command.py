"""``tsgan stress`` on a geometric Brownian motion: everything it writes, and everything it refuses."""

import json

import numpy as np
import pandas as pd
import pytest

import tsgan
from tests.cli.test_bad_input import failed


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    file = tmp_path_factory.mktemp("portfolio") / "weights.csv"
    file.write_text("ticker,weight\nAAA,0.7\nBBB,0.3\n")
    return file


def test_everything_at_once(cli, model, prices, weights, tmp_path):
    out = tmp_path / "stress"
    done = cli(
        "stress", model, "--portfolio", weights, "--history", prices, "--from", "2015-06-01", "--out", out,
        "--shock", "AAA=-0.10", "--reverse", "loss>=0.12", "--within", 20, "--paths", 1000, "--horizon", 30,
        "--drift", "zero", "--antithetic", "--backtest", model, "--save-paths", "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    result = json.loads(done.stdout)
    assert result == json.loads((out / "stress.json").read_text())
    assert result["start"] == "2015-06-01" and result["drift"] == "zero"
    simulated = {f"historical simulation, {how}" for how in ("days at random", "overlapping windows")}
    assert {row["source"] for row in result["risk"]} == {"gbm", *simulated, "gjr-garch", "given the event"}
    assert {row["days"] for row in result["risk"]} == {1, 10, 20}
    assert 0 < result["event"]["probability"]["value"] < 1 and result["reverse"]["sentences"]
    assert {row["source"] for row in result["backtest"]["ten_day"]} == {"gbm", "fhs", "gjr-garch", "iid-bootstrap"}
    risk = pd.read_csv(out / "risk.csv")
    assert np.all(risk["es"] >= risk["var"]) and np.all(risk["var_low"] <= risk["var"])
    assert (out / "components.csv").exists() and (out / "backtest_1d.csv").exists()
    page = (out / "stress.html").read_text()
    assert "What would have to happen" in page and "Does the number hold" in page
    assert "http" not in page.replace("http-equiv", "")  # nothing is loaded
    # The paths come back with their weights, on which the event happens, and stand for themselves in another run.
    paths = tsgan.read_scenarios(out / "paths.parquet")
    assert paths.weights is not None and paths.weights.sum() == pytest.approx(1)
    move = paths.prices[:, 1:21, 0] / paths.start_prices[0] - 1
    assert ((np.abs(move + 0.10) <= 0.01 + 1e-6).any(axis=1)).all()
    again = cli("stress", out / "paths.parquet", "--portfolio", weights, "--out", tmp_path / "again", "--json")
    assert again.exit_code == 0, again.stderr
    rows = {(r["source"], r["days"], r["level"]): r["var"] for r in result["risk"]}
    for row in json.loads(again.stdout)["risk"]:
        assert row["var"] == pytest.approx(rows["given the event", row["days"], row["level"]], abs=1e-6)


def test_finished_paths_are_selected(cli, model, weights, tmp_path):
    assert cli("sample", model, "--paths", 2000, "--horizon", 20, "--out", tmp_path / "p.parquet").exit_code == 0
    done = cli(
        "stress", tmp_path / "p.parquet", "--portfolio", weights, "--shock", "AAA<=-0.03", "--at", 10,
        "--out", tmp_path / "s", "--details",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert "on which it happens" in done.stdout
    lines = done.stdout.strip().splitlines()
    assert "open it in a browser" in lines[-1] and any("Probability" in line for line in lines[-4:-1])  # verdict last


def test_a_history_is_read_as_the_model_sees_it(cli, prices, tmp_path):
    """A series that the model takes for a level is one in the history too, in stress tests and for loans."""
    model = tmp_path / "model"
    assert cli("train", prices, "--model", "gbm", "--kind", "BBB=level:0", "--out", model).exit_code == 0
    (tmp_path / "book.csv").write_text("loan,amount,collateral\nA,50,AAA:1\n")
    for words in (
        ("stress", model, "--shock", "BBB=(80,200)", "--at", 10),
        ("lend", model, "--book", tmp_path / "book.csv"),
    ):
        done = cli(*words, "--history", prices, "--paths", 500, "--horizon", 10, "--out", tmp_path / words[0])
        assert done.exit_code == 0, done.stderr


REFUSED = {
    "unknown ticker": (["--portfolio", "{other}"], ["holds ZZZ", "AAA, BBB"]),
    "weight missing": (["--portfolio", "{missing}"], ["weight of AAA is missing"]),
    "shock on an absent asset": (["--shock", "DAX=-0.2", "--at", "5"], ["DAX", "AAA, BBB"]),
    "within 0": (["--shock", "AAA=-0.2", "--within", "0"], ["--within 0"]),
    "impossible band": (["--shock", "AAA=(-0.1,-0.2)", "--at", "5"], ["lower end first"]),
    "never": (["--shock", "AAA<=-0.9", "--at", "5"], ["nothing to say"]),
    "after the horizon": (["--shock", "AAA=-0.1", "--at", "50"], ["raise --horizon"]),
    "everything": (["--shock", "AAA>=-2", "--at", "5"], ["empty or everything"]),
    "reverse of a shock": (["--reverse", "AAA<=-0.1", "--at", "5"], ["loss>=0.30"]),
    "reverse of no loss": (["--reverse", "loss<=0.1", "--at", "5"], ["loss>=0.30", "is none"]),
    "two signs": (["--shock", "AAA==-0.1", "--at", "5"], ["cannot read", "AAA==-0.1"]),
    "no time": (["--reverse", "loss>=0.3"], ["--at", "--within"]),
    "time without event": (["--at", "5"], ["--shock or --reverse"]),
    "from without history": (["--from", "2015-06-01"], ["--history"]),
    "backtest without history": (["--backtest", "{model}"], ["--history"]),
    "bad drift": (["--drift", "up"], ["drift", "risk-neutral"]),
    "bad loss": (["--loss", "-1"], ["--loss"]),
    "capital of weights": (["--portfolio", "{weights}", "--capital", "100"], ["--capital"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(cli, model, weights, tmp_path, case):
    (tmp_path / "other.csv").write_text("ticker,weight\nZZZ,1\n")
    (tmp_path / "missing.csv").write_text("ticker,weight\nAAA,\n")
    names = {"other": tmp_path / "other.csv", "missing": tmp_path / "missing.csv", "weights": weights, "model": model}
    options, words = REFUSED[case]
    options = [option.format(**names) for option in options]
    failed(cli("stress", model, *options, "--paths", 200, "--horizon", 20, "--out", tmp_path / "out"), *words)
    assert not (tmp_path / "out").exists()


def test_mirrored_noise_needs_a_model(cli, model, tmp_path):
    assert cli("sample", model, "--paths", 200, "--horizon", 5, "--out", tmp_path / "p.csv").exit_code == 0
    failed(cli("stress", tmp_path / "p.csv", "--antithetic", "--out", tmp_path / "out"), "--antithetic needs a model")


def test_paths_of_other_tickers(cli, model, prices, tmp_path):
    assert cli("sample", model, "--paths", 200, "--horizon", 5, "--out", tmp_path / "p.csv").exit_code == 0
    (tmp_path / "w.csv").write_text("ticker,weight\nSPX,1\n")
    done = cli("stress", tmp_path / "p.csv", "--portfolio", tmp_path / "w.csv", "--out", tmp_path / "out")
    failed(done, "holds SPX", "AAA, BBB")
