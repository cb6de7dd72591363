"""``tsgan explain``: what it writes, and what it refuses."""

from __future__ import annotations

import json

import pytest


@pytest.fixture(scope="module")
def gan(untrained, indices, tmp_path_factory):
    """A GAN as a folder, a table of its scenarios, and 400 days of prices up to the end of its training."""
    folder = tmp_path_factory.mktemp("explain")
    model = untrained("recurrent")
    model.save(folder / "gan")
    model.sample(4, 10, seed=1).to_csv(folder / "paths.csv")
    indices.before("2016-01-01").to_frame().iloc[-400:].to_csv(folder / "prices.csv")
    return folder


def test_the_command_writes_page_table_and_json(cli, gan, tmp_path):
    words = ("--date", "2015-12-31", "--scenario", f"{gan / 'paths.csv'}:2", "--json")
    done = cli("explain", gan / "gan", gan / "prices.csv", "--out", tmp_path, *words)
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert document == json.loads((tmp_path / "explain.json").read_text())
    assert document["date"] == "2015-12-31" and document["scenario"]["scenario"] == 2
    for row in document["assets"]:
        assert row["sum_of_contributions"] == pytest.approx(row["total"], rel=0.01)
    page = (tmp_path / "explain.html").read_text()
    for text in ("Short memory", "Leverage", "News impact", "gjr-garch", "One scenario, taken apart"):
        assert text in page
    assert (tmp_path / "contributions.csv").read_text().startswith("date,")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--date", "1990-01-01"), "outside the history"),
        (("--date", "2030-01-01"), "outside the history"),
        (("--scenario", "paths.csv"), "FILE:INDEX"),
        (("--scenario", "nowhere.csv:1"), "nowhere.csv"),
        (("--scenario", "{paths}:99"), "0 to 3"),
    ],
)
def test_bad_input_is_refused_and_nothing_written(cli, gan, tmp_path, words, message):
    words = [word.format(paths=gan / "paths.csv") for word in words]
    done = cli("explain", gan / "gan", gan / "prices.csv", "--out", tmp_path / "e", *words)
    assert done.exit_code == 1 and message in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "e").exists()


def test_only_gans_are_explained(cli, model, prices, tmp_path):
    done = cli("explain", model, prices, "--out", tmp_path / "e")
    assert done.exit_code == 1 and "only a gan" in done.stderr
