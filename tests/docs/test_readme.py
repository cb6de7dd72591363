"""The README: its commands and its Python run, and its figures are those that were measured."""

from __future__ import annotations

import json
import os
import sys

import pytest
from documents import ROOT, SITE, blocks, commands
from typer.testing import CliRunner

from tsgan.cli.main import app

README = ROOT / "README.md"

SMALLER = {
    "run": ["--model", "gjr-garch", "--paths", "40", "--horizon", "80"],
    "train": ["--model", "gjr-garch"],
    "sample": ["--paths", "60", "--horizon", "80"],
    "evaluate": ["--paths", "30", "--baselines", "fhs"],
    "stress": ["--paths", "500", "--horizon", "60"],
    "forecast": ["--paths", "300", "--draws", "200"],
    "lend": ["--paths", "200"],
}
"""Words that are added to a command so that it takes seconds: a later option overrides the same one before it."""

INSTEAD = {
    "./scripts/quickstart": ["tsgan", "run", "--out", "runs/quickstart"],  # what it runs after installing
    ("explain", "runs/quickstart/model"): "bundled:us-indices",  # only a GAN is explained, and SMALLER trains none
}
"""What is run in place of a command, or of one of its words."""

NOT_RUN = {"./scripts/test": "runs these tests", "./scripts/docs": "builds the site", "source": "of a shell"}

SMALLER_PYTHON = {'"gan"': '"gjr-garch"', "10_000": "100", "1_000": "200", "tsgan.evaluate(model, prices)": (
    'tsgan.evaluate(model, prices, baselines=("fhs",), paths=30)'
)}  # fmt: skip
"""Text of the README's Python -> what stands for it, so that nothing is trained for minutes."""


def substituted(words: list[str]) -> list[str] | None:
    """What is run for a command of the README; None where nothing is."""
    if words[0] in NOT_RUN:
        return None
    words = INSTEAD.get(words[0], words)
    words = [INSTEAD.get((words[1], word), word) for word in words]
    return [*words, *SMALLER.get(words[1], [])]


def test_commands_run(folder, tmp_path):
    """All in one folder and one after the other, as a reader would."""
    runner = CliRunner(env={"TSGAN_OFFLINE": "1", "TSGAN_CACHE": str(tmp_path), "TERM": "dumb", "COLUMNS": "200"})
    ran = []
    for words in filter(None, map(substituted, commands(README))):
        assert words[0] == "tsgan", f"the README has a command that this test does not know: {' '.join(words)}"
        done = runner.invoke(app, words[1:], prog_name="tsgan")
        assert done.exit_code == 0, f"{' '.join(words)}\n{done.stdout}\n{done.stderr}\n{done.exception!r}"
        ran.append(words[1])
    assert len(ran) >= 10
    assert (folder / "runs/quickstart/report.html").is_file()


def test_scripts_of_the_readme_can_be_run():
    for words in commands(README):
        if words[0].startswith("./scripts/"):
            assert os.access(ROOT / words[0], os.X_OK), words[0]


def test_python_runs(folder):
    (code,) = blocks(README, "python")
    for text, instead in SMALLER_PYTHON.items():
        assert text in code, f"the README says {text} no longer; mend the table"
        code = code.replace(text, instead)
    exec(compile(code, "README.md", "exec"), {"__name__": "__main__"})
    assert (folder / "report.html").is_file()


def test_is_of_a_page():
    assert len(README.read_text().splitlines()) <= 160


def test_figures_are_those_that_were_measured(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    sys.modules.pop("readme_figures", None)
    from readme_figures import with_figures

    text, document = README.read_text(), json.loads((SITE / "results" / "quickstart.json").read_text())
    assert with_figures(text, document) == text
    document["tables"][0]["rows"][-1][2] = 0.5
    assert "+0.5000" in with_figures(text, document)


def test_its_words_are_what_the_figures_say():
    tables = {t["title"]: t["rows"] for t in json.loads((SITE / "results" / "quickstart.json").read_text())["tables"]}
    (risk,) = [rows for title, rows in tables.items() if "value at risk" in title]
    at_99 = {row[0]: row for row in risk if row[1] == 0.99}
    assert at_99["GAN"][5] > 0.05, "its exceptions are as many as they should be: Kupiec"
    assert at_99["GAN"][2] < min(at_99["GJR-GARCH"][2], at_99["FHS"][2]), "of those of others there are more"
    ranks = {row[0]: row[1] for row in tables["Mean rank over the distances of all assets"]}
    assert min(ranks, key=ranks.__getitem__) == "GAN"
    (*_, (_, _, _, t)) = tables["One-day log score, higher is better"]
    assert t > 2
    (facts,) = [rows for title, rows in tables.items() if title.startswith("Stylized facts")]
    inside = {row[0]: row[1] for row in facts}
    assert inside["GAN"] > max(inside["FHS"], inside["stationary bootstrap"])
    assert {row[0]: row[3] for row in facts}["GAN"] == 4, "bands that are too wide"


def test_links_lead_somewhere():
    import re

    for target in re.findall(r"\]\(([^)#]+)\)", README.read_text()):
        assert target.startswith("https://") or (ROOT / target).exists(), target
