"""Every interval that a page prints, and what checks that it holds the truth as often as it says.

=====================================================  ================================================================
VaR and ES; probabilities of losses, levels, defaults  ``tests/stats/test_coverage.py``: plain and weighted paths
the same, of paths given an event; of its probability  ``test_page_intervals.py``, ``tests/models/test_given_coverage``
the same, of overlapping windows of a history          ``test_page_intervals.py``
VaR, ES and expected loss of a book of loans           ``test_page_intervals.py``
the same figures in money                              here: both ends are shares of the capital times it
figures of antithetic paths                            here
shares of histories on which a strategy makes money    here: plain, antithetic and conditional paths
chances of a level, of a margin call, of a default     here, from the pages' own rows
base rates in a history                                here
hit rates; where coverage of forecasts should lie      here: windows apart and overlapping
bands of facts of the market                           here
gain in log score over a rival                         here
coverage, level and drift of a monitored model         here
alarms in simulated markets (Wilson)                   here
=====================================================  ================================================================

Ranges over paths, such as the middle 90 % of a forecast, are quantiles and no intervals; the range below a fact's real
value tells whether it is there, and is said to be no interval.  A share of 400 lies within three standard errors of
95 %; where fewer are drawn, within theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import tsgan
from tests.applications.test_page_intervals import history, slack
from tsgan.applications.monitor.figures import of_asset
from tsgan.applications.monitor.simulated import Power
from tsgan.applications.portfolio import Portfolio
from tsgan.applications.stress.base_rates import base_rate
from tsgan.data.panel import Panel
from tsgan.evaluation.bands import Band
from tsgan.evaluation.watching import watch
from tsgan.models.conditioning.grammar import parse_event
from tsgan.scenarios.worth import EFFECTIVE, MIRRORED, Weights, Worth
from tsgan.stats import weighted
from tsgan.stats.calibration import coverage_band
from tsgan.stats.inference import mean_interval, overlap_ratio

REPETITIONS = 400
DAYS = 20


def check(held: list[bool] | np.ndarray, *, most: float = 1.0) -> None:
    """Within three standard errors of 95 %, and not above ``most`` where intervals may be cautious."""
    share, limit = float(np.mean(held)), slack(len(held))
    assert share >= 0.95 - limit, share
    assert share <= max(0.95 + limit, most) if most < 1 else True, share


def holds(estimate: weighted.Estimate, truth: float) -> bool:
    return bool(estimate.low <= truth <= estimate.high)


def pairs(count: int, rng: np.random.Generator, apart: int) -> tuple[np.ndarray, Worth]:
    """(path,) standard normals, path p + apart of a round of two the mirror of path p, and what they are worth."""
    z = rng.standard_normal((count // (2 * apart), 1, apart))
    paths = Weights(count, None, {MIRRORED: apart}, 0)
    return np.concatenate([z, -z], axis=1).ravel(), Worth.of(paths)


def test_antithetic_paths():
    """Of a book that rises with the market, where pairs cancel, and of one that loses either way, where both of a pair
    tell the same: without a look at the pairs the latter's intervals hold the truth in five cases of six."""
    rng = np.random.default_rng(1)
    kinds: dict[str, tuple[Callable[[np.ndarray], np.ndarray], float]] = {
        "rises": (lambda z: -z, 0.05), "either way": (np.abs, 0.2), "lopsided": (lambda z: np.maximum(-z, 0.5 * z), 0.1)
    }  # fmt: skip
    big = rng.standard_normal(1_000_000)
    for name, (losses_of, probability) in kinds.items():
        every = losses_of(big)
        edge, var = np.quantile(every, 1 - probability), np.quantile(every, 0.95)
        es, mean = every[every >= var].mean(), every.mean()
        found, blind = [], []
        for _ in range(REPETITIONS):
            z, worth = pairs(400, rng, apart=4)
            losses = losses_of(z)
            tail = worth.tail(losses, 0.95)
            found.append((worth.probability(losses > edge), tail.var, tail.es, worth.mean(losses)))
            blind.append(holds(weighted.probability(losses > edge), probability))
        for i, truth in enumerate((probability, var, es, mean)):
            # Where pairs cancel altogether the mean is known exactly.
            check([holds(one[i], float(truth)) for one in found], most=1.0 if (name, i) == ("rises", 3) else 0.99)
        assert name != "either way" or np.mean(blind) < 0.95 - slack(REPETITIONS)


def test_pairs_are_those_that_a_model_draws(fitted):
    """Shards as well: what mirrors what goes by the numbers of the paths."""
    paths = fitted("gbm").sample(20, 5, seed=1, antithetic=True)
    one, other = Worth.of(paths).pairs.T
    drift = np.asarray(fitted("gbm").mean)
    np.testing.assert_allclose(paths.returns[one] - drift, drift - paths.returns[other], atol=1e-6)
    assert len(one) == 10 and len(Worth.of(paths[3:9]).pairs) == 2
    assert not len(Worth.of(fitted("gbm").sample(20, 5, seed=1)).pairs)


def test_paths_given_an_event_make_shares_less_sure():
    hits = np.arange(1000) % 4 == 0
    plain = Worth.of(Weights(1000, None, {}, 0)).probability(hits)
    given = Worth.of(Weights(1000, None, {"conditioning": {EFFECTIVE: 100.0}}, 0)).probability(hits)
    ratio = (given.high - given.low) / (plain.high - plain.low)
    assert ratio == pytest.approx(np.sqrt(10), rel=0.05)


def test_amounts_are_the_same_intervals(fitted):
    """A book of numbers of shares: both ends of every tile in money are its shares of the capital, times that."""
    book = Portfolio(("SPX", "IXIC"), np.array([10.0, 3.0]), unit="quantity", currency="USD")
    found = tsgan.stress(fitted("gbm"), book, n_paths=500, horizon=10)
    capital, checked = found.book.capital, 0
    assert capital is not None
    for tile in found.front.tiles:
        if tile.low is None or "USD" not in tile.text:
            continue
        for share, said in zip((tile.low, tile.high or 0.0), re.findall(r"\(([\d,]+)", tile.within), strict=True):
            assert float(said.replace(",", "")) == pytest.approx(share * capital, abs=0.51)
            checked += 1
    assert checked >= 4


def test_shares_of_histories_on_which_a_strategy_makes_money(fitted, indices):
    """Buying and keeping, plain and given a fall: the study hands on what its paths are worth."""
    gbm, rising = fitted("gbm"), indices.through("2015-12-31")
    given = gbm.sample(400, 10, seed=1, history=rising, condition="SPX<=-0.03", at=10)
    stated = given.provenance["conditioning"][EFFECTIVE]
    found = tsgan.robustness("buy_and_hold", given, rising, lookback=5)
    assert found.worth.inflation == pytest.approx(weighted.effective(np.asarray(given.weights)) / stated)
    mirrored = gbm.sample(60, 10, seed=1, history=rising, antithetic=True)
    assert len(tsgan.robustness("buy_and_hold", mirrored, rising, lookback=5).worth.pairs) == 30


def books(rng: np.random.Generator, gbm, count: int) -> dict[str, list[weighted.Estimate]]:
    """The chances on the pages of loans and of levels, on paths that are drawn anew."""
    paths = gbm.sample(count, DAYS, seed=int(rng.integers(2**31)))
    spx = float(paths.start_prices[paths.assets.index("SPX")])
    loans = pd.DataFrame({"loan": ["a"], "amount": [0.85 * spx], "collateral": ["SPX:1"], "call": [0.9]})
    firms = pd.DataFrame({"loan": ["x"], "ticker": ["SPX"], "exposure": [100.0], "lgd": [0.4], "equity": [5.0],
                          "debt": [99.0], "volatility": [0.9]})  # fmt: skip
    called, broke = (tsgan.lend(paths, book).outcome.rows[0] for book in (loans, firms))

    def of(row: dict, name: str) -> weighted.Estimate:
        return weighted.Estimate(row[name], 0.0, row[f"{name}_low"], row[f"{name}_high"])

    return {
        "call": [of(called, "call_probability")],
        "default": [of(broke, "default_probability")],
    }


def of_pages(fitted, repetitions: int, count: int) -> None:
    gbm, rng = fitted("gbm"), np.random.default_rng(5)
    truth = {name: found[0].value for name, found in books(rng, gbm, 50_000).items()}
    every = [books(rng, gbm, count) for _ in range(repetitions)]
    for name, chance in truth.items():
        assert 0.005 < chance < 0.5, (name, chance)
        check([holds(one, chance) for found in every for one in found[name]])


def test_chances_on_pages(fitted):
    of_pages(fitted, 60, 300)


@pytest.mark.slow
def test_chances_on_pages_in_400_repetitions(fitted):
    of_pages(fitted, 400, 300)


def test_chances_of_levels(fitted, indices):
    """Against the normal law of a Brownian motion; the page's own rows."""
    gbm, known = fitted("gbm"), indices.before("2016-01-01")
    i, spread = gbm.info.assets.index("SPX"), np.sqrt(5 * gbm.covariance[0, 0])
    start = float(gbm.sample(1, 1).start_prices[i])
    level = start * float(np.exp(5 * gbm.mean[i] + spread * stats.norm.isf(0.2)))
    held = []
    for seed in range(120):
        report = tsgan.forecast(gbm, known, n_paths=150, horizon=5, draws=0, levels={"SPX": level}, seed=seed)
        rows = report.to_frame("levels")
        row = rows[rows["day"] == 5].iloc[0]
        assert row["side"] == "above"
        held.append(bool(row["finish_low"] <= 0.2 <= row["finish_high"]))
    check(held)


@pytest.mark.parametrize("clustered", [False, True])
def test_base_rates(clustered: bool):
    """Falls of ten days in a history of ten years, against the law that it is drawn from."""
    rng, count = np.random.default_rng([2, clustered]), 2500
    long = history(clustered, rng, 600_000)
    fall = float(np.expm1(np.quantile(np.convolve(long, np.ones(10), "valid"), 0.1)))
    dates, held = np.arange(count + 1).astype("datetime64[D]"), []
    for _ in range(150):
        prices = 100 * np.exp(np.concatenate([[0.0], np.cumsum(history(clustered, rng, count))]))[:, None]
        panel = Panel(dates, ("X",), prices, ("price",))
        event = parse_event(f"X<={fall!r}", ("X",), ("price",), panel.last_prices, at=10)
        row = base_rate(event, panel, (0,))
        held.append(row["share_low"] <= 0.1 <= row["share_high"])
    check(held)


@pytest.mark.parametrize("steps", [1, 5, 20])
@pytest.mark.parametrize("windows", [250, 1500])
def test_where_coverage_should_lie(windows: int, steps: int):
    """Shares of central intervals of overlapping sums, which vary less than as many as do not overlap would."""
    rng = np.random.default_rng([4, steps, windows])
    totals = np.cumsum(rng.standard_normal((REPETITIONS, windows + steps)), axis=1)
    scores = (totals[:, steps:] - totals[:, :-steps]) / np.sqrt(steps)
    for level in (0.5, 0.9, 0.95):
        low, high = coverage_band(windows, level, steps)
        share = (np.abs(scores) <= stats.norm.ppf((1 + level) / 2)).mean(axis=1)
        check((low <= share) & (share <= high), most=0.99)


@pytest.mark.parametrize("steps", [1, 5, 20])
def test_hit_rates(steps: int):
    """Of a forecast that always says up, of returns with a drift."""
    rng, drift = np.random.default_rng([5, steps]), 0.1
    totals = np.cumsum(drift + rng.standard_normal((REPETITIONS, 700 + steps)), axis=1)
    hits = totals[:, steps:] > totals[:, :-steps]
    truth = float(stats.norm.cdf(drift * np.sqrt(steps)))
    found = [weighted.probability(one, inflation=overlap_ratio(steps, float(one.mean()))) for one in hits]
    check([holds(one, truth) for one in found], most=0.99)


def test_bands_of_facts():
    """One more history lies in the band of generated ones of the same law."""
    rng = np.random.default_rng(6)
    values = rng.gamma(2.0, size=(REPETITIONS, 201))
    check([one[0] in Band.of(one[1:]) for one in values], most=0.99)


def gains(rng: np.random.Generator, days: int, rival: str) -> np.ndarray:
    """(repetition, day) log score of a GARCH over another law, whose level, or whose response, is another."""
    z = rng.standard_t(6, (200, days + 300)) * np.sqrt(4 / 6)
    true, other = np.full((2, len(z)), 1e-4)
    found = np.empty(z.shape)
    scale = 4 / 6
    for day in range(z.shape[1]):
        x = np.sqrt(true) * z[:, day]
        told = true * 1.2 if rival == "level" else other
        ours, theirs = (-3.5 * np.log1p(x**2 / (6 * v * scale)) - np.log(v) / 2 for v in (true, told))
        found[:, day] = ours - theirs
        true = 3e-6 + 0.08 * x**2 + 0.89 * true
        other = 4e-6 + 0.12 * x**2 + 0.84 * other
    return found[:, 300:]


@pytest.mark.parametrize("rival", ["level", "response"])
def test_gains_in_log_score(rival: str):
    """Over rivals that follow volatility, as those of the pages do."""
    rng = np.random.default_rng(7)
    truth = float(np.mean([gains(rng, 4000, rival).mean() for _ in range(3)]))
    found = [mean_interval(one) for one in gains(rng, 500, rival)]
    check([abs(mean - truth) <= half for mean, half in found], most=0.995)


def monitored(fitted, name: str, repetitions: int, days: int) -> None:
    """A model on paths of its own: level, coverage and drift are those that it foresees."""
    model = fitted(name)
    known = model.sample(1, 300, seed=99).moves[0].astype(np.float64)
    drawn = model.sample(repetitions, days, seed=8).moves.astype(np.float64)
    panel = SimpleNamespace(assets=model.info.assets, kinds=model.info.kinds, periods_per_year=252)
    rows = []
    for run, moves in enumerate(drawn):
        seen = watch(model, np.vstack([known, moves]), len(known), draws=200, seed=run)
        rows.append(of_asset(seen, moves, known, panel, 0))  # type: ignore[arg-type]
    check([row["ratio_low"] <= 1 <= row["ratio_high"] for row in rows], most=0.99)
    for level in (50, 90):
        check([row[f"coverage_{level}_low"] <= level / 100 <= row[f"coverage_{level}_high"] for row in rows])
    drift = 252 * float(drawn[..., 0].mean())
    check([row["drift_low"] <= drift <= row["drift_high"] for row in rows])


@pytest.mark.parametrize("name", ["gbm", "iid-bootstrap"])
def test_monitored_models(fitted, name: str):
    monitored(fitted, name, 40, 60)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gbm", "iid-bootstrap", "gjr-garch"])
def test_monitored_models_in_400_repetitions(fitted, name: str):
    monitored(fitted, name, 400, 250)


@pytest.mark.parametrize("chance", [0.03, 0.5, 0.9])
def test_alarms_in_simulated_markets(chance: float):
    rng = np.random.default_rng(9)
    found = [Power.interval(int(rng.binomial(200, chance)), 200) for _ in range(REPETITIONS)]
    check([low <= chance <= high for low, high in found], most=0.99)
