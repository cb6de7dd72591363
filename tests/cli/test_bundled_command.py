"""``bundled:us-indices`` wherever the command line takes a MODEL."""

import json

import numpy as np
import pytest

import tsgan
from tsgan.evaluation import scorecard
from tsgan.models.bundled import model_folder

NAME = "bundled:us-indices"


@pytest.fixture(autouse=True)
def untouched():
    """No command writes into the package."""
    before = {file: file.read_bytes() for file in model_folder(NAME).iterdir()}
    yield
    assert {file: file.read_bytes() for file in model_folder(NAME).iterdir()} == before


def test_sample(cli, tmp_path):
    done = cli("sample", NAME, "--paths", 20, "--horizon", 5, "--out", tmp_path / "p.parquet")
    assert done.exit_code == 0, done.stderr
    paths = tsgan.read_scenarios(tmp_path / "p.parquet")
    assert paths.rebased and paths.start_prices.tolist() == [100.0, 100.0]
    assert np.array_equal(paths.returns.shape, (20, 5, 2))


def test_history_and_start_prices(cli, tmp_path):
    words = ("sample", NAME, "--paths", 4, "--horizon", 5, "--out", tmp_path / "p.csv")
    done = cli(*words, "--history", "sample:us-indices", "--until", "2008-10-10")
    assert done.exit_code == 0, done.stderr
    panel = tsgan.load_prices("sample:us-indices").through("2008-10-10")
    np.testing.assert_allclose(tsgan.read_scenarios(tmp_path / "p.csv").start_prices, panel.last_prices)
    done = cli(*words, "--start-price", "SPX=5000", "--start-price", "IXIC=16000", "--overwrite")
    assert done.exit_code == 0, done.stderr
    assert not tsgan.read_scenarios(tmp_path / "p.csv").rebased


def test_prices_of_other_tickers(cli, prices, tmp_path):
    done = cli("sample", NAME, "--paths", 4, "--horizon", 5, "--history", prices, "--out", tmp_path / "p.csv")
    assert done.exit_code == 1 and "give a history with the model's tickers" in done.stderr


def test_evaluate_writes_the_card_beside_the_report(cli, tmp_path, monkeypatch):
    real, judged = scorecard.evaluate, []

    def evaluate(model, prices, **options):
        judged.append(model)  # what is judged is another question, and a walk is judged faster
        panel = tsgan.load_prices(prices)
        return real(tsgan.fit(panel.before(panel.cut_date(0.7)), "gbm"), panel, **options)

    monkeypatch.setattr(scorecard, "evaluate", evaluate)
    words = ("evaluate", NAME, "sample:us-indices", "--paths", 20, "--baselines", "none")
    done = cli(*words, "--out", tmp_path / "judged")
    assert done.exit_code == 0, done.stderr
    assert judged[0].info.rebased and "Judged on dates" in (tmp_path / "judged" / "MODEL_CARD.md").read_text()


def test_stress_of_weights_and_of_quantities(cli, tmp_path):
    words = ("stress", NAME, "--paths", 50, "--horizon", 5, "--out", tmp_path / "stress")
    done = cli(*words, "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)
    (tmp_path / "book.csv").write_text("ticker,quantity\nSPX,10\n")
    done = cli(*words, "--portfolio", tmp_path / "book.csv", "--overwrite")
    assert done.exit_code == 1 and "base values" in done.stderr and "--history" in done.stderr


def test_unknown(cli, tmp_path):
    for command in (
        ("sample", "bundled:x", "--paths", 1, "--horizon", 1, "--out", tmp_path / "p.csv"),
        ("forecast", "bundled:x", "sample:us-indices", "--out", tmp_path / "f"),
        ("compare", "bundled:x", NAME, "sample:us-indices"),
    ):
        done = cli(*command)
        assert done.exit_code == 1 and NAME in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert not list(tmp_path.iterdir())


def test_the_base_becomes_a_model_of_any_history(cli, closes, tmp_path):
    short = tmp_path / "mine.csv"
    closes.rename(columns={"AAA": "ODD", "BBB": "TICKERS"}).head(60).to_csv(short)
    words = ("sample", "bundled:base", "--paths", 16, "--horizon", 5, "--out", tmp_path / "p.parquet", "--overwrite")
    done = cli(*words, "--history", short)
    assert done.exit_code == 0, done.stderr
    paths = tsgan.read_scenarios(tmp_path / "p.parquet")
    assert paths.assets == ("ODD", "TICKERS") and paths.returns.shape == (16, 5, 2)
    assert paths.provenance["config"]["vintage"] == "base-2009"
    done = cli(*words, "--history", short, "--until", "2012-02-29", "--until", "2012-03-15")
    assert done.exit_code == 0, done.stderr
    told = tsgan.read_scenarios(tmp_path / "p.parquet").provenance
    assert told["train_end"] == "2012-02-29" and told["history_end"] == ["2012-02-29", "2012-03-15"]
    done = cli(*words)
    assert done.exit_code == 1 and "give" in done.stderr and "--history" in done.stderr


def test_train_with_a_short_history(cli, closes, tmp_path):
    closes.head(30).to_csv(tmp_path / "mine.csv")
    done = cli("train", tmp_path / "mine.csv", "--model", "base", "--out", tmp_path / "m")
    assert done.exit_code == 0, done.stderr
    assert tsgan.load_model(tmp_path / "m").info.model == "base"
