"""Prices that conformance kits try plug-ins on."""

from __future__ import annotations

import numpy as np

from tsgan.data.calendars import future_sessions
from tsgan.data.panel import Panel


def example_panel(days: int = 2500, seed: int = 7) -> Panel:
    """Two simulated assets with bars, whose common volatility clusters and rises after losses."""
    rng = np.random.default_rng(seed)
    shocks = rng.standard_t(6, (days, 2)) @ np.array([[1.0, 0.5], [0.0, 0.8]]) / np.sqrt(1.5)
    variance, returns = 1e-4, np.empty((days, 2))
    for day, shock in enumerate(shocks):
        returns[day] = 3e-4 + np.sqrt(variance) * shock
        variance = 4e-6 + (0.04 + 0.08 * (shock[0] < 0)) * returns[day, 0] ** 2 + 0.86 * variance
    closes = 100 * np.exp(np.cumsum(returns, axis=0))
    before = np.concatenate([[[100.0, 100.0]], closes[:-1]])
    opens = before * np.exp(0.3 * returns + 0.002 * rng.standard_normal((days, 2)))
    highs = np.maximum(opens, closes) * np.exp(np.abs(0.005 * rng.standard_normal((days, 2))))
    lows = np.minimum(opens, closes) * np.exp(-np.abs(0.005 * rng.standard_normal((days, 2))))
    volume = np.exp(14 + 8 * np.abs(returns) + 0.2 * rng.standard_normal((days, 2)))
    return Panel(
        future_sessions("XNYS", "2010-01-04", days - 1),
        ("AAA", "BBB"),
        closes,
        ("price", "price"),
        bars={"open": opens, "high": highs, "low": lows, "volume": volume},
        source="simulated",
    )
