"""What notebooks show: axes that hold the right numbers, and tables in which every name is text."""

from __future__ import annotations

from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tsgan.data.panel import Panel
from tsgan.errors import ScenarioError
from tsgan.scenarios.scenarios import Scenarios


@pytest.fixture
def paths() -> Scenarios:
    returns = (np.random.default_rng(3).standard_normal((400, 30, 2)) * 0.02).astype(np.float32)
    dates = np.array("2018-12-31", "M8[D]") + np.arange(31)
    return Scenarios(returns, ("SPX", "<b>$x$</b>"), ("price", "level"), dates, np.array([100.0, 25.0]))


@pytest.fixture
def ax() -> Axes:
    return Figure().subplots()


def test_fan(paths, ax):
    assert paths.plot.fan(ax=ax) is ax
    np.testing.assert_allclose(ax.lines[0].get_ydata(), np.median(paths.prices[:, :, 0], axis=0))
    assert [text.get_text() for text in ax.get_legend().get_texts()][:2] == ["95% of paths", "80% of paths"]


def test_fan_counts_weights(paths, ax):
    weights = np.zeros(400)
    weights[7] = 1.0
    replace(paths, weights=weights).plot.fan(ax=ax)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), paths.prices[7, :, 0])


def test_paths_and_density(paths, ax):
    assert len(paths.plot.paths("<b>$x$</b>", count=5, ax=ax).lines) == 5
    np.testing.assert_allclose(ax.lines[3].get_ydata(), paths.prices[3, :, 1])
    assert r"\$x\$" in ax.get_title(loc="left")
    other = paths.plot.density(day=3, ax=Figure().subplots())
    heights, widths = zip(*((p.get_height(), p.get_width()) for p in other.patches), strict=True)
    assert np.dot(heights, widths) == pytest.approx(1)


def test_weighted_paths_are_drawn_by_weight(paths, ax):
    weights = np.zeros(400)
    weights[[3, 9]] = 0.5
    replace(paths, weights=weights).plot.paths(count=6, ax=ax)
    ends = {float(line.get_ydata()[-1]) for line in ax.lines}
    assert ends == set(paths.prices[[3, 9], -1, 0].tolist())


def test_steps_are_called_what_they_are(paths):
    assert "30 days" in repr(paths) and "30 days" in paths._repr_html_()
    weekly = replace(paths, dates=paths.dates[0] + 7 * np.arange(31))
    assert "30 weeks" in repr(weekly) and "30 weeks" in weekly._repr_html_()
    monthly = replace(paths, provenance={"periods_per_year": 12})
    with pytest.raises(ScenarioError, match="first 31 months of paths of 30"):
        monthly.head(31)
    with pytest.raises(ScenarioError, match="no month 31 in paths of 30 months"):
        monthly.plot.density(day=31)
    panel = Panel(weekly.dates, ("SPX",), paths.prices[0, :, :1], ("price",), periods_per_year=52)
    assert "31 weeks" in repr(panel) and "31 weeks" in panel._repr_html_()


def test_axes_of_their_own(paths, monkeypatch):
    monkeypatch.setattr(matplotlib.rcParams, "_backend", "agg", raising=False)
    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    ax = paths.plot.fan()
    assert ax.figure in map(plt.figure, plt.get_fignums())
    plt.close(ax.figure)


def test_pictures_that_cannot_be(paths):
    with pytest.raises(ScenarioError, match="no IXIC"):
        paths.plot.fan("IXIC")
    with pytest.raises(ScenarioError, match="no day 31"):
        paths.plot.density(day=31)


def test_scenarios_as_a_table(paths):
    html = paths._repr_html_()
    assert "400 paths x 30 days" in html and "<td>SPX</td>" in html
    assert "&lt;b&gt;$x$" in html and "<b>" not in html
    below = np.mean(paths.prices[:, -1, 0] < 100)
    assert f"{below:.0%}" in html
    weights = np.where(paths.prices[:, -1, 0] < 100, 1.0, 0.0)
    assert "<td>100%</td>" in replace(paths, weights=weights / weights.sum())._repr_html_()


def test_panel_as_a_table():
    prices = np.column_stack([np.linspace(100, 110, 25 * 10).reshape(-1)] * 25)
    dates = np.array("2018-01-01", "M8[D]") + np.arange(250)
    names = tuple(f"<i>{i}" for i in range(25))
    html = Panel(dates, names, prices, ("price",) * 25, source="a & b", notes=("2 <days> dropped",))._repr_html_()
    assert "a &amp; b" in html and "&lt;i&gt;19" in html and "&lt;i&gt;20" not in html and "and 5 more" in html
    assert "2 &lt;days&gt; dropped" in html
