"""Progress in notebooks: one output that is replaced; nothing anywhere else."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import flax.nnx  # noqa: F401 - before there is a notebook: it looks for more of IPython than the fixture has
import pytest

import tsgan
from tsgan import notebook
from tsgan.evaluation.scorecard import evaluate
from tsgan.training.progress import Progress

FITTED = SimpleNamespace(info=SimpleNamespace(warnings=()))
"""Stands for a model."""


class Cell:
    """What a running cell shows: the latest HTML of each output."""

    def __init__(self) -> None:
        self.outputs: list[list[str]] = []

    def display(self, html: str, display_id: bool) -> SimpleNamespace:
        assert display_id
        shown = [html]
        self.outputs.append(shown)
        return SimpleNamespace(update=shown.append)


@pytest.fixture
def cell(monkeypatch) -> Cell:
    """A notebook around the test."""
    made = Cell()
    ipython, shown = ModuleType("IPython"), ModuleType("IPython.display")
    vars(ipython).update(get_ipython=lambda: SimpleNamespace(kernel=object()), display=shown)
    vars(shown).update(HTML=str, display=made.display)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", shown)
    return made


def test_where_notebooks_are(monkeypatch, cell):
    assert notebook.in_notebook()
    for shell in (None, SimpleNamespace()):  # imported only, and IPython on a terminal
        vars(sys.modules["IPython"])["get_ipython"] = lambda shell=shell: shell
        assert not notebook.in_notebook()
    monkeypatch.delitem(sys.modules, "IPython")
    assert not notebook.in_notebook()


def test_bars_are_drawn_at_times_and_at_every_end(cell, monkeypatch):
    clock = iter(range(1000))
    monkeypatch.setattr(notebook.time, "monotonic", lambda: next(clock) / 100)
    show = notebook.Phases()
    for phase in ("one", "<b>two</b>"):
        for step in range(1, 101):
            show(Progress(phase, step, 100, {}))
    assert len(cell.outputs) == 1 and 8 <= len(cell.outputs[0]) <= 14
    assert any("one, 100 of 100" in html for html in cell.outputs[0])
    last = cell.outputs[0][-1]
    assert 'value="100" max="100"' in last and "&lt;b&gt;two" in last and "<b>" not in last and last.count("<div>") == 2


@pytest.fixture
def reporting(monkeypatch) -> None:
    """GANs are fitted at once, with two reports."""

    def fit_gan(*_, progress, **__) -> SimpleNamespace:
        for step in (50, 100) if progress else ():
            progress(Progress("likelihood", step, 100, {"loss": 1.0}))
        return FITTED

    monkeypatch.setattr("tsgan.training.fit.fit_gan", fit_gan)


def test_a_fit_shows_its_phases(cell, reporting, indices, capfd):
    assert tsgan.fit(indices) is FITTED
    assert len(cell.outputs) == 1 and "likelihood, 100 of 100" in cell.outputs[0][-1]
    assert capfd.readouterr() == ("", "")


def test_a_fit_that_is_told_otherwise_shows_nothing(cell, reporting, indices):
    seen: list[Progress] = []
    tsgan.fit(indices, progress=seen.append)
    assert len(seen) == 2 and not cell.outputs


def test_judging_tells_its_stages_and_takes_them_away(cell, fitted, indices):
    evaluate(fitted("gbm"), indices, baselines=("iid-bootstrap",), paths=20)
    (output,) = cell.outputs
    assert any("fitting iid-bootstrap" in html for html in output) and output[-1] == ""


def test_sentences_go_where_the_work_fails(cell):
    @notebook.shows_progress
    def work(good: bool, *, progress=None) -> None:
        if good:
            progress("<working>")
        raise ValueError("no")

    for good in (True, False):
        with pytest.raises(ValueError, match="no"):
            work(good)
    assert cell.outputs == [["<div>&lt;working&gt; ...</div>", ""]]


def test_elsewhere_nothing_is_shown(reporting, fitted, indices, capfd):
    tsgan.fit(indices)
    evaluate(fitted("gbm"), indices, baselines=(), paths=20)
    assert capfd.readouterr() == ("", "")
