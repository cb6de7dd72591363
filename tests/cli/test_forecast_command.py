"""``tsgan forecast``: what it writes, and what it refuses."""

from __future__ import annotations

import json

import pytest


def test_the_command_writes_page_tables_and_json(cli, model, prices, tmp_path):
    words = ("--paths", 500, "--draws", 100, "--horizon", 5, "--level", "AAA=120", "--json")
    done = cli("forecast", model, prices, "--out", tmp_path, *words)
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["horizon"] == 5 and document["backtest"]["horizons"] == [1, 5]
    assert document == json.loads((tmp_path / "forecast.json").read_text())
    page = (tmp_path / "forecast.html").read_text()
    for text in ("AAA", "Volatility", "Direction", "Coverage", "random walk", "120.00"):
        assert text in page
    assert len((tmp_path / "quantiles.csv").read_text().splitlines()) == 1 + 2 * 5


def test_the_command_says_when_nothing_was_judged(cli, prices, tmp_path):
    folder = tmp_path / "everything"
    assert cli("train", prices, "--model", "gbm", "--out", folder).exit_code == 0
    done = cli("forecast", folder, prices, "--paths", 50, "--horizon", 1, "--out", tmp_path / "f")
    assert done.exit_code == 0, done.stderr
    assert "NOT JUDGED" in done.stdout and "NOT JUDGED" in (tmp_path / "f" / "forecast.html").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--level", "CCC=5"), "no CCC"),
        (("--level", "AAA"), "TICKER=PRICE"),
        (("--date", "1999-01-01"), "outside the history"),
        (("--date", "2050-01-01"), "outside the history"),
        (("--draws", 5), "at least 100 draws"),
        (("--backtest", "nowhere"), "not a model folder"),
    ],
)
def test_bad_input_is_refused_and_nothing_written(cli, model, prices, tmp_path, words, message):
    done = cli("forecast", model, prices, "--paths", 20, "--horizon", 1, "--out", tmp_path / "f", *words)
    assert done.exit_code == 1 and message in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "f").exists()
