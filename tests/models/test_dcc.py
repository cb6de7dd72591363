"""Dynamic conditional correlation: a known truth is found again, and the shortcuts agree with the recursion."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from tsgan.data.panel import Panel
from tsgan.fitting import fit
from tsgan.models.classical import dcc, skewt

TRUTH = dcc.DCC(
    0.05, 0.92, 6.0, np.array([[1, 0.6, 0.3, -0.2], [0.6, 1, 0.4, 0], [0.3, 0.4, 1, 0.1], [-0.2, 0, 0.1, 1]])
)


@pytest.fixture(scope="module")
def scores() -> np.ndarray:
    """(day, path, asset) of five independent histories."""
    noise = np.random.default_rng(1).standard_normal((3_000, 5, 5))
    return dcc.simulate(TRUTH, np.tile(TRUTH.target, (5, 1, 1)), noise)


def normal(x: np.ndarray) -> np.ndarray:
    return skewt.normal_score(x, TRUTH.tail, 0.0)


def test_truth_is_recovered(scores):
    fits = [dcc.fit_dcc(normal(scores[:, path])) for path in range(5)]
    for name in ("news", "memory", "tail"):
        found = np.array([getattr(one, name) for one in fits])
        error = found.std(ddof=1) / np.sqrt(len(found))
        assert abs(found.mean() - getattr(TRUTH, name)) < 4 * error + 0.01 * getattr(TRUTH, name), name
    targets = np.array([one.target for one in fits])
    error = targets.std(axis=0, ddof=1) / np.sqrt(len(fits))
    assert (np.abs(targets.mean(axis=0) - TRUTH.target) < 4 * error + 0.01).all()


def test_truth_is_recovered_from_holes(scores):
    x = scores[:, 0].copy()
    full = dcc.fit_dcc(normal(x))
    x[:1_500, 2] = np.nan
    x[np.random.default_rng(0).random(x.shape) < 0.02] = np.nan
    holed = dcc.fit_dcc(normal(x))
    assert holed.news == pytest.approx(full.news, abs=0.015)
    assert holed.memory == pytest.approx(full.memory, abs=0.03)
    assert holed.tail == pytest.approx(full.tail, rel=0.25)


def test_constant_correlations_are_found_constant():
    x = np.random.default_rng(0).multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 3_000)
    found = dcc.fit_dcc(x)
    assert found.news < 0.01 and found.tail > 20


def test_scores_are_t_with_the_correlation_of_the_day():
    q = np.array([[2.0, 1.2], [1.2, 1.0]])
    draws = 160_000
    x = dcc.simulate(TRUTH._replace(target=np.eye(2)), np.tile(q, (draws, 1, 1)), _noise(1, draws, 3))[0]
    unit = np.sqrt(TRUTH.tail / (TRUTH.tail - 2))
    for asset in range(2):
        assert stats.kstest(x[:, asset] * unit, stats.t(TRUTH.tail).cdf).pvalue > 1e-3
    rho = 1.2 / np.sqrt(2)
    shape = [[1, rho], [rho, 1]]
    # Tails come together, as those of a bivariate t do and those of a Gaussian copula do not.
    low = (x * unit < stats.t(TRUTH.tail).ppf(0.01)).all(axis=1).mean()
    expected = stats.multivariate_t([0, 0], shape, df=TRUTH.tail).cdf([stats.t(TRUTH.tail).ppf(0.01)] * 2)
    gaussian = stats.multivariate_normal([0, 0], shape).cdf([stats.norm.ppf(0.01)] * 2)
    assert abs(low - expected) < 4 * np.sqrt(expected / draws) < expected - gaussian


def test_one_weighted_sum_is_the_recursion(scores):
    x, q = scores[:300, 0], TRUTH.target
    for today in x:
        q = dcc.next_q(TRUTH, q, today)
    np.testing.assert_allclose(dcc.filtered_q(TRUTH, x), q, rtol=1e-10)
    np.testing.assert_array_equal(dcc.filtered_q(TRUTH, x[:0]), TRUTH.target)


def test_missing_scores_add_what_they_are_expected_to(scores):
    nothing = np.full((50, 4), np.nan)
    np.testing.assert_allclose(dcc.filtered_q(TRUTH, nothing), TRUTH.target, atol=1e-12)
    # Given the present scores, the mean over what the missing one might have been.
    day = scores[:1, 0].copy()
    rng, rest, others = np.random.default_rng(0), TRUTH.target[2, [0, 1, 3]], TRUTH.target[np.ix_([0, 1, 3], [0, 1, 3])]
    slopes = np.linalg.solve(others, rest)
    draws = day[0, [0, 1, 3]] @ slopes + np.sqrt(1 - rest @ slopes) * rng.standard_normal(20_000)
    full = np.tile(day[0], (20_000, 1))
    full[:, 2] = draws
    expected = dcc.next_q(TRUTH, TRUTH.target, full).mean(axis=0)
    day[0, 2] = np.nan
    np.testing.assert_allclose(dcc.filtered_q(TRUTH, day), expected, atol=4 * TRUTH.news * 0.02)


def test_order_of_the_assets_does_not_matter(scores):
    order = [2, 0, 3, 1]
    turned = TRUTH._replace(target=TRUTH.target[np.ix_(order, order)])
    q, q_turned = dcc.filtered_q(TRUTH, scores[:200, 0]), dcc.filtered_q(turned, scores[:200, 0, order])
    np.testing.assert_allclose(q_turned, q[np.ix_(order, order)], rtol=1e-12)


def test_pieces_of_a_block_are_the_block(scores, monkeypatch):
    noise, q = _noise(20, 10, 5), np.tile(dcc.filtered_q(TRUTH, scores[:100, 0]), (10, 1, 1))
    slope = np.random.default_rng(3).standard_normal((20, 10, 4))
    whole, gradient = dcc.simulate(TRUTH, q, noise), dcc.simulate_vjp(TRUTH, q, noise, slope)
    monkeypatch.setattr(dcc, "MOST_NUMBERS", 40)
    assert np.array_equal(dcc.simulate(TRUTH, q, noise), whole)
    np.testing.assert_allclose(dcc.simulate_vjp(TRUTH, q, noise, slope), gradient, rtol=1e-12)


def test_one_asset_is_gjr_garch(indices: Panel):
    panel = indices.select(["SPX"]).before("2005-01-01")
    model, alone = fit(panel, "dcc-garch"), fit(panel, "gjr-garch")
    assert np.array_equal(
        model.log_density(panel.moves, panel.moves[:0]), alone.log_density(panel.moves, panel.moves[:0])
    )
    drawn, other = (m.sample(4_000, 5, seed=0).returns.reshape(-1) for m in (model, alone))
    same: Any = stats.ks_2samp(drawn, other)
    assert same.pvalue > 1e-3


def test_correlation_rises_after_common_falls(indices: Panel):
    model = fit(indices.before("2016-01-01"), "dcc-garch")
    moves = model.recent.copy()
    scale = moves.std(axis=0)
    together, apart = moves.copy(), moves.copy()
    together[-5:], apart[-5:] = [-3, -3] * scale, [-3, 3] * scale
    rho = [q[0, 1] / np.sqrt(q[0, 0] * q[1, 1]) for q in (model.encode(m).q for m in (together, moves, apart))]
    assert rho[0] > rho[1] > rho[2] + 0.05


def _noise(days: int, paths: int, width: int) -> np.ndarray:
    return np.random.default_rng(2).standard_normal((days, paths, width))
