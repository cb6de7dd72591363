"""Arrow in and out: whatever speaks its C stream or gives a pandas frame."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import tsgan
from tsgan.applications.lending.books import SecuredLoan, read_book
from tsgan.applications.portfolio import read_portfolio
from tsgan.testing.examples import example_panel


def test_paths_panels_and_answers_as_arrow():
    panel = example_panel(300)
    paths = tsgan.fit(panel, "gbm").sample(5, 4, seed=1)
    table = pa.table(paths)
    assert table.column_names == list(paths.to_frame().columns) and len(table) == len(paths.to_frame())
    assert np.array_equal(table["close"].to_numpy(), paths.to_frame()["close"])
    assert paths.to_arrow("wide").column_names[0] == "date" and len(paths.to_arrow("shocks")) == 5
    assert pa.table(panel).column_names == ["date", "AAA", "BBB"]
    assert tsgan.inspect(panel).to_arrow("assets").num_rows == 2


def test_prices_portfolios_and_books_from_arrow():
    panel = example_panel(300)
    again = tsgan.load_prices(pa.table(panel))
    assert np.array_equal(again.prices, panel.prices) and np.array_equal(again.dates, panel.dates)
    book = read_portfolio(pa.table({"ticker": ["AAA", "BBB"], "weight": [0.6, 0.4]}))
    assert book.assets == ("AAA", "BBB")
    (loan,) = read_book(pa.table({"loan": ["a"], "amount": [10.0], "collateral": ["AAA:2"]}))
    assert isinstance(loan, SecuredLoan) and loan.amount == 10


def test_polars():
    pl = pytest.importorskip("polars")
    panel = example_panel(300)
    frame = pl.DataFrame(panel)
    assert np.array_equal(tsgan.load_prices(frame).prices, panel.prices)
    paths = tsgan.fit(panel, "gbm").sample(5, 4, seed=1)
    assert pl.DataFrame(paths).columns == list(paths.to_frame().columns)
