"""Portfolios and loan books as people in other countries write them: semicolons, tabs, decimal commas."""

from __future__ import annotations

import numpy as np
import pytest

from tsgan.applications.lending.books import SecuredLoan, read_book
from tsgan.applications.portfolio import read_portfolio
from tsgan.errors import ConfigError


@pytest.mark.parametrize("between", [";", "\t", "|", "; "])
def test_semicolons_and_decimal_commas(tmp_path, between):
    rows = [("ticker", "quantity", "cost", "currency", "fx"), ("SPX", "1.500,5", "2000", "USD", "1,08"),
            ("IXIC", "-12", "", "USD", "EURUSD"), ("DAX", "0,25", "9.000,00", "EUR", "")]  # fmt: skip
    (tmp_path / "p.csv").write_text("\n".join(between.join(row) for row in rows))
    found = read_portfolio(tmp_path / "p.csv")
    assert found.assets == ("SPX", "IXIC", "DAX") and found.fx == (1.08, "EURUSD", None)
    assert np.array_equal(found.sizes, [1500.5, -12, 0.25])
    assert np.array_equal(found.costs, [2000, np.nan, 9000], equal_nan=True)


def test_quoted_numbers_between_commas(tmp_path):
    (tmp_path / "p.csv").write_text('ticker,weight\nSPX,"0,6"\nIXIC,"0,4"\n')
    assert np.array_equal(read_portfolio(tmp_path / "p.csv").sizes, [0.6, 0.4])
    (tmp_path / "t.csv").write_text('ticker,quantity\nSPX,"1,250.75"\nIXIC,12\n')
    assert np.array_equal(read_portfolio(tmp_path / "t.csv").sizes, [1250.75, 12])


def test_plain_files_mean_what_they_meant(tmp_path):
    (tmp_path / "p.csv").write_text("# a comment; with a semicolon\nticker,quantity\nSPX,1.500\nIXIC,1e3\n")
    assert np.array_equal(read_portfolio(tmp_path / "p.csv").sizes, [1.5, 1000])


def test_what_could_be_two_numbers_is_refused(tmp_path):
    (tmp_path / "p.csv").write_text("ticker;quantity\nSPX;12\nIXIC;1,500\nDAX;2000\n")
    with pytest.raises(ConfigError, match=r"quantity is '1,500' in row 2, which could be 1\.5 or 1500"):
        read_portfolio(tmp_path / "p.csv")
    for cell in ("60 %", "60%", "$5"):
        (tmp_path / "p.csv").write_text(f"ticker;weight\nSPX;{cell}\nIXIC;0,4\n")
        with pytest.raises(ConfigError, match="the weight of SPX"):
            read_portfolio(tmp_path / "p.csv")


def test_collateral_in_loan_books(tmp_path):
    (tmp_path / "b.csv").write_text("loan;amount;collateral;rate\na;1.000,50;SPX:12,5 IXIC:3;0,05\nb;500;SPX:1;0,04\n")
    first, second = read_book(tmp_path / "b.csv")
    assert isinstance(first, SecuredLoan) and isinstance(second, SecuredLoan)
    assert (first.amount, first.rate, first.collateral) == (1000.5, 0.05, (("SPX", 12.5), ("IXIC", 3.0)))
    assert second.amount == 500
