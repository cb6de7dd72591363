"""Bars as arrays: those of the market, and those of generated paths."""

from __future__ import annotations

import numpy as np

from tsgan.data.panel import Panel
from tsgan.models.bars.history import read
from tsgan.scenarios.scenarios import Scenarios
from tsgan.stats import bars

FEWEST = 250
"""Bars of an asset below which they are not judged."""


def real_bars(panel: Panel, first: int, days: int) -> np.ndarray | None:
    """(day, asset, field) bars of the ``days`` after row ``first``; NaN where missing or made up, None without any."""
    if not {"open", "high", "low"} <= set(panel.bars):
        return None
    prices = np.array([kind == "price" for kind in panel.kinds])
    history = read(panel, prices, len(panel))
    bars_known = np.isfinite(history.shapes.gap)
    rows = slice(first, first + days)
    result = np.full((days, len(panel.assets), len(bars.FIELDS)), np.nan, np.float32)
    closes = panel.prices[1:, prices]
    named = {name: values[1:, prices] for name, values in panel.bars.items()}
    fields = bars.bar_fields(closes * np.exp(-history.returns), closes, named)
    result[:, prices] = np.where(bars_known[..., None], fields, np.nan)[rows]
    return result


def generated_bars(paths: Scenarios, skipped: int = 0) -> np.ndarray:
    """(path, day, asset, field) bars of scenarios, the first ``skipped`` days left out."""
    prices = paths.prices[:, skipped:]
    return bars.bar_fields(prices[:, :-1], prices[:, 1:], {k: v[:, skipped:] for k, v in paths.bars.items()})
