"""Sequential tests: fair bets, limits that hold, and what they see."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tsgan.stats.sequential import CALM, OFTEN, SHIFT, WILD, Chart

CHARTS = (
    Chart("wild", WILD), Chart("wild", WILD, 5), Chart("calm", CALM, 2), Chart("up", SHIFT), Chart("down", -SHIFT),
    Chart("tail", OFTEN),
)  # fmt: skip
YEAR = 100


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: f"{chart.name}{chart.freedom}")
def test_bets_are_fair_and_limits_hold(chart):
    """The expected bet is 1 by quadrature; direct simulation of other years agrees with the limits, rare ones too."""
    u = (np.arange(400_000) + 0.5) / 400_000
    assert np.exp(chart.log_bet(u)).mean() == pytest.approx(1, abs=2e-3)
    paths = chart.path(np.random.default_rng(1).random((6000, 2 * YEAR)))[:, YEAR:].max(axis=1)
    for share in (0.05, 0.01):
        found = float((paths > chart.limit(share, YEAR)).mean())
        slack = 4.5 * np.sqrt(share * (1 - share) / len(paths))
        assert found < share + slack
        assert found > (0.8 * share - slack if abs(chart.amount) != SHIFT else 0)  # small bets are slow, and cautious
        # Simulated limits lie below Doob's, for a year begun at the beginning; ours has one before it.
        assert chart.limit(share, YEAR) < np.log(2 * YEAR / share)


def test_bets_are_likelihood_ratios():
    u = np.array([0.01, 0.3, 0.7, 0.999])
    scores = stats.norm.ppf(u)
    np.testing.assert_allclose(
        Chart("up", 0.25).log_bet(u), stats.norm.logpdf(scores, 0.25) - stats.norm.logpdf(scores), rtol=1e-9
    )
    squares = stats.chi2.ppf(u, 3)
    np.testing.assert_allclose(
        Chart("wild", 2.0, 3).log_bet(u), stats.chi2.logpdf(squares, 3, scale=4) - stats.chi2.logpdf(squares, 3),
        rtol=1e-3, atol=1e-3,
    )  # fmt: skip


def test_a_day_without_a_place_changes_nothing():
    u = np.random.default_rng(0).random(50)
    holes = np.insert(u, [3, 20, 20], np.nan)
    chart = Chart("wild", WILD)
    assert np.array_equal(chart.path(holes)[~np.isnan(holes)], chart.path(u))


def test_what_is_wrong_is_seen_and_what_is_right_is_not():
    z = np.random.default_rng(3).standard_normal(400)
    half = np.arange(400) >= 200
    for chart, changed in (
        (Chart("wild", WILD), np.where(half, 2 * z, z)), (Chart("calm", CALM), np.where(half, z / 2, z)),
        (Chart("up", SHIFT), z + half), (Chart("down", -SHIFT), z - half), (Chart("tail", OFTEN), z - 1.5 * half),
    ):  # fmt: skip
        u = 2 * stats.norm.cdf(np.abs(changed)) - 1 if chart.name in ("wild", "calm") else stats.norm.cdf(changed)
        beyond = chart.path(u) > chart.limit(0.01, 252)
        assert not beyond[:200].any() and beyond[200:260].any(), chart.name
