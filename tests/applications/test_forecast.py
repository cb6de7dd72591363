"""Forecasts: the fan against closed forms, the backtest against a known truth."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

import tsgan
from tests.pages.reading import check_page
from tsgan.applications.forecast import words
from tsgan.applications.forecast.backtest import HORIZONS, backtest_forecasts
from tsgan.applications.forecast.fan import PROBABILITIES, fan_chart, parse_levels
from tsgan.data.panel import Panel
from tsgan.errors import ConfigError, DataError
from tsgan.scenarios.scenarios import Scenarios

PATHS = 20_000


@pytest.fixture(scope="module")
def gbm(fitted):
    return fitted("gbm")


@pytest.fixture(scope="module")
def paths(gbm):
    return gbm.sample(PATHS, 5, seed=3)


def test_quantiles_of_prices_are_lognormal(gbm, paths):
    found = fan_chart(paths)
    for i in range(2):
        law: Any = stats.norm(5 * gbm.mean[i], np.sqrt(5 * gbm.covariance[i, i]))
        for p in PROBABILITIES:
            error = np.sqrt(p * (1 - p) / PATHS) / law.pdf(law.ppf(p))  # of a sample quantile, in log prices
            gap = np.log(found.price(p, 5, i) / paths.start_prices[i]) - law.ppf(p)
            assert abs(gap) < 3 * error


def test_volatility_is_the_models(gbm, paths):
    found, daily = fan_chart(paths), np.sqrt(252 * np.diag(gbm.covariance))
    np.testing.assert_allclose(found.daily, np.broadcast_to(daily, (5, 2)), rtol=3 / np.sqrt(2 * PATHS))
    law = daily[0] * np.sqrt(stats.chi2.ppf(PROBABILITIES, 5) / 5)  # realised over five days
    np.testing.assert_allclose(found.volatility[:, 4, 0], law, rtol=0.04)


def test_odds_of_levels_are_closed_forms(gbm, paths):
    start, mean, sd = paths.start_prices[0], gbm.mean[0], np.sqrt(gbm.covariance[0, 0])
    for distance in (-1.5 * sd, 2.0 * sd):
        last = fan_chart(paths, [(paths.assets[0], start * np.exp(distance))]).levels[-1]
        assert last["day"] == 5 and last["side"] == ("above" if distance > 0 else "below")
        sign = np.sign(distance)
        finish = stats.norm.cdf(sign * (5 * mean - distance) / (sd * np.sqrt(5)))
        assert abs(last["finish"] - finish) < 3 * last["finish_error"]
        days = np.arange(1, 6)
        walk = stats.multivariate_normal(sign * days * mean, sd**2 * np.minimum(days[:, None], days), seed=0)
        assert abs(last["touch"] - (1 - walk.cdf(np.full(5, sign * distance)))) < 3 * last["touch_error"]


def test_range_widens_and_holds_the_start(paths):
    rows = [row for row in fan_chart(paths).ranges if row["asset"] == paths.assets[1]]
    assert [row["day"] for row in rows] == [1, 5]
    assert rows[0]["range"] < rows[1]["range"]
    assert rows[1]["low"] < rows[0]["low"] < paths.start_prices[1] < rows[0]["high"] < rows[1]["high"]
    assert rows[1]["range_0.05"] < rows[1]["range"] < rows[1]["range_0.95"]


def test_weights_stand_for_repeated_paths(paths):
    counts = np.array([3, 1, 2, 4])
    four = replace(paths, returns=paths.returns[:4], weights=counts / counts.sum())
    ten = replace(paths, returns=np.repeat(paths.returns[:4], counts, axis=0))
    level = [(paths.assets[0], float(np.median(four.prices[:, -1, 0])))]
    one, other = fan_chart(four, level), fan_chart(ten, level)
    assert one.levels[-1]["finish"] == pytest.approx(other.levels[-1]["finish"])
    np.testing.assert_allclose(one.daily, other.daily)
    np.testing.assert_allclose([row["range"] for row in one.ranges], [row["range"] for row in other.ranges])


def test_moments_of_tomorrow_are_those_of_draws(model, indices):
    ends, draws = np.array([2000, 2450]), 40_000
    exact = model.predictive_moments(indices.returns, ends)
    for _, drawn in model.forecast(indices.returns, ends[1:], 1, draws, seed=0):
        sample = drawn[0, :, 0]
        error = sample.std(axis=0) / np.sqrt(draws)
        assert np.all(np.abs(sample.mean(axis=0) - exact.mean[1]) < 3.5 * error)
        kurtosis = stats.kurtosis(sample, fisher=False)
        assert np.all(np.abs(sample.std(axis=0) / exact.volatility[1] - 1) < 3.5 * np.sqrt((kurtosis - 1) / 4 / draws))


@pytest.fixture(scope="module")
def simulated(gbm, indices):
    """A market that is a geometric Brownian motion, and that motion itself as fitted on the first part of it."""
    path = gbm.sample(1, 2200, seed=11)
    panel = Panel(path.dates.astype("datetime64[D]"), path.assets, path.prices[0], path.kinds, calendar="XNYS")
    cut = str(panel.dates[1000])
    return panel, replace(gbm, info=replace(gbm.info, train_end=cut, train_start=str(panel.dates[0])))


def test_backtest_of_the_truth_is_clean(simulated):
    panel, truth = simulated
    test = backtest_forecasts(truth, panel, draws=200, seed=1)
    rows = [row for row in test.tables["coverage"] if row["source"] == "gbm"]
    assert len(rows) == 2 * 3 * len(HORIZONS)
    assert sum(row["inside"] for row in rows) >= 16
    assert rows[0]["windows"] == rows[0]["apart"] == 1200 and rows[-1]["windows"] == 1181 and rows[-1]["apart"] == 60
    for row in (row for row in test.tables["accuracy"] if row["source"] == "gbm"):
        assert row["hit_rate"] == row["always_up"]  # a positive drift says up every day
        assert row["hit_low"] < row["hit_rate"] < row["hit_high"]
        assert row["volatility"] == pytest.approx(row["realised_volatility"], rel=0.08)
        assert row["pit_ks_p"] > 0.001
    gaps = [row for row in test.tables["comparisons"] if row["baseline"] == "drift" and row["loss"] == "crps"]
    assert all(abs(row["t"]) < 3.5 for row in gaps)


def test_backtest_finds_a_fan_that_is_too_wide(simulated):
    panel, truth = simulated
    wide = replace(truth, covariance=3 * truth.covariance)
    test = backtest_forecasts(wide, panel, horizons=(1, 5), draws=200)
    rows = [row for row in test.tables["coverage"] if row["source"] == "gbm"]
    assert not any(row["inside"] for row in rows) and all(row["coverage"] > row["high"] for row in rows)
    lost = [r for r in test.tables["comparisons"] if r["baseline"] == "drift" and r["loss"] in ("crps", "qlike")]
    assert all(row["difference"] > 0 and row["p_value"] < 1e-3 for row in lost)
    text = words.coverage(test)
    assert "0 of 12 coverages" in text and "Too cautious: " in text and "drift 1" in text
    assert "gbm SPX +7" in text  # the square root of three


def test_backtest_needs_later_prices(simulated, gbm, indices):
    panel, truth = simulated
    with pytest.raises(DataError, match="at least 250 returns after"):
        backtest_forecasts(truth, panel.through(panel.dates[1100]))
    with pytest.raises(ConfigError, match="at least 100 draws"):
        backtest_forecasts(truth, panel, draws=10)
    with pytest.raises(ConfigError, match="horizons"):
        backtest_forecasts(truth, panel, horizons=(5, 1))


def test_levels_are_read_or_refused(paths):
    assert parse_levels(["SPX=2600", "BRK=B=12.5"]) == [("SPX", 2600.0), ("BRK=B", 12.5)]
    for text in ("SPX", "SPX=", "=3", "SPX=many", "SPX=nan"):
        with pytest.raises(ConfigError, match="TICKER=PRICE"):
            parse_levels([text])
    with pytest.raises(ConfigError, match="no DAX"):
        fan_chart(paths, [("DAX", 1.0)])
    with pytest.raises(ConfigError, match="positive"):
        fan_chart(paths, [("SPX", -1.0)])


def test_the_verb_takes_files_and_models_alike(simulated, tmp_path):
    panel, truth = simulated
    truth.save(tmp_path / "model")
    panel.to_frame().to_csv(tmp_path / "prices.csv")
    options = {"date": panel.dates[1010], "horizon": 5, "n_paths": 300, "levels": {"SPX": 1.0}, "draws": 100}
    report = tsgan.forecast(truth, panel, **options)
    again = tsgan.forecast(tmp_path / "model", tmp_path / "prices.csv", **options)
    ours, theirs = json.loads(report.to_json()), json.loads(again.to_json())
    assert ours["backtest"]["horizons"] == theirs["backtest"]["horizons"] == [1, 5]
    assert [row["price_0.5"] for row in ours["quantiles"]] == pytest.approx(
        [row["price_0.5"] for row in theirs["quantiles"]], rel=1e-6
    )
    assert len(report.to_frame()) == 10 and len(report.to_frame("coverage")) == len(ours["backtest"]["coverage"])
    levels = report.to_frame("levels")
    assert levels["side"].tolist() == ["below", "below"] and levels["touch"].tolist() == [0, 0]
    with pytest.raises(ConfigError, match="there are quantiles, ranges, levels, coverage"):
        report.to_frame("prices")
    report.save(tmp_path / "out")
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "files.json", "forecast.html", "forecast.json", "quantiles.csv",
    ]  # fmt: skip
    assert (tmp_path / "out" / "forecast.html").read_text() == report.to_html()
    check_page(report)
    assert "Volatility" in report.summary() and "ForecastReport" in report._repr_html_()


def test_a_report_says_why_nothing_was_judged(simulated):
    panel, truth = simulated
    short = panel.through(panel.dates[1010])
    assert "No backtest was asked for" in tsgan.forecast(truth, short, n_paths=20, draws=0).summary()
    assert "at least 250 returns after" in tsgan.forecast(truth, short, n_paths=20).summary()
    with pytest.raises(DataError, match="at least 250 returns after"):
        tsgan.forecast(truth, short, n_paths=20, backtest=truth)


def test_the_fan_of_an_asset_is_drawn(simulated):
    panel, truth = simulated
    report = tsgan.forecast(truth, panel, date=panel.dates[1010], n_paths=50, horizon=3, draws=0)
    axes = report.plot("IXIC")
    assert axes.get_title(loc="left") == "IXIC" and len(axes.collections) == 3
    assert report.plot(axes=axes) is axes
    with pytest.raises(ConfigError, match="no DAX to draw"):
        report.plot("DAX")


def test_volatilities_of_assets_with_their_own_calendars():
    """A stock beside a coin: 20 % and 60 % a year each, at weekends as well, from the first session on."""
    dates = np.arange("2024-03-08", "2024-04-08", dtype="datetime64[D]")  # from a Friday on
    week = (dates[1:].astype(int) + 3) % 7
    moves = np.random.default_rng(0).standard_normal((4000, len(week), 2)) * (0.6 / np.sqrt(365), 0.2 / np.sqrt(252))
    moves[..., 1] *= week < 5
    told = {"calendar": "24/7", "periods_per_year": 365, "calendars": ["24/7", "weekdays"]}
    paths = Scenarios(
        moves.astype(np.float32), ("COIN", "STOCK"), ("price", "price"), dates, np.array([9.0, 70.0]), provenance=told
    )
    fan = fan_chart(paths)
    np.testing.assert_allclose(fan.daily, np.broadcast_to([0.6, 0.2], fan.daily.shape), rtol=0.05)
    middle = fan.volatility[PROBABILITIES.index(0.5)]
    np.testing.assert_allclose(middle[-1], [0.6, 0.2], rtol=0.05)
    assert (middle[:2, 1] == 0).all() and (middle[2:, 1] > 0.1).all()


def test_the_backtest_of_assets_with_rests_and_gaps(gbm):
    """A stock beside a coin, both of a known law: judged by its sessions, and where it has prices."""
    dates = np.arange("2019-01-01", "2022-01-01", dtype="datetime64[D]")
    shown = (dates.astype(int) + 3) % 7 < 5
    moves = np.random.default_rng(5).multivariate_normal(gbm.mean, gbm.covariance, len(dates))
    moves[~shown, 1] = 0
    prices = 100 * np.exp(np.cumsum(moves, axis=0))
    prices[~shown, 1] = np.nan
    prices[800:803, 0] = np.nan
    calendars = ("24/7", "weekdays")
    panel = Panel(
        dates, gbm.info.assets, prices, ("price",) * 2, calendar="24/7", periods_per_year=365, calendars=calendars
    )
    truth = replace(gbm, info=replace(gbm.info, train_end="2020-01-01", train_start="2019-01-01"))
    test = backtest_forecasts(truth, panel, draws=200, seed=1)
    later = int((panel.return_dates > np.datetime64("2020-01-01")).sum())
    rows = {(row["asset"], row["horizon"]): row for row in test.tables["accuracy"] if row["source"] == "gbm"}
    coin, stock = gbm.info.assets
    assert (
        rows[coin, 1]["windows"] == later - 3
        and rows[stock, 1]["windows"] == shown[dates > np.datetime64("2020-01-01")].sum()
    )
    assert rows[stock, 5]["windows"] == later - 4 and later - 8 > rows[coin, 5]["windows"] > later - 15
    for row in rows.values():
        assert row["volatility"] == pytest.approx(row["realised_volatility"], rel=0.1) and row["pit_ks_p"] > 0.001
    assert sum(row["inside"] for row in test.tables["coverage"] if row["source"] == "gbm") >= 15
    assert all(np.isfinite(row["difference"]) for row in test.tables["comparisons"])
