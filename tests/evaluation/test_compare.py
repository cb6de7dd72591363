"""Several models side by side: from Python, as frames, on a page."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import tsgan
from tests.pages.reading import check_page
from tsgan.errors import ConfigError, InSampleWarning, ModelError
from tsgan.evaluation.compare import TABLES, Comparison, compare
from tsgan.evaluation.measurements import REAL_VS_REAL


@pytest.fixture(scope="module")
def market() -> tsgan.Panel:
    return replace(tsgan.load_prices("sample:us-indices"), bars={})


@pytest.fixture(scope="module")
def models(market) -> list[tsgan.MarketModel]:
    return [
        tsgan.fit(market.before(end), name) for name, end in (("gbm", "2015-01-01"), ("iid-bootstrap", "2014-06-01"))
    ]


@pytest.fixture(scope="module")
def found(models, market) -> Comparison:
    told: list[str] = []
    comparison = compare(models, market, paths=20, progress=told.append)
    assert told == ["judging gbm", "judging iid-bootstrap"]
    return comparison


def test_all_are_judged_after_the_latest_training(found, models):
    assert list(found.cards) == ["gbm", "iid-bootstrap"] and not found.in_sample
    assert {card.judged_start for card in found.cards.values()} == {"2015-01-02"}
    assert found.first is found.cards["gbm"]
    lines = found.summary().splitlines()
    assert lines[0].startswith("On 1,006 returns from 2015-01-02") and "times those of gbm" in lines[2]
    assert len(lines) == 4 and lines[3].startswith("iid-bootstrap comes closest")


def test_the_document_and_the_frames(found):
    document = json.loads(found.to_json())
    assert [*document][-1] == "scorecards" and document["judged_start"] == "2015-01-02" and document["paths"] == 20
    assert document["scorecards"]["iid-bootstrap"] == found.cards["iid-bootstrap"].to_dict()
    frame = found.to_frame()
    assert set(frame["source"]) == {"gbm", "iid-bootstrap"} and len(frame) == 2 * len(found.first.facts)
    scores = found.to_frame("scores")
    assert scores["source"].value_counts().to_dict() == {"gbm": 2, "iid-bootstrap": 2, REAL_VS_REAL: 2}
    assert found.scores("SPX")["gbm"].scores["acf"] == pytest.approx(
        scores[(scores["source"] == "gbm") & (scores["asset"] == "SPX")]["acf"].item()
    )
    assert all(len(found.to_frame(table)) for table in TABLES if table != "log_scores")
    assert set(found.to_frame("gates")["source"]) == {"gbm", "iid-bootstrap"}
    with pytest.raises(ConfigError, match="choose one of facts"):
        found.to_frame("nonsense")


def test_the_page_holds_both(found, tmp_path):
    page = found.to_html()
    assert page.count('<th scope="col">iid-bootstrap</th>') >= 2 and "Which of 2 models moves most like" in page
    assert "IN SAMPLE" not in page and found.summary().splitlines()[3] in page
    assert "gbm passes" in found._repr_html_()
    check_page(found)
    found.to_html(tmp_path / "compare.html")
    assert (tmp_path / "compare.html").read_text() == page


def test_models_of_the_same_kind_get_names_of_their_own(models, market, tmp_path):
    short = market.before("2016-06-01")
    same = compare([models[0], models[0]], short, paths=20)
    assert list(same.cards) == ["gbm", "gbm (2)"]
    rows = same.to_frame().set_index("source")
    assert np.array_equal(rows.loc["gbm", "median"], rows.loc["gbm (2)", "median"], equal_nan=True)
    for folder in ("a/m", "b/m", "c"):
        models[1].save(tmp_path / folder)
    folders = [tmp_path / folder for folder in ("a/m", "b/m", "c")]
    table = pd.DataFrame(short.prices, short.dates, list(short.assets))
    assert list(compare(folders, table, paths=20).cards) == [str(folders[0]), str(folders[1]), "c"]


def test_in_sample_is_said(models, market):
    with pytest.warns(InSampleWarning):
        seen = compare(models, market.before("2015-06-01"), names=("walk", "days"), paths=20)
    assert list(seen.cards) == ["walk", "days"] and "days passes" in seen.summary()
    assert seen.in_sample and "IN SAMPLE" in seen.to_html() and seen.summary().startswith("IN SAMPLE, on")


@pytest.mark.parametrize(
    ("chosen", "options", "error", "message"),
    [
        (slice(1), {}, ConfigError, "two or more models, not 1"),
        (slice(2), {"names": ("x", "x")}, ConfigError, "different names, not x, x"),
        (slice(2), {"names": ("x",)}, ConfigError, "2 models need as many"),
        (slice(2), {"paths": 5}, ConfigError, "at least 20 paths"),
    ],
)
def test_what_makes_no_comparison(models, market, chosen, options, error, message):
    with pytest.raises(error, match=message):
        compare(models[chosen], market, **options)


def test_models_of_other_tickers_are_refused(models, market):
    other = tsgan.fit(market.select(["SPX"]).before("2015-01-01"), "gbm")
    with pytest.raises(ConfigError, match="gbm knows IXIC, SPX, but other SPX"):
        compare([models[0], other], market, names=("gbm", "other"))
    with pytest.raises(ModelError, match="nowhere"):
        compare([models[0], "nowhere"], market)


def test_log_scores_are_those_of_the_judged_days(found, models, market):
    rows = {(row.asset, row.source): row for row in found.log_scores}
    first = int((market.return_dates <= np.datetime64("2014-12-31")).sum())
    exact = models[0].log_density(market.moves[first:], market.moves[:first])
    assert rows["SPX", "gbm"].score == pytest.approx(exact[:, list(market.assets).index("SPX")].mean())
    assert rows["all assets", "gbm"].days == 1006 and {row.source for row in found.log_scores} == {"gbm"}


def test_finished_paths_stand_beside_models(models, market, tmp_path):
    start = market.through("2015-06-30")
    drawn = models[0].sample(30, 400, seed=3, history=start)
    drawn.to_parquet(tmp_path / "theirs.parquet")
    told = compare([models[0], tmp_path / "theirs.parquet"], market, names=("walk", "theirs"), paths=20)
    assert told.first.judged_start == "2015-07-01" and told.first.days == 400 and not told.in_sample
    assert (
        told.cards["theirs"].to_dict()["facts"]
        == tsgan.evaluate(drawn, market, baselines=(), paths=20).to_dict()["facts"]
    )
    with pytest.raises(ConfigError, match="was trained on dates to"):
        compare([models[0], models[1].sample(20, 300, history=market.through("2014-01-02"))], market)
