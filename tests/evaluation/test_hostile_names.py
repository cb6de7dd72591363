"""Names from the data that look like our words stay as they are, on weekly data too."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from rich.console import Console

from tsgan.data.panel import Panel
from tsgan.evaluation.card import scores
from tsgan.evaluation.plots import sections
from tsgan.evaluation.scorecard import Scorecard, evaluate
from tsgan.fitting import fit
from tsgan.reports import page

ASSETS, FILE = ("Day", "{days}"), "closes day.csv"


@pytest.fixture(scope="module")
def weekly(indices) -> Panel:
    rows = np.arange(4, len(indices), 5)
    return Panel(indices.dates[rows], ASSETS, indices.prices[rows], indices.kinds, source=FILE, periods_per_year=52)


@pytest.fixture(scope="module")
def card(weekly) -> Scorecard:
    return evaluate(fit(weekly.before("2014-01-01"), "gjr-garch"), weekly, baselines=("gbm",), paths=20, draws=200)


@pytest.fixture(scope="module")
def rendered(card) -> str:
    """The page; pictures are left out, for they are drawn elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "embedded", lambda figure: "")
        return card.render()


def without_names(text: str) -> str:
    """What is left when the names from the data are taken out."""
    for name in (FILE, *ASSETS):
        text = text.replace(name, "")
    return re.sub(r"<style.*?</style>", "", text, flags=re.S)


def test_the_page_keeps_names_and_speaks_of_weeks(rendered):
    assert FILE in rendered and "<caption><span>Day <span" in rendered and ">{days}<" in rendered
    assert "Week returns" not in rendered and "closes week" not in rendered
    said = without_names(rendered)
    assert not re.search(r"\b(days?|daily)\b", said, re.I), re.findall(r".{30}\b(?:days?|daily)\b.{20}", said, re.I)
    for words in ("20-week stretches", "Volatility a week", "weekly returns", "Weeks ahead", "One-week log score"):
        assert words in said, words


def test_the_terminal_does_so_too(card):
    console = Console(width=220, record=True, file=io.StringIO())
    console.print(card)
    text = console.export_text()
    assert "Day " in text and "{days}" in text and "20-week stretches" in text
    assert not re.search(r"\b(days?|daily)\b", without_names(text), re.I)
    assert not re.search(r"\b(days?|daily)\b", without_names(" ".join(card.verdict)), re.I)
    assert "weeks" in scores(card) and "days" not in without_names(scores(card))


def test_pictures_do_so_too(card):
    found = []
    for section in sections(card):
        found += [section.title, section.reading]
        for plot in section.plots:
            found.append(plot.alt)
            for axes in plot.figure.axes:
                found += [axes.get_xlabel(), axes.get_ylabel(), axes.get_title(loc="left"), axes.get_title()]
    assert "weeks later" in found and "Weekly returns" in found and "Day" in found
    said = " | ".join(found)
    assert not re.search(r"\b(days?|daily)\b", without_names(said), re.I)


def test_a_notebook_does_so_too(card):
    assert f"{card.days} weeks" in card._repr_html_()
