"""The results page: made from the committed JSON, whole, and readable."""

from __future__ import annotations

import json
import re
import sys

import pytest
from documents import ROOT, SITE

PAGE = SITE / "results.md"
DOCUMENTS = sorted((SITE / "results").glob("*.json"))


@pytest.fixture(autouse=True)
def modules(monkeypatch: pytest.MonkeyPatch):
    for name in ("results_page", "study_results"):
        sys.modules.pop(name, None)
    monkeypatch.syspath_prepend(str(SITE))
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.stem)
def test_documents_are_what_studies_write(file):
    from study_results import dumps

    document = json.loads(file.read_text())
    assert dumps(document) == file.read_text()
    assert document["study"] == file.stem
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", document["measured"])
    assert document["command"] and document["about"]
    assert document["claims"] or document["tables"]
    for claim in document["claims"]:
        assert claim["verdict"] in ("HOLDS", "MISSES") and claim["rule"] and claim["figure"]
    for table in document["tables"]:
        assert all(len(row) == len(table["columns"]) for row in table["rows"])


def test_page_shows_every_document_and_every_verdict():
    from results_page import filled

    page = filled(PAGE.read_text(), SITE / "results")
    assert "<!-- results" not in page
    for file in DOCUMENTS:
        document = json.loads(file.read_text())
        assert document["command"] in page
        assert page.count(document["about"]) == 1
    claims = json.loads((SITE / "results" / "claims.json").read_text())["claims"]
    assert page.count(">MISSES<") >= sum(c["verdict"] == "MISSES" for c in claims) > 0


def test_cells_are_short():
    from results_page import filled

    for line in filled(PAGE.read_text(), SITE / "results").splitlines():
        if line.startswith("|"):
            assert max(map(len, re.split(r"(?<!\\)\|", line))) <= 160, line


def test_results_are_written(tmp_path, capsys, monkeypatch):
    from results_page import section
    from study_results import Results

    monkeypatch.setattr(sys, "argv", ["scripts/some_study.py", "--json", "x.json", "--seed", "3"])
    results = Results("some_study", "Done for the test.")
    results.heading = "1. A claim"
    results.claim(True, "at most 2", "1", {"gan": 1.0})
    results.claim(False, "at most 0", "1")
    results.table("a table", [{"a": 1.23456789, "b": float("nan")}], digits=2)
    results.write(tmp_path / "x.json")
    document = json.loads((tmp_path / "x.json").read_text())
    assert [c["verdict"] for c in document["claims"]] == ["HOLDS", "MISSES"]
    assert document["tables"][0]["rows"] == [[1.23457, None]]
    assert document["command"] == "scripts/some_study.py --seed 3"
    printed = capsys.readouterr().out
    assert "HOLDS   at most 2: 1" in printed and "MISSES  at most 0: 1" in printed and "1.23" in printed
    assert "MISSES" in section(document) and "1.235" in section(document)
