"""Monthly to yearly series: their dates as central banks write them, and beside faster prices."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan.data.periods import period_ends
from tsgan.errors import DataError

QUARTERS = pd.period_range("2000Q1", periods=60, freq="Q")
RATES = 3 + np.cumsum(np.random.default_rng(1).normal(0, 0.1, 60)).round(2)
PERCENT = {"kinds": {"DR": "rate"}, "bounds": {"DR": (0.0, 100.0)}}


def rates(index: object) -> pd.DataFrame:
    return pd.DataFrame({"DR": RATES}, index=pd.Index(index, name="period"))


def daily(first: str = "2000-01-03", last: str = "2014-12-31") -> pd.DataFrame:
    days = pd.bdate_range(first, last, name="date")
    moves = np.random.default_rng(2).standard_normal(len(days)) * 0.01
    return pd.DataFrame({"A": 100 * np.exp(np.cumsum(moves))}, index=days)


@pytest.mark.parametrize(
    "dates",
    [
        [f"{q.year}Q{q.quarter}" for q in QUARTERS],
        [f"{q.year}:Q{q.quarter}" for q in QUARTERS],
        [f"{q.year}-q{q.quarter}" for q in QUARTERS],
        [f"Q{q.quarter} {q.year}" for q in QUARTERS],
        [f"{q.start_time.date()}" for q in QUARTERS],
        [f"{q.start_time:%Y-%m}" for q in QUARTERS],
        [f"{q.start_time:%YM%m}" for q in QUARTERS],
    ],
)
def test_quarters_stand_at_their_last_weekday(tmp_path, dates):
    rates(dates).to_csv(tmp_path / "rates.csv")
    panel = tsgan.load_prices(tmp_path / "rates.csv", **PERCENT)
    assert panel.periods_per_year == 4
    np.testing.assert_array_equal(panel.prices[:, 0], RATES)
    assert [str(day) for day in panel.dates[:4]] == ["2000-03-31", "2000-06-30", "2000-09-29", "2000-12-29"]
    assert any("dated by the first day of each quarter" in note for note in panel.notes)


def test_quarters_dated_by_their_end_stay(tmp_path):
    days = [q.end_time.date() for q in QUARTERS]
    panel = tsgan.load_prices(rates(days), **PERCENT)
    np.testing.assert_array_equal(panel.dates, np.array(days, "datetime64[D]"))


def test_no_quarter_is_refused(tmp_path):
    rates([f"{q.year}Q{q.quarter}" for q in QUARTERS[:-1]] + ["2014Q5"]).to_csv(tmp_path / "rates.csv")
    with pytest.raises(DataError, match=r"line 61: '2014Q5' is not a date"):
        tsgan.load_prices(tmp_path / "rates.csv", **PERCENT)


def test_descriptions_above_a_header_are_passed_over(tmp_path):
    """The layout of the Federal Reserve's downloads; ND is a missing value."""
    head = ['"Series Description","Charge-off rate, all banks"', '"Unit:","Percentage"', '"Time Period","DR"']
    lines = [f"{q.year}Q{q.quarter},{x}" for q, x in zip(QUARTERS, RATES, strict=True)]
    (tmp_path / "fed.csv").write_text("\n".join([*head, "1999Q4,ND", *lines]) + "\n")
    panel = tsgan.load_prices(tmp_path / "fed.csv", **PERCENT)
    np.testing.assert_array_equal(panel.prices[:, 0], RATES)
    (tmp_path / "fed.csv").write_text("\n".join([*head, *lines[:7], "2001Q4,many", *lines[8:]]) + "\n")
    with pytest.raises(DataError, match="line 11: 'many' is not a number"):
        tsgan.load_prices(tmp_path / "fed.csv", **PERCENT)


@pytest.mark.parametrize("frequency", ["daily", "weekly", "monthly", "monthly by first days"])
def test_faster_prices_are_read_at_the_ends_of_quarters(tmp_path, frequency):
    prices, days = daily(), pd.DatetimeIndex(daily().index)
    last = prices["A"].groupby(days.to_period("Q")).last()
    if frequency == "weekly":
        prices = prices[days.day_of_week == 4]
    elif frequency.startswith("monthly"):
        prices = prices.groupby(days.to_period("M")).last()
        prices.index = pd.date_range("2000-01-01", periods=180, freq="MS" if "first" in frequency else "ME")
    rates([f"{q.year}Q{q.quarter}" for q in QUARTERS]).to_csv(tmp_path / "rates.csv")
    prices.to_csv(tmp_path / "prices.csv", index_label="date")
    panel = tsgan.load_prices(f"{tmp_path / 'rates.csv'}+{tmp_path / 'prices.csv'}", **PERCENT)
    assert panel.assets == ("DR", "A") and panel.periods_per_year == 4 and len(panel) == 60 and panel.complete
    np.testing.assert_array_equal(panel.prices[:, 0], RATES)
    if frequency != "weekly":
        np.testing.assert_allclose(panel.prices[:, 1], last)
    assert any("taken at the last close of each quarter, to stand beside DR" in note for note in panel.notes)


def test_an_unfinished_quarter_has_no_last_close():
    frame = pd.concat([daily(last="2014-11-28"), rates([q.start_time for q in QUARTERS])], axis=1, sort=True)
    panel = tsgan.load_prices(frame, join="outer", **PERCENT)
    assert len(panel) == 60 and np.isnan(panel.prices[-1, 0]) and np.isfinite(panel.prices[:-1]).all()


def test_a_plus_within_a_name_is_part_of_it(tmp_path):
    daily().to_csv(tmp_path / "a+b.csv", index_label="date")
    assert tsgan.load_prices(str(tmp_path / "a+b.csv")).assets == ("A",)
    with pytest.raises(DataError, match="came from two sources"):
        tsgan.load_prices("sample:sp500+sample:us-indices")
    with pytest.raises(DataError, match=r"no file none\.csv"):
        tsgan.load_prices("sample:sp500+none.csv")


def test_period_ends():
    days = np.array(["2021-01-01", "2021-01-31", "2021-05-15", "2021-12-31"], "datetime64[D]")
    for periods, ends in ((12, "01-29 01-29 05-31 12-31"), (4, "03-31 03-31 06-30 12-31"), (1, "12-31 " * 4)):
        assert [f"{day}"[5:] for day in period_ends(days, periods)] == ends.split()


def test_rates_of_losses_are_guessed_and_percent_told(tmp_path):
    index = [q.start_time for q in QUARTERS]
    frame = rates(index).rename(columns={"DR": "DRCCLACBS"})
    panel = tsgan.load_prices(frame)
    assert panel.kinds == ("rate",) and panel.bounds == ((0.0, 100.0),)
    assert any("taken for a rate with floor 0 and cap 100" in note for note in panel.notes)
    assert tsgan.load_prices(frame / 100).bounds == ((0.0, 100.0),)  # FRED's are percent, however small
    own = frame.rename(columns={"DRCCLACBS": "CARD_CHARGEOFF"}) / 100
    guessed, declared = (tsgan.load_prices(own, bounds=b) for b in (None, {"CARD_CHARGEOFF": (0, 1)}))
    assert guessed.bounds == ((0, 1),) and any("looks like a decimal" in note for note in guessed.notes)
    assert declared.bounds == ((0, 1),) and not any("looks like a decimal" in note for note in declared.notes)
    with pytest.raises(DataError, match=r"its cap 1 .*percent have the bounds DR=rate:0:100"):
        tsgan.load_prices(rates(index), kinds={"DR": "rate"}, bounds={"DR": (0, 1)})
