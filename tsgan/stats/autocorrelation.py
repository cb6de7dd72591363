"""Autocorrelation, and the correlation of returns with later volatility."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.fft
from scipy import stats

CHUNK = 64
"""Series transformed at once, which bounds the memory of a batch."""


def acf(x: np.ndarray, lags: int) -> np.ndarray:
    """Sample autocorrelations at lags 1 to ``lags``: (..., day) -> (..., lags).

    rho_k = sum_t (x_t - m)(x_{t+k} - m) / sum_t (x_t - m)^2 with one mean m for the whole series (Box and Jenkins
    1976); NaN for a constant series.
    """
    _check_lags(x, lags)

    def block(part: np.ndarray) -> np.ndarray:
        centred = part - part.mean(-1, keepdims=True)
        covariance = _cross_products(centred, centred, lags)
        return _ratio(covariance[:, 1:], covariance[:, :1])

    return _in_chunks(block, x, lags)


def leverage_correlation(returns: np.ndarray, lags: int) -> np.ndarray:
    """Corr(r_t, r_{t+k}^2) for k = 1 to ``lags``: (..., day) -> (..., lags).

    The Pearson correlation of the n - k overlapping pairs, each side with its own mean and variance; negative where
    losses precede volatility (Bouchaud, Matacz and Potters 2001).
    """
    _check_lags(returns, lags)

    def block(r: np.ndarray) -> np.ndarray:
        n = r.shape[-1]
        square = r**2
        # Correlation does not change under shifts; centring first keeps the differences of sums below accurate.
        a, b = r - r.mean(-1, keepdims=True), square - square.mean(-1, keepdims=True)
        lag = np.arange(1, lags + 1)
        pairs = n - lag

        def first(x: np.ndarray) -> np.ndarray:  # sums over t = 0 .. n-k-1
            return np.cumsum(x, -1)[:, pairs - 1]

        def last(x: np.ndarray) -> np.ndarray:  # sums over t = k .. n-1
            return np.cumsum(x[:, ::-1], -1)[:, pairs - 1]

        mean_a, mean_b = first(a) / pairs, last(b) / pairs
        covariance = _cross_products(a, b, lags)[:, 1:] / pairs - mean_a * mean_b
        variance = (first(a**2) / pairs - mean_a**2) * (last(b**2) / pairs - mean_b**2)
        return _ratio(covariance, np.sqrt(np.maximum(variance, 0.0)))

    return _in_chunks(block, returns, lags)


def ljung_box(x: np.ndarray, lags: int) -> tuple[np.ndarray, np.ndarray]:
    """Ljung and Box (1978) statistic and its chi-square p-value: (..., day) -> (...) each.

    Q = n (n + 2) sum_k rho_k^2 / (n - k), chi-square with ``lags`` degrees of freedom for white noise.
    """
    n = x.shape[-1]
    statistic = n * (n + 2) * (acf(x, lags) ** 2 / (n - np.arange(1, lags + 1))).sum(-1)
    return statistic, stats.chi2.sf(statistic, lags)


def arch_lm(x: np.ndarray, lags: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Engle's (1982) test for volatility clustering, statistic and chi-square p-value: (..., day) -> (...) each.

    n R^2 of the least-squares regression of x_t^2 on a constant and the ``lags`` squares before it, chi-square with
    ``lags`` degrees of freedom where volatility does not change; ``x`` are residuals, so take the mean off returns.
    """
    _check_lags(x, lags)

    def block(part: np.ndarray) -> np.ndarray:
        square = part**2
        square = square / np.maximum(square.mean(-1, keepdims=True), 1e-300)  # R^2 does not know the units
        rows = np.lib.stride_tricks.sliding_window_view(square, lags + 1, axis=-1)
        rows = rows - rows.mean(-2, keepdims=True)
        moments = np.swapaxes(rows, -1, -2) @ rows
        before, cross, total = moments[:, :lags, :lags], moments[:, :lags, lags:], moments[:, lags, lags]
        moves = total > 1e-12 * rows.shape[-2]
        slopes = np.linalg.solve(np.where(moves[:, None, None], before, np.eye(lags)), cross)
        explained = (slopes * cross).sum((-1, -2))
        return np.where(moves, rows.shape[-2] * explained / np.where(moves, total, 1.0), np.nan)[:, None]

    statistic = _in_chunks(block, x, 1)[..., 0]
    return statistic, stats.chi2.sf(statistic, lags)


def variance_ratio(returns: np.ndarray, days: int = 5) -> np.ndarray:
    """Variance of sums of ``days`` returns over ``days`` times that of one: (..., day) -> (...).

    Lo and MacKinlay (1988): 1 + 2 sum_k (1 - k / days) rho_k.  1 without linear autocorrelation, below where moves
    revert, above where they trend (Cont 2001, fact 1).
    """
    return 1.0 + 2.0 * acf(returns, days - 1) @ (1.0 - np.arange(1, days) / days)


def _check_lags(x: np.ndarray, lags: int) -> None:
    if not 1 <= lags <= x.shape[-1] - 2:
        raise ValueError(f"{lags} lags need at least {lags + 2} days, not {x.shape[-1]}")


def _cross_products(a: np.ndarray, b: np.ndarray, lags: int) -> np.ndarray:
    """sum_t a_t b_{t+k} for k = 0 to ``lags``: (path, day) twice -> (path, lags + 1)."""
    n = a.shape[-1]
    width = scipy.fft.next_fast_len(n + lags, real=True)  # enough zeros that no product wraps around
    left = scipy.fft.rfft(a, width, axis=-1)
    right = left if b is a else scipy.fft.rfft(b, width, axis=-1)
    return scipy.fft.irfft(np.conj(left) * right, width, axis=-1)[:, : lags + 1]  # type: ignore[operator]


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    safe = np.where(bottom > 0, bottom, 1.0)
    return np.where(bottom > 0, top / safe, np.nan)


def _in_chunks(block: Callable[[np.ndarray], np.ndarray], x: np.ndarray, width: int) -> np.ndarray:
    flat = x.reshape(-1, x.shape[-1])
    result = np.empty((len(flat), width))
    for start in range(0, len(flat), CHUNK):
        # A copy in double precision: a batch of float32 paths is never widened as a whole.
        result[start : start + CHUNK] = block(flat[start : start + CHUNK].astype(np.float64))
    return result.reshape(*x.shape[:-1], width)
