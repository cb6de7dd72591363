"""Example strategies: prices so far -> weights, as ``tsgan robustness`` takes them.

A strategy is a function ``f(prices, **parameters)``.  ``prices`` are (day, asset) closes, the last row today's.  It
returns (asset,) fractions of the capital to hold until tomorrow's close, negative for a short position; the rest is
cash.  Those here also take many histories at once, (..., day, asset) -> (..., asset), which is many times as fast.
Each holds equal parts of all assets, as far as it holds them.
"""

from __future__ import annotations

import numpy as np


def buy_and_hold(prices: np.ndarray, weight: float = 1.0) -> np.ndarray:
    """Always invested; several assets are kept at equal parts."""
    return np.full(_today(prices).shape, weight / prices.shape[-1])


def moving_average_cross(prices: np.ndarray, fast: int = 20, slow: int = 100) -> np.ndarray:
    """Invested while the average of the last ``fast`` closes is above that of the last ``slow``."""
    above = _last(prices, fast).mean(-2) > _last(prices, slow).mean(-2)
    return above / prices.shape[-1]


def momentum(prices: np.ndarray, lookback: int = 120) -> np.ndarray:
    """Invested in what costs more than ``lookback`` days ago."""
    return (_today(prices) > _last(prices, lookback + 1)[..., 0, :]) / prices.shape[-1]


def mean_reversion(prices: np.ndarray, lookback: int = 10, width: float = 2.0) -> np.ndarray:
    """Against the move: short in proportion to how far the price is above its average of ``lookback`` days, long below.

    Fully invested at ``width`` standard deviations of those prices.
    """
    recent = _last(prices, lookback)
    spread = recent.std(-2)
    away = (_today(prices) - recent.mean(-2)) / np.where(spread > 0, spread, np.inf)
    return -np.clip(away / width, -1, 1) / prices.shape[-1]


def volatility_target(
    prices: np.ndarray, target: float = 0.1, lookback: int = 20, most: float = 2.0, periods: int = 252
) -> np.ndarray:
    """As much of each asset as brings its volatility of ``lookback`` days to ``target`` a year, up to ``most``."""
    moves = np.diff(np.log(_last(prices, lookback + 1)), axis=-2)
    volatility = moves.std(-2) * np.sqrt(periods)
    return np.minimum(target / np.maximum(volatility, 1e-12), most) / prices.shape[-1]


def _today(prices: np.ndarray) -> np.ndarray:
    return prices[..., -1, :]


def _last(prices: np.ndarray, days: int) -> np.ndarray:
    if not 1 <= days <= prices.shape[-2]:
        raise ValueError(f"{days} prices are needed and {prices.shape[-2]} are there; raise --lookback")
    return prices[..., prices.shape[-2] - days :, :]
