"""Statistics of bars where the truth is known: a random walk in many steps."""

from __future__ import annotations

import numpy as np
import pytest

from tsgan.stats import bars as stat

DAYS, STEPS, NIGHT = 4000, 400, 0.25


@pytest.fixture(scope="module")
def walk() -> np.ndarray:
    """(day, field): volatility 1 % a day, a quarter of the variance overnight, volume that follows the range."""
    rng = np.random.default_rng(0)
    gap = 0.01 * np.sqrt(NIGHT) * rng.standard_normal(DAYS)
    steps = 0.01 * np.sqrt((1 - NIGHT) / STEPS) * rng.standard_normal((DAYS, STEPS))
    path = np.concatenate([np.zeros((DAYS, 1)), np.cumsum(steps, axis=1)], axis=1)
    before = np.full(DAYS, 100.0)
    opens = before * np.exp(gap)
    prices = opens[:, None] * np.exp(path)
    log_range = np.log(path.max(axis=1) - path.min(axis=1))
    volume = np.exp(15 + log_range + log_range.std() * rng.standard_normal(DAYS))
    fields = {"open": opens, "high": prices.max(axis=1), "low": prices.min(axis=1), "volume": volume}
    return stat.bar_fields(before, prices[:, -1], fields)


@pytest.mark.parametrize(
    ("statistic", "truth", "error"),
    [
        (stat.overnight_ratio, NIGHT / (1 - NIGHT), 0.03),
        (stat.gap_correlation, 0.0, 0.05),
        (stat.gap_kurtosis, 0.0, 0.3),
        (stat.parkinson, np.sqrt(1 - NIGHT), 0.04),  # steps miss a little of the range
        (stat.garman_klass, np.sqrt(1 - NIGHT), 0.05),
        (stat.range_dispersion, 0.29, 0.02),
        (stat.range_acf, 0.0, 0.02),
        (stat.range_leverage, 0.0, 0.04),
        (stat.wick_asymmetry, 0.0, 0.1),
        (stat.wick_share, 0.5, 0.03),
        (stat.volume_range_correlation, np.sqrt(0.5), 0.03),
        (stat.volume_acf, 0.0, 0.02),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_random_walk(walk, statistic, truth, error):
    assert abs(float(statistic(walk)) - truth) < error
    pair = np.stack([walk, walk[::-1]])
    assert statistic(pair).shape == (2,) and np.isclose(statistic(pair)[0], statistic(walk))


def test_signs_and_sizes_are_seen(walk):
    shuffled = walk.copy()
    shuffled[:, 4] = np.random.default_rng(1).permutation(shuffled[:, 4])
    assert abs(stat.volume_range_correlation(shuffled)) < 0.05 < stat.volume_correlation(walk)
    assert np.isclose(stat.volume_dispersion(shuffled), stat.volume_dispersion(walk), rtol=0.02)
    bare = walk.copy()
    bare[: DAYS // 2, 2] = 0.0
    assert stat.bare_share(bare) > 0.49 and stat.wick_asymmetry(bare) < -0.5 < stat.wick_share(bare)


def test_missing_volume(walk):
    holes = walk.copy()
    holes[::20, 4] = np.nan
    for statistic in (stat.volume_correlation, stat.volume_range_correlation, stat.volume_dispersion):
        assert np.isclose(statistic(holes), statistic(walk), rtol=0.1)
    holes[:, 4] = np.nan
    assert np.isnan(stat.volume_correlation(holes)) and np.isnan(stat.volume_acf(holes))
    assert np.isfinite(stat.parkinson(holes))
