"""Panels: samples, cuts, hashes, inspection."""

import json
from pathlib import Path

import numpy as np
import pytest

import tsgan
from tsgan.data.panel import Panel
from tsgan.errors import DataError
from tsgan.inspection import inspect

EXAMPLE = Path(__file__).parents[2] / "data" / "example_closes.csv"


@pytest.fixture(scope="module")
def panel():
    return tsgan.load_prices()


def small(**changes):
    values = {
        "dates": np.array(["2020-01-01", "2020-01-02", "2020-01-06"], "datetime64[D]"),
        "assets": ("A", "R"),
        "prices": np.array([[100.0, 4.5], [101.0, -0.5], [99.0, 4.0]]),
        "kinds": ("price", "rate"),
    }
    return Panel(**values | changes)


@pytest.mark.parametrize(
    ("name", "assets", "bars"),
    [("nasdaq", ("IXIC",), 4), ("sp500", ("SPX",), 4), ("us-indices", ("IXIC", "SPX"), 4)],
)
def test_samples(name, assets, bars):
    panel = tsgan.load_prices(f"sample:{name}")
    assert (panel.assets, len(panel), len(panel.bars)) == (assets, 5031, bars)
    assert (str(panel.dates[0]), str(panel.dates[-1])) == ("1999-01-04", "2018-12-31")
    assert (panel.calendar, panel.currency, panel.source) == ("XNYS", "USD", f"sample:{name}")
    assert tsgan.load_prices(panel) is panel


def test_before_excludes_the_date(panel):
    cut = panel.cut_date(0.7)
    earlier = panel.before(cut)
    assert earlier.dates[-1] < cut and len(earlier) == round(0.7 * 5031)
    assert panel.dates[len(earlier)] == cut
    np.testing.assert_array_equal(earlier.prices, panel.prices[: len(earlier)])
    assert panel.through(cut).dates[-1] == cut
    assert panel.before("2009-05-01").dates[-1] == np.datetime64("2009-04-30")
    with pytest.raises(DataError, match="history runs from 1999-01-04"):
        panel.before("1999-01-04")
    with pytest.raises(DataError, match=r"fraction 1\.5"):
        panel.cut_date(1.5)
    with pytest.raises(DataError, match="not a date"):
        panel.before("last year")


def test_returns_by_kind():
    np.testing.assert_allclose(small().returns, [[np.log(1.01), -5.0], [np.log(99 / 101), 4.5]])


def test_data_hash_is_stable(panel):
    assert small().data_hash == small(source="elsewhere", notes=("x",)).data_hash == "091da7b6e6f32586"
    assert small(kinds=("price", "level")).data_hash != small().data_hash
    assert small(prices=small().prices + 1e-12).data_hash != small().data_hash
    assert panel.select(["SPX"]).data_hash == tsgan.load_prices("sample:sp500").data_hash


def test_panels_are_frozen(panel):
    with pytest.raises(ValueError, match="read-only"):
        panel.prices[0, 0] = 1.0


def test_example_file():
    panel = tsgan.load_prices(EXAMPLE)
    assert panel.assets == ("ACME", "ZORG") and len(panel) == 300 and panel.calendar == "weekdays"
    assert not inspect(EXAMPLE).warnings


def test_inspection_is_json_ready():
    report = inspect("sample:nasdaq")
    facts = json.loads(json.dumps(report.to_dict()))
    (asset,) = facts["assets"]
    assert asset["lowest_date"] == "2000-04-14" and asset["highest_date"] == "2001-01-03"
    assert 0.2 < asset["volatility"] < 0.3
    assert facts["findings"][0]["date"] == "2015-05-12" and facts["findings"][0]["severity"] == "note"
    assert report.warnings == ()
    assert inspect(report.panel).assets == report.assets
