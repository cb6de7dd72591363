"""The facts of bars: gaps, ranges, wicks and volume, where a model has them and the market too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tsgan.data.panel import Panel
from tsgan.evaluation.facts import FACTS, VOLUME, Fact
from tsgan.models.bars.history import read
from tsgan.scenarios.scenarios import Scenarios
from tsgan.stats import bars

FEWEST = 250
"""Bars of an asset below which they are not judged."""

BAR_FACTS: tuple[Fact, ...] = (
    replace(next(fact for fact in FACTS if fact.name == VOLUME), statistic=bars.volume_correlation, offset=None),
    Fact(
        "volume_range",
        "volume",
        "Corr(volume, range)",
        "above 0: days of wide range are busy",
        bars.volume_range_correlation,
        null=0.0,
    ),
    Fact(
        "volume_dispersion",
        "volume",
        "Spread of log volume around its yearly mean",
        "0.2 is a typical deviation of 20 %",
        bars.volume_dispersion,
        offset=0.0,
    ),
    Fact(
        "volume_acf",
        "volume",
        "Autocorrelation of log volume, lags 1-20",
        "0 if busy days came singly",
        bars.volume_acf,
        null=0.0,
    ),
    Fact(
        "overnight",
        "gaps",
        "Overnight over intraday variance",
        "0 if prices only moved while the market is open",
        bars.overnight_ratio,
        offset=0.0,
    ),
    Fact(
        "gap_correlation",
        "gaps",
        "Corr(overnight, intraday return)",
        "below 0: the day takes back what the night gave",
        bars.gap_correlation,
        null=0.0,
        side="either",
    ),
    Fact("gap_kurtosis", "gaps", "Excess kurtosis of gaps", "0 is Gaussian", bars.gap_kurtosis, null=0.0, offset=3.0),
    Fact(
        "parkinson",
        "ranges",
        "Volatility by range over that by closes (Parkinson)",
        "1 without gaps and overreaction",
        bars.parkinson,
        offset=0.0,
    ),
    Fact(
        "garman_klass",
        "ranges",
        "Volatility by range and body over that by closes (Garman-Klass)",
        "1 without gaps and overreaction",
        bars.garman_klass,
        offset=0.0,
    ),
    Fact(
        "range_dispersion",
        "ranges",
        "Spread of the log range",
        "0.3 for a random walk of constant volatility",
        bars.range_dispersion,
        offset=0.0,
    ),
    Fact(
        "range_acf",
        "ranges",
        "Autocorrelation of the log range, lags 1-20",
        "0 without calm and stormy periods",
        bars.range_acf,
        null=0.0,
    ),
    Fact(
        "range_leverage",
        "ranges",
        "Corr(r today, log range later), lags 1-5",
        "below 0: losses are followed by wide ranges",
        bars.range_leverage,
        null=0.0,
        side="below",
    ),
    Fact(
        "wick_asymmetry",
        "ranges",
        "Log of the mean upper over the mean lower wick",
        "below 0: days fall deep and recover",
        bars.wick_asymmetry,
        null=0.0,
        side="either",
    ),
    Fact(
        "wick_share",
        "ranges",
        "Share of the range outside open and close",
        "0.5 for a random walk",
        bars.wick_share,
        offset=0.0,
    ),
    Fact(
        "bare_share",
        "ranges",
        "Share of days that open or close at their extreme",
        "0 for prices without ticks",
        bars.bare_share,
    ),
)
"""Facts of the bars of one asset; statistics take (..., day, field) of :data:`tsgan.stats.bars.FIELDS`."""


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
