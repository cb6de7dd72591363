"""Every asset keeps its own sessions: in the panel, in models of it, in their paths and where these are judged."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan.data.calendars import future_sessions, sessions_between
from tsgan.data.load import load_prices, load_with_findings
from tsgan.data.sessions import calendar_of, sessions_a_year
from tsgan.evaluation.hard_requirements import calendar as calendar_gate
from tsgan.inspection import inspect

EVERY = pd.date_range("2016-01-04", "2020-12-30", name="date")


def log_returns(prices):
    prices = prices.dropna()
    return pd.Series(np.diff(np.log(prices.to_numpy())), prices.index[1:])


def series(days, seed=0, start=100.0, size=0.01):
    moves = size * np.random.default_rng(seed).standard_normal(len(days))
    return pd.Series(start * np.exp(np.cumsum(moves)), days)


def sessions(name="XNYS"):
    return pd.DatetimeIndex(sessions_between(name, EVERY[0], EVERY[-1]))


@pytest.fixture(scope="module")
def mixed():
    """A coin that trades every day, beside a stock."""
    return pd.DataFrame({"COIN": series(EVERY, 1, 5000, 0.03), "STOCK": series(sessions(), 2)})


def has(findings, *words):
    return any(all(word in str(finding) for word in words) for finding in findings)


@pytest.mark.parametrize(
    ("days", "name"),
    [
        (EVERY, "24/7"),
        (sessions(), "XNYS"),
        (EVERY[EVERY.day_of_week < 5], "weekdays"),
        (EVERY[EVERY.day_of_week != 5], "sunday-friday"),
        (EVERY[EVERY.day_of_week != 6], "monday-saturday"),
        (EVERY[~EVERY.day_of_week.isin([4, 5])], "sunday-thursday"),
    ],
)
def test_the_calendar_that_dates_keep(days, name):
    assert calendar_of(days.to_numpy().astype("datetime64[D]")) == name
    later = future_sessions(name, "2021-03-01", 40)
    assert set(pd.DatetimeIndex(later[1:]).day_of_week) == set(days.day_of_week)
    assert load_prices(pd.DataFrame({"A": series(days)})).calendar == name


def test_a_stock_beside_a_coin_has_its_own_sessions(mixed):
    panel = load_prices(mixed)
    assert (panel.calendar, panel.periods_per_year, panel.calendars) == ("24/7", 365, ("24/7", "XNYS"))
    assert has(panel.notes, "STOCK", "XNYS", "does not move when it is closed")
    assert panel.select(["STOCK"]).calendars == ("XNYS",) and panel.before("2019-01-01").calendars == panel.calendars
    facts = {f.asset: f for f in inspect(mixed).assets}
    own = log_returns(mixed["STOCK"])
    assert facts["STOCK"].sessions == 252 and facts["COIN"].sessions == 365
    assert facts["STOCK"].volatility == pytest.approx(own.std() * np.sqrt(252))
    assert facts["STOCK"].mean == pytest.approx(own.mean() * 252)


def test_assets_of_one_calendar_have_none_of_their_own():
    two = pd.DataFrame({"A": series(sessions(), 1), "B": series(sessions(), 2)})
    assert load_prices(two).calendars == ()
    late = two.assign(B=two["B"].where(np.arange(len(two)) > 400))
    assert load_prices(late).calendars == ()


@pytest.mark.parametrize("name", ["gbm", "gjr-garch", "dcc-garch", "fhs", "stationary-bootstrap"])
def test_paths_rest_when_the_exchange_is_closed(mixed, name, tmp_path):
    panel = load_prices(mixed)
    model = tsgan.fit(panel, name, seed=0)
    paths = model.sample(400, 365, seed=1)
    open_ = np.isin(paths.dates[1:], sessions_between("XNYS", paths.dates[0], paths.dates[-1]))
    assert 245 < open_.sum() < 256
    assert not paths.returns[:, ~open_, 1].any() and paths.returns[:, open_, 1].any(axis=1).all()
    assert paths.returns[:, :, 0].all(axis=0).any() and paths.provenance["calendars"] == ["24/7", "XNYS"]
    year = paths.returns[:, :, 1].sum(axis=1).std()
    assert year == pytest.approx(panel.returns[np.isfinite(panel.returns[:, 1]), 1].std() * np.sqrt(252), rel=0.17)
    model.save(tmp_path / "model")
    again = tsgan.load_model(tmp_path / "model")
    assert again.info.calendars == panel.calendars
    np.testing.assert_array_equal(again.sample(400, 365, seed=1).returns, paths.returns)


def test_paths_given_an_event_rest_too(mixed):
    model = tsgan.fit(load_prices(mixed), "gbm", seed=0)
    given = model.sample(200, 20, seed=0, condition={"STOCK": (-1.0, -0.03)}, at=10)
    closed = ~np.isin(given.dates[1:], sessions_between("XNYS", given.dates[0], given.dates[-1]))
    assert closed.any() and not given.returns[:, closed, 1].any()
    assert (given.prices[:, 10, 1] / given.prices[:, 0, 1] - 1 <= -0.0299).all()


def test_six_days_a_week_count_as_six():
    days = EVERY[EVERY.day_of_week != 5]
    found = inspect(pd.DataFrame({"EURUSD": series(days, 3, 1.1, 0.004)}))
    own = log_returns(series(days, 3, 1.1, 0.004))
    assert found.panel.periods_per_year == 313 and found.assets[0].sessions == pytest.approx(313, abs=0.5)
    assert found.assets[0].volatility == pytest.approx(own.std() * np.sqrt(365.25 * 6 / 7), rel=1e-3)
    assert has(found.warnings, "EURUSD", "Sundays", "forex")


def test_dates_that_are_a_day_early_are_doubted():
    days = EVERY[~EVERY.day_of_week.isin([4, 5])]
    assert has(inspect(pd.DataFrame({"NKY": series(days)})).warnings, "NKY", "none on Fridays", "a day early")


def test_halts_do_not_change_the_sessions_of_a_year():
    days = sessions().to_numpy().astype("datetime64[D]")
    assert sessions_a_year(days, 252) == 252 and sessions_a_year(np.delete(days, slice(500, 640)), 252) == 252
    assert sessions_a_year(days[::5], 52) == 52


def test_a_halt_does_not_take_days_from_its_neighbour():
    halted = pd.DataFrame({"HALT": series(sessions(), 1), "LIVE": series(sessions(), 2)})
    halted.loc[halted.index[600:650], "HALT"] = np.nan
    panel, findings = load_with_findings(halted)
    assert len(panel) == len(halted) and not has(findings, "LIVE", "span")
    shared, inner = load_with_findings(halted, join="inner")
    first, last = halted.index[599].date(), halted.index[650].date()
    assert has(inner, "LIVE", "the longest 51 of its own", f"from {first} to {last}", "join='outer'")
    assert has([f for f in inner if f.severity == "warning"], "LIVE", "span rows that were dropped")
    assert any("span rows that were dropped" in said for said in shared.warnings)  # which go with every model
    there = ~np.isnan(shared.moves)
    assert there[:, 0].all() and np.flatnonzero(~there[:, 1]).tolist() == [599]
    parted = shared.before(str(halted.index[800].date())).select(["LIVE"])
    assert np.isnan(parted.moves).sum() == 1 and parted.data_hash != replace(parted, spans=frozenset()).data_hash


def test_holidays_of_a_neighbour_are_notes():
    two = pd.DataFrame({"A": series(sessions(), 1), "B": series(sessions(), 2)})
    two.loc[two.index[[100, 300, 500]], "B"] = np.nan
    panel, findings = load_with_findings(two)
    assert len(panel) == len(two) - 3
    assert has([f for f in findings if f.severity == "note"], "A", "3 returns span rows that were dropped")


def test_paths_that_do_not_rest_fail_a_gate():
    rng = np.random.default_rng(0)
    known = np.ones((140, 2), bool)
    known[5::7, 1] = known[6::7, 1] = False
    restless = rng.standard_normal((50, 140, 2))
    resting = np.where(known, restless, 0.0)
    failed, passed = (calendar_gate(("COIN", "STOCK"), known, moves) for moves in (restless, resting))
    assert failed is not None and failed.passed is False and "STOCK moves on 27" in failed.reason
    assert passed is not None and passed.passed
    assert calendar_gate(("A", "B"), np.ones((140, 2), bool), restless) is None
    halted = np.ones((140, 2), bool)
    halted[40:80, 1] = False
    assert calendar_gate(("A", "B"), halted, restless) is None
