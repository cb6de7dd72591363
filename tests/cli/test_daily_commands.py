"""``tsgan update`` and ``tsgan monitor``: what they write, say and refuse, and the codes that they end with."""

from __future__ import annotations

import json

import numpy as np
import pytest

import tsgan


@pytest.fixture(scope="module")
def calm(closes, tmp_path_factory):
    """Days after training that are what a model of independent days expects, and the same, three times as wild."""
    folder = tmp_path_factory.mktemp("calm")
    closes.iloc[:1150].to_csv(folder / "same.csv")
    moves = np.log(closes).diff()
    moves.iloc[1060:] *= 3
    (100 * np.exp(moves.fillna(0).cumsum())).iloc[:1150].to_csv(folder / "wild.csv")
    return folder


def test_update_writes_a_new_model_and_keeps_the_old_one(cli, model, calm, tmp_path):
    before = tsgan.load_model(model)
    done = cli("update", model, calm / "same.csv", "--out", tmp_path / "new")
    assert done.exit_code == 0, done.stderr
    assert "nothing was fitted again" in done.stdout and "No refit is due" in done.stdout
    new = tsgan.load_model(tmp_path / "new")
    assert new.info.last_date > new.info.train_end == before.info.train_end and tsgan.load_model(model) == before
    assert "the state was moved on" in (tmp_path / "new" / "MODEL_CARD.md").read_text()
    again = cli("update", model, calm / "same.csv", "--out", tmp_path / "new")
    assert again.exit_code == 1 and "--overwrite" in again.stderr


def test_update_says_in_json_what_is_due(cli, model, prices, tmp_path):
    done = cli("update", model, prices, "--out", tmp_path / "new", "--json", "--no-judge")
    told = json.loads(done.stdout)
    assert told["refit_due"] and not told["refitted"] and told["days"] > 250
    done = cli("update", model, prices, "--out", tmp_path / "again", "--json", "--no-judge", "--refit-if-due")
    told = json.loads(done.stdout)
    assert told["refitted"] and not told["refit_due"] and told["trained"] == told["state"]


@pytest.mark.parametrize(
    ("words", "message"),
    [(("--refit", "--refit-if-due"), "give one of them"), (("--out", "{model}"), "the old model is kept")],
)
def test_update_refuses(cli, model, calm, tmp_path, words, message):
    words = [word.format(model=model) for word in words]
    done = cli("update", model, calm / "same.csv", "--out", tmp_path / "new", *words)
    assert done.exit_code == 1 and message in done.stderr and not (tmp_path / "new").exists()


def test_monitor_ends_with_1_on_alarm_only(cli, model, calm, tmp_path):
    done = cli("monitor", model, calm / "same.csv", "--out", tmp_path, "--json")
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert document == json.loads((tmp_path / "monitor.json").read_text()) and document["alarm"] is False
    assert {path.name for path in tmp_path.iterdir()} >= {"monitor.html", "monitor.json", "tests.csv"}
    done = cli("monitor", model, calm / "wild.csv", "--details")
    assert done.exit_code == 1 and "Alarm since" in done.stdout and "moves are larger than forecast" in done.stdout
    assert "Traceback" not in done.stderr
