"""Both historical simulations under their names: overlapping windows against plain pandas, days drawn at random."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import tsgan
from tests.pages.reading import check_page
from tsgan.applications.portfolio import Portfolio
from tsgan.applications.stress.drift import Drift
from tsgan.applications.stress.windows import FEWEST, loss_rows, risk_rows, window_profits

HELD = {"SPX": 0.7, "IXIC": 0.3}


@pytest.fixture(scope="module")
def parts(fitted, indices):
    known = indices.through(fitted("gbm").info.train_end)
    paths = fitted("gbm").sample(1, 1)
    book = Portfolio(tuple(HELD), np.array(list(HELD.values()))).on(paths)
    return book, known, paths.start_prices


def by_pandas(known, days: int) -> np.ndarray:
    gained = known.to_frame()[list(HELD)].pct_change(days).dropna()
    return (gained * list(HELD.values())).sum(axis=1).to_numpy()


@pytest.mark.parametrize("days", [1, 10, 250])
def test_windows_are_those_of_the_prices(parts, days: int):
    book, known, start = parts
    profits = window_profits(book, known, start, Drift(), 250)
    np.testing.assert_allclose(profits[days - 1], by_pandas(known, days), atol=1e-9)
    row = next(r for r in risk_rows("w", profits, (days,)) if r["level"] == 0.95)
    assert row["var"] == pytest.approx(-np.quantile(by_pandas(known, days), 0.05, method="inverted_cdf"), abs=5e-3)
    assert np.isinf(row["es_high"]) == (days > 1)  # bad windows come together: too few of them are independent


def test_losses_on_the_way(parts):
    book, known, start = parts
    profits = window_profits(book, known, start, Drift(), 20)
    row = loss_rows("w", profits, 20, (0.05,))[0]
    closes = known.to_frame()[list(HELD)].to_numpy()
    worst = [((closes[i : i + 21] / closes[i] - 1) @ list(HELD.values())).min() for i in range(len(closes) - 20)]
    assert row["ever"] == pytest.approx(np.mean(np.array(worst) < -0.05))
    assert row["ever"] > row["at_end"] > 0


def test_a_drift_is_given_to_them_too(parts):
    book, known, start = parts
    for drift, a_year in ((Drift("zero"), 0.0), (Drift("value", 0.08), 0.08)):
        profits = window_profits(book, known, start, drift, 20)
        plain = window_profits(book, known, start, Drift(), 20)
        assert abs(np.log1p(profits[0]).mean() * 252 - a_year) < 0.03 and not np.allclose(profits[0], plain[0])
    neutral = window_profits(book, known, start, Drift("risk-neutral", 0.04), 20)
    assert np.mean(neutral[19]) == pytest.approx(np.expm1(0.04 * 20 / 252), abs=1e-9)


def test_a_young_asset_has_fewer_windows(parts):
    book, known, start = parts
    frame = known.to_frame()
    frame.iloc[:1000, 1] = np.nan
    young = tsgan.load_prices(frame, join="outer")
    assert len(window_profits(book, young, start, Drift(), 10)[9]) == len(frame) - 1000 - 10
    assert len(window_profits(book, young.before(young.dates[1000 + FEWEST + 5]), start, Drift(), 250)) == 5


def test_both_stand_on_the_page(fitted, indices):
    found = tsgan.stress(
        fitted("gbm"), HELD, history=indices.through(fitted("gbm").info.train_end), n_paths=500, horizon=20
    )
    names = {f"historical simulation, {how}" for how in ("days at random", "overlapping windows")}
    for table in ("risk", "losses"):
        assert names < {row["source"] for row in found.tables[table]}
    page = found.render()
    check_page(found)
    assert all(name in page for name in names) and "historical simulation</" not in page


def test_weeks_are_drawn_as_weeks():
    rng = np.random.default_rng(0)
    index = pd.date_range("2010-01-01", periods=400, freq="W-FRI")
    prices = pd.DataFrame(50 * np.exp(np.cumsum(0.02 * rng.standard_normal((400, 2)), axis=0)), index, ["AAA", "BBB"])
    panel = tsgan.load_prices(prices)
    found = tsgan.stress(tsgan.fit(panel, "gbm"), {"AAA": 1.0}, history=panel, n_paths=300, horizon=10)
    assert "historical simulation, weeks at random" in {row["source"] for row in found.tables["risk"]}
