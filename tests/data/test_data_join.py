"""Unequal histories: what is kept, what is lost, and that both are said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan.errors import DataError
from tsgan.inspection import inspect

DAYS = pd.bdate_range("2010-01-01", periods=700)


def closes(count: int = 2, days: pd.DatetimeIndex = DAYS) -> pd.DataFrame:
    moves = np.random.default_rng(0).standard_normal((len(days), count)) * 0.01
    return pd.DataFrame(100 * np.exp(np.cumsum(moves, axis=0)), index=days, columns=list("ABCDEF")[:count])


@pytest.fixture
def unequal() -> pd.DataFrame:
    """B is listed after 200 days; A's exchange is closed on day 300, B's on days 400 and 401."""
    frame = closes()
    frame.iloc[:200, 1] = np.nan
    frame.iloc[300, 0] = np.nan
    frame.iloc[[400, 401], 1] = np.nan
    return frame


def test_outer_keeps_everything_and_invents_nothing(unequal):
    panel = tsgan.load_prices(unequal)
    assert len(panel) == 700 and not panel.complete
    np.testing.assert_array_equal(panel.prices, unequal.to_numpy())
    r = panel.returns
    assert np.isnan(r[:200, 1]).all() and np.isfinite(r[200:399, 1]).all()
    assert np.isnan(r[[399, 400], 1]).all()
    # The first return after a gap is the one since the last price: over the three days, and no zero before it.
    assert r[401, 1] == pytest.approx(np.log(unequal.iloc[402, 1] / unequal.iloc[399, 1]))
    assert np.isnan(r[299, 0]) and r[300, 0] == pytest.approx(np.log(unequal.iloc[301, 0] / unequal.iloc[299, 0]))
    for column in range(2):
        own = unequal.iloc[:, column].dropna()
        known = r[:, column][np.isfinite(r[:, column])]
        assert len(known) == len(own) - 1
        assert known.sum() == pytest.approx(np.log(own.iloc[-1] / own.iloc[0]))  # nothing is lost
    notes = " ".join(panel.notes)
    for words in ("all 700 dates are kept", "497 dates are common", "B: no price on 200 dates before", "2 between"):
        assert words in notes


def test_inner_is_chosen_for_small_losses_and_said(unequal):
    unequal = unequal.iloc[200:]
    panel = tsgan.load_prices(unequal)
    assert len(panel) == 497 and panel.complete
    assert any("rows dropped to share dates" in note and "join='outer'" in note for note in panel.notes)
    assert len(tsgan.load_prices(unequal, join="outer")) == 500
    assert len(tsgan.load_prices(unequal, join="inner")) == 497
    with pytest.raises(DataError, match="no join called 'left'"):
        tsgan.load_prices(unequal, join="left")  # type: ignore[arg-type]


def test_two_exchanges(unequal):
    from tsgan.data.calendars import sessions_between

    parts = {}
    for name, calendar in (("US", "XNYS"), ("UK", "XLON")):
        days = pd.DatetimeIndex(sessions_between(calendar, "2010-01-01", "2012-12-31").astype("datetime64[s]"))
        parts[name] = closes(1, days)["A"]
    panel = tsgan.load_prices(pd.DataFrame(parts), join="outer")
    assert len(panel) > max(len(part) for part in parts.values())
    day = int(np.flatnonzero(panel.dates == np.datetime64("2010-07-05"))[0])  # Independence Day, observed
    assert np.isnan(panel.returns[day - 1, 0]) and np.isfinite(panel.returns[day - 1, 1])
    assert (panel.returns[np.isfinite(panel.returns)] != 0).all()


def test_panels_with_holes_are_cut_and_selected(unequal):
    panel = tsgan.load_prices(unequal)
    young = panel.before(panel.dates[150])
    assert np.isnan(young.last_prices[1]) and young.last_prices[0] == unequal.iloc[149, 0]
    assert len(panel.select(["B"])) == 498 and panel.select(["B"]).complete
    # The cut leaves 70 % of the youngest asset before it, not 70 % of the dates.
    cut = panel.cut_date(0.7)
    assert np.isfinite(panel.before(cut).prices[:, 1]).sum() == round(0.7 * 498)
    assert np.isfinite(panel.before(cut).prices[:, 0]).sum() >= round(0.7 * 699)


def test_inspect_says_what_is_there(unequal):
    found = inspect(unequal)
    a, b = found.assets
    assert (a.rows, a.missing, b.rows, b.missing) == (699, 1, 498, 202)
    assert b.first == str(DAYS[200].date()) and np.isfinite([b.mean, b.volatility, b.lowest, b.highest]).all()


def test_a_short_asset_is_named(unequal):
    unequal.iloc[:660, 1] = np.nan
    with pytest.raises(DataError, match=r"B has 40 days of prices, but 250 are needed.*leave B out"):
        tsgan.load_prices(unequal)
    warnings = inspect(unequal).warnings
    assert any(w.asset == "B" and "40 days of prices; models need 250" in w.message for w in warnings)
    assert any("only 40 dates are common to A and B" in w.message for w in warnings)


def test_a_short_common_history_is_named():
    frame = closes()
    frame.iloc[:390, 0] = frame.iloc[400:, 1] = np.nan
    with pytest.raises(DataError, match=r"the common history .* has 10 days .*join='outer'"):
        tsgan.load_prices(frame, join="inner")


def test_assets_that_never_meet():
    frame = closes(3)
    frame.iloc[:350, 0] = np.nan
    frame.iloc[350:, 1] = np.nan
    for join in (None, "outer"):
        with pytest.raises(DataError, match=r"A and B have no date in common .*load them apart"):
            tsgan.load_prices(frame, join=join)
    with pytest.raises(DataError, match="no date in common"):
        tsgan.load_prices(frame, join="inner")


def test_frequencies_do_not_stand_side_by_side(tmp_path):
    daily, weeks = closes(1), pd.date_range("2010-01-01", periods=120, freq="W-FRI")
    closes(1, weeks).rename(columns={"A": "W"}).to_csv(tmp_path / "w.csv", index_label="date")
    daily.to_csv(tmp_path / "d.csv", index_label="date")
    sources = [str(tmp_path / "d.csv"), str(tmp_path / "w.csv")]
    with pytest.raises(DataError, match=r"different frequencies .*A daily, W weekly"):
        tsgan.load_prices(sources, join="outer")
    panel = tsgan.load_prices(sources)
    assert panel.periods_per_year == 52 and panel.complete


@pytest.mark.parametrize(
    "freq, periods, least, word",
    [("W-FRI", 52, 104, "week"), ("BME", 12, 60, "month"), ("BQE", 4, 40, "quarter"), ("BYE", 1, 30, "year")],
)
def test_weekly_to_yearly(freq, periods, least, word):
    days = pd.date_range("2000-01-01", periods=least, freq=freq)
    panel = tsgan.load_prices(closes(2, days))
    assert panel.periods_per_year == periods
    assert any(f"a day of a scenario, or a horizon, is a {word}" in note for note in panel.notes)
    with pytest.raises(DataError, match=f"has {least - 1} {word}s of prices"):
        tsgan.load_prices(closes(2, days).iloc[1:])
    annual = inspect(closes(2, days)).assets[0].volatility
    assert annual == pytest.approx(panel.returns[:, 0].std(ddof=1) * np.sqrt(periods))
    dates = tsgan.fit(panel, "gbm").sample(2, 24).dates
    steps = np.diff(dates if periods == 52 else dates.astype("datetime64[M]")).astype(int)
    assert (steps == (7 if periods == 52 else 12 // periods)).all()
    assert np.is_busday(dates[1:]).all()


def test_other_steps_are_refused():
    with pytest.raises(DataError, match=r"15 days apart.*resample"):
        tsgan.load_prices(closes(1, pd.date_range("2000-01-01", periods=100, freq="15D")))


def test_samples_of_unequal_lengths():
    volatility = tsgan.load_prices("sample:volatility")
    assert volatility.assets == ("SPX", "VIX") and len(volatility) == 5031
    assert np.isfinite(volatility.prices).sum(axis=0).tolist() == [5031, 1257]
    assert volatility.kinds == ("price", "level") and volatility.bounds == ((None, None), (0.0, None))
    credit = tsgan.load_prices("sample:credit")
    assert credit.assets == ("SPX", "AAA", "BAA") and credit.periods_per_year == 12
    assert np.isfinite(credit.prices).sum(axis=0).tolist() == [240, 1200, 1200]
    assert credit.bounds[2] == ("AAA", None) and any("averages of the month" in note for note in credit.notes)
    assert (np.diff(credit.dates.astype("datetime64[M]")).astype(int) == 1).all()
    assert str(credit.dates[-1]) == "2018-12-31" and credit.last_prices[0] == volatility.last_prices[0]
