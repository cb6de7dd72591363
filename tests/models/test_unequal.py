"""Classical models of panels in which prices are missing."""

from __future__ import annotations

import numpy as np
import pytest

from tsgan.data.panel import Panel
from tsgan.errors import DataError
from tsgan.fitting import BASELINES, fit, load_model
from tsgan.models.classical import gjr
from tsgan.models.classical.gjr_garch import GJRGarch
from tsgan.models.missing import completed, correlation_of


@pytest.fixture(scope="module")
def holes(indices: Panel) -> Panel:
    """The two indices on 2007-2015; the second is listed at the end of 2010 and lacks some days."""
    panel = indices.before("2016-01-01")
    rows = panel.dates >= np.datetime64("2007-01-01")
    prices = panel.prices[rows].copy()
    prices[:1000, 1] = np.nan
    prices[1500:1800:20, 1] = np.nan
    return Panel(panel.dates[rows], panel.assets, prices, panel.kinds, source="holes")


@pytest.mark.parametrize("name", BASELINES)
def test_baselines_take_holes(name, holes, tmp_path):
    model = fit(holes, name, seed=0)
    model.save(tmp_path / "m")
    paths = load_model(tmp_path / "m").sample(2_000, 20, seed=0)
    assert np.array_equal(paths.start_prices, holes.last_prices)
    r = paths.returns.astype(np.float64)
    assert np.isfinite(r).all()
    both = np.isfinite(holes.returns).all(axis=1)
    real = np.corrcoef(holes.returns[both].T)[0, 1]
    assert np.corrcoef(r.reshape(-1, 2).T)[0, 1] == pytest.approx(real, abs=0.08)
    error = r.mean(axis=1).std(axis=0) / np.sqrt(len(r))
    own = np.nanmean(holes.returns, axis=0)
    assert (np.abs(r.mean(axis=(0, 1)) - own) < 4 * error).all()
    np.testing.assert_allclose(model.info.drift, own, atol=1e-12)
    # A history that ends in a hole can be carried on, and so can one without the young asset's early days.
    end = holes.dates[1500]
    assert np.isnan(holes.through(end).prices[-1, 1])
    again = model.sample(10, 5, history=holes.through(end))
    assert np.isfinite(again.returns).all() and again.start_prices[1] == holes.prices[1499, 1]


@pytest.mark.parametrize("name", ["gjr-garch", "gbm"])
def test_missing_days_have_no_density(name, holes):
    model, moves = fit(holes, name), holes.moves
    density = model.log_density(moves[1400:], moves[:1400])
    assert np.array_equal(np.isfinite(density), np.isfinite(moves[1400:]))


def test_states_of_histories_with_holes(holes):
    model, moves = fit(holes, "gjr-garch"), holes.moves
    ends = np.array([1200, 1501, 1900, len(moves)])
    each = model.encode_each(moves, ends)
    for state, end in zip(each, ends, strict=True):
        np.testing.assert_allclose(state, model.encode(moves[max(0, end - model.context_days) : end]), rtol=1e-9)


def test_a_closed_day_tells_the_variance_nothing():
    p = gjr.GJR(*(np.array([v]) for v in (0.0, 1e-6, 0.05, 0.1, 0.88, 1e-4)))
    moves = np.random.default_rng(0).standard_normal((50, 1)) * 0.01
    holed = np.insert(moves, [10, 30, 30], np.nan, axis=0)
    full = gjr.filtered(p, moves)
    assert np.array_equal(gjr.filtered(p, holed)[-1], full[-1])
    known = np.isfinite(holed[:, 0])
    assert np.array_equal(gjr.filtered(p, holed)[:-1][known], full[:-1])


def test_the_fit_of_one_asset_does_not_see_the_gaps_of_another(holes):
    alone = GJRGarch.fit(holes.select(["IXIC"]), seed=0)
    together = GJRGarch.fit(holes, seed=0)
    for a, b in zip(alone.margins, together.margins, strict=True):
        np.testing.assert_allclose(a[0], b[1], rtol=1e-4, atol=1e-6)


def test_pairwise_correlations_are_right_and_fit_together():
    rng = np.random.default_rng(0)
    loadings = np.array([0.9, 0.8, 0.7, -0.6])
    truth = np.outer(loadings, loadings)
    np.fill_diagonal(truth, 1)
    x = rng.multivariate_normal(np.zeros(4), truth, 4_000)
    assert np.array_equal(correlation_of(x), np.corrcoef(x, rowvar=False))
    x[:2_000, 0] = np.nan
    x[1_500:3_000, 1] = np.nan
    x[rng.random(4_000) < 0.1, 2] = np.nan
    found = correlation_of(x)
    np.testing.assert_allclose(found, truth, atol=4 / np.sqrt(900))
    np.testing.assert_allclose(
        found[0, 3], np.corrcoef(x[2_000:, [0, 3]].T)[0, 1], atol=1e-12
    )  # exactly that of the common days
    # Three pairs that contradict each other, each from days of its own.
    days, z = np.full((300, 3), np.nan), rng.standard_normal(100)
    days[:100, 0] = days[:100, 1] = days[100:200, 1] = days[100:200, 2] = days[200:, 0] = z
    days[200:, 2] = -z
    found = correlation_of(days)
    assert np.linalg.eigvalsh(found)[0] >= 0 and np.allclose(np.diag(found), 1)
    assert found[0, 1] > 0 and found[1, 2] > 0 and found[0, 2] < 0


def test_completed_days_move_with_the_others():
    rng = np.random.default_rng(0)
    market = rng.standard_t(4, 4_000) * 0.01
    x = np.column_stack([market, 1.5 * market + 0.005 * rng.standard_normal(4_000), rng.standard_normal(4_000)])
    truth = x.copy()
    x[:3_000, 1] = np.nan
    x[100:200, 2] = np.nan
    filled = completed(x, seed=1)
    assert np.array_equal(filled[np.isfinite(x)[:, 0], 0], x[:, 0]) and np.isfinite(filled).all()
    assert np.array_equal(filled[3_000:, 1], x[3_000:, 1])
    assert np.corrcoef(filled[:3_000, :2].T)[0, 1] == pytest.approx(np.corrcoef(truth[:3_000, :2].T)[0, 1], abs=0.05)
    crash = np.argsort(market[:3_000])[:30]
    assert filled[crash, 1].mean() == pytest.approx(truth[crash, 1].mean(), rel=0.25)  # it crashes with the market
    np.testing.assert_allclose(filled.mean(axis=0), np.nanmean(x, axis=0), atol=1e-12)
    assert np.array_equal(completed(x, seed=1), filled)
    assert not np.array_equal(completed(x, seed=2), filled)
    assert completed(truth, seed=1) is truth


@pytest.mark.parametrize("name", BASELINES)
def test_an_asset_without_a_history_is_named(name, holes):
    with pytest.raises(DataError, match="IXIC has 0 returns up to 2010-"):
        fit(holes.before(holes.dates[900]), name)
