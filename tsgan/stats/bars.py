"""Statistics of bars: gaps, ranges, wicks and volume.

Bars are arrays (..., day, field) of :data:`FIELDS`, made by :func:`bar_fields`; every statistic takes (..., day, field)
to (...).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from tsgan.stats.autocorrelation import acf
from tsgan.stats.tails import excess_kurtosis
from tsgan.stats.volatility import detrended_log, known_correlation, volume_volatility

FIELDS = ("return", "gap", "upper", "lower", "volume")
"""Close-to-close log return; overnight log return; upper and lower wick in logs, at least 0; volume (NaN if none)."""

WINDOW = 250
"""Days whose mean is taken from log volume."""


def bar_fields(before: np.ndarray, close: np.ndarray, bars: Mapping[str, np.ndarray]) -> np.ndarray:
    """Bars of one form, (...,) each, with the close before, as (..., field) float32 of :data:`FIELDS`."""
    opens = bars["open"]
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = (
            np.log(close / before),
            np.log(opens / before),
            np.log(bars["high"] / np.maximum(opens, close)),
            np.log(np.minimum(opens, close) / bars["low"]),
            bars.get("volume", np.full(close.shape, np.nan)),
        )
    return np.stack(parts, axis=-1, dtype=np.float32)


def overnight_ratio(bars: np.ndarray) -> np.ndarray:
    """Variance of the overnight over that of the intraday return."""
    r, gap = _columns(bars, 0, 1)
    return _ratio(gap.var(-1), (r - gap).var(-1))


def gap_correlation(bars: np.ndarray) -> np.ndarray:
    """Correlation of the overnight with the intraday return of the same day."""
    r, gap = _columns(bars, 0, 1)
    return known_correlation(gap, r - gap)


def gap_kurtosis(bars: np.ndarray) -> np.ndarray:
    """Excess kurtosis of the overnight return."""
    return excess_kurtosis(_columns(bars, 1)[0])


def parkinson(bars: np.ndarray) -> np.ndarray:
    """Volatility by the range over that by closes: Parkinson (1980), sqrt(mean log(high / low)^2 / (4 log 2)).

    Below 1 where markets move overnight: the range sees the trading day only.
    """
    r = _columns(bars, 0)[0]
    return np.sqrt(_ratio((range_of(bars) ** 2).mean(-1) / (4 * np.log(2)), (r**2).mean(-1)))


def garman_klass(bars: np.ndarray) -> np.ndarray:
    """Volatility by range and body over that by closes.

    Garman and Klass (1980): the variance is mean(log(high / low)^2 / 2 - (2 log 2 - 1) log(close / open)^2).
    """
    r, gap = _columns(bars, 0, 1)
    variance = (0.5 * range_of(bars) ** 2 - (2 * np.log(2) - 1) * (r - gap) ** 2).mean(-1)
    return np.sqrt(_ratio(np.maximum(variance, 0.0), (r**2).mean(-1)))


def range_dispersion(bars: np.ndarray) -> np.ndarray:
    """Standard deviation of the log range."""
    return _log_range(bars).std(-1)


def range_acf(bars: np.ndarray, lags: int = 20) -> np.ndarray:
    """Mean autocorrelation of the log range at lags 1 .. ``lags``."""
    return acf(_log_range(bars), lags).mean(-1)


def range_leverage(bars: np.ndarray, lags: int = 5) -> np.ndarray:
    """Mean correlation of a day's return with the log range 1 .. ``lags`` days later: negative in markets."""
    r, log_range = _columns(bars, 0)[0], _log_range(bars)
    return np.mean([known_correlation(r[..., :-k], log_range[..., k:]) for k in range(1, lags + 1)], axis=0)


def wick_asymmetry(bars: np.ndarray) -> np.ndarray:
    """Log of the mean upper over the mean lower wick."""
    upper, lower = _columns(bars, 2, 3)
    ratio = _ratio(upper.mean(-1), lower.mean(-1))
    return np.log(np.where(ratio > 0, ratio, np.nan))


def wick_share(bars: np.ndarray) -> np.ndarray:
    """Wicks as a share of all ranges."""
    upper, lower = _columns(bars, 2, 3)
    return _ratio((upper + lower).sum(-1), range_of(bars).sum(-1))


def bare_share(bars: np.ndarray) -> np.ndarray:
    """Share of days that lack a wick at one end at least (a wick below a millionth)."""
    upper, lower = _columns(bars, 2, 3)
    return (np.minimum(upper, lower) < 1e-6).mean(-1)


def volume_correlation(bars: np.ndarray) -> np.ndarray:
    """Corr(detrended log volume, abs r), :func:`tsgan.stats.volatility.volume_volatility` (Cont 2001, fact 10)."""
    r, volume = _columns(bars, 0, 4)
    return volume_volatility(r, volume, WINDOW)


def volume_range_correlation(bars: np.ndarray) -> np.ndarray:
    """Corr(detrended log volume, log range)."""
    excess = detrended_volume(bars)
    return known_correlation(excess, _log_range(bars)[..., -excess.shape[-1] :])


def volume_dispersion(bars: np.ndarray) -> np.ndarray:
    """Standard deviation of detrended log volume."""
    return _sparse(lambda v: v.std(-1), detrended_volume(bars))


def volume_acf(bars: np.ndarray, lags: int = 20) -> np.ndarray:
    """Mean autocorrelation of detrended log volume at lags 1 .. ``lags``."""
    return _sparse(lambda v: acf(v, lags).mean(-1), detrended_volume(bars))


def _columns(bars: np.ndarray, *fields: int) -> list[np.ndarray]:
    return [np.asarray(bars[..., field], np.float64) for field in fields]


def range_of(bars: np.ndarray) -> np.ndarray:
    """Log of high over low: (..., day, field) -> (..., day)."""
    r, gap, upper, lower = _columns(bars, 0, 1, 2, 3)
    return np.abs(r - gap) + upper + lower


def _log_range(bars: np.ndarray) -> np.ndarray:
    """Days without any range count as the hundredth of the mean range."""
    size = range_of(bars)
    return np.log(np.maximum(size, 0.01 * size.mean(-1, keepdims=True)))


def detrended_volume(bars: np.ndarray) -> np.ndarray:
    """Log volume less its mean over the year before, on the days that have one: (..., day, field) -> (..., day)."""
    return detrended_log(_columns(bars, 4)[0], WINDOW)


def _sparse(statistic: Callable[[np.ndarray], np.ndarray], values: np.ndarray) -> np.ndarray:
    """A statistic of series with a few holes, which take the series' mean; NaN where more than a tenth is missing."""
    known = np.isfinite(values)
    share = known.mean(-1)
    mean = np.where(known, values, 0.0).sum(-1, keepdims=True) / np.maximum(known.sum(-1, keepdims=True), 1)
    return np.where(share > 0.9, statistic(np.where(known, values, mean)), np.nan)


def _ratio(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.where(b > 0, a / np.where(b > 0, b, 1.0), np.nan)
