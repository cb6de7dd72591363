"""An inspection as a result."""

from __future__ import annotations

import json

import pytest

import tsgan
from tests.pages.reading import plain
from tsgan.errors import ConfigError


def test_an_inspection_is_a_result(tmp_path):
    found = tsgan.inspect("sample:nasdaq")
    assert found.summary().splitlines() == [found.title, *found.remarks]
    assert "days, calendar XNYS" in found.title
    frame = found.to_frame()
    assert frame["asset"].tolist() == ["IXIC"] and frame["lowest_date"].tolist() == ["2000-04-14"]
    assert list(found.to_frame("findings")) == ["severity", "asset", "date", "message"]
    with pytest.raises(ConfigError, match="assets or findings"):
        found.to_frame("prices")
    assert json.loads(found.to_json())["assets"][0]["asset"] == "IXIC"
    found.to_html(tmp_path / "page.html")
    page = plain((tmp_path / "page.html").read_text())
    assert "IXIC" in page and found.rows[0][-1] in page and "worst day" in page
    assert found.title in found._repr_html_()


def test_steps_are_called_what_they_are():
    weekly = tsgan.load_prices("sample:nasdaq").to_frame().resample("W-FRI").last()
    found = tsgan.inspect(weekly)
    assert "weeks, calendar" in found.title and "worst week" in found.headers


def test_names_in_a_page_are_text():
    frame = tsgan.load_prices("sample:nasdaq").to_frame().set_axis(["<b>X</b>"], axis=1)
    page = tsgan.inspect(frame).to_html()
    assert "&lt;b&gt;X" in page and "<b>X" not in page
