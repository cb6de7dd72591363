"""Monitoring: PITs as they should be, alarms where they belong and nowhere else, figures that plain numpy finds too."""

from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from scipy import stats

import tsgan
from tests.models.test_dependent import market
from tests.pages.reading import check_page
from tsgan.applications.monitor.alarms import FALSE_ALARMS, SHARES
from tsgan.applications.monitor.simulated import power
from tsgan.errors import ConfigError, DataError
from tsgan.evaluation.watching import watch
from tsgan.reports.terminal import figures, verdict

CUT, DRAWS = 900, 1000


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return market(1200)


@pytest.fixture(scope="module")
def garch(frame):
    return tsgan.fit(frame.iloc[:CUT], "gjr-garch")


@pytest.fixture(scope="module")
def own(garch, frame):
    """The history, carried on for 400 days by the model itself."""
    paths = garch.sample(1, 400, seed=8)
    later = pd.DataFrame(paths.prices[0, 1:], pd.DatetimeIndex(paths.dates[1:]), list(paths.assets))
    return pd.concat([frame.iloc[:CUT], later])


@pytest.fixture(scope="module")
def calm(garch, own):
    return tsgan.monitor(garch, own, draws=DRAWS)


@pytest.fixture(scope="module")
def wild(garch, own):
    """Moves are tripled after 200 days."""
    moves = np.log(own).diff().to_numpy().copy()
    moves[CUT + 200 :] *= 3
    prices = np.exp(np.log(own.iloc[0].to_numpy()) + np.nan_to_num(moves).cumsum(axis=0))
    same = own.iloc[: CUT + 200]  # to the last bit
    return tsgan.monitor(
        garch, pd.concat([same, pd.DataFrame(prices, own.index, own.columns).iloc[len(same) :]]), draws=DRAWS
    )


def test_shares_add_up_to_the_false_alarms(calm):
    assert sum(SHARES.values()) == pytest.approx(1)
    assert sum(one.share for one in calm.alarms) == pytest.approx(FALSE_ALARMS)


@pytest.mark.parametrize("name", ["gjr-garch", "iid-bootstrap"])
def test_places_of_a_model_that_is_right_are_uniform(fitted, indices, name):
    """Of discrete laws as well; on the model's own path of 500 days."""
    model, known = fitted(name), indices.before("2016-01-01").moves[-1250:]
    path = model.sample(1, 500, seed=5).moves[0].astype(np.float64)
    seen = watch(model, np.vstack([known, path]), len(known), draws=200)
    for u in (*seen.pit.T, seen.size, seen.direction):
        assert stats.kstest(u, "uniform").pvalue > 1e-3
        assert abs(np.corrcoef(u[1:], u[:-1])[0, 1]) < 4 / np.sqrt(len(u))


def test_what_was_said_of_a_day_stays(garch, own, calm):
    fewer = tsgan.monitor(garch, own.iloc[:-100], draws=DRAWS)
    assert np.array_equal(fewer.watched.tested, calm.watched.tested[:-100])
    for one, other in zip(fewer.alarms, calm.alarms, strict=True):
        assert np.array_equal(one.evidence, other.evidence[:-100])


def test_no_alarm_without_a_change_and_one_after_it(calm, wild):
    assert not calm.alarm and calm.front.tone in ("good", "doubt")
    assert wild.alarm and wild.front.tone == "bad" and "larger than forecast" in wild.front.verdict
    first = wild.raised[0].day
    assert first is not None and 200 <= first < 260
    assert wild.due[0].endswith(str(wild.dates[first]))


def test_figures_are_those_of_plain_numpy(calm, garch, own):
    moves = np.log(own.to_numpy())
    came, year = np.diff(moves, axis=0)[CUT - 1 :], garch.aligned(own).periods_per_year
    for i, row in enumerate(calm.rows):
        assert row["days"] == 400 and row["realised"] == pytest.approx(came[:, i].std() * year**0.5)
        assert row["drift"] == pytest.approx(year * came[:, i].mean())
        pit = calm.watched.pit[:, i]
        assert row["coverage_90"] == pytest.approx(np.mean((pit > 0.05) & (pit < 0.95)), abs=0.005)
        assert row["exceptions_99"] == (came[:, i] < -calm.watched.var[0.99][:, i]).sum()
        exact = garch.predictive_moments(np.diff(moves, axis=0), CUT - 1 + np.arange(400)).volatility[:, i]
        np.testing.assert_allclose(calm.watched.volatility[:, i], exact, rtol=0.25)
        assert row["foreseen"] == pytest.approx(year**0.5 * np.sqrt((exact**2).mean()), rel=0.02)
    tiles = {tile.name.split(": ")[-1]: tile for tile in calm.front.tiles}
    worst = max(calm.rows, key=lambda r: max(r["ratio"], 1 / r["ratio"]))
    assert tiles["volatility since training, a year"].value == worst["realised"]
    assert tiles["losses beyond 99 % value at risk"].beside == (("expected", pytest.approx(4.0)),)


def test_page_json_and_tables(calm, wild, tmp_path):
    for found in (calm, wild):
        check_page(found)
    wild.save(tmp_path)
    document = json.loads((tmp_path / "monitor.json").read_text())
    assert document["alarm"] is True and len(document["tests"]) == len(pd.read_csv(tmp_path / "tests.csv"))
    assert len(wild.to_frame("days")) == 400 and set(wild.to_frame("assets")["asset"]) == {"ONE", "TWO"}
    assert tsgan.runs(tmp_path).entries[0].headline.startswith("moves are larger")
    with pytest.raises(ConfigError, match="no table"):
        wild.to_frame("none")


def test_a_day_without_prices_is_no_day(garch, own):
    holes = own.copy()
    holes.iloc[CUT + 50, 1] = np.nan
    found = tsgan.monitor(garch, tsgan.load_prices(holes, join="outer"), draws=DRAWS)
    assert found.rows[1]["days"] == 399 and np.isnan(found.watched.pit[50, 1]) and np.isfinite(found.watched.size[50])


def test_single_assets_and_what_is_refused(frame, garch):
    one = tsgan.fit(frame[["ONE"]].iloc[:CUT], "gbm")
    found = tsgan.monitor(one, frame[["ONE"]], since=str(frame.index[1000].date()))
    check_page(found)
    assert len(found.dates) == 199 and sum(a.share for a in found.alarms) == pytest.approx(FALSE_ALARMS)
    with pytest.raises(ConfigError, match="judge it on later ones"):
        tsgan.monitor(garch, frame, since="2013-01-01")
    with pytest.raises(DataError, match="later ones"):
        tsgan.monitor(garch, frame.iloc[:CUT])
    with pytest.raises(DataError, match="from before"):
        tsgan.monitor(garch, frame.iloc[CUT:])
    with pytest.raises(ConfigError, match="200 draws"):
        tsgan.monitor(garch, frame, draws=50)


def test_a_model_that_is_a_year_old_is_due(frame):
    model = tsgan.fit(frame.iloc[:800], "gbm")
    assert any("more than 365" in one for one in tsgan.monitor(model, frame, draws=200).due)


def test_power_counts_alarms(frame):
    model = tsgan.fit(frame.iloc[:CUT], "gbm")
    found = power(model, model.aligned(frame.iloc[:CUT]), runs=10, draws=200)
    assert found.seen >= 9 and found.false <= 3 and found.delay is not None and found.delay < 30


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gbm", "gjr-garch"])
def test_false_alarms_and_doubled_volatility(name):
    """Five assets: alarms in at most 5 % of the model's own years, and in 90 % within 60 days of doubled volatility."""
    rng = np.random.default_rng(4)
    common = rng.standard_t(5, (1500, 1))
    sigma = 0.01 * np.exp(0.4 * np.sin(np.arange(1500) / 50))[:, None]
    moves = sigma * (0.7 * common + 0.7 * rng.standard_t(5, (1500, 5))) / 1.29
    frame = pd.DataFrame(100 * np.exp(moves.cumsum(axis=0)), pd.bdate_range("2013-01-01", periods=1500), list("ABCDE"))
    model = tsgan.fit(frame, name)
    found = power(model, model.aligned(frame), runs=200)
    assert found.false <= 0.05 * 200 + 2 * np.sqrt(200 * 0.05 * 0.95)
    assert found.seen >= 0.9 * 200


def test_the_terminal_shows_it_on_one_screen(calm, wild):
    for found in (calm, wild):
        lines: list[str] = []
        for part in (figures(found.front), verdict(found.front)):
            console = Console(width=80, file=io.StringIO(), record=True)
            console.print(part)
            lines += console.export_text().splitlines()
        assert len(lines) <= 23 and max(map(len, lines)) <= 80
        assert found.front.verdict[:30] in " ".join(lines[-6:])
