"""Intermittency of volatility, its memory, and its asymmetry in time."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import maximum_filter1d, minimum_filter1d
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


def fano_factor(returns: np.ndarray, fraction: float = 0.05, block: int = 20) -> np.ndarray:
    """Variance over mean of the number of extreme days a block: (..., day) -> (...) (Cont 2001, fact 5).

    Extreme are the ``fraction`` of all days with the largest absolute returns.  Independent days give about
    1 - ``fraction``; bursts give more (Fano 1947).
    """
    size = np.abs(np.asarray(returns, np.float64))
    k = max(int(fraction * size.shape[-1]), 1)
    threshold = np.partition(size, -k, axis=-1)[..., -k:][..., :1]
    blocks = size.shape[-1] // block
    extreme = np.asarray(size[..., size.shape[-1] - blocks * block :] >= threshold)
    counts = extreme.reshape(*size.shape[:-1], blocks, block).sum(-1)
    mean = counts.mean(-1)
    return np.where(mean > 0, counts.var(-1) / np.where(mean > 0, mean, 1.0), np.nan)


def hurst_abs(returns: np.ndarray, scales: int = 8) -> np.ndarray:
    """Hurst exponent of absolute returns by detrended fluctuation analysis: (..., day) -> (...) (Cont 2001, fact 8).

    Peng et al. (1994): the slope of log F(s) on log s, with F(s) the root mean square left in the cumulated series
    after removing a straight line from every block of s days; s from 10 days to a quarter of the series.  0.5 without
    memory, 0.6 to 0.9 for markets.
    """
    size = np.abs(np.asarray(returns, np.float64))
    profile = np.cumsum(size - size.mean(-1, keepdims=True), -1)
    n = profile.shape[-1]
    lengths = np.unique(np.geomspace(min(10, n // 4), n // 4, scales).astype(int))
    fluctuation = []
    for length in lengths:
        blocks = profile[..., : n // length * length].reshape(*profile.shape[:-1], n // length, length)
        blocks = blocks - blocks.mean(-1, keepdims=True)
        line = np.arange(length) - (length - 1) / 2
        slope = blocks @ line / (line @ line)
        fluctuation.append(((blocks**2).mean(-1) - slope**2 * (line @ line) / length).mean(-1))
    values = np.maximum(np.stack(fluctuation, -1), 0.0)
    usable = np.asarray((values > 0).all(-1, keepdims=True))
    logs = np.log(np.where(usable, values, 1.0)) / 2
    x = np.log(lengths) - np.log(lengths).mean()
    return np.where(usable[..., 0], logs @ x / (x @ x), np.nan)


def volume_volatility(returns: np.ndarray, volume: np.ndarray, window: int = 250) -> np.ndarray:
    """Corr(detrended log volume, abs r) of the same days: (..., day) twice -> (...) (Cont 2001, fact 10).

    Log volume less its mean over the ``window`` days before; days without volume are left out.  Positive in markets.
    """
    excess = detrended_log(volume, window)
    return known_correlation(excess, np.abs(returns)[..., -excess.shape[-1] :])


def known_correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Correlation over the days on which both are known: (..., day) twice -> (...)."""
    known = np.isfinite(a) & np.isfinite(b)
    count = np.maximum(known.sum(-1, keepdims=True), 1)
    a, b = np.where(known, a, 0.0), np.where(known, b, 0.0)
    a = np.where(known, a - a.sum(-1, keepdims=True) / count, 0.0)
    b = np.where(known, b - b.sum(-1, keepdims=True) / count, 0.0)
    scale = np.sqrt((a**2).sum(-1) * (b**2).sum(-1))
    return np.where(scale > 0, (a * b).sum(-1) / np.where(scale > 0, scale, 1.0), np.nan)


def detrended_log(volume: np.ndarray, window: int = 250) -> np.ndarray:
    """Log volume less its mean over the ``window`` days before (or half the series): (..., day) -> (..., day - window).

    NaN where there is no volume.
    """
    log = np.log(np.where(volume > 0, volume, np.nan))
    total = np.cumsum(np.nan_to_num(log), -1)
    count = np.cumsum(np.isfinite(log), -1)
    window = min(window, log.shape[-1] // 2)
    before = total[..., window - 1 : -1].copy()
    before[..., 1:] -= total[..., : -window - 1]
    known = count[..., window - 1 : -1].copy()
    known[..., 1:] -= count[..., : -window - 1]
    return log[..., window:] - before / np.where(known > 0, known, np.nan)


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


def coarse_fine(returns: np.ndarray, lags: int, window: int = 5) -> np.ndarray:
    """Corr(coarse now, fine ``k`` windows later) for k = -``lags`` .. ``lags``: (..., day) -> (..., 2 lags + 1).

    Coarse and fine as in :func:`time_scale_asymmetry`; markets show larger values on the right (Mueller et al. 1997).
    """
    coarse, fine = np.abs(aggregate(returns, window)), aggregate(np.abs(returns), window)
    columns = []
    for k in range(-lags, lags + 1):
        gap, n = abs(k) * window, coarse.shape[-1]
        early, late = slice(0, n - gap), slice(gap, n)
        columns.append(_correlation(coarse[..., early if k >= 0 else late], fine[..., late if k >= 0 else early]))
    return np.stack(columns, -1)


def first_passage_asymmetry(returns: np.ndarray, days: int = 20, size: float = 5.0) -> np.ndarray:
    """How much oftener a loss than a gain is reached within ``days``: (..., day) -> (...) (Cont 2001, fact 3).

    The share of starts from which the cumulated return, less its mean, touches minus ``size`` daily volatilities within
    ``days``, minus the share that touches plus that: positive where losses are reached faster (Jensen, Johansen and
    Simonsen 2003, with thresholds in the units of the series' own volatility).
    """
    r = np.asarray(returns, np.float64)
    r = r - r.mean(-1, keepdims=True)
    threshold = size * r.std(-1, keepdims=True)
    level = np.concatenate([np.zeros((*r.shape[:-1], 1)), np.cumsum(r, -1)], -1)
    start = level[..., :-days]
    origin = -(days // 2)  # the window of the filter is then the ``days`` that follow
    shifted, n = level[..., 1:], start.shape[-1]
    highest = maximum_filter1d(shifted, days, axis=-1, origin=origin)[..., :n]
    lowest = minimum_filter1d(shifted, days, axis=-1, origin=origin)[..., :n]
    losses, gains = start - lowest >= threshold, highest - start >= threshold
    moves = threshold[..., 0] > 0
    return np.where(moves, losses.mean(-1) - gains.mean(-1), np.nan)


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

    One fixed filter for all sources, that of RiskMetrics (1996): s_t^2 = decay s_{t-1}^2 + (1 - decay) r_{t-1}^2,
    started at the mean square.
    A filter that cannot know the volatility exactly leaves about 0.2 even of Gaussian days.
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
