"""Dates of scenarios, and sessions of histories."""

import numpy as np
import pytest

from tsgan.data.calendars import _bounds, future_sessions, known_calendar, sessions_between
from tsgan.data.exchanges import CALENDARS
from tsgan.errors import DataError, DataWarning


def day(text):
    return np.datetime64(text, "D")


def test_new_york_holidays_are_skipped():
    dates = future_sessions("XNYS", "2018-12-31", 3)
    assert dates.dtype == np.dtype("datetime64[D]")
    assert list(map(str, dates)) == ["2018-12-31", "2019-01-02", "2019-01-03", "2019-01-04"]


def test_start_is_kept_when_it_is_no_session():
    assert list(map(str, future_sessions("XNYS", "2018-12-30", 2))) == ["2018-12-30", "2018-12-31", "2019-01-02"]


def test_sixteen_years_ahead():
    dates = future_sessions("XNYS", day("2026-11-20"), 4000)
    assert len(dates) == 4001
    assert (np.diff(dates).astype(int) > 0).all()
    assert "2042" <= str(dates[-1]) <= "2043"
    assert len(np.intersect1d(dates, [day("2030-12-25"), day("2040-12-25")])) == 0


def test_a_shorter_horizon_is_a_prefix():
    np.testing.assert_array_equal(
        future_sessions("XNYS", "2018-12-31", 252)[:61], future_sessions("XNYS", "2018-12-31", 60)
    )


def test_weekdays_and_no_steps():
    assert list(map(str, future_sessions("weekdays", "2024-03-08", 2))) == ["2024-03-08", "2024-03-11", "2024-03-12"]
    assert list(map(str, future_sessions("weekdays", "2024-03-09", 1))) == ["2024-03-09", "2024-03-11"]
    assert list(map(str, future_sessions("XNYS", "2024-03-08", 0))) == ["2024-03-08"]


def test_a_calendar_that_ends_goes_on_with_weekdays():
    last = _bounds("XSHG")[1]
    with pytest.warns(DataWarning, match=f"XSHG has no sessions after {last.year}"):
        dates = future_sessions("XSHG", f"{last.year}-09-25", 300)
    assert len(dates) == 301 and (np.diff(dates).astype(int) > 0).all()
    assert day(f"{last.year}-10-01") not in dates  # a holiday that the calendar still knew
    assert np.is_busday(dates[-200:]).all()


def test_an_unknown_calendar_warns_and_uses_weekdays():
    with pytest.warns(DataWarning, match="not known"):
        dates = future_sessions("NOPE", "2024-03-08", 5)
    np.testing.assert_array_equal(dates, future_sessions("weekdays", "2024-03-08", 5))


def test_weeks_months_and_every_day():
    assert list(map(str, future_sessions("XNYS", "2024-03-08", 2, 52))) == ["2024-03-08", "2024-03-15", "2024-03-22"]
    assert list(map(str, future_sessions("XNYS", "2024-03-28", 3, 12))) == [
        "2024-03-28",
        "2024-04-30",
        "2024-05-31",
        "2024-06-28",
    ]
    assert (np.diff(future_sessions("24/7", "2024-03-08", 20, 365)).astype(int) == 1).all()


def test_sessions_between():
    assert list(map(str, sessions_between("XNYS", "2018-12-24", "2018-12-26"))) == ["2018-12-24", "2018-12-26"]
    assert len(sessions_between("NOPE", "2018-12-24", "2018-12-26")) == 0
    assert len(sessions_between("weekdays", "2018-12-24", "2018-12-30")) == 5


def test_bad_arguments():
    with pytest.raises(DataError, match="-1 sessions"):
        future_sessions("XNYS", "2024-03-08", -1)
    with pytest.raises(DataError, match="not a date"):
        future_sessions("XNYS", "soon", 1)


def test_every_mapped_calendar_exists():
    assert all(known_calendar(name) for name in CALENDARS.values())
