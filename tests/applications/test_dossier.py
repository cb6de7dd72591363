"""Dossiers: every figure is one that plain numpy finds too, and the page keeps its limits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd
import pytest

import tsgan
from tests.models.test_dependent import market
from tests.pages.reading import check_page
from tsgan.applications.dossier import report, words
from tsgan.applications.dossier.front import assumptions
from tsgan.errors import ConfigError, DataError
from tsgan.evaluation.scorecard import evaluate

CUT = 800


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    """Scorecards of few paths and draws: what is tested here is what is made of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "evaluate", partial(evaluate, draws=200))
        patch.setattr(report, "SCORED_PATHS", 30)
        yield


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Two assets whose volatility comes and goes."""
    calm = market(1080)
    moves = calm.apply(np.log).diff().fillna(0.0).mul(np.exp(0.9 * np.sin(np.arange(1080) / 25)), axis=0)
    return pd.DataFrame(100 * np.exp(np.cumsum(moves.to_numpy(), axis=0)), calm.index, calm.columns)


@pytest.fixture(scope="module")
def found(frame):
    model = tsgan.fit(frame.iloc[:CUT], "gjr-garch")
    return tsgan.dossier(model, frame, fits=1, paths=400, runs=2)


@pytest.fixture(scope="module")
def resampled(frame):
    return tsgan.dossier(tsgan.fit(frame.iloc[:CUT], "iid-bootstrap"), frame, fits=0, paths=300, runs=0)


def test_pages_of_models_with_a_density_and_without(found, resampled, tmp_path):
    for one in (found, resampled):
        check_page(one)
    assert resampled.gain is None and "no density" in resampled.front.answer[0] and resampled.power is None
    text = found.to_html()
    for part in ("Purpose", "Data", "Method and settings", "Limits", "Monitoring plan", "not for generative AI"):
        assert part in text
    found.save(tmp_path)
    document = json.loads((tmp_path / "dossier.json").read_text())
    assert document["power"]["runs"] == 2 and len(document["variants"]) == len(pd.read_csv(tmp_path / "variants.csv"))
    assert tsgan.runs(tmp_path).entries[0].what == "dossier"
    with pytest.raises(ConfigError, match="no table"):
        found.to_frame("none")


def test_what_complexity_buys_is_measured_on_later_days(found, frame):
    """A GJR-GARCH is held against a Brownian motion fitted to the same dates."""
    assert found.rival == "gbm"
    known = frame.iloc[:CUT]
    moves = np.diff(np.log(frame.to_numpy()), axis=0)
    ours, theirs = (tsgan.fit(known, name) for name in ("gjr-garch", "gbm"))
    later, before = moves[CUT - 1 :], moves[: CUT - 1]
    gaps = np.subtract(*(np.asarray(one.log_density(later, before)) for one in (ours, theirs)))
    assert found.gain[0] == pytest.approx(gaps.mean()) and found.gain[0] > found.gain[1] > 0
    assert "complexity pays" in found.front.answer[0] and len(found.gains) == len(frame) - CUT
    # Two assets: seven numbers a margin and one correlation matrix, against means and a covariance matrix.
    assert (found.parameters, found.rival_parameters) == (2 * 8 + 4, 2 + 4)
    row = next(r for r in found.card.log_scores if r.source == "gjr-garch" and r.asset == "all assets")
    assert found.variants[0].log_score == pytest.approx(row.score)


def test_variants_are_those_of_plain_paths(found, frame):
    own = found.variants[0]
    paths = found.model.sample(400, found.panel.periods_per_year, seed=0, history=frame.iloc[:CUT])
    book = (paths.prices / paths.start_prices).mean(axis=2)
    assert own.var_1 == pytest.approx(-np.quantile(book[:, 1] - 1, 0.01))
    assert own.var_10 == pytest.approx(-np.quantile(book[:, 10] - 1, 0.01))
    assert own.worst == pytest.approx(np.quantile(book[:, -1] - 1, 0.05))
    steps = book[:, 1:] / book[:, :-1] - 1
    assert own.volatility == pytest.approx(steps.std() * found.panel.periods_per_year**0.5)
    groups = [one.group for one in found.variants]
    assert groups.count("sampling seed") == 4 and groups.count("fit seed") == groups.count("earlier fit") == 1
    by = {one.name: one for one in found.variants}
    fallen = next(one for name, one in by.items() if "fall of 3" in name)
    assert fallen.var_1 > own.var_1  # leverage and clustering
    same = next(one for one in found.variants if one.group == "fit seed")
    assert (same.var_1, same.log_score) == (own.var_1, own.log_score)  # its fit draws nothing
    assert found.spread("fit seed", "var_10") == 0 and found.spread("earlier fit", "var_10") > 0


def test_assumptions_fail_where_they_are_wrong(found, resampled):
    held = {one.name: one.holds for one in assumptions(found)}
    assert held["Volatility is followed"] is True
    wrong = {one.name: one.holds for one in assumptions(resampled)}
    assert wrong["Volatility is followed"] is False


def test_parameters_leave_out_history(resampled, frame):
    assert resampled.parameters == 0
    assert words.parameters(tsgan.fit(frame, "stationary-bootstrap")) == 1


def test_too_few_later_days_are_refused(frame):
    model = tsgan.fit(frame.iloc[:CUT], "gbm")
    with pytest.raises(DataError, match="at least 250 later returns"):
        tsgan.dossier(model, frame.iloc[: CUT + 100])
    with pytest.raises(DataError, match="training dates"):
        tsgan.dossier(model, frame.iloc[CUT + 20 :])


def test_the_command_writes_and_says_what_it_is_good_for(cli_runner, frame, tmp_path):
    tsgan.fit(frame.iloc[:CUT], "gbm").save(tmp_path / "gbm")
    frame.to_csv(tmp_path / "prices.csv", index_label="date")
    words = ("--fits", "0", "--runs", "0", "--paths", "200", "--details")
    done = cli_runner("dossier", tmp_path / "gbm", tmp_path / "prices.csv", "--out", tmp_path / "d", *words)
    assert done.exit_code == 0, done.stderr
    assert "May the gbm" in done.stdout and "Assumptions" in done.stdout
    assert {"dossier.html", "dossier.json", "variants.csv"} <= {path.name for path in (tmp_path / "d").iterdir()}


@pytest.fixture
def cli_runner(tmp_path):
    from typer.testing import CliRunner

    from tsgan.cli.main import app

    runner = CliRunner(env={"TSGAN_OFFLINE": "1", "COLUMNS": "120", "TERM": "dumb"})
    return lambda *given: runner.invoke(app, [str(word) for word in given], prog_name="tsgan")
