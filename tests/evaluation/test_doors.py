"""What the verbs of judging accept: models and folders, tables and files, paths and their files."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

import tsgan
from tsgan.errors import ConfigError, DataError, ModelError, ScenarioError
from tsgan.evaluation.measurements import Yardstick, measure
from tsgan.evaluation.protocol import case_of_model
from tsgan.evaluation.scorecard import evaluate

FAST = {"baselines": (), "paths": 20, "draws": 200}


@pytest.fixture(scope="module")
def market() -> tsgan.Panel:
    """Closes of an index, and a level that looks like a price: only its kind tells."""
    return replace(tsgan.load_prices("sample:us-indices", kinds={"IXIC": "level"}), bars={})


@pytest.fixture(scope="module")
def walk(market) -> tsgan.MarketModel:
    return tsgan.fit(market.before("2015-01-01"), "gbm")


@pytest.fixture(scope="module")
def table(market) -> pd.DataFrame:
    return pd.DataFrame(market.prices, index=pd.DatetimeIndex(market.dates, name="Date"), columns=list(market.assets))


def figures(card: tsgan.Scorecard) -> list:
    """What a scorecard says of paths; how tables lie in memory changes last digits of other sums."""
    document = card.to_dict()
    return [document[name] for name in ("assets", "judged_start", "days", "facts", "scores", "distances", "joint")]


def test_a_table_and_a_file_are_read_in_the_kinds_of_the_model(walk, market, table, tmp_path):
    expected = evaluate(walk, market, **FAST)
    table.to_csv(tmp_path / "closes.csv")
    for prices in (table[["SPX", "IXIC"]], tmp_path / "closes.csv"):
        card = evaluate(walk, prices, **FAST)
        assert card.evidence.kinds == ("level", "price") and figures(card) == figures(expected)


def test_a_folder_is_a_model_and_a_file_is_paths(walk, market, tmp_path):
    walk.save(tmp_path / "walk")
    assert figures(evaluate(tmp_path / "walk", market, **FAST)) == figures(evaluate(walk, market, **FAST))
    paths = walk.sample(20, 300, history=market.before("2015-01-01"))
    paths.to_csv(tmp_path / "paths.csv")
    card, expected = (evaluate(source, market, **FAST) for source in (tmp_path / "paths.csv", paths))
    assert card.counts("gbm") == expected.counts("gbm") and card.days == 300


@pytest.mark.parametrize(
    ("source", "error"),
    [("nowhere", ModelError), ("bundled:nothing", ModelError), ("nowhere.csv", ScenarioError)],
)
def test_sources_that_are_not_there(market, source, error):
    with pytest.raises(error):
        evaluate(source, market)


def test_prices_and_options_that_make_no_sense(walk, market):
    with pytest.raises(DataError, match="cannot load prices from"):
        evaluate(walk, 7)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="at least 20 paths"):
        evaluate(walk, market, paths=19)
    with pytest.raises(ConfigError, match="nonsense"):
        evaluate(walk, market, baselines=("nonsense",))


def test_a_measurement_depends_on_case_source_and_paths_alone(walk, market):
    yardstick = Yardstick.of(case_of_model(walk, market), seed=3)
    paths = yardstick.case.sample(walk, 20, seed=3)
    first, again = (measure(yardstick, "walk", paths) for _ in range(2))
    for part in ("judgements", "scores", "distances", "novelty"):
        assert repr(getattr(first, part)) == repr(getattr(again, part)), part  # some are NaN, which equals nothing
    assert [len(judged) for judged in first.judgements] == [len(facts.returns) for facts in yardstick.facts]
