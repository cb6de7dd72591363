"""Pages of weekly and monthly series do not speak of days."""

from __future__ import annotations

import numpy as np
import pytest

from tsgan.data.calendars import future_sessions, period_between
from tsgan.reports import page
from tsgan.reports.period import Period

TEMPLATE = """{% extends "base.html.j2" %}{% block title %}{{ name }}{% endblock %}
{% block main %}{{ period.many | capitalize }} ahead, {{ period.count(20) }}, {{ period.adjective }}{% endblock %}"""


def test_pages_take_the_period_as_a_value(monkeypatch):
    import jinja2

    real = jinja2.PackageLoader
    monkeypatch.setattr(
        jinja2, "PackageLoader", lambda name: jinja2.DictLoader({"p": TEMPLATE}) if name == "mine" else real(name)
    )
    assert "Days ahead, 20 days, daily" in page.render("p", "mine", name="a day")
    months = page.render("p", "mine", period=Period.of("month"), name="a day")
    assert "Months ahead, 20 months, monthly" in months and "<title>a day</title>" in months


@pytest.mark.parametrize("periods, word", [(252, "day"), (52, "week"), (12, "month"), (4, "quarter"), (1, "year")])
def test_dates_tell_the_period(periods, word):
    dates = future_sessions("XNYS", "2010-01-29", 12, periods)
    assert period_between(dates[0], dates[-1], 12) == word
    assert np.all(dates[1:] > dates[:-1])
