"""Loans against closed forms under ``gbm``, within three Monte Carlo standard errors, and a book's arithmetic."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import tsgan
from tsgan.applications.lending.books import CorporateLoan, Pool, SecuredLoan, read_book
from tsgan.applications.lending.losses import Losses, clustering
from tsgan.applications.lending.merton import distance_to_default, lend_to_firms, solve_merton
from tsgan.applications.lending.outcomes import carry
from tsgan.applications.lending.pools import Vasicek, calibrated_default_rates, lend_to_pools, systematic_factor
from tsgan.applications.lending.secured import SecuredOutcome, largest_ltv, lend_against, margin_record
from tsgan.applications.lending.words import dividends
from tsgan.data.kinds import FREE, Bounds
from tsgan.errors import ConfigError, ModelError, ScenarioError
from tsgan.reports.result import plain
from tsgan.scenarios.blocks import write_blocks
from tsgan.scenarios.scenarios import Scenarios

PATHS, DAYS = 20_000, 60
RATE = 0.02


@pytest.fixture(scope="module")
def gbm(fitted):
    return fitted("gbm")


@pytest.fixture(scope="module")
def paths(gbm):
    return gbm.sample(PATHS, DAYS, seed=8)


def test_shortfall_of_a_loan_on_one_asset_is_a_put(gbm, paths):
    """E[max(D - (1 - c) V, 0)] with V lognormal: Black and Scholes' formula under the real-world drift."""
    start, units, cost, rate = paths.start_prices[0], 10.0, 0.01, 0.05
    loan = SecuredLoan("one", 0.97 * units * start, ((paths.assets[0], units),), rate=rate, cost=cost)
    row = lend_against([loan], paths).rows[0]
    years = DAYS / 252
    debt, mean, sd = loan.amount * (1 + rate) ** years, DAYS * gbm.mean[0], np.sqrt(DAYS * gbm.covariance[0, 0])
    worth = (1 - cost) * units * start
    z = (np.log(debt / worth) - mean) / sd
    put = debt * stats.norm.cdf(z) - worth * np.exp(mean + sd**2 / 2) * stats.norm.cdf(z - sd)
    assert abs(row["expected_loss"] - put) < 3 * row["expected_loss_error"]
    assert abs(row["loss_probability"] - stats.norm.cdf(z)) < 3 * row["loss_probability_error"]


def test_largest_ltv_is_a_lognormal_quantile(gbm, paths):
    loan = SecuredLoan("one", 1.0, ((paths.assets[0], 1.0),), rate=0.03, cost=0.02)
    value = paths.prices[:, :, 0]
    found = largest_ltv(loan, value, 252, 0.95)
    z = DAYS * gbm.mean[0] + np.sqrt(DAYS * gbm.covariance[0, 0]) * stats.norm.ppf(0.05)
    exact = 0.98 * np.exp(z) / 1.03 ** (DAYS / 252)
    density = stats.norm.pdf(stats.norm.ppf(0.05)) / np.sqrt(DAYS * gbm.covariance[0, 0])
    error = np.sqrt(0.05 * 0.95 / PATHS) / density
    assert abs(np.log(found / exact)) < 3 * error + 2**-11
    assert largest_ltv(replace(loan, call=0.5), value, 252, 0.95) == 0.5  # never above a trigger


def test_merton_solves_a_published_example():
    """Hull, "Options, Futures, and Other Derivatives", example on Merton's model: 12.40, 21.23 %, PD 12.7 %."""
    assets = solve_merton(3.0, 0.80, 10.0, 0.05)
    assert assets.value == pytest.approx(12.40, abs=0.005) and assets.volatility == pytest.approx(0.2123, abs=5e-5)
    distance = distance_to_default(assets.value, 10.0, assets.volatility, 0.05, 1.0)
    assert stats.norm.cdf(-distance) == pytest.approx(0.127, abs=5e-4)


@pytest.mark.parametrize(("equity", "volatility", "debt"), [(1e6, 0.3, 1.0), (5.0, 2.0, 100.0), (1.0, 0.05, 0.5)])
def test_merton_solves_extremes(equity, volatility, debt):
    assets = solve_merton(equity, volatility, debt, 0.02)
    assert equity < assets.value < equity + debt and 0 < assets.volatility < volatility


@pytest.fixture(scope="module")
def firms(paths):
    loans = [
        CorporateLoan("a", paths.assets[0], 100.0, 0.4, 8.0, 92.0, volatility=0.9),
        CorporateLoan("b", paths.assets[1], 50.0, 1.0, 10.0, 90.0, volatility=1.1),
    ]
    return lend_to_firms(loans, paths, rate=RATE, days=(20, 40))


def test_default_under_gbm_is_mertons(firms):
    assert [row["day"] for row in firms.term if row["loan"] == "a"] == [20, 40, 60]
    for row in firms.term:
        assert 0.001 < row["merton_pd"] < 0.5
        assert abs(row["default"] - row["merton_pd"]) < 3 * row["default_error"]
        assert row["passage"] >= row["default"]
        assert row["pd_0.05"] <= row["pd_0.5"] <= row["pd_0.95"] <= row["pd_0.99"]
    for row, merton in zip(firms.rows, (r for r in firms.term if r["day"] == 60), strict=True):
        assert row["merton_pd"] == pytest.approx(merton["merton_pd"])


def test_assets_earn_the_premium_of_the_equity_per_unit_of_risk(gbm, firms):
    for i, (row, volatility, debt) in enumerate(zip(firms.rows, (0.9, 1.1), (92.0, 90.0), strict=True)):
        spread, years = row["asset_volatility"], DAYS / 252
        distance = row["distance_to_default"] * spread * np.sqrt(years)
        drift = (distance - np.log(row["assets"] / debt)) / years + spread**2 / 2
        sharpe = 252 * gbm.mean[i] / np.sqrt(252 * gbm.covariance[i, i]) + volatility / 2 - RATE / volatility
        error = np.sqrt(252 / (PATHS * DAYS))  # of the mean return of all paths, in volatilities a year
        assert abs((drift - RATE) / spread - sharpe) < 3 * error


def test_losses_of_firms_are_exposure_times_lgd(firms):
    for row, worst in zip(firms.rows, (40.0, 50.0), strict=True):
        assert row["expected_loss"] == pytest.approx(worst * row["default_probability"])
    assert sum(row["share_of_es"] for row in firms.rows) == pytest.approx(1.0)
    assert firms.clustering["bunching"] > 1.1  # the firms' shares move together


def test_first_passage_defaults_more_and_is_bounded_by_the_barrier(gbm, paths):
    loan = CorporateLoan("a", paths.assets[0], 1.0, 1.0, 8.0, 92.0, volatility=0.9)
    last, first = (lend_to_firms([loan], paths, first_passage=p).rows[0] for p in (False, True))
    # Watched continuously, the assets touch the debt with the reflection principle's probability; at closes, less.
    spread, years = last["asset_volatility"], DAYS / 252
    b, sd = np.log(last["assets"] / loan.debt), spread * np.sqrt(years)
    drift = last["distance_to_default"] * sd - b
    touched = stats.norm.cdf((-b - drift) / sd) + np.exp(-2 * drift * b / sd**2) * stats.norm.cdf((-b + drift) / sd)
    assert last["default_probability"] < first["default_probability"] < touched


def test_vasicek_quantiles_of_a_pool_under_gbm(paths):
    law = Vasicek(0.02, 0.15)
    pool = Pool("retail", 100.0, 0.5, paths.assets[0], law.pd, law.correlation)
    x = systematic_factor(paths.assets[0], paths)
    rates = calibrated_default_rates(law, x)
    assert rates.mean() == pytest.approx(law.pd, abs=1e-9)
    for level in (0.9, 0.99):
        place = stats.norm.ppf(1 - level)
        error = np.sqrt(level * (1 - level) / PATHS) / stats.norm.pdf(place)  # of the factor's quantile
        low, high = law.default_rate(place + 3 * error), law.default_rate(place - 3 * error)
        assert low < np.quantile(rates, level) < high
    row = lend_to_pools([pool], paths).rows[0]
    assert row["expected_loss"] == pytest.approx(50 * law.pd) and row["vasicek_99"] == pytest.approx(law.quantile(0.99))


def test_vasicek_is_found_again_in_its_own_history():
    law, rng = Vasicek(0.03, 0.2), np.random.default_rng(4)
    found = Vasicek.fit(law.default_rate(rng.standard_normal(40_000)))
    assert found.pd == pytest.approx(law.pd, rel=0.02) and found.correlation == pytest.approx(0.2, rel=0.03)


def history(values: np.ndarray, kind: str = "rate", periods: int = 4, bounds: Bounds = FREE) -> Scenarios:
    """Scenarios of one series through given levels (path, day + 1)."""
    dates = np.datetime64("2020-01-01") + np.arange(values.shape[1])
    moves = np.diff(values, axis=1)[..., None].astype(np.float32)
    start, told = values[0, :1].copy(), {"periods_per_year": periods}
    return Scenarios(moves, ("DR",), (kind,), dates, start, provenance=told, bounds=(bounds,))


def test_a_pool_on_its_own_history_loses_what_the_rates_say():
    levels = np.array([[0.02, 0.04, 0.04, 0.08, 0.04], [0.02, 0.0, 0.0, 0.0, 0.0]])
    book = lend_to_pools([Pool("cards", 200.0, 1.0, "DR")], history(levels))
    lost = 1 - (1 - 0.01) ** 3 * (1 - 0.02)
    np.testing.assert_allclose(book.losses.losses[:, 0], [200 * lost, 0.0], rtol=1e-5, atol=1e-6)
    assert book.rows[0]["method"] == "history"
    with pytest.raises(ScenarioError, match="DR=rate:0:100 where it is in percent"):
        lend_to_pools([Pool("cards", 200.0, 1.0, "DR")], history(100 * levels))
    percent = lend_to_pools([Pool("cards", 200.0, 1.0, "DR")], history(100 * levels, bounds=(0.0, 100.0)))
    np.testing.assert_allclose(percent.losses.losses[:, 0], book.losses.losses[:, 0], rtol=1e-5, atol=1e-6)


def test_a_spread_that_falls_is_good():
    x = systematic_factor("DR", history(np.array([[0.02, 0.01], [0.02, 0.05], [0.02, 0.02]])))
    assert x[0] > x[2] > x[1]


CALL = SecuredLoan("m", 60.0, (("X", 1.0),), warning=0.65, call=0.75, liquidation=0.9, grace=2, cost=0.1)


@pytest.mark.parametrize(
    ("closes", "warned", "called", "sold", "shortfall"),
    [
        ([100, 95, 96, 97, 98, 99], 0, 0, 0, 0.0),  # nothing happens
        ([100, 90, 79, 78, 77, 70], 1, 2, 5, 0.0),  # called on day 2, grace ends on day 4, sold at the next close
        ([100, 79, 78, 90, 95, 99], 1, 1, 0, 0.0),  # called, and the market cures it
        ([100, 95, 66, 50, 40, 30], 2, 2, 3, 60 - 0.9 * 50),  # liquidation at 0.9: sold at the next close, at a loss
        ([100, 95, 95, 95, 95, 40], 5, 5, 0, 60 - 0.9 * 40),  # open at the end: as if sold then
        ([100, 79, 90, 78, 90, 78], 1, 1, 4, 0.0),  # what counts is the close on which the grace ends
    ],
)
def test_the_fate_of_a_margin_loan(closes, warned, called, sold, shortfall):
    record = margin_record(CALL, np.array([closes], float), 252)
    assert (record.warned[0], record.called[0], record.sold[0]) == (warned, called, sold)
    assert record.shortfall[0] == pytest.approx(shortfall)


def test_answered_calls_restore_the_first_loan_to_value():
    closes = np.array([[100, 79, 78, 77, 70, 66, 60]], float)
    record = margin_record(replace(CALL, cure=1.0), closes, 252)
    assert record.called[0] == 1 and record.sold[0] == 0 and record.shortfall[0] == 0
    assert margin_record(CALL, closes, 252).sold[0] == 4
    assert margin_record(replace(CALL, recovery=1.0), closes / closes[0, 0] * 60, 252).shortfall[0] == 0


def test_book_adds_up_and_shares_collateral(paths):
    spx, ixic = paths.assets[0], paths.assets[1]
    loans = [
        SecuredLoan("a", 0.8 * 10 * paths.start_prices[0], ((spx, 10.0),), call=0.85, liquidation=0.95),
        SecuredLoan("b", 0.9 * 5 * paths.start_prices[0], ((spx, 4.0), (ixic, 1.0)), cost=0.02),
    ]
    book = carry(loans, paths)
    assert isinstance(book, SecuredOutcome)
    assert book.losses.summary()["expected_loss"] == pytest.approx(sum(row["expected_loss"] for row in book.rows))
    assert sum(row["share"] for row in book.collateral) == pytest.approx(1.0)
    assert {row["ticker"]: row["loans"] for row in book.collateral} == {spx: 2, ixic: 1}
    assert 1 < book.effective_tickers < 2
    for row in book.rows:
        assert row["largest_ltv"] + row["haircut"] == pytest.approx(1.0)
    weights = np.where(np.arange(PATHS) % 2, 2.0, 0.0) / PATHS
    half = carry(loans, replace(paths, weights=weights))
    odd = carry(loans, replace(paths, returns=paths.returns[1::2]))
    for one, other in zip(half.rows, odd.rows, strict=True):
        assert one["expected_loss"] == pytest.approx(other["expected_loss"])
        assert one["call_probability"] == pytest.approx(other["call_probability"])


def test_bunching_is_one_for_independent_events_and_n_for_equal_ones():
    rng = np.random.default_rng(2)
    hits = rng.random((50_000, 4)) < 0.2
    assert clustering(hits)["bunching"] == pytest.approx(1.0, abs=0.03)
    assert clustering(np.repeat(hits[:, :1], 4, axis=1))["bunching"] == pytest.approx(4.0)
    assert Losses(("x",), np.ones(1), np.zeros((5, 1))).rows()[0]["share_of_es"] is None


def test_dividends_are_told_by_source_or_option():
    assert "PRICE RETURN" in dividends("sample:sp500")
    assert "TOTAL RETURN" in dividends("yahoo:SPY")
    assert "does not say" in dividends("closes.csv") and "TOTAL RETURN" in dividends("closes.csv", True)


SECURED = "loan,amount,collateral,warning,call,liquidation\n"
FIRM = "loan,ticker,exposure,lgd,equity,debt\n"
BAD_BOOKS = {
    "missing column": ("loan,amount\nA,5\n", ["lacks collateral"]),
    "unknown column": ("loan,amount,collateral,colour\nA,5,X:1,red\n", ["colour"]),
    "negative amount": (SECURED + "A,-5,X:1,,,\n", ["row 1", "amount is -5", "above 0"]),
    "triggers out of order": (SECURED + "A,5,X:1,0.8,0.7,0.9\n", ["row 1", "out of order"]),
    "no number": (SECURED + "A,five,X:1,,,\n", ["amount", "'five'"]),
    "collateral without units": (SECURED + "A,5,X,,,\n", ["units"]),
    "empty cell": (SECURED + "A,,X:1,,,\n", ["row 1 has no amount"]),
    "twice": (SECURED + "A,5,X:1,,,\nA,6,X:1,,,\n", ["A twice"]),
    "no rows": (SECURED, ["no rows"]),
    "debt of zero": (FIRM + "A,X,5,0.4,10,0\n", ["debt is 0", "leave it out"]),
    "lgd above 1": (FIRM + "A,X,5,40,10,5\n", ["lgd is 40"]),
    "pd alone": ("pool,exposure,lgd,series,pd\nA,5,0.4,X,0.02\n", ["both pd and correlation"]),
    "empty file": ("", ["cannot be read"]),
}


@pytest.mark.parametrize("case", BAD_BOOKS)
def test_bad_books(tmp_path, case):
    text, words = BAD_BOOKS[case]
    (tmp_path / "book.csv").write_text(text)
    with pytest.raises(ConfigError) as error:
        read_book(tmp_path / "book.csv")
    for word in [*words, "book.csv"]:
        assert word in str(error.value)


def test_books_that_the_paths_cannot_carry(paths):
    with pytest.raises(ConfigError, match="loan-to-value is 2 at the start"):
        carry([SecuredLoan("A", 2 * paths.start_prices[0], ((paths.assets[0], 1.0),))], paths)
    with pytest.raises(ScenarioError, match="DAX"):
        carry([SecuredLoan("A", 1.0, (("DAX", 1.0),))], paths)
    with pytest.raises(ScenarioError, match="DAX"):
        carry([CorporateLoan("A", "DAX", 1.0, 0.5, 1.0, 1.0)], paths)
    with pytest.raises(ScenarioError, match="no series DAX"):
        carry([Pool("A", 1.0, 0.5, "DAX")], paths)
    with pytest.raises(ScenarioError, match="is a price, no rate of default"):
        carry([Pool("A", 1.0, 0.5, paths.assets[0])], paths)
    with pytest.raises(ConfigError, match="one kind"):
        carry([], paths)


@pytest.mark.parametrize("name", ["loans", "firms", "pools", "rate_pools"])
def test_example_books_are_read(name):
    from pathlib import Path

    assert len(read_book(Path(__file__).parents[2] / "data" / f"example_{name}.csv")) >= 3


def test_a_report_is_what_it_saves(gbm, paths, tmp_path):
    amount = 0.9 * paths.start_prices[0]
    book = pd.DataFrame({"loan": ["a", "b"], "amount": [amount, amount / 2], "collateral": ["SPX:1", "SPX:0.6"],
                         "call": [0.95, None], "grace": [1.0, 0.0]})  # fmt: skip
    report = tsgan.lend(gbm, book, n_paths=300, horizon=20, confidence=0.9, seed=8)
    report.save(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["files.json", "lend.html", "lend.json", "losses.csv"]
    document = json.loads((tmp_path / "lend.json").read_text())
    assert document == json.loads(report.to_json()) and document["confidence"] == 0.9 and document["paths"] == 300
    assert [row["call_day_median"] is None for row in document["loans"]] == [False, True]
    losses = pd.read_csv(tmp_path / "losses.csv")
    assert list(losses) == ["scenario", "a", "b", "total"] and len(losses) == 300
    assert float(losses["total"].to_numpy().mean()) == pytest.approx(document["book"]["expected_loss"])
    assert report.to_frame()["loan"].tolist() == ["a", "b"]
    assert report.to_frame("collateral")["ticker"].tolist() == ["SPX"]
    for table in ("book", "together"):
        assert plain(report.to_frame(table).iloc[0].to_dict()) == pytest.approx(document[table])
    with pytest.raises(ConfigError, match="no table 'term_structure'; there are loans, book, together, collateral"):
        report.to_frame("term_structure")
    assert (tmp_path / "lend.html").read_text() == report.to_html()
    assert "LoanReport" in report._repr_html_() and "does not say whether" in report.summary()


def test_models_scenarios_and_their_files_are_the_same_to_a_book(gbm, indices, tmp_path):
    loans = [CorporateLoan("a", "SPX", 100.0, 0.4, 8.0, 92.0, volatility=0.9)]
    options = {"n_paths": 64, "horizon": 30, "seed": 3}
    drawn = gbm.sample(64, 30, seed=3)
    gbm.save(tmp_path / "model")
    drawn.to_parquet(tmp_path / "paths.parquet")
    write_blocks([drawn], tmp_path / "folder")
    expected = tsgan.lend(gbm, loans, **options)
    for source in (tmp_path / "model", str(tmp_path / "model"), drawn, tmp_path / "paths.parquet", tmp_path / "folder"):
        found = tsgan.lend(source, loans, **options)
        assert found.to_dict() == expected.to_dict() and found.model == expected.model
    later = tsgan.lend(gbm, loans, history=indices.before("2017-01-01"), **options)
    assert (expected.dates[0], later.dates[0]) == (np.datetime64("2015-12-31"), np.datetime64("2016-12-30"))


def test_what_makes_no_sense_is_refused_before_any_work(gbm, paths):
    loans, said = [Pool("A", 1.0, 0.5, "SPX", 0.02, 0.15)], []
    for options, words in (
        ({"confidence": 1.0}, "confidence .* must be between 0 and 1, not 1"),
        ({"confidence": np.nan}, "confidence .* not nan"),
        ({"years": 0.0}, "years .* must be above 0, not 0"),
    ):
        with pytest.raises(ConfigError, match=words):
            tsgan.lend(gbm, loans, progress=said.append, **options)
    with pytest.raises(ConfigError, match="one kind, at least one"):
        tsgan.lend(gbm, [*loans, CorporateLoan("A", "SPX", 1.0, 0.5, 1.0, 1.0)], progress=said.append)
    with pytest.raises(ConfigError, match="is for a MODEL"):
        tsgan.lend(paths, loans, history="sample:sp500", progress=said.append)
    with pytest.raises(ConfigError, match="the table: row 1: A: amount is -5"):
        tsgan.lend(gbm, pd.DataFrame({"loan": ["A"], "amount": [-5], "collateral": ["SPX:1"]}), progress=said.append)
    with pytest.raises(ModelError):
        tsgan.lend("no such folder", loans, progress=said.append)
    assert not said
    tsgan.lend(gbm, loans, n_paths=20, horizon=5, progress=said.append)
    assert said == ["drawing 20 paths of 5 days", "carrying 1 loans along"]
