"""``tsgan robustness``: what it writes, and what it refuses."""

from __future__ import annotations

import json

import pytest


@pytest.fixture(scope="module")
def paths(cli, model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenarios")
    assert cli("sample", model, "--paths", 40, "--horizon", 60, "--out", folder / "paths.parquet").exit_code == 0
    assert cli("sample", model, "--paths", 40, "--horizon", 60, "--out", folder / "blocks").exit_code == 0
    return folder


def test_page_document_and_table(cli, paths, prices, tmp_path):
    (tmp_path / "grid.json").write_text('{"fast": [5, 10], "slow": [20, 50]}')
    words = ("--strategy", "moving_average_cross", "--variants", tmp_path / "grid.json", "--lookback", 60, "--json")
    done = cli("robustness", paths / "paths.parquet", prices, *words, "--out", tmp_path / "r")
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert document == json.loads((tmp_path / "r" / "robustness.json").read_text())
    assert len(document["variants"]) == 4 and document["same_dates"] and document["paths"] == 40
    assert "Variants" in (tmp_path / "r" / "robustness.html").read_text()
    assert len((tmp_path / "r" / "paths.csv").read_text().splitlines()) == 41
    again = cli("robustness", paths / "blocks", prices, *words, "--out", tmp_path / "r", "--overwrite")
    assert json.loads(again.stdout)["figures"][1]["mean"] == pytest.approx(document["figures"][1]["mean"], rel=1e-6)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--strategy", "nowhere_x:f"), "cannot import"),
        (("--strategy", "BROKEN:explode"), "explode raised ValueError on 20"),
        (("--strategy", "BROKEN:peek"), "looks ahead"),
        (("--strategy", "momentum", "--variants", "none.json"), "no variants"),
        (("--strategy", "momentum", "--lookback", 5), "raise --lookback"),
        (("--strategy", "momentum", "--lookback", 5000), "smaller --lookback"),
        (("--strategy", "momentum", "--blocks", 3), "even number"),
        (("--strategy", "momentum", "--assets", "CCC"), "no CCC"),
    ],
)
def test_bad_input_is_refused_and_nothing_written(cli, paths, prices, tmp_path, words, message):
    broken = tmp_path / "broken.py"
    broken.write_text(
        "import numpy as np\nfrom tsgan import load_prices\n"
        f"FUTURE = load_prices({str(prices)!r}).prices\n"
        "def explode(prices):\n    raise ValueError('boom')\n"
        "def peek(prices):\n    i = int(np.argmin(np.abs(FUTURE - prices[-1]).sum(1)))\n"
        "    return np.sign(FUTURE[min(i + 1, len(FUTURE) - 1)] - prices[-1]) / 2\n"
    )
    words = [str(word).replace("BROKEN", str(broken)) for word in words]
    done = cli("robustness", paths / "paths.parquet", prices, "--out", tmp_path / "r", *words)
    assert done.exit_code == 1 and message in " ".join(done.stderr.split()), done.stderr
    assert "Traceback" not in done.stderr and not (tmp_path / "r").exists()


def test_not_a_scenario_file(cli, prices, tmp_path):
    done = cli("robustness", prices, prices, "--strategy", "momentum", "--out", tmp_path / "r")
    assert done.exit_code == 1 and "not a table of scenarios" in done.stderr and not (tmp_path / "r").exists()
