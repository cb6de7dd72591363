"""Every fact keeps its contract, wrong ones do not, and those of plug-ins join the scorecard."""

from __future__ import annotations

import io
from dataclasses import replace
from importlib import metadata
from importlib.metadata import EntryPoint

import numpy as np
import pytest
from rich.console import Console

from tsgan.errors import ConfigError, PluginError
from tsgan.evaluation import facts
from tsgan.evaluation.band_width_limits import DEFAULT, widest
from tsgan.evaluation.bands import TOO_WIDE, Band, judge
from tsgan.evaluation.facts import BAR_FACTS, FACTS, GROUPS, JOINT_FACTS, REGISTRY, Fact, facts_of
from tsgan.evaluation.scorecard import evaluate
from tsgan.reports.period import Period
from tsgan.stats.drawdown import drawdown_duration
from tsgan.testing import check_fact


def jumps(r: np.ndarray) -> np.ndarray:
    """Share of days beyond four standard deviations."""
    return (np.abs(r) > 4 * r.std(-1, keepdims=True)).mean(-1)


JUMPS = Fact("jumps", "jumps", "Share of {days} beyond 4 sd", "0.0001 is Gaussian", jumps, null=0.0001)
FIRST = Fact("first", "order", "Largest mean", "of {daily} returns", lambda r: r.mean(-2).max(-1), of="panel")


@pytest.fixture
def plugged(monkeypatch):
    """``plugged(name=object)``: plug-ins that are installed for the test."""

    def install(**added: object) -> None:
        points = [EntryPoint(name, f"elsewhere:{name}", "tsgan.facts") for name in added]
        real = metadata.entry_points
        monkeypatch.setattr(
            metadata, "entry_points", lambda group: points if group == "tsgan.facts" else real(group=group)
        )
        monkeypatch.setattr(EntryPoint, "load", lambda self: added[self.name])

    return install


@pytest.mark.parametrize("name", list(REGISTRY))
def test_every_fact_keeps_its_contract(name):
    check_fact(REGISTRY[name])


def test_the_kit_itself_tells_what_is_wrong():
    def into(r: np.ndarray) -> np.ndarray:
        r -= r.mean(-1, keepdims=True)
        return r.std(-1)

    wrong = [
        (JUMPS.statistic, "is no tsgan.evaluation.facts.Fact"),
        (replace(JUMPS, name="My Fact"), "is no key"),
        (replace(JUMPS, label="{dusk}"), "in braces and nothing else"),
        (replace(JUMPS, cont=12), "none numbered 12"),
        (replace(JUMPS, null=float("nan")), "give None for none"),
        (replace(JUMPS, statistic=into), "writes into the array"),
        (replace(JUMPS, statistic=lambda r: r.std()), "it must be"),
        (replace(JUMPS, statistic=lambda r: (r / np.abs(r).max()).std(-1)), "depends on the others of its batch"),
        (replace(JUMPS, statistic=lambda r: np.full(r.shape[:-1], np.nan)), "not finite on 100%"),
        (replace(JUMPS, statistic=lambda r: (np.abs(r) > 0.04).mean(-1)), "changes where all returns double"),
        (replace(JUMPS, scale_free=False), "stays the same where all returns double"),
        (replace(JUMPS, null=0.5), "far from its null of 0.5"),
        (replace(JUMPS, side="below"), "tells nothing"),
        (replace(JUMPS, statistic=lambda r: np.abs(r[..., 0]) / r.std(-1), null=None), "tells nothing"),
    ]
    for fact, message in wrong:
        with pytest.raises(AssertionError, match=message):
            check_fact(fact)  # type: ignore[arg-type]
    check_fact(JUMPS)


def test_own_series_may_show_a_fact():
    falls = Fact("falls", "drawdown", "Longest fall, {days}", "in {days}", drawdown_duration)
    calm = 0.01 * np.random.default_rng(0).standard_normal((60, 500))
    check_fact(falls, null=calm, showing=calm - 0.002)
    with pytest.raises(AssertionError, match="tells nothing"):
        check_fact(falls, null=calm, showing=calm[::-1])


def test_words_know_weeks():
    week = Period.of("week")
    assert week.fill("{Days} and {days}, a {day}, {daily}: {weekly} and {monthly}") == (
        "Weeks and weeks, a week, weekly: 5-week and 20-week"
    )
    assert Period.of("day").fill("{weekly} and {monthly} {daily}") == "weekly and monthly daily"
    for fact in (*FACTS, *BAR_FACTS, *JOINT_FACTS):
        words = f"{week.fill(fact.label)} {week.fill(fact.note)}"
        assert " day" not in words and "daily" not in words, words
    assert not any("day" in facts.use_of(group, week).replace("today", "") for group in GROUPS)


def test_facts_are_found_by_name():
    assert facts.kurtosis is REGISTRY["kurtosis"] and facts.kurtosis in FACTS
    with pytest.raises(ConfigError, match="no fact called 'nonsense'"):
        REGISTRY["nonsense"]
    with pytest.raises(AttributeError, match="nonsense"):
        _ = facts.nonsense
    groups = [fact.group for fact in FACTS]
    assert [*dict.fromkeys(groups)] == [g for i, g in enumerate(groups) if i == 0 or groups[i - 1] != g]


def test_a_limit_of_ones_own_or_else_the_default():
    assert widest("jumps", 1000) == DEFAULT == 4.0
    values = np.linspace(0.0, 1.0, 400)
    bootstrap = Band(0.4, 0.5, 0.6)
    for limit, width in ((None, 0.95 / 0.8), (2.0, 0.95 / 0.4), (5.0, 0.95)):
        judgement = judge(replace(JUMPS, limit=limit), 0.5, values, bootstrap, True, 1000)
        assert judgement.width == pytest.approx(width) and (judgement.mark == TOO_WIDE) == (width > 1)


def test_facts_of_plug_ins_join_the_scorecard(plugged, fitted, indices):
    options = {"baselines": ("iid-bootstrap",), "paths": 40, "draws": 200}
    before = evaluate(fitted("gbm"), indices, **options)
    plugged(jumps=JUMPS, first=FIRST)
    card = evaluate(fitted("gbm"), indices, **options)
    rows = {(row.asset, row.fact): row for row in card.facts}
    assert len(rows) == len(before.facts) + 3
    assert [asset for asset, fact in rows if fact == "jumps"] == ["SPX", "IXIC"]
    assert rows["SPX", "jumps"].real == pytest.approx(jumps(indices.returns[-card.days :, 0]))
    assert rows["SPX", "jumps"].judged["gbm"].mark == "out of band"
    assert rows["all assets", "first"].label == "Largest mean"
    # Nothing else changes: the facts of plug-ins are corrected among themselves.
    for row in before.facts:
        assert repr(rows[row.asset, row.fact].judged) == repr(row.judged)
    assert card.gates == before.gates
    assert "jumps" in card.verdict[1] and "jumps" not in before.verdict[1]
    assert {"jumps", "first"} <= {row["fact"] for row in card.to_dict()["facts"]}
    console = Console(width=220, record=True, file=io.StringIO())
    console.print(card)
    assert "Share of days beyond 4 sd" in console.export_text()


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ({"jumps": 7}, "is a int; it must name a Fact object"),
        ({"jumping": JUMPS}, "calls it 'jumps'; give both the same name"),
        ({"jumps": replace(JUMPS, statistic=lambda r: 1 / 0)}, "fails: ZeroDivisionError"),
        ({"jumps": replace(JUMPS, statistic=lambda r: r)}, r"has shape \(.*check_fact tells what to mend"),
    ],
)
def test_plug_ins_that_are_no_facts(plugged, fitted, indices, added, message):
    plugged(**added)
    with pytest.raises(PluginError, match=message):
        evaluate(fitted("gbm"), indices, baselines=(), paths=20, draws=200)


def test_a_plug_in_cannot_take_a_name_of_ours(plugged):
    plugged(kurtosis=replace(JUMPS, name="kurtosis"))
    assert facts_of("asset") == FACTS and REGISTRY["kurtosis"] in FACTS
