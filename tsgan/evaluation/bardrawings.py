"""Drawings of the bars of one asset: gaps, ranges and volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from tsgan.evaluation.drawings import frequencies
from tsgan.reports.canvas import FAINT, MODEL, REAL, text
from tsgan.stats.bars import FIELDS, detrended_volume, parkinson, range_of

if TYPE_CHECKING:
    from tsgan.evaluation.scorecard import Scorecard

WINDOW = 20
"""Days over which volatility is measured."""

RETURN, GAP, VOLUME = (FIELDS.index(name) for name in ("return", "gap", "volume"))


def gaps(axes: Axes, card: Scorecard, asset: int) -> None:
    real, generated = of_asset(card, asset)
    frequencies(axes, 100.0 * real[:, GAP], 100.0 * generated[..., GAP].ravel(), text(card.model))
    axes.set(xlabel="overnight return, %", ylabel="density")


def ranges(axes: Axes, card: Scorecard, asset: int) -> None:
    """Volatility by ranges against volatility by closes, window by window."""
    real, generated = of_asset(card, asset)
    windows = len(real) // WINDOW
    shown = generated[np.arange(windows) % len(generated), : windows * WINDOW]
    for bars, colour, label in ((shown[0], MODEL, text(card.model)), (real, REAL, "real")):
        cut = np.asarray(bars[: windows * WINDOW].reshape(windows, WINDOW, -1), np.float64)
        closes = np.sqrt((cut[..., RETURN] ** 2).mean(-1))
        axes.plot(100 * closes, 100 * closes * parkinson(cut), "o", color=colour, ms=3.2, alpha=0.7, mew=0, label=label)
    reach = axes.get_xlim()[1]
    axes.plot([0, reach], [0, reach], color="#6b7280", lw=0.8)
    axes.set(xlim=(0, reach), ylim=(0, reach))
    axes.set(xlabel=f"volatility a {card.period.one} by closes, %", ylabel="by high and low (Parkinson), %")
    axes.legend(loc="upper left")


def volume(axes: Axes, card: Scorecard, asset: int) -> None:
    """Mean log volume, less its mean of the year before, by tenths of the days sorted by range."""
    real, generated = of_asset(card, asset)
    tenths = np.arange(1, 11)
    low, middle, high = np.quantile([_by_range(path) for path in generated], [0.025, 0.5, 0.975], axis=0)
    axes.fill_between(tenths, low, high, color=FAINT, alpha=0.45, lw=0, label="95 % of paths")
    axes.plot(tenths, middle, color=MODEL, lw=1.7, label=text(card.model))
    axes.plot(tenths, _by_range(real), "o", color=REAL, ms=3.5, zorder=4, label="real")
    axes.axhline(0, color=REAL, lw=0.6)
    axes.set(
        xlabel=f"tenth of the {card.period.many} by range, widest on the right",
        ylabel="log volume, less its yearly mean",
    )
    axes.legend(loc="upper left")


def of_asset(card: Scorecard, asset: int) -> tuple[np.ndarray, np.ndarray]:
    """Real bars (day, field) of an asset, and generated ones (path, day, field) of the same days."""
    evidence = card.evidence
    assert evidence.bars is not None and evidence.generated_bars is not None
    known = np.isfinite(evidence.bars[:, asset, :VOLUME]).all(axis=1)
    return evidence.bars[known, asset], evidence.generated_bars[:, known, asset]


def _by_range(bars: np.ndarray) -> np.ndarray:
    """(10,) mean detrended log volume of each tenth of the days, by range."""
    excess = detrended_volume(bars)
    order = np.argsort(range_of(bars)[-len(excess) :])
    return np.array([np.nanmean(part) for part in np.array_split(excess[order], 10)])
