"""Portfolios: what is held, in which currency, and what is refused."""

import numpy as np
import pytest

from tsgan.applications.portfolio import Portfolio, read_portfolio
from tsgan.errors import ConfigError, ScenarioError
from tsgan.scenarios.scenarios import Scenarios


@pytest.fixture(scope="module")
def paths():
    rng = np.random.default_rng(0)
    returns = 0.02 * rng.normal(size=(50, 6, 4)).astype(np.float32)
    returns[..., 3] *= 40
    days = np.datetime64("2024-01-01") + np.arange(7)
    assets, kinds = ("A", "B", "EURUSD", "VIX"), ("price", "price", "price", "level")
    return Scenarios(returns, assets, kinds, days, np.array([100.0, 50.0, 1.1, 15.0]))


def read(folder, text, **options):
    (folder / "p.csv").write_text(text)
    return read_portfolio(folder / "p.csv", **options)


def test_weights(paths, tmp_path):
    book = read(tmp_path, "ticker,weight\nA,0.7\nB,-0.3\n").on(paths)
    gross = paths.prices[:, 1:] / paths.start_prices
    np.testing.assert_allclose(book.profits(paths), 0.7 * (gross[..., 0] - 1) - 0.3 * (gross[..., 1] - 1), atol=1e-12)
    np.testing.assert_allclose(book.exposures(paths), [0.7, -0.3])


def test_quantities_costs_and_levels(paths, tmp_path):
    book = read(tmp_path, "ticker, quantity, cost\nA,10,90\nB,-4,55\nVIX,2,15\n").on(paths)
    assert book.capital == 1000 + 200  # of a book with shorts the gross value; a level has no value
    moves = paths.prices[:, -1] - paths.start_prices
    np.testing.assert_allclose(book.profits(paths)[:, -1] * 1200, 10 * moves[:, 0] - 4 * moves[:, 1] + 2 * moves[:, 3])
    np.testing.assert_allclose(book.unrealised(paths), [100, 20, 0])
    assert read(tmp_path, "ticker,quantity\nVIX,2\n", capital=500.0).on(paths).capital == 500


def test_currencies(paths, tmp_path):
    text = "ticker,quantity,currency,fx\nA,10,USD,\nB,4,EUR,EURUSD\n"
    portfolio = read(tmp_path, text)
    assert portfolio.currency == "USD"
    book = portfolio.on(paths)
    assert book.capital == pytest.approx(1000 + 4 * 50 * 1.1)
    value = 10 * paths.prices[..., 0] + 4 * paths.prices[..., 1] * paths.prices[..., 2]
    np.testing.assert_allclose(book.profits(paths), (value[:, 1:] - value[:, :1]) / book.capital, atol=1e-12)
    fixed = read(tmp_path, text.replace("EURUSD", "1.1")).on(paths)
    assert fixed.capital == pytest.approx(book.capital)
    with pytest.raises(ConfigError, match="mixes the currencies EUR, USD"):
        read(tmp_path, text.replace("EURUSD", ""))


def test_slope_is_the_derivative(paths, tmp_path):
    book = read(tmp_path, "ticker,quantity,currency,fx\nA,10,USD,\nB,4,EUR,EURUSD\nVIX,3,USD,\n").on(paths)
    prices, step = paths.prices[:3, -1], np.array([1e-4, 2e-4, 3e-6, 1e-4])
    start = paths.start_prices
    difference = book.by_position(prices + step, start).sum(-1) - book.by_position(prices - step, start).sum(-1)
    np.testing.assert_allclose((book.slope(prices) * step).sum(-1), difference / 2, rtol=1e-6)


def test_equal_weights_leave_levels_out(paths):
    assert Portfolio.equal(paths.assets, paths.kinds).assets == ("A", "B", "EURUSD")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ticker,weight\nA,\n", "weight of A is missing"),
        ("ticker,weight\nA,much\n", "weight of A is 'much'"),
        ("ticker,weight\nA,inf\n", "weight of A is 'inf'"),
        ("ticker,weight\nA,0\n", "nothing to lose"),
        ("ticker,weight\nA,1\nA,2\n", "A twice"),
        ("ticker,weight\n,1\n", "row 1 has no ticker"),
        ("ticker,weight\n", "no rows"),
        ("", "cannot be read"),
        ("ticker,weight,quantity\nA,1,2\n", "either weight or quantity"),
        ("ticker,share\nA,1\n", "columns ticker, share"),
        ("ticker,weight,currency,fx\nA,1,USD,\nB,1,EUR,-2\n", "fx of B is -2"),
        ("ticker,quantity,cost\nA,1,cheap\n", "cost of A"),
    ],
)
def test_bad_files(tmp_path, text, words):
    with pytest.raises(ConfigError, match=words):
        read(tmp_path, text)


def test_missing_file(tmp_path):
    with pytest.raises(ConfigError, match=r"no portfolio .*nowhere\.csv"):
        read_portfolio(tmp_path / "nowhere.csv")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ticker,weight\nC,1\n", "holds C, but the paths have A, B"),
        ("ticker,weight\nVIX,1\n", "VIX is a level"),
        ("ticker,quantity\nVIX,1\n", "worth nothing"),
        ("ticker,weight,currency,fx\nA,1,USD,\nB,1,JPY,JPYUSD\n", "JPYUSD"),
    ],
)
def test_bad_matches(paths, tmp_path, text, words):
    with pytest.raises(ScenarioError, match=words):
        read(tmp_path, text).on(paths)
