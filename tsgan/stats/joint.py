"""How assets move together.  Here the last TWO axes are (day, asset)."""

from __future__ import annotations

from typing import Literal

import numpy as np


def correlation_matrix(returns: np.ndarray) -> np.ndarray:
    """Pearson correlations: (..., day, asset) -> (..., asset, asset); NaN beside a constant asset."""
    x = np.asarray(returns, np.float64)
    x = x - x.mean(-2, keepdims=True)
    covariance = np.swapaxes(x, -1, -2) @ x
    scale = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
    product = scale[..., :, None] * scale[..., None, :]
    return np.where(product > 0, covariance / np.where(product > 0, product, 1.0), np.nan)


def stress_correlation_matrix(returns: np.ndarray, worst: float = 0.05) -> np.ndarray:
    """:func:`correlation_matrix` on the ``worst`` part of the days.

    Days are ranked by the mean of all assets, each divided by its own volatility.
    """
    x = np.asarray(returns, np.float64)
    scale = x.std(-2, keepdims=True)
    market = (x / np.where(scale > 0, scale, 1.0)).mean(-1)
    k = max(int(worst * x.shape[-2]), 3)
    days = np.argpartition(market, k - 1, axis=-1)[..., :k]
    return correlation_matrix(np.take_along_axis(x, days[..., None], axis=-2))


def tail_dependence(returns: np.ndarray, side: Literal["lower", "upper"] = "lower", level: float = 0.05) -> np.ndarray:
    """P(asset j beyond its quantile | asset i beyond its own): (..., day, asset) -> (..., asset, asset).

    At the ``level`` quantile of each side, by counting; ``level`` itself for independent assets, 1 for identical ones.
    """
    x = np.asarray(returns, np.float64) * (1.0 if side == "lower" else -1.0)
    k = max(int(level * x.shape[-2]), 1)
    threshold = np.partition(x, k - 1, axis=-2)[..., k - 1 : k, :]
    beyond = (x <= threshold).astype(np.float64)
    return np.swapaxes(beyond, -1, -2) @ beyond / np.swapaxes(beyond, -1, -2).sum(-1, keepdims=True)


def largest_eigenvalue_share(returns: np.ndarray) -> np.ndarray:
    """Largest eigenvalue of the correlation matrix over the number of assets: (..., day, asset) -> (...)."""
    matrix = np.nan_to_num(correlation_matrix(returns))
    return np.linalg.eigvalsh(matrix)[..., -1] / matrix.shape[-1]


def mean_off_diagonal(matrix: np.ndarray) -> np.ndarray:
    """Mean over the pairs of different assets: (..., asset, asset) -> (...)."""
    assets = matrix.shape[-1]
    rows, columns = np.nonzero(~np.eye(assets, dtype=bool))
    return matrix[..., rows, columns].mean(-1)
