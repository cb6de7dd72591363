"""The command line, used as it should not be: a clear message, a failing exit code, nothing written."""

import json
import os
import subprocess
import sys

import pandas as pd
import pytest


def failed(done, *words, code=1):
    """Check that a command failed with one message that holds these words (any case)."""
    assert done.exit_code == code, (done.exit_code, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr + done.stdout
    assert done.stdout == ""
    message = " ".join(done.stderr.split()).lower()
    assert "error" in message
    for word in words:
        assert word.lower() in message, message


def changed(closes, **cells):
    """``closes`` with the cells of some rows of its first column replaced, as text."""
    table = closes.astype(str)
    for row, value in cells.items():
        table.iloc[int(row[1:]), 0] = value
    return table


BAD_PRICES = {
    "text in a price column": (lambda closes: changed(closes, _7="hello"), ["AAA", "hello"]),
    "negative prices": (lambda closes: changed(closes, _7="-3.5"), ["AAA", "-3.5"]),
    "a constant series": (lambda closes: closes.assign(AAA=50.0), ["AAA"]),
    "duplicate dates": (
        lambda closes: pd.concat([closes, closes.iloc[10:11]]).sort_index(),
        ["duplicate", "2012-01-16"],
    ),
    "a 30-day history": (lambda closes: closes.iloc[:30], ["30"]),
    "intraday bars": (
        lambda closes: closes.set_axis(
            pd.date_range("2012-01-02 09:30", periods=len(closes), freq="5min", name="date")
        ),
        ["intraday"],
    ),
}


@pytest.mark.parametrize("case", BAD_PRICES)
def test_bad_prices(cli, closes, tmp_path, case):
    spoil, words = BAD_PRICES[case]
    spoil(closes).to_csv(tmp_path / "bad.csv")
    failed(cli("train", tmp_path / "bad.csv", "--model", "gbm", "--out", tmp_path / "model"), *words)
    assert [path.name for path in tmp_path.iterdir()] == ["bad.csv"]


@pytest.mark.parametrize("command", ["train", "run", "inspect"])
def test_missing_and_empty_files(cli, tmp_path, command):
    rest = [] if command == "inspect" else ["--model", "gbm", "--out", tmp_path / "out"]
    failed(cli(command, tmp_path / "nowhere.csv", *rest), "nowhere.csv")
    (tmp_path / "empty.csv").write_text("")
    failed(cli(command, tmp_path / "empty.csv", *rest), "empty.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["empty.csv"]


def test_unknown_sample(cli, tmp_path):
    failed(cli("train", "sample:nope", "--model", "gbm", "--out", tmp_path / "model"), "nope", "us-indices")


def test_ticker_offline(cli, tmp_path):
    failed(cli("train", "yahoo:NOSUCHTICKER", "--model", "gbm", "--out", tmp_path / "m"), "NOSUCHTICKER", "offline")
    failed(cli("fetch", "NOSUCHTICKER", "--out", tmp_path / "prices.csv"), "NOSUCHTICKER", "offline")
    assert not (tmp_path / "prices.csv").exists()


def test_unwritable_output(cli, prices, model, tmp_path):
    file = tmp_path / "file"
    file.write_text("precious")
    under = file / "deep" / "out"
    failed(cli("train", prices, "--model", "gbm", "--out", under), "cannot write", "--out")
    failed(cli("train", prices, "--model", "gbm", "--out", file), "file")
    failed(cli("run", prices, "--model", "gbm", "--out", under), "cannot write")
    failed(cli("evaluate", model, prices, "--out", under), "cannot write")
    failed(cli("sample", model, "--paths", 1, "--horizon", 1, "--out", under.with_suffix(".csv")), "cannot write")
    failed(cli("sample", model, "--paths", 1, "--horizon", 1, "--out", tmp_path / "a.xlsx"), ".csv", code=2)
    (tmp_path / "folder.csv").mkdir()
    failed(cli("sample", model, "--paths", 1, "--horizon", 1, "--out", tmp_path / "folder.csv"), "folder")
    assert file.read_text() == "precious"


def test_other_files_are_not_replaced(cli, prices, tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    failed(cli("train", prices, "--model", "gbm", "--out", tmp_path), "thesis.tex, which tsgan did not write")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "notes.txt").write_text("precious")
    failed(cli("run", prices, "--model", "gbm", "--out", tmp_path), "notes.txt, which tsgan did not write")
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / "report.html").write_text("precious")
    failed(cli("run", prices, "--model", "gbm", "--out", tmp_path / "second"), "report.html")
    assert {p.name for p in tmp_path.rglob("*") if p.is_file()} == {"thesis.tex", "notes.txt", "report.html"}


def test_folders_that_are_no_models(cli, prices, model, tmp_path):
    sample = ("--paths", 1, "--horizon", 1, "--out", tmp_path / "a.csv")
    failed(cli("sample", tmp_path / "nowhere", *sample), "not a model folder", "nowhere")
    failed(cli("evaluate", tmp_path, prices, "--out", tmp_path / "e"), "not a model folder")
    failed(cli("compare", model, tmp_path, prices), "not a model folder")
    (tmp_path / "model.json").write_text("{")
    failed(cli("sample", tmp_path, *sample), "model.json")
    assert [path.name for path in tmp_path.iterdir()] == ["model.json"]


@pytest.mark.parametrize(
    ("option", "value"), [("--paths", 0), ("--horizon", -1), ("--seed", -1), ("--seed", 2**32), ("--paths", "many")]
)
def test_counts(cli, model, tmp_path, option, value):
    options = {"--paths": 1, "--horizon": 1, "--seed": 0, option: value}
    words = [str(word) for pair in options.items() for word in pair]
    failed(cli("sample", model, "--out", tmp_path / "a.csv", *words), option, code=2)
    assert not list(tmp_path.iterdir())


def test_history_of_other_tickers(cli, model, closes, tmp_path):
    other = tmp_path / "other.csv"
    closes.rename(columns={"BBB": "CCC"}).to_csv(other)
    out = tmp_path / "a.csv"
    failed(cli("sample", model, "--paths", 1, "--horizon", 1, "--history", other, "--out", out), "BBB", "CCC")
    failed(cli("evaluate", model, other, "--out", tmp_path / "e"), "BBB", "CCC")
    assert [path.name for path in tmp_path.iterdir()] == ["other.csv"]


def test_options_that_make_no_sense(cli, prices, model, tmp_path):
    train = ("train", prices, "--out", tmp_path / "m")
    failed(cli(*train, "--model", "prophet"), "prophet", "gjr-garch")
    failed(cli(*train, "--model", "gbm", "--generator", "tcn", "--resume"), "--generator, --resume", "gbm")
    failed(cli(*train, "--generator", "transformer"), "transformer", "recurrent, tcn")
    failed(cli(*train, "--steps", -5), "steps", "-5")
    failed(cli(*train, "--model", "gbm", "--until", "2015-13-45"), "--until", "2015-13-45", code=2)
    failed(cli(*train, "--model", "gbm", "--until", "1999-01-01"), "2012-01-02")
    failed(cli(*train, "--config", tmp_path / "nowhere.toml"), "nowhere.toml")
    (tmp_path / "bad.toml").write_text("generatr = 'tcn'")
    failed(cli(*train, "--config", tmp_path / "bad.toml"), "generatr")
    failed(cli("sample", model, "--paths", 1, "--horizon", 1, "--layout", "tall", "--out", tmp_path / "a.csv"), "tall")
    failed(cli("compare", model, prices), "two or more")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.toml"]


def test_markup_in_a_message_is_text(cli, tmp_path):
    failed(cli("inspect", tmp_path / "[bold]x[/red].csv"), "[bold]x[/red].csv")


def test_a_defect_is_one_line_with_a_way_to_the_traceback(cli, prices, model, tmp_path, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("tsgan.fitting.load_model", broken)
    sample = ("sample", model, "--paths", 1, "--horizon", 1, "--out", tmp_path / "a.csv")
    failed(cli(*sample), "internal error", "oops", "TSGAN_DEBUG=1", code=70)
    monkeypatch.setenv("TSGAN_DEBUG", "1")
    assert isinstance(cli(*sample).exception, ZeroDivisionError)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (MemoryError(), 1, ["out of memory"]),
        (OSError(28, "No space left on device", "x.csv"), 1, ["x.csv", "space"]),
        (KeyboardInterrupt(), 130, ["interrupted"]),
    ],
)
def test_the_machine_gives_up(cli, model, tmp_path, monkeypatch, error, code, words):
    def broken(*_, **__):
        raise error

    monkeypatch.setattr("tsgan.fitting.load_model", broken)
    failed(cli("sample", model, "--paths", 1, "--horizon", 1, "--out", tmp_path / "a.csv"), *words, code=code)


def test_a_real_process(prices, tmp_path):
    """The entry point itself: exit codes, and stdout that holds JSON and nothing else."""
    env = {**os.environ, "TSGAN_OFFLINE": "1"}

    def tsgan(*words):
        command = [sys.executable, "-m", "tsgan", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, env=env)

    done = tsgan("train", prices, "--model", "gbm", "--out", tmp_path / "m", "--json", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["model"] == "gbm"
    done = tsgan("train", tmp_path / "nowhere.csv", "--model", "gbm", "--out", tmp_path / "m")
    assert done.returncode == 1
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert tsgan("train").returncode == 2
