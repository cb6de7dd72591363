"""Terminals of any width: numbers are never cut, words never broken, the verdict comes last."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from rich.console import Console

import tsgan
from tsgan.cli.common import Answer
from tsgan.reports.terminal import Rows, figures, verdict

HEADERS = ["model", "days", "value at risk", "95 % interval", "shortfall", "95 % interval"]
ROWS = [["historical simulation, overlapping windows", "10", "12.34%", "11.10% to 14.56%", "17.89%", "15.00% or more"]]


def shown(what, width: int) -> list[str]:
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(what)
    return console.export_text().splitlines()


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_tables_become_blocks_and_lose_nothing(width):
    lines = shown(Rows("Risk", HEADERS, ROWS * 3), width)
    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    for cell in (*ROWS[0][1:], "overlapping", "historical"):
        assert text.count(cell) >= 3, (cell, lines)
    assert "…" not in text
    assert ("─" in text) == (width >= 120)  # a table where there is room for one


def test_signs_keep_their_colours_and_empty_cells_take_no_room():
    headers = ["asset", "fact", "real", "over 60 days", "over 250 days"]
    lines = shown(Rows("Facts", headers, [["A", "tails", "", "1", "22"]], words=2), 40)
    assert lines[2:] == ["A, tails", "  over 60 days 1   over 250 days 22"]


def test_an_answer_fits_a_screen_with_the_verdict_last(fitted, indices):
    found = tsgan.stress(fitted("gbm"), history=indices.through("2015-12-31"), n_paths=200, horizon=20)
    lines = [*shown(figures(found.front), 80), *shown(verdict(found.front), 80)]
    assert len(lines) <= 22 and max(map(len, lines)) <= 80
    assert lines[0] == found.front.question and found.front.verdict[:40] in " ".join(lines[-6:])
    words = set(" ".join(lines).split())
    for tile in found.front.tiles:
        assert tile.text in words and set(tile.name.split()) <= words | {f"{word}:" for word in words} | {
            word.rstrip(":") for word in words
        }


def test_pipes_get_whole_lines_and_quiet_nothing(capsys):
    Answer(quiet=False, as_json=False).give({}, "word " * 60)
    assert len(capsys.readouterr().out.splitlines()) == 1
    Answer(quiet=True, as_json=False).give({"a": np.float64(1)}, "text")
    assert capsys.readouterr() == ("", "")


def test_notes_are_plain_lines_off_a_terminal(capsys):
    with Answer(quiet=False, as_json=False).working() as note:
        note("drawing paths")
    assert capsys.readouterr().err == "tsgan: drawing paths\n"


def test_a_sign_of_life_on_a_terminal(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    with Answer(quiet=False, as_json=False).working() as note:
        note("drawing 10,000 paths")
    told = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
    assert "starting" in told and "tsgan: drawing 10,000 paths" in told and "0:00:00" in told
