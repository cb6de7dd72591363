"""The limits of pages: those that other tests make results for check them as well (``check_page``)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import tsgan
from tests.pages.reading import MOST_WORDS, Page, check_page
from tsgan.reports.made import Made, commanded
from tsgan.reports.result import Result

HELD = {"SPX": 0.6, "IXIC": 0.4}


@pytest.fixture(scope="module")
def answer(fitted, indices) -> Callable[[str], Any]:
    """One small answer of each kind, made once."""
    gbm, history = fitted("gbm"), indices.through("2015-12-31")
    drawn = gbm.sample(60, 60, seed=1)
    spx, ixic = (float(history.last_prices[history.assets.index(ticker)]) for ticker in HELD)
    books = {
        "loans": {"loan": ["a", "b"], "amount": [0.8 * spx, 0.7 * ixic], "collateral": ["SPX:1", "IXIC:1"]},
        "firms": {"loan": ["x", "y"], "ticker": ["SPX", "IXIC"], "exposure": [100.0, 50.0], "lgd": [0.4, 0.6],
                  "equity": [10.0, 9.0], "debt": [90.0, 91.0], "volatility": [0.9, 1.0]},
        "pools": {"pool": ["p", "q"], "exposure": [100.0, 50.0], "lgd": [0.4, 0.6], "series": ["SPX", "IXIC"],
                  "pd": [0.02, 0.05], "correlation": [0.15, 0.1]},
    }  # fmt: skip
    kept: dict[str, Result] = {}

    def made(name: str) -> Result:
        if name in books:
            return tsgan.lend(drawn, pd.DataFrame(books[name]))
        if name == "reverse":
            return tsgan.stress(gbm, HELD, reverse="loss>=0.05", within=20, n_paths=300, horizon=20)
        return tsgan.forecast(gbm, history, n_paths=100, draws=0, levels={"SPX": 2600.0})

    def get(name: str) -> Result:
        if name not in kept:
            with commanded([name, "--option", "of it"]):
                kept[name] = made(name)
        return kept[name]

    return get


@pytest.mark.parametrize("name", ["reverse", "levels", "loans", "firms", "pools"])
def test_limits(answer, name):
    found = answer(name)
    check_page(found)
    foot = found.to_html().split("<footer>")[1]
    assert f"tsgan {name} --option &#39;of it&#39;" in foot and re.search(r"model [0-9a-f]{16}", foot)


def test_what_was_asked_is_what_the_page_leads_with(answer):
    assert answer("reverse").front.question == "What would bring a loss of at least 5 % within 20 days?"
    assert answer("reverse").front.verdict.startswith("Probability ")
    assert answer("levels").front.question.startswith("Will SPX come above 2,600")
    assert "Merton" in answer("firms").front.answer[0] and "Vasicek" in answer("pools").front.answer[0]
    assert "confidence of no shortfall" in answer("loans").front.answer[0]


def test_amounts_have_their_currency(answer):
    for name, unit in (("loans", "book units"), ("firms", "book units"), ("pools", "book units")):
        found = answer(name)
        assert all(tile.text.endswith(unit) for tile in found.front.tiles[:3])
        assert all(cell.text.endswith(unit) for _, cells in found.matrices[0].rows for cell in cells)


def test_the_same_answer_is_the_same_page_whenever_it_is_drawn(answer):
    assert answer("levels").to_html() == answer("levels").to_html()


def test_the_moment_can_be_fixed(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert Made.now() == Made("1970-01-02 00:00 UTC", "")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    assert Made.now().moment > "2026"


def test_broken_limits_are_noticed():
    page = Page.of(f"<html><body><p>{'word ' * 130}</p><img src='x' alt=''></body></html>")
    assert len(page.before) == 130 > MOST_WORDS and page.alts == [""] and page.loads == ["x"]
    assert Page.of("<body><p>on 2018-10-03 and <time>2018-10-04</time></p></body>").dates == ["2018-10-03"]


def test_the_smallest_answers_have_a_first_screen_too(fitted, indices):
    """One asset, no history, no backtest, and a horizon of few days."""
    single = tsgan.fit(indices.select(["SPX"]).before("2012-01-01"), "gbm")
    short = {"n_paths": 200, "horizon": 5}
    check_page(tsgan.stress(single, **short))
    check_page(tsgan.stress(single, shocks="SPX<=-0.01", at=3, **short))
    check_page(tsgan.forecast(single, indices.select(["SPX"]).before("2012-01-01"), n_paths=50, draws=0, horizon=1))
