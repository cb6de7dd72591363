"""The scores against a naive implementation with loops, written from the definitions."""

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from tsgan.stats.quantgans import quantgans_scores, score_lags

LAGS = 12


def naive_acf(x, k):
    m = sum(x) / len(x)
    return sum((x[t] - m) * (x[t + k] - m) for t in range(len(x) - k)) / sum((v - m) ** 2 for v in x)


def naive_sums(x, k):
    return [sum(x[t : t + k]) for t in range(len(x) - k + 1)]


def naive_dy(real, generated, bins):
    edges = np.quantile(real, np.linspace(0, 1, bins + 1))
    total = 0.0
    for i in range(bins):
        low = -np.inf if i == 0 else edges[i]
        high = np.inf if i == bins - 1 else edges[i + 1]
        p = sum(low <= v < high for v in real) / len(real)
        q = max(sum(low <= v < high for v in generated), 0.5) / len(generated)
        total += abs(np.log(p) - np.log(q))
    return total


def test_scores_equal_the_definitions():
    rng = np.random.default_rng(0)
    real, paths = rng.standard_t(4, 60) / 100, rng.standard_t(5, (3, 70)) / 90
    scores = quantgans_scores(real, paths, lags=LAGS, horizons=(1, 5), bins=8)
    for name, f in (("acf", lambda v: v), ("acf_abs", abs), ("acf_sq", lambda v: v * v)):
        gaps = [
            naive_acf([f(v) for v in real], k) - np.mean([naive_acf([f(v) for v in path], k) for path in paths])
            for k in range(1, LAGS + 1)
        ]
        assert scores[name] == pytest.approx(np.sqrt(np.mean(np.square(gaps))))
    gaps = [
        np.corrcoef(real[:-k], real[k:] ** 2)[0, 1] - np.mean([np.corrcoef(p[:-k], p[k:] ** 2)[0, 1] for p in paths])
        for k in range(1, LAGS + 1)
    ]
    assert scores["leverage"] == pytest.approx(np.sqrt(sum(np.square(gaps))))
    for k in (1, 5):
        ours, theirs = naive_sums(real, k), np.concatenate([naive_sums(p, k) for p in paths])
        assert scores[f"emd_{k}"] == pytest.approx(wasserstein_distance(ours, theirs))
        assert scores[f"dy_{k}"] == pytest.approx(naive_dy(ours, theirs, 8))


def test_a_series_against_itself_scores_zero():
    real = np.random.default_rng(1).standard_normal(600)
    scores = quantgans_scores(real, np.stack([real, real]))
    assert set(scores) == {"acf", "acf_abs", "acf_sq", "leverage"} | {
        f"{m}_{k}" for m in ("emd", "dy") for k in (1, 5, 20, 100)
    }
    np.testing.assert_allclose(list(scores.values()), 0.0, atol=1e-12)


def test_lags_and_horizons_shrink_with_short_series():
    assert (score_lags(4000), score_lags(300)) == (250, 150)
    short = np.random.default_rng(2).standard_normal(150)
    assert "emd_100" not in quantgans_scores(short, short[None])


def test_dead_paths_give_finite_scores():
    real = np.random.default_rng(3).standard_normal(300)
    assert np.isfinite(list(quantgans_scores(real, np.zeros((2, 300))).values())).all()
