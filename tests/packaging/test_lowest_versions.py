"""The lower bounds of the dependencies are true: an environment of exactly those versions resolves, and works."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

WORK = """
import sys
from pathlib import Path
from tsgan.cli.main import app

def tsgan(*words):
    code = app([str(word) for word in words], standalone_mode=False)
    assert not code, (words, code)

out = Path(sys.argv[1])
(out / "gan.toml").write_text("width = 4\\nchannels = 4\\nwindow = 64\\ncontext = 32\\nbatch = 8\\nwarm_steps = 40\\n")
tsgan("inspect", "sample:nasdaq")
until = ("train", "sample:nasdaq", "--until", "2014-12-31")
tsgan(*until, "--config", out / "gan.toml", "--steps", 20, "--out", out / "gan")
for model in ("gjr-garch", "fhs", "base"):
    tsgan(*until, "--model", model, "--out", out / model)
for name in ("p.csv", "p.parquet", "p"):
    tsgan("sample", out / "gan", "--paths", 30, "--horizon", 5, "--out", out / name)
tsgan("sample", "bundled:us-indices", "--paths", 30, "--horizon", 5, "--out", out / "q.csv")
tsgan("evaluate", out / "gan", "sample:nasdaq", "--paths", 40, "--out", out / "judged")
tsgan("stress", out / "fhs", "--horizon", 5, "--paths", 300, "--out", out / "stress")
tsgan("forecast", out / "gjr-garch", "sample:nasdaq", "--draws", 0, "--paths", 100, "--out", out / "forecast")
tsgan("explain", out / "gan", "sample:nasdaq", "--out", out / "explain")
tsgan("feed", out / "p.parquet", "--engine", "backtesting", "--out", out / "feed")
"""


def lowest() -> list[str]:
    """``name==version`` of every direct dependency."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    found = [re.fullmatch(r"([\w.-]+)>=([\d.]+)", one) for one in wanted]
    assert all(found), wanted
    return [f"{one[1]}=={one[2]}" for one in found if one]


def test_every_dependency_has_a_lower_bound():
    assert len(lowest()) > 10


@pytest.mark.slow
def test_lowest_direct_versions_work(tmp_path):
    (tmp_path / "lowest.txt").write_text("\n".join(lowest()) + "\n")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    python = tmp_path / "env" / "bin" / "python"
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", tmp_path / "lowest.txt"]
    installed = subprocess.run([*pip, ROOT], capture_output=True, text=True)
    if "Temporary failure in name resolution" in installed.stderr or "ConnectionError" in installed.stderr:
        pytest.skip("no network to install from")
    assert installed.returncode == 0, installed.stderr
    there = subprocess.check_output([python, "-m", "pip", "freeze"], text=True).lower().replace("-", "_").splitlines()
    for one in lowest():
        name, version = one.lower().replace("-", "_").split("==")
        assert any(re.fullmatch(rf"{name}=={re.escape(version)}(\.0)*", line) for line in there), (one, there)
    (tmp_path / "work.py").write_text(WORK)
    (tmp_path / "out").mkdir()
    done = subprocess.run(
        [python, tmp_path / "work.py", tmp_path / "out"], cwd=tmp_path, capture_output=True, text=True, env=clean()
    )
    assert done.returncode == 0, done.stderr[-3000:]


def clean() -> dict[str, str]:
    """The environment without a path to this tree, so that what is installed is what runs."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "XLA_FLAGS")}
