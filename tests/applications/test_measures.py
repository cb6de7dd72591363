"""Risk figures against the closed forms of geometric Brownian motion."""

import numpy as np
import pytest
from scipy import stats

from tsgan.applications.portfolio import Portfolio
from tsgan.applications.stress import measures


@pytest.fixture(scope="module")
def gbm(fitted):
    return fitted("gbm")


@pytest.fixture(scope="module")
def paths(gbm):
    return gbm.sample(20_000, 20, seed=1)


def test_var_and_es_are_those_of_gbm(gbm, paths):
    book = Portfolio(("SPX",), np.ones(1)).on(paths)
    for row in measures.risk_rows("gbm", book.profits(paths), paths, (1, 10, 20)):
        m, s = gbm.mean[0] * row["days"], np.sqrt(gbm.covariance[0, 0] * row["days"])
        z = stats.norm.ppf(1 - row["level"])
        var = 1 - np.exp(m + s * z)
        es = 1 - np.exp(m + s * s / 2) * stats.norm.cdf(z - s) / (1 - row["level"])
        assert abs(row["var"] - var) < 3 * row["var_error"]
        assert abs(row["es"] - es) < 3 * row["es_error"]


def test_components_add_up(paths):
    book = Portfolio(("SPX", "IXIC"), np.array([1.5, -0.5])).on(paths)
    losses = -book.profits(paths)
    for day in (1, 20):
        for level in measures.LEVELS:
            rows = measures.component_rows(book, paths, day, level)
            total = measures.risk_rows("gbm", -losses, paths, (day,))[measures.LEVELS.index(level)]
            assert abs(sum(row["component_var"] for row in rows) - total["var"]) < 1e-6
            assert abs(sum(row["component_es"] for row in rows) - total["es"]) < 1e-6
            assert rows[1]["component_es"] < 0 < rows[0]["component_es"]  # the short position hedges
            assert rows[0]["marginal_es"] == pytest.approx(rows[0]["component_es"] / 1.5)


def test_probability_of_loss_of_gbm(gbm, paths):
    book = Portfolio(("SPX",), np.ones(1)).on(paths)
    m, s = gbm.mean[0] * 20, np.sqrt(gbm.covariance[0, 0] * 20)
    for row in measures.loss_rows(book.profits(paths), paths, (0.02, 0.05, 0.1)):
        assert abs(row["at_end"] - stats.norm.cdf((np.log1p(-row["loss"]) - m) / s)) < 3 * row["at_end_error"]
        assert row["at_end"] < row["ever"]


def test_drawdowns_of_a_known_path(paths):
    profits = np.array([[0.10, -0.01, 0.045, 0.2, 0.0, 0.3], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]])
    rows = measures.drawdown_rows(profits, paths[:2])
    assert (rows[0]["quantile"], rows[0]["depth"], rows[0]["duration"]) == (0.5, 0, 0)
    assert rows[-1]["depth"] == pytest.approx(0.2 / 1.2) and rows[-1]["duration"] == 2


def test_cost(paths):
    book = Portfolio(("SPX",), np.ones(1), "quantity", costs=np.array([1.0])).on(paths)
    row = measures.cost_row(book, book.profits(paths), paths)
    assert row["unrealised"] == pytest.approx(1 - 1 / paths.start_prices[0]) and row["below_cost"] == 0
    free = Portfolio(("SPX",), np.ones(1)).on(paths)
    assert measures.cost_row(free, free.profits(paths), paths) is None
