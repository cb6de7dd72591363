"""Evaluation of panels in which prices are missing, levels are bounded, and periods are months."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import tsgan
from tsgan.data.panel import Panel
from tsgan.errors import DataError, InSampleWarning
from tsgan.evaluation.protocol import case_of_model, enough
from tsgan.evaluation.scorecard import evaluate

FAST = {"baselines": ("gbm",), "paths": 30, "draws": 200}


@pytest.fixture(scope="module")
def closed(indices: Panel) -> Panel:
    """The indices on 2010-2018 with rows on which the second did not trade, added between the real ones."""
    rows = indices.dates >= np.datetime64("2010-01-01")
    dates, prices = indices.dates[rows], indices.prices[rows].copy()
    holidays = dates[np.arange(50, len(dates), 40)]
    prices[np.isin(dates, holidays), 1] = np.nan
    return Panel(dates, indices.assets, prices, indices.kinds, source="closed")


def test_every_asset_is_judged_on_its_own_days(closed):
    model = tsgan.fit(closed.before("2016-01-01"), "gjr-garch")
    card = evaluate(model, closed, **FAST)
    alone = closed.select(["IXIC"])
    own = evaluate(tsgan.fit(alone.before("2016-01-01"), "gjr-garch"), alone, **FAST)
    judged = {row.fact: row for row in card.facts if row.asset == "IXIC"}
    for row in own.facts:
        found = judged[row.fact]
        if np.isfinite(row.real):
            assert found.real == row.real and found.real_band.low == row.real_band.low
    assert np.isfinite([row.score for row in card.log_scores]).all()
    [ours] = [r for r in card.log_scores if (r.asset, r.source) == ("IXIC", "gjr-garch")]
    [theirs] = [r for r in own.log_scores if (r.asset, r.source) == ("IXIC", "gjr-garch")]
    assert ours.score == pytest.approx(theirs.score, abs=1e-3)
    later = closed.moves[closed.return_dates >= np.datetime64("2016-01-01")]
    days = np.isfinite(later).sum(axis=0)
    table = card.evidence.calibration.to_frame()
    one = table[(table.source == "gjr-garch") & (table.horizon == 1)].set_index("asset")
    assert one.days[["SPX", "IXIC"]].tolist() == days.tolist()
    assert table.crps.notna().all() and table.coverage_90.between(0.8, 1).all()
    real = np.corrcoef(later[np.isfinite(later).all(axis=1)].T)[0, 1]
    assert next(row.real for row in card.facts if row.fact == "correlation") == pytest.approx(real)


def test_a_bounded_level_has_a_report(tmp_path):
    panel = tsgan.load_prices("sample:volatility")
    model = tsgan.fit(panel.before(panel.cut_date(0.7)), "gbm")
    card = evaluate(model, panel, baselines=("iid-bootstrap",), paths=20, draws=200)
    assert not card.in_sample and card.days == 377
    card.to_html(tmp_path / "report.html")
    card.to_json(tmp_path / "card.json")
    from tsgan.evaluation.axes import levels

    vix = levels(card.evidence, card.evidence.real[None], 1)[0]
    np.testing.assert_allclose(vix, panel.prices[-378:, 1], rtol=1e-9)
    assert (levels(card.evidence, card.evidence.generated, 1) > 0).all()


def test_months_are_judged_out_of_sample():
    panel = tsgan.load_prices("sample:credit")
    model = tsgan.fit(panel.before(panel.cut_date(0.7)), "gjr-garch")
    card = evaluate(model, panel, baselines=(), paths=20, draws=200)
    assert enough(12) == 60 and card.days == 72 and not card.in_sample
    assert {row["traffic_light"] for row in card.calibration["backtests"]} <= {"green", "yellow", "red"}
    finished = evaluate(model.sample(30, 72, history=panel.before(panel.cut_date(0.7))), panel, baselines=())
    assert finished.days == 72


def test_too_few_common_days_are_said(indices):
    prices = indices.prices.copy()
    prices[:3000, 1] = np.nan
    prices[3000::2, 0] = np.nan
    prices[3001::2, 1] = np.nan
    panel = replace(indices, prices=prices)
    with pytest.raises(DataError, match="only 0 judged days are common to all assets"):
        case_of_model(tsgan.fit(panel.before("2015-01-01"), "gbm"), panel)


def test_a_young_asset_is_in_both_halves_of_a_judgement_in_sample():
    """Novelty compares days of all assets in the second half with those in the first; else there would be none."""
    rng, months = np.random.default_rng(6), np.arange("1920-01", "1990-01", dtype="datetime64[M]")
    prices = 100 * np.exp(np.cumsum(0.03 * rng.standard_normal((len(months), 2)), axis=0))
    prices[:-91, 1] = np.nan
    ends = months.astype("datetime64[D]") + 27
    panel = Panel(ends, ("OLD", "NEW"), prices, ("price", "price"), periods_per_year=12)
    case = case_of_model(tsgan.fit(panel, "gbm"), panel)
    assert case.in_sample
    both = [int(np.isfinite(part).all(axis=1).sum()) for part in (case.split, case.split_real)]
    assert both == [45, 45] and len(case.split) + len(case.split_real) == len(panel) - 1
    with pytest.warns(InSampleWarning, match="fewer than 60 returns"):
        card = evaluate(tsgan.fit(panel, "gbm"), panel, baselines=(), paths=30)
    assert all(np.isfinite(list(row.scores.values())).all() for row in card.joint)
