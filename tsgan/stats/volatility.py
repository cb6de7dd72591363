"""Intermittency of volatility, its memory, and its asymmetry in time."""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from tsgan.stats.aggregation import aggregate
from tsgan.stats.autocorrelation import acf
from tsgan.stats.tails import excess_kurtosis


def realized_volatility(returns: np.ndarray, block: int = 20) -> np.ndarray:
    """Root mean square of consecutive blocks of days: (..., day) -> (..., day // block).

    The first days, too few for a block, are left out.
    """
    blocks = returns.shape[-1] // block
    tail = np.asarray(returns[..., returns.shape[-1] - blocks * block :], np.float64)
    return np.sqrt((tail.reshape(*returns.shape[:-1], blocks, block) ** 2).mean(-1))


def volatility_dispersion(returns: np.ndarray, block: int = 20) -> np.ndarray:
    """Standard deviation over mean of the block volatilities: (..., day) -> (...).

    About 0.16 for independent Gaussian days and blocks of 20; larger where calm and storm alternate (Cont 2001,
    fact 5).
    """
    volatility = realized_volatility(returns, block)
    mean = volatility.mean(-1)
    return np.where(mean > 0, volatility.std(-1) / np.where(mean > 0, mean, 1.0), np.nan)


def decay_exponent(autocorrelations: np.ndarray) -> np.ndarray:
    """Exponent beta of rho_k = a k^-beta, fitted by least squares to lags 1 .. K: (..., lag) -> (...).

    Least squares on the correlations themselves, not on their logarithms, so that negative sample values count too;
    beta is searched on [0, 3].  About 0.2 to 0.4 for absolute returns (Cont 2001, fact 8).  NaN where a would be
    negative.
    """
    lags = np.arange(1, autocorrelations.shape[-1] + 1)
    grid = np.linspace(0.0, 3.0, 301)
    curves = lags[:, None] ** -grid  # (lag, beta)
    norms = (curves**2).sum(0)
    fit = autocorrelations @ curves  # (..., beta); the error left is |rho|^2 - fit^2 / norm
    explained = np.where(fit > 0, fit**2 / norms, -1.0)
    best = explained.argmax(-1)
    return np.where(np.isfinite(explained).all(-1) & (explained.max(-1) > 0), grid[best], np.nan)


def abs_decay_exponent(returns: np.ndarray, lags: int = 50) -> np.ndarray:
    """:func:`decay_exponent` of the autocorrelations of absolute returns at lags 1 .. ``lags``: (..., day) -> (...)."""
    return decay_exponent(acf(np.abs(returns), min(lags, returns.shape[-1] - 2)))


def time_scale_asymmetry(returns: np.ndarray, window: int = 5) -> np.ndarray:
    """Corr(fine now, coarse later) - Corr(coarse now, fine later): (..., day) -> (...).

    Coarse is the absolute return of a ``window`` of days, fine the sum of its absolute daily returns; later is the
    window that follows (Mueller et al. 1997; Zumbach 2004).  Negative where coarse volatility predicts fine better than
    the reverse; zero for any series without an arrow of time.
    """
    coarse, fine = np.abs(aggregate(returns, window)), aggregate(np.abs(returns), window)
    return _correlation(fine[..., :-window], coarse[..., window:]) - _correlation(
        coarse[..., :-window], fine[..., window:]
    )


def first_passage(returns: np.ndarray, threshold: float, limit: int = 250) -> np.ndarray:
    """Days until the cumulated return first reaches ``threshold``, from every start: (..., day) -> (..., day - limit).

    A negative threshold is reached from above.  Starts that do not get there within ``limit`` days count ``limit + 1``.
    Losses of indices are reached faster than gains of the same size (Jensen, Johansen and Simonsen 2003).
    """
    n = returns.shape[-1]
    if n <= limit:
        raise ValueError(f"first passages within {limit} days need more than {limit} days, not {n}")
    level = np.concatenate([np.zeros((*returns.shape[:-1], 1)), np.cumsum(returns, -1, dtype=np.float64)], -1)
    start = level[..., : n - limit]
    sign = 1.0 if threshold > 0 else -1.0
    days = np.full(start.shape, limit + 1, np.int32)
    for lag in range(limit, 0, -1):
        days[sign * (level[..., lag : lag + n - limit] - start) >= abs(threshold)] = lag
    return days


def standardized_kurtosis(returns: np.ndarray, decay: float = 0.94) -> np.ndarray:
    """Excess kurtosis of returns over an exponential volatility filter: (..., day) -> (...) (Cont 2001, fact 7).

    The fixed filter of RiskMetrics (1996), s_t^2 = decay s_{t-1}^2 + (1 - decay) r_{t-1}^2, started at the mean square.
    """
    r = np.asarray(returns, np.float64)
    square = r**2
    start = square.mean(-1, keepdims=True)
    filtered, _ = lfilter([1.0 - decay], [1.0, -decay], square, axis=-1, zi=decay * start)
    variance = np.concatenate([start, filtered[..., :-1]], -1)
    return excess_kurtosis(r / np.sqrt(np.where(variance > 0, variance, np.nan)))


def _correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a, b = a - a.mean(-1, keepdims=True), b - b.mean(-1, keepdims=True)
    scale = np.sqrt((a**2).sum(-1) * (b**2).sum(-1))
    return np.where(scale > 0, (a * b).sum(-1) / np.where(scale > 0, scale, 1.0), np.nan)
