"""The thin scripts, run as the documentation says."""

import subprocess
import sys
from pathlib import Path

import tsgan

SCRIPTS = Path(__file__).parents[2] / "scripts"


def run(name, *words):
    command = [sys.executable, SCRIPTS / name, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=SCRIPTS.parent)


def test_export_and_backtest(fitted, tmp_path):
    fitted("gbm").save(tmp_path / "model")
    done = run("export_csv.py", tmp_path / "model", tmp_path / "p.csv", "--paths", 20, "--days", 80)
    assert done.returncode == 0, done.stderr
    assert tsgan.read_scenarios(tmp_path / "p.csv").n_paths == 20
    done = run("backtest_feed.py", tmp_path / "p.csv", "--slow", 20)
    assert done.returncode == 0 and "cross 10/20" in done.stdout and "buy and hold" in done.stdout, done.stderr


def test_what_cannot_be_read_is_one_line(tmp_path):
    for name, words in (("export_csv.py", (tmp_path, tmp_path / "p.csv")), ("backtest_feed.py", (tmp_path / "p.csv",))):
        done = run(name, *words)
        assert done.returncode == 1 and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
