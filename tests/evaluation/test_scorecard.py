import io
import json
import re
import warnings
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from tests.pages.reading import check_page
from tsgan.data.panel import Panel
from tsgan.errors import ConfigError, DataError, InSampleWarning, ModelError, OutputError, ScenarioError
from tsgan.evaluation import verdict
from tsgan.evaluation.bands import Band, p_value
from tsgan.evaluation.documents import TABLES
from tsgan.evaluation.protocol import case_of_model
from tsgan.evaluation.scorecard import REAL_VS_REAL, SCHEMA_VERSION, evaluate
from tsgan.reports.numbers import number
from tsgan.scenarios.scenarios import Scenarios
from tsgan.stats.quantgans import quantgans_scores

BASELINES = ("gjr-garch", "iid-bootstrap")


@pytest.fixture(scope="module")
def card(fitted, indices):
    return evaluate(fitted("gbm"), indices, baselines=(*BASELINES, "gbm"), paths=60, draws=200)


@pytest.fixture(scope="module")
def seen(fitted, indices):
    with pytest.warns(InSampleWarning, match="IN SAMPLE"):
        return evaluate(fitted("iid-bootstrap"), indices.before("2016-06-01"), baselines=(), paths=40)


def paths_of(panel: Panel, returns: np.ndarray, **changes) -> Scenarios:
    base = Scenarios(returns, panel.assets, panel.kinds, panel.dates[: returns.shape[1] + 1], panel.prices[0])
    return replace(base, **changes)


def text_of(card) -> str:
    console = Console(width=220, record=True, file=io.StringIO())
    console.print(card)
    return console.export_text()


def test_judged_on_the_dates_after_training(card, fitted, indices):
    case = case_of_model(fitted("gbm"), indices)
    later = indices.dates > np.datetime64(fitted("gbm").info.train_end)
    assert not card.in_sample and card.days == later.sum() == len(case.real)
    assert np.array_equal(case.dates[1:], indices.dates[later])
    np.testing.assert_array_equal(case.real, indices.returns[-card.days :])
    np.testing.assert_array_equal(case.start_prices, case.train.prices[-1])
    assert card.train_end < card.judged_start and card.train_end == fitted("gbm").info.train_end
    assert case.dates[0] == case.train.dates[-1]


def test_every_source_is_judged_on_every_fact_and_score(card):
    assert card.sources == ("gbm", *BASELINES)  # the model is not its own baseline
    assert {row.asset for row in card.facts} == {"SPX", "IXIC", "all assets"}
    assert all(tuple(row.judged) == card.sources for row in card.facts)
    assert [(r.asset, r.source) for r in card.scores].count(("SPX", REAL_VS_REAL)) == 1
    assert len(card.scores) == 2 * (len(card.sources) + 1)
    assert sum(card.counts("gbm").values()) == len(card.facts)
    assert len(card.to_frame()) == len(card.facts) * len(card.sources)
    assert card.scores_frame().notna().all(axis=None)


def test_real_vs_real_compares_training_with_later_returns(card, fitted, indices):
    case = case_of_model(fitted("gbm"), indices)
    row = next(r for r in card.scores if r.source == REAL_VS_REAL and r.asset == "IXIC")
    assert row.scores == quantgans_scores(case.real[:, 1], case.train.returns[None, :, 1], lags=card.lags)


def test_log_scores_are_differences_to_gjr_garch(card, fitted, indices):
    case = case_of_model(fitted("gbm"), indices)
    rows = {(r.asset, r.source): r for r in card.log_scores}
    assert set(rows) == {(a, s) for a in ("SPX", "IXIC", "all assets") for s in ("gbm", "gjr-garch")}
    ours = fitted("gbm").log_density(case.real, case.train.returns)
    assert rows["SPX", "gbm"].score == pytest.approx(ours[:, 0].mean())
    assert rows["all assets", "gbm"].score == pytest.approx(ours.mean())
    gap = rows["SPX", "gbm"]
    assert gap.difference == pytest.approx(gap.score - rows["SPX", "gjr-garch"].score)
    assert gap.error is not None and gap.error > 0
    assert gap.difference < 0 and gap.t < -3  # a Gaussian with constant variance forecasts worse
    assert rows["SPX", "gjr-garch"].difference is None


def test_json_follows_its_schema(card, tmp_path):
    card.to_json(tmp_path / "scorecard.json")
    document = json.loads((tmp_path / "scorecard.json").read_text())
    assert document["schema_version"] == SCHEMA_VERSION == 3
    assert set(document) == {
        *("schema_version", "model", "baselines", "assets", "in_sample", "train_start", "train_end", "judged_start"),
        *(
            "judged_end",
            "days",
            "paths",
            "seed",
            "lags",
            "provenance",
            "verdict",
            "uses",
            "counts",
            "facts",
            "scores",
            "log_scores",
            "distances",
            "joint",
            "novelty",
            "judges",
            "gates",
            "calibration",
        ),
    }
    assert set(document["facts"][0]) == {
        "asset",
        "fact",
        "cont",
        "group",
        "label",
        "real",
        "real_low",
        "real_high",
        "present",
        "judged",
    }
    assert set(document["facts"][0]["judged"]["gbm"]) == {
        *("median", "low", "high", "p_value", "holm_p", "width", "mark")
    }
    assert set(document["log_scores"][0]) == {"asset", "source", "days", "score", "difference", "t", "error"}
    assert len(document["verdict"]) == 3 and document == card.to_dict()


def test_same_seed_same_scorecard_on_one_core(card, fitted, indices, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    again = evaluate(fitted("gbm"), indices, baselines=(*BASELINES, "gbm"), paths=60, draws=200)
    assert again.to_dict() == card.to_dict()


def test_the_report_keeps_the_limits_of_pages(card):
    check_page(card)
    assert card.front.question == "Do the paths of gbm move like SPX and IXIC?"
    assert {use.good for use in card.uses} <= {True, False, None} and card.front.verdict.startswith("Not to be used")


def test_in_sample_is_said_everywhere(seen, card, tmp_path):
    assert seen.in_sample and seen.judged_start == "1999-01-05" and seen.judged_end == "2016-05-31"
    assert seen.to_frame()["in_sample"].all() and not card.to_frame()["in_sample"].any()
    written = seen.save(tmp_path / "judged")
    assert [file.name for file in written] == ["scorecard.json", "report.html"]
    assert written[0].read_text() == seen.to_json()
    page = written[1].read_text()
    assert "<title>IN SAMPLE" in page and 'role="alert"' in page
    for block in re.findall(r"<(?:caption|h2|h3)\b.*?</(?:caption|h2|h3)>", page):
        assert "IN SAMPLE" in block, block
    assert text_of(seen).count("IN SAMPLE") >= 5
    assert "IN SAMPLE" not in text_of(card)
    assert seen.verdict[0].startswith("IN SAMPLE") and "no baseline" in seen.verdict[2]


class Page(HTMLParser):
    """Collects what a page would load and what it says."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str | None] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.loads += [value for name, value in attrs if name in ("src", "href", "srcset")]


def test_report_is_one_file_that_escapes_names(fitted, indices, tmp_path):
    odd = ("<b>$X$", "A&B")
    panel = replace(indices, assets=odd, source="<script>alert(1)</script>")
    returns = fitted("iid-bootstrap").sample(30, 400, seed=1).returns
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InSampleWarning)
        card = evaluate(paths_of(panel, returns, provenance={"model": "<i>mine</i>"}), panel, baselines=(), paths=30)
    card.to_html(tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text()
    parsed = Page()
    parsed.feed(page)
    assert not {"b", "script", "i", "link"} & set(parsed.tags)
    assert "&lt;b&gt;$X$" in page and "A&amp;B" in page and "&lt;i&gt;mine" in page
    assert len(parsed.loads) > 15 and all(load.startswith(("#", "data:image/png;base64,")) for load in parsed.loads)
    assert "<b>$X$" in text_of(card)


def test_training_curves_are_drawn_from_whatever_was_logged(card, tmp_path):
    from tsgan.evaluation.plots import sections

    steps = np.arange(1, 41)
    history = pd.DataFrame(
        {
            "phase": np.where(steps < 20, "likelihood", "adversarial"),
            "step": np.r_[1:20, 1:22],
            "generator_loss": np.where(steps < 20, np.nan, 1.0 / steps),
            "critic_loss": np.where(steps < 20, np.nan, np.sin(steps)),
            "critic_gradient": 2.0 + np.cos(steps),
            "validation": np.where(steps % 10 == 0, 0.1 * steps, np.nan),
            "note": "text",
        }
    )
    staged = history.rename(columns={"phase": "stage"}).assign(purpose="on everything")
    for frame in (history, history.drop(columns="phase").set_index("step"), history.assign(member=steps % 2), staged):
        drawn = list(sections(replace(card, evidence=replace(card.evidence, training_history=frame))))
        assert drawn[-1].title == "Training"
        titles = [plot.alt.removeprefix("Training curves: ") for plot in drawn[-1].plots]
        assert titles == ["losses", "gradient norms", "validation"]
    (axes,) = drawn[-1].plots[1].figure.axes
    assert [len(line.get_xdata()) for line in axes.lines] == [19, 21]  # no line joins the two stages
    card.to_html(tmp_path / "r.html")  # without any training, as for every baseline
    assert "Training curves" not in (tmp_path / "r.html").read_text()


def test_unwritable_reports_are_refused(card, tmp_path):
    with pytest.raises(OutputError, match="is a folder"):
        card.to_json(tmp_path)


def test_finished_paths_are_judged_on_the_days_after_their_start(indices, fitted):
    panel = indices.select(["IXIC"])
    start = len(panel) - 601
    returns = np.random.default_rng(0).standard_t(4, (50, 300, 1)).astype(np.float32) / 100
    paths = Scenarios(returns, ("IXIC",), ("price",), panel.dates[start : start + 301], panel.prices[start])
    card = evaluate(paths, indices, baselines=("gbm",), paths=1000)
    assert not card.in_sample and card.days == 300 and card.paths == 50 and card.model == "scenarios"
    assert card.judged_start == str(panel.dates[start + 1]) and card.train_end == str(panel.dates[start])
    assert [row.source for row in card.log_scores] == ["gbm"]
    # Nobody told what the paths were made from, so nothing is said about what they have not seen.
    assert "that follow the start of its paths" in card.verdict[0] and "had not seen" not in card.verdict[0]
    named = replace(paths, provenance={"source": "theirs.csv"})
    assert evaluate(named, indices, baselines=(), paths=20).model == "theirs.csv"


def test_uses_count_every_test_once(card):
    uses = dict(verdict.tested_uses(card))
    for column, source in enumerate(card.sources):
        assert tuple(map(sum, zip(*(counts[column] for counts in uses.values()), strict=True))) == verdict.tested(
            card, source
        )
    assert uses["volume and volatility"] == [(0, 0)] * len(card.sources)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: np.where(np.arange(300)[None, :, None] == 7, np.nan, r), r"SPX: 20 of 20 paths .* day 8 of path 0"),
        (lambda r: 100 * np.exp(r), "seem to hold prices"),
        (lambda r: r[:, :30], "too short to judge"),
    ],
)
def test_bad_paths_are_refused(indices, change, message):
    returns = np.random.default_rng(0).normal(0, 0.01, (20, 300, 2))
    with pytest.raises(ScenarioError, match=message):
        evaluate(paths_of(indices, change(returns)), indices, baselines=())


def test_tickers_that_do_not_match_are_refused(indices, fitted):
    with pytest.raises(ModelError, match="no SPX"):
        evaluate(fitted("gbm"), indices.select(["IXIC"]))
    with pytest.raises(ScenarioError, match="no SPX"):
        evaluate(paths_of(indices, np.zeros((20, 300, 2))), indices.select(["IXIC"]))


def test_prices_that_cannot_be_judged_on_are_refused(indices, fitted):
    with pytest.raises(DataError, match="also holds the training dates"):
        evaluate(fitted("gbm"), indices._rows(indices.dates > np.datetime64("2016-06-01"), "late"))
    prices = indices.prices.copy()
    prices[-300:, 1] = 5000.0
    with pytest.raises(DataError, match="IXIC does not move"):
        evaluate(
            fitted("gbm"),
            replace(
                indices.before("2017-01-30"), prices=prices[: len(indices.before("2017-01-30"))] * [1, 0] + [0, 50]
            ),
        )
    prices[-5, 1] = np.inf
    with pytest.raises(DataError, match="IXIC has no finite return on 2018-12-24"):
        evaluate(fitted("gbm"), replace(indices, prices=prices))


def test_in_a_notebook(card):
    html = card._repr_html_()
    assert (
        "Scorecard" in html
        and card.verdict[0][:20] in html
        and f"<td>{card.counts(card.model)['in band']}</td>" in html
    )


def test_band_and_p_value_by_hand():
    values = np.arange(1.0, 100.0)  # 99 paths
    assert p_value(0.0, values) == pytest.approx(0.02) and p_value(50.0, values) == 1.0
    assert p_value(3.0, values) == pytest.approx(0.08)
    band = Band.of(values)
    assert (band.low, band.median, band.high) == pytest.approx((3.45, 50.0, 96.55))
    assert 3.5 in band and 3.4 not in band
    assert np.isnan(Band.of(np.full(5, np.nan)).low)


def test_numbers_as_people_read_them():
    shown = [number(x) for x in (0.0006512, -12.345, 1234567.0, 0.0, float("nan"), float("inf"))]
    assert shown == ["0.000651", "-12.3", "1,234,567", "0", "\u2013", "∞"]
    assert number(-0.0000783, most=4) == "-0.0001"


def test_a_scorecard_is_a_result(card, seen):
    assert card.summary().splitlines() == list(card.verdict)
    assert json.loads(card.to_json()) == card.to_dict()
    for table in TABLES:
        frame = card.to_frame(table)
        assert frame.empty == (table == "judges") and (frame.empty or not frame["in_sample"].any()), table
    assert card.to_frame("distances").filter(like="wasserstein_1_p").notna().any(axis=None)
    assert seen.to_frame("gates")["in_sample"].all() and seen.to_frame("backtests").empty
    with pytest.raises(ConfigError, match="choose one of facts, scores"):
        card.to_frame("nonsense")


def test_a_use_is_denied_by_more_failures_than_chance_makes_or_one_beyond_doubt(card):
    from tsgan.evaluation.uses import LONG, too_many

    cases = ((0, 1), (1, 1), (1, 2), (1, 3), (2, 10), (1, 20), (4, 20))
    assert [too_many(*case) for case in cases] == [False, True, True, False, True, False, True]
    found = {use.name: use for use in card.uses}
    assert list(found) == ["tomorrow's risk", "the next month", "years", "portfolios", "trading strategies"]

    def changed(mark: str, holm: float):
        """Facts of long horizons all as they should be, but for the first, and no distance that counts."""
        first = next(row for row in card.facts if row.group in LONG)
        rows = tuple(
            replace(row, judged={"gbm": replace(row.judged["gbm"], mark="in band", holm_p=1.0)})
            if row is not first
            else replace(row, judged={"gbm": replace(row.judged["gbm"], mark=mark, holm_p=holm)})
            for row in card.facts
        )
        bare = tuple(replace(row, p_values={}) for row in card.distances)
        return next(use for use in replace(card, facts=rows, distances=bare).uses if use.name == "years")

    assert changed("in band", 1.0).good is True and changed("out of band", 0.5).good is True
    assert changed("out of band", 0.001).good is False and changed("out of band", 0.001).why.endswith("beyond doubt")
