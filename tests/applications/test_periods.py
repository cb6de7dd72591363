"""Applications speak of weeks where prices are weekly, and leave names from the data alone, whatever they say."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

import tsgan
from tsgan.applications.explain import Explanation
from tsgan.applications.explain import plots as explained
from tsgan.applications.forecast import ForecastReport
from tsgan.applications.forecast import plots as foreseen
from tsgan.applications.lending import CorporateLoan, LoanReport, SecuredLoan
from tsgan.applications.lending import plots as lent
from tsgan.applications.lending import tables as lent_tables
from tsgan.applications.robustness import Robustness
from tsgan.applications.robustness import page as tables
from tsgan.applications.robustness import plots as studied
from tsgan.applications.stress import StressTest
from tsgan.applications.stress import plots as stressed
from tsgan.data.panel import Panel
from tsgan.models.classical.gbm import GBM
from tsgan.models.contract import ModelInfo
from tsgan.models.gan.model import GAN
from tsgan.reports.canvas import Section
from tsgan.reports.period import Period

PLAIN, HOSTILE = ("AAA", "BBB"), ("Day", "daily")
FILE, HOSTILE_FILE = "closes.csv", "closes day.csv"
DAYS = re.compile(r".{0,60}\b(days?|daily|tomorrow|trading)\b.{0,60}", re.IGNORECASE)


def weekly(assets: tuple[str, ...], source: str, rows: int = 700) -> Panel:
    moves = 0.02 * np.random.default_rng(0).standard_normal((rows, 2))
    dates = pd.date_range("2000-01-07", periods=rows, freq="W-FRI").to_numpy().astype("datetime64[D]")
    prices = 100 * np.exp(np.cumsum(moves, axis=0))
    return Panel(dates, assets, prices, ("price", "price"), calendar="weekdays", periods_per_year=52, source=source)


def said(page: str) -> str:
    """What a page says: its text and the alternatives of its pictures, but not when and of what it was made."""
    page = re.sub(r"<p>Made by tsgan.*?</p>", "", page, flags=re.S)
    page = re.sub(r"<style.*?</style>", "", page, flags=re.S)
    return html.unescape(" ".join(re.findall(r'alt="([^"]*)"', page)) + re.sub(r"<[^>]*>", " ", page))


def drawn(sections: Iterable[Section]) -> Iterator[str]:
    for section in sections:
        for plot in section.plots:
            yield from (text.get_text() for text in plot.figure.findobj(Text) if isinstance(text, Text))


def check(plain: list[str], hostile: list[str]) -> None:
    """``plain`` never speaks of days; ``hostile`` says the same of assets and a file with the names of days."""
    assert any("week" in text for text in plain)
    for text in plain:
        assert not DAYS.search(text), DAYS.search(text)
    for ours, theirs in zip(plain, hostile, strict=True):
        for name, other in zip((*PLAIN, FILE), (*HOSTILE, HOSTILE_FILE), strict=True):
            ours = ours.replace(name, other)
        assert ours == theirs


def words_of_forecast(assets: tuple[str, ...], source: str) -> tuple[ForecastReport, list[str]]:
    panel = weekly(assets, source)
    model = GBM.fit(panel.through(panel.dates[400]), seed=0)
    levels = {assets[0]: 120.0}
    report = tsgan.forecast(model, panel, date=panel.dates[410], n_paths=200, levels=levels, draws=100)
    assert report.test is not None
    sections = [*foreseen.fan(report.fan, panel), *foreseen.backtested(report.test)]
    return report, [said(report.to_html()), report.summary(), *drawn(sections)]


def test_forecasts():
    report, plain = words_of_forecast(PLAIN, FILE)
    check(plain, words_of_forecast(HOSTILE, HOSTILE_FILE)[1])
    assert "After 20 weeks, on" in report.summary() and "a year next week" in report.summary()
    assert "Weeks ahead" in report.to_html() and "AAA 20 w:" in report.summary()


def words_of_robustness(assets: tuple[str, ...], source: str) -> tuple[Robustness, list[str]]:
    panel = weekly(assets, source)
    paths = GBM.fit(panel.through(panel.dates[400]), seed=0).sample(30, 52, seed=0)
    grid = {"lookback": [5, 10]}
    found = tsgan.robustness("momentum", paths, panel, variants=grid, lookback=20, blocks=4)
    shown = [" ".join([caption, reading, *headers]) for caption, reading, headers, _, _ in tables.tables(found)]
    return found, [said(found.to_html()), found.summary(), *shown, *drawn(studied.sections(found))]


def test_robustness():
    found, plain = words_of_robustness(PLAIN, FILE)
    check(plain, words_of_robustness(HOSTILE, HOSTILE_FILE)[1])
    assert "generated histories of 52 weeks" in found.summary() and "of weekly returns" in found.to_html()


def words_of_explanation(found: Explanation) -> list[str]:
    assert found.scenario is not None
    sections = [explained.attributions(found.attributions), *explained.news(found.news)]
    return [
        said(found.to_html()),
        found.summary(),
        *drawn([*sections, explained.scenario(found.scenario)]),
    ]


def test_explanations(untrained):
    gan, panel = untrained("recurrent"), weekly(PLAIN, FILE)
    info = ModelInfo.of("gan", panel, seed=0, config=gan.info.config)
    ours = GAN(info, panel.returns[-GAN.context_days :].copy(), gan.members, gan.scale, gan.shift)
    found = tsgan.explain(ours, panel, scenario=(ours.sample(2, 12, seed=0), 1))
    assert found.scenario is not None
    names = dict(zip(PLAIN, HOSTILE, strict=True))
    hostile = Explanation(
        found.date,
        tuple(replace(one, asset=names[one.asset], assets=HOSTILE) for one in found.attributions),
        tuple((replace(a, asset=names[a.asset]), replace(b, asset=names[b.asset])) for a, b in found.news),
        replace(found.scenario, assets=HOSTILE),
    )
    check(words_of_explanation(found), words_of_explanation(hostile))
    assert "in 12 weeks." in found.summary() and "weeks 1 to 5" in found.to_html()
    assert "days 1 to 5" in found.to_dict()["assets"][0]["by_age"]  # a key of the document, whatever the period
    assert "next month's volatility" in replace(found.attributions[0], period=Period.of("month")).words()[0]


def words_of_loans(assets: tuple[str, ...], kind: str) -> tuple[LoanReport, list[str]]:
    panel = weekly(assets, FILE if assets == PLAIN else HOSTILE_FILE)
    first, second = assets
    worth = panel.prices[-1]
    book = {
        "secured": [
            SecuredLoan(first, 0.75 * worth[0], ((first, 1.0),), call=0.8, liquidation=0.95),
            SecuredLoan(second, 0.75 * worth.sum(), ((first, 1.0), (second, 1.0)), call=0.85),
        ],
        "corporate": [CorporateLoan(name, name, 100.0, 0.4, 10.0, 90.0, volatility=0.9) for name in assets],
    }[kind]
    report = tsgan.lend(GBM.fit(panel, seed=0), book, n_paths=200)
    shown = [" ".join([caption, reading, *headers]) for caption, reading, headers, _ in lent_tables.tables(report)]
    return report, [
        said(report.to_html()),
        report.summary(),
        " ".join(shown),
        *drawn([Section("", "", [report.front.chart]), *lent.sections(report)]),
    ]


@pytest.mark.parametrize("kind", ["secured", "corporate"])
def test_loan_books(kind):
    report, plain = words_of_loans(PLAIN, kind)
    check(plain, words_of_loans(HOSTILE, kind)[1])
    assert "Over 52 weeks, to" in report.summary()
    monthly = replace(report, period=Period.of("month"))
    shown = {"secured": "Sold on one month, 99 %", "corporate": "below the debt on that month"}[kind]
    assert shown in said(monthly.to_html()) and "weeks" not in said(monthly.to_html())
    assert "months" in list(drawn([Section("", "", [monthly.front.chart])]))
    assert "call_day_median" in report.to_frame() if kind == "secured" else "day" in report.to_frame("term_structure")


def words_of_stress(assets: tuple[str, ...], source: str) -> tuple[StressTest, list[str]]:
    panel = weekly(assets, source)
    model = GBM.fit(panel.through(panel.dates[400]), seed=0)
    found = tsgan.stress(
        model,
        history=panel,
        start=panel.dates[410],
        shocks=f"{assets[0]}<=-0.05",
        reverse="loss>=0.08",
        at=8,
        drift="risk-neutral:0.03",
        backtest=model,
        n_paths=600,
        horizon=20,
    )
    assert found.replays
    sections = [stressed.usual(found), stressed.given(found), stressed.reverse(found), stressed.backtest(found)]
    sections.append(stressed.episodes(found.replays, found.period))
    return found, [said(found.to_html()), found.summary(), *drawn(sections)]


def test_stress():
    found, plain = words_of_stress(PLAIN, FILE)
    check(plain, words_of_stress(HOSTILE, HOSTILE_FILE)[1])
    assert "AAA at most -5 % in week 8: probability" in found.summary()
    assert "the loss is reached in week 8" in found.summary() and "One week ahead" in found.to_html()
    assert found.to_dict()["event"]["event"] == "AAA at most -5 % on day 8"  # the document speaks of days throughout
