"""Returns over several days, and how fast their law approaches the Gaussian."""

from __future__ import annotations

import numpy as np

from tsgan.stats.tails import excess_kurtosis

HORIZONS = (1, 5, 20, 60, 100)
"""Days over which aggregational Gaussianity is looked at: a day, a week, a month, a quarter and more."""


def aggregate(returns: np.ndarray, days: int) -> np.ndarray:
    """Overlapping sums of ``days`` consecutive returns: (..., day) -> (..., day - days + 1)."""
    n = returns.shape[-1]
    if not 1 <= days <= n:
        raise ValueError(f"sums of {days} days need at least {days} days, not {n}")
    total = np.cumsum(returns, -1, dtype=np.float64)
    result = total[..., days - 1 :].copy()
    result[..., 1:] -= total[..., :-days]
    return result


def total(paths: np.ndarray, days: int) -> np.ndarray:
    """Sums of the first ``days`` of (..., day, asset), in double precision, asset by asset: -> (..., asset).

    What ``paths[..., :days, :].sum(-2)`` gives to the last bit, in a fraction of the time where assets are few.
    """
    sums = paths[..., 0, :].astype(np.float64)
    for day in range(1, days):
        sums += paths[..., day, :]
    return sums


def summed(returns: np.ndarray, days: int) -> np.ndarray:
    """Sums over ``days`` from each day on, NaN where one is missing: (day, asset) -> (day - days + 1, asset)."""
    if days == 1:
        return returns
    missing = ~np.isfinite(returns)
    total, gaps = (
        np.cumsum(np.concatenate([np.zeros((1, x.shape[1])), x]), 0) for x in (np.nan_to_num(returns), missing)
    )
    return np.where(gaps[days:] == gaps[:-days], total[days:] - total[:-days], np.nan)


def aggregated_kurtosis(returns: np.ndarray, horizons: tuple[int, ...] = HORIZONS) -> np.ndarray:
    """Excess kurtosis of overlapping k-day returns: (..., day) -> (..., horizon).

    Falls towards 0 as days are added (Cont 2001, fact 4).
    """
    return np.stack([excess_kurtosis(aggregate(returns, days)) for days in horizons], -1)


def kurtosis_fall(returns: np.ndarray, days: int = 20) -> np.ndarray:
    """Log kurtosis of ``days``-day returns less that of one-day returns: (..., day) -> (...).

    Below 0 where sums are nearer to Gaussian than days (Cont 2001, fact 4).
    """
    one, many = np.moveaxis(aggregated_kurtosis(returns, (1, days)), -1, 0)
    return np.log((many + 3.0) / (one + 3.0))
