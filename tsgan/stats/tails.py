"""How heavy and how lopsided the tails of returns are."""

from __future__ import annotations

from typing import Literal

import numpy as np

Side = Literal["left", "right", "both"]


def hill(x: np.ndarray, side: Side = "both", fraction: float = 0.05) -> np.ndarray:
    """Hill (1975) tail index alpha of the most extreme ``fraction`` of the days: (..., day) -> (...).

    With y the losses (``left``), gains (``right``) or absolute values (``both``), sorted down, and k = fraction * n:
    1 / alpha = mean_{i<=k} log(y_i / y_{k+1}).  Smaller is heavier; index returns show 2 to 5 (Cont 2001).  NaN where
    y_{k+1} is not positive.
    """
    y = {"left": np.negative, "right": np.positive, "both": np.abs}[side](np.asarray(x, np.float64))
    n = y.shape[-1]
    k = max(int(fraction * n), 1)
    if n <= k:
        raise ValueError(f"a Hill index at {fraction:.0%} needs more than {n} days")
    top = np.partition(y, n - k - 1, axis=-1)[..., n - k - 1 :]
    threshold = top[..., :1]
    usable = threshold > 0
    excess = np.log(np.where(usable, top[..., 1:], 1.0) / np.where(usable, threshold, 1.0)).mean(-1)
    positive = usable[..., 0] & (excess > 0)
    return np.where(positive, 1.0 / np.where(positive, excess, 1.0), np.nan)


def generalized_pareto(excess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scale and shape xi of excesses over a threshold, by probability-weighted moments: (..., n) -> (...) each.

    Hosking and Wallis (1987): P(Y > y) = (1 + xi y / scale)^(-1 / xi); exists for xi < 1.  xi is 1 / alpha for a tail
    of index alpha, 0 for an exponential one, below 0 where the tail ends.  NaN where all excesses are equal.
    """
    y = np.sort(np.asarray(excess, np.float64), axis=-1)
    n = y.shape[-1]
    b0, b1 = y.mean(-1), (y * (n - 1 - np.arange(n))).mean(-1) / max(n - 1, 1)
    usable = (b0 > 2.0 * b1) & (b1 > 0)
    gap = np.where(usable, b0 - 2.0 * b1, 1.0)
    return np.where(usable, 2.0 * b0 * b1 / gap, np.nan), np.where(usable, 2.0 - b0 / gap, np.nan)


def gpd_shape(x: np.ndarray, side: Side = "left", fraction: float = 0.10) -> np.ndarray:
    """Shape of the generalized Pareto law of the most extreme ``fraction`` of the days: (..., day) -> (...).

    The peaks-over-threshold method of McNeil and Frey (2000), with their threshold of 10 %; sides as in :func:`hill`.
    """
    y = {"left": np.negative, "right": np.positive, "both": np.abs}[side](np.asarray(x, np.float64))
    k = max(int(fraction * y.shape[-1]), 1)
    top = np.partition(y, y.shape[-1] - k - 1, axis=-1)[..., y.shape[-1] - k - 1 :]
    return generalized_pareto(top[..., 1:] - top[..., :1])[1]


def excess_kurtosis(x: np.ndarray) -> np.ndarray:
    """m_4 / m_2^2 - 3 (no bias correction): (..., day) -> (...).  0 for a Gaussian; NaN for a constant series."""
    return _standardized_moment(x, 4) - 3.0


def skewness(x: np.ndarray) -> np.ndarray:
    """m_3 / m_2^(3/2) (no bias correction): (..., day) -> (...).  Negative where crashes are larger than rallies."""
    return _standardized_moment(x, 3)


def tail_ratio(x: np.ndarray, level: float = 0.05) -> np.ndarray:
    """Mean of the best ``level`` of the days over minus the mean of the worst: (..., day) -> (...).

    Below 1 where losses are larger.
    """
    n = x.shape[-1]
    k = max(int(level * n), 1)
    ordered = np.partition(np.asarray(x, np.float64), [k - 1, n - k], axis=-1)
    worst, best = -ordered[..., :k].mean(-1), ordered[..., n - k :].mean(-1)
    return np.where(worst > 0, best / np.where(worst > 0, worst, 1.0), np.nan)


def _standardized_moment(x: np.ndarray, order: int) -> np.ndarray:
    x = np.asarray(x, np.float64)
    centred = x - x.mean(-1, keepdims=True)
    square = centred * centred
    variance = square.mean(-1)
    moment = (square * (square if order == 4 else centred)).mean(-1)
    # A constant series leaves only rounding behind, relative to its level.
    varies = variance > (1e-14 * np.abs(x).max(-1)) ** 2
    return np.where(varies, moment / np.where(varies, variance, 1.0) ** (order / 2), np.nan)
