"""``tsgan measure``."""

import json


def test_a_folder_is_measured(cli, model, tmp_path):
    sample = ("sample", model, "--paths", 90, "--horizon", 30, "--out", tmp_path / "p")
    assert cli(*sample).exit_code == 0
    (tmp_path / "held.csv").write_text("ticker,weight\nAAA,1.0\n")
    words = ("measure", tmp_path / "p", "--portfolio", tmp_path / "held.csv", "--loss", 0.1, "--out", tmp_path / "m")
    done = cli(*words, "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["paths"] == 90 and found["losses"][0]["loss"] == 0.1
    page = (tmp_path / "m" / "measures.html").read_text()
    assert "What do these paths say" in page and "Components" in page
    names = {file.name for file in (tmp_path / "m").iterdir()}
    assert {"measures.json", "risk.csv", "components.csv", "sharpe.csv"} <= names
    done = cli(*words)
    assert done.exit_code == 1 and "--overwrite" in done.stderr
    done = cli(*words, "--overwrite")
    assert done.exit_code == 0 and "in one path of a hundred" in done.stdout
    done = cli("measure", tmp_path / "p", "--facts", "--out", tmp_path / "n")
    assert done.exit_code == 1 and "at least 120 steps" in done.stderr
