"""Progress of a fit: silent, as plain lines, and as a bar."""

import io
import sys

import pytest

from tsgan.cli import progress as shown
from tsgan.training.progress import Progress

REPORTS = [
    Progress(phase, step, 100, {"loss": 1 / step, "[b]_loss": float("nan"), "norm": 2.0, "skipped": 0})
    for phase in ("likelihood", "adversarial")
    for step in range(1, 101)
]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_quiet_is_silent(capsys):
    with shown.progress_shown(quiet=True) as progress:
        assert progress is None
    assert capsys.readouterr() == ("", "")


def test_off_a_terminal_a_few_lines(capsys):
    with shown.progress_shown(quiet=False) as progress:
        for report in REPORTS:
            progress(report)
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == "" and len(lines) == 4  # the first and the last report of each phase
    assert "likelihood  100/100  loss 0.01" in lines[1] and "/s" in lines[1] and "0 s left" in lines[1]


def test_off_a_terminal_a_line_now_and_then(capsys, monkeypatch):
    clock = iter(range(0, 100_000, 3))
    monkeypatch.setattr(shown.time, "monotonic", lambda: next(clock))
    with shown.progress_shown(quiet=False) as progress:
        for report in REPORTS[:100]:
            progress(report)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == pytest.approx(100 * 3 / shown.LINE_SECONDS, abs=8)
    assert "0.333/s" in lines[-1]


def test_a_bar_on_a_terminal(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "160")
    with shown.progress_shown(quiet=False) as progress:
        for report in REPORTS:
            progress(report)
    text = terminal.getvalue()
    assert (
        "likelihood" in text
        and "100/100" in text
        and "loss 0.01" in text
        and "[b]_loss nan" in text
        and "norm" not in text
    )
