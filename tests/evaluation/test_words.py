"""Pages of weekly and monthly series do not speak of days."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from tsgan.data.calendars import future_sessions, period_between
from tsgan.reports.page import embedded, reworded

PAGE = (
    '<html><style>.day { color: red }</style><body class="days"><h2>Days ahead</h2><p title="a day">In 20 trading '
    "days, one day in 20; a 5-day loss. Daily, ten-day and days/ here.</p><code>--at DAY, day</code><b>SUNDAY, "
    "daybreak, my/day.csv</b></body></html>"
)


def test_only_words_are_replaced():
    assert reworded(PAGE, "day") is PAGE
    assert reworded(PAGE, "month") == (
        '<html><style>.day { color: red }</style><body class="days"><h2>Months ahead</h2><p title="a day">In 20 '
        "months, one month in 20; a 5-month loss. Monthly, ten-month and days/ here.</p><code>--at DAY, day</code>"
        "<b>SUNDAY, daybreak, my/day.csv</b></body></html>"
    )


def test_pictures_too():
    figures = []
    for label in ("days later", "weeks later"):
        figure = Figure(figsize=(2, 2))
        figure.add_subplot().set_xlabel(label)
        figures.append(figure)
    assert embedded(figures[0], "week") == embedded(figures[1])


@pytest.mark.parametrize("periods, word", [(252, "day"), (52, "week"), (12, "month"), (4, "quarter"), (1, "year")])
def test_dates_tell_the_period(periods, word):
    dates = future_sessions("XNYS", "2010-01-29", 12, periods)
    assert period_between(dates[0], dates[-1], 12) == word
    assert np.all(dates[1:] > dates[:-1])
