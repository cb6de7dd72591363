"""Alarms are relative to an asset's own moves: what is unusual for it is told, what is usual is not."""

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan.data.load import load_with_findings
from tsgan.errors import DataError

DAYS = pd.bdate_range("2015-01-01", periods=1500, name="date")


def series(seed=0, start=100.0, size=0.01, digits=4):
    moves = size * np.random.default_rng(seed).standard_t(5, len(DAYS)) * np.sqrt(3 / 5)
    return np.round(start * np.exp(np.cumsum(moves)), digits)


def warned(values, name="ASSET", **told):
    findings = load_with_findings(pd.DataFrame({name: values}, DAYS), **told)[1]
    return [f.message for f in findings if f.severity == "warning"]


@pytest.mark.parametrize(
    ("factor", "words"),
    [(4 / 5, "5 for 4"), (3 / 4, "4 for 3"), (2 / 3, "3 for 2"), (3 / 2, "2 for 3"), (1 / 2, "2 for 1")],
)
def test_small_splits(factor, words):
    values = series(1)
    values[700:] *= factor
    assert any(words in message and str(DAYS[700].date()) in message for message in warned(values))


def test_a_peg_that_breaks():
    values = series(2, 1.2, 0.0004, digits=6)
    values[900:] *= 0.88
    (message,) = warned(values, "EURCHF")
    assert "-12% in one day" in message and "times the usual move" in message and str(DAYS[900].date()) in message


def test_a_wild_asset_may_do_what_a_calm_one_may_not():
    shock = np.where(np.arange(len(DAYS)) >= 800, 0.8, 1.0)
    assert warned(series(3) * shock) and not warned(series(3, size=0.05) * shock)


def test_a_crisis_is_measured_by_itself():
    size = np.where((np.arange(1500) > 700) & (np.arange(1500) < 800), 0.06, 0.006)
    moves = size * np.random.default_rng(4).standard_normal(1500)
    assert not warned(100 * np.exp(np.cumsum(moves)))


def test_a_return_after_a_halt_is_not_one_of_a_day():
    values = series(5)
    values[600:] *= 0.88
    values[540:600] = np.nan
    assert not warned(values)
    values[600:] *= 0.5
    assert any("since" in message for message in warned(values))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("start", [3.0, 10.0, 60.0])
def test_clean_stocks_pass(seed, start):
    assert not warned(series(10 + seed, start, 0.012, digits=2 if start > 5 else 4))


def test_yields_below_zero_are_no_decimals():
    level = np.round(-0.3 + 0.02 * np.cumsum(np.random.default_rng(6).standard_normal(1500)) / 10, 3)
    assert not warned(level, "BUND10") and not warned(level, "BUND10", kinds={"BUND10": "rate"})
    assert any("multiply by 100" in message for message in warned(level / 100, "BUND10", kinds={"BUND10": "rate"}))


def test_zeros_before_listing_and_after_the_end():
    values = series(7)
    late, gone = values.copy(), values.copy()
    late[:200], gone[1300:] = 0.0, 0.0
    panel = tsgan.load_prices(pd.DataFrame({"OLD": values, "YOUNG": late}, DAYS))
    assert panel.kinds == ("price", "price") and np.isnan(panel.prices[:200, 1]).all()
    assert any("0 on 200 days before its first price" in note for note in panel.notes)
    with pytest.raises(DataError, match=r"GONE is 0 on its last 200 days"):
        tsgan.load_prices(pd.DataFrame({"GONE": gone}, DAYS))


def test_an_adjustment_that_went_below_zero_is_no_level():
    values = series(8, 10.0, 0.02)
    with pytest.raises(DataError, match="prices are positive"):
        tsgan.load_prices(pd.DataFrame({"FUND": values - np.quantile(values, 0.1)}, DAYS))


def test_series_arrays_and_other_frames():
    values = series(9)
    for given in (pd.Series(values, DAYS), pd.Series(values, DAYS, name="Close")):
        assert tsgan.load_prices(given).assets == ("ASSET",)
        assert tsgan.load_prices(given, ticker="X").assets == ("X",)
    assert tsgan.load_prices(pd.Series(values, DAYS, name="SPY")).assets == ("SPY",)
    with pytest.raises(DataError, match="no dates and no tickers"):
        tsgan.load_prices(values)

    class Polars:
        def to_pandas(self):
            return pd.DataFrame({"date": DAYS, "SPY": values})

    assert tsgan.load_prices(Polars()).assets == ("SPY",)


def test_two_rows_a_day_are_told_apart(tmp_path):
    rows = pd.DataFrame({"ACME": series(1)}, DAYS)
    twice = pd.concat([rows, rows.iloc[::3].set_axis(DAYS[::3] + pd.Timedelta(hours=21))])
    with pytest.raises(DataError, match="two sources or time zones seem to be mixed"):
        tsgan.load_prices(twice)
    np.save(tmp_path / "prices.npy", rows.to_numpy())
    with pytest.raises(DataError, match="without dates and tickers"):
        tsgan.load_prices(tmp_path / "prices.npy")
