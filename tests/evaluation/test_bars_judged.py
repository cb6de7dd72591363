"""Bars in the scorecard: judged beside every baseline, drawn, and able to fail."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import tsgan
from tsgan.evaluation.band_width_limits import BARS
from tsgan.evaluation.bands import NEEDS_VOLUME, OUT_OF_BAND
from tsgan.evaluation.facts import BAR_FACTS
from tsgan.evaluation.scorecard import evaluate

NAMES = [fact.name for fact in BAR_FACTS]


@pytest.fixture(scope="module")
def panel() -> tsgan.Panel:
    return tsgan.load_prices("sample:nasdaq")


@pytest.fixture(scope="module")
def model(panel):
    return tsgan.fit(panel.before("2015-01-01"), "iid-bootstrap", bars=True)


@pytest.fixture(scope="module")
def card(model, panel):
    return evaluate(model, panel, baselines=("gbm",), paths=40, draws=200)


def marks(card) -> dict[str, str]:
    return {row.fact: row.judged[card.model].mark for row in card.facts}


def test_every_source_has_bars(card):
    rows = {row.fact: row for row in card.facts if row.fact in NAMES}
    assert list(rows) == NAMES and [row.fact for row in card.facts].count("volume") == 1
    for row in rows.values():
        assert np.isfinite(row.real) and row.real_band.low < row.real < row.real_band.high
        assert all(np.isfinite(judgement.band.median) for judgement in row.judged.values())
        assert row.judged["gbm"].band.median != row.judged["iid-bootstrap"].band.median
    assert rows["volume"].cont == 10 and NEEDS_VOLUME not in marks(card).values()
    assert rows["volume_range"].judged[card.model].band.low > 0


def test_the_page_shows_them(card, tmp_path):
    card.to_html(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    for words in ("Overnight gaps", "volatility by closes", "Corr(volume, range)", "overnight gaps"):
        assert words in page, words


def test_closes_only_have_no_such_facts(model, panel):
    closes = replace(panel, bars={})
    card = evaluate(model, closes, baselines=(), paths=20, draws=200)
    assert not set(NAMES[1:]) & set(marks(card)) and marks(card)["volume"] == NEEDS_VOLUME
    assert not model.with_bars(None).sample(2, 3).bars


def test_wrong_bars_fail(model, panel):
    """Right closes with volume in random order, and with wicks that are twice too long."""
    paths = model.sample(60, 1005, seed=2)
    rng = np.random.default_rng(0)
    body = np.minimum(paths.bars["open"], paths.prices[:, 1:])
    wrong = replace(
        paths,
        bars={
            "open": paths.bars["open"],
            "high": paths.bars["high"],
            "low": body * (paths.bars["low"] / body) ** 2,
            "volume": rng.permuted(paths.bars["volume"], axis=1),
        },
    )
    found = marks(evaluate(wrong, panel, baselines=(), paths=60))
    for name in ("volume", "volume_range", "wick_asymmetry", "parkinson"):
        assert found[name] == OUT_OF_BAND, name


def test_limits_are_those_of_every_fact():
    assert set(BARS) == set(NAMES[1:]) and all(limit >= 1.5 for limit in BARS.values())
