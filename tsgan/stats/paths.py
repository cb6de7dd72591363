"""Windows of paths as points in space: how far two clouds of them are, and who is whose neighbour.

Here the last two axes are (day, asset), and windows come out as rows (window, days * asset).
"""

from __future__ import annotations

import numpy as np

from tsgan.stats.distances import wasserstein
from tsgan.stats.drawdown import drawdown_depth, drawdown_duration

WINDOW = 20
"""Days a window: about a month."""


def windows(returns: np.ndarray, most: int, seed: int, length: int = WINDOW) -> np.ndarray:
    """At most ``most`` windows of (path, day, asset) returns, at random places: -> (window, length * asset)."""
    paths, days, assets = returns.shape
    starts = days - length + 1
    if starts < 1:
        raise ValueError(f"windows of {length} days need at least {length} days, not {days}")
    rng = np.random.default_rng([seed, 0x51DE])
    chosen = np.arange(paths * starts) if paths * starts <= most else rng.choice(paths * starts, most, replace=False)
    path, start = np.divmod(np.sort(chosen), starts)
    return returns[path[:, None], start[:, None] + np.arange(length)].reshape(-1, length * assets).astype(np.float64)


def cumulated(rows: np.ndarray, assets: int) -> np.ndarray:
    """Windows of returns as windows of cumulated returns: a path's shape rather than its days."""
    shaped = rows.reshape(len(rows), -1, assets)
    return np.cumsum(shaped, axis=1).reshape(len(rows), -1)


def squared_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared Euclidean distances of rows: (m, d), (n, d) -> (m, n)."""
    return np.maximum((a**2).sum(1)[:, None] + (b**2).sum(1)[None, :] - 2.0 * a @ b.T, 0.0)


def mmd(real: np.ndarray, generated: np.ndarray) -> float:
    """Maximum mean discrepancy of two clouds of rows (Gretton et al. 2012, eq. 3, unbiased), as sqrt(max(MMD^2, 0)).

    A sum of Gaussian kernels with half, once and twice the median distance between real rows as their widths.
    """
    rr, gg, rg = (squared_distances(a, b) for a, b in ((real, real), (generated, generated), (real, generated)))
    median = float(np.median(rr[np.triu_indices(len(rr), 1)]))
    total = 0.0
    for factor in (0.25, 1.0, 4.0):
        scale = 2.0 * factor * (median if median > 0 else 1.0)

        def mean_off_diagonal(d: np.ndarray, scale: float = scale) -> float:
            return float((np.exp(-d / scale).sum() - len(d)) / (len(d) * (len(d) - 1)))

        total += mean_off_diagonal(rr) + mean_off_diagonal(gg) - 2.0 * float(np.exp(-rg / scale).mean())
    return float(np.sqrt(max(total / 3.0, 0.0)))


def nearest(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Distance of every row to its nearest neighbour among ``others``, both scaled to length 1: (m, d) -> (m,).

    0 for a copy at any scale, about 1.2 for unrelated directions; the size of a window plays no role, so calm windows
    do not look close to each other merely because they are small.
    """

    def direction(x: np.ndarray) -> np.ndarray:
        length = np.linalg.norm(x, axis=1, keepdims=True)
        return x / np.where(length > 0, length, 1.0)

    cosine = np.concatenate([(part @ direction(others).T).max(1) for part in _chunks(direction(rows))])
    return np.sqrt(np.maximum(2.0 - 2.0 * np.round(cosine, 9), 0.0))


def drawdown_distances(real: np.ndarray, generated: np.ndarray, block: int = 60) -> tuple[float, float]:
    """Wasserstein distances of drawdown depth and of duration in days, over blocks: (path, day) twice -> 2 numbers."""

    def blocks(x: np.ndarray) -> np.ndarray:
        n = x.shape[-1] // block * block
        return x[..., x.shape[-1] - n :].reshape(-1, block)

    a, b = blocks(real), blocks(generated)
    return wasserstein(drawdown_depth(a), drawdown_depth(b)), wasserstein(drawdown_duration(a), drawdown_duration(b))


def _chunks(x: np.ndarray, rows: int = 512) -> list[np.ndarray]:
    return [x[i : i + rows] for i in range(0, len(x), rows)]
