"""The stranger's fact keeps the contract, and is a row of every scorecard."""

from __future__ import annotations

import json
from importlib import metadata

import pytest
from fact import JUMPS
from typer.testing import CliRunner

import tsgan
from tsgan.cli.main import app
from tsgan.evaluation.facts import REGISTRY
from tsgan.testing import check_fact


def test_it_keeps_the_contract():
    check_fact(JUMPS)


def test_it_works_by_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path):
    point = metadata.EntryPoint("jumps", "fact:JUMPS", "tsgan.facts")
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [point] if group == point.group else [])
    assert REGISTRY.plugins() == ("jumps",)
    panel = tsgan.load_prices("sample:nasdaq")
    tsgan.fit(panel.before("2015-01-01"), "gbm").save(tmp_path / "model")
    words = ["evaluate", str(tmp_path / "model"), "sample:nasdaq", "--baselines", "none", "--paths", "20", "--details"]
    done = CliRunner().invoke(app, [*words, "--out", str(tmp_path / "judged")])
    assert done.exit_code == 0 and "Share of days beyond 4 standard deviations" in done.stdout, done.output
    document = json.loads((tmp_path / "judged" / "scorecard.json").read_text())
    (row,) = [row for row in document["facts"] if row["fact"] == "jumps"]
    assert row["judged"]["gbm"]["mark"] == "out of band" and row["real"] > 0.001
    assert "jumps (beyond Cont)" in (tmp_path / "judged" / "report.html").read_text()
