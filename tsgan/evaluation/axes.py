"""What the figures of a scorecard share: titles that say IN SAMPLE, axes in an asset's own units, price paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tsgan.evaluation.baselines import DRAWN
from tsgan.reports.canvas import BASELINE_COLOURS, REAL, Plot, text

if TYPE_CHECKING:
    from tsgan.evaluation.results import Evidence, Scorecard


def finished(figure: Figure, axes: Axes, card: Scorecard, asset: str, title: str) -> Plot:
    name = f"{text(asset)} (in sample)" if card.in_sample else text(asset)
    axes.set_title(name, fontsize=9.5, loc="left", fontweight="bold", color="#b42318" if card.in_sample else REAL)
    legend = axes.get_legend()
    if legend is not None:
        for entry in legend.get_texts():
            entry.set_fontsize(7.5)
        legend.get_frame().set(edgecolor="none", alpha=0.8)
    return Plot(figure, f"{title}: {asset}, real and generated")


def drawn_baselines(card: Scorecard) -> list[tuple[str, str]]:
    wanted = [name for name in DRAWN if name in card.baselines] or list(card.baselines[:2])
    return list(zip(wanted, BASELINE_COLOURS, strict=False))


def levels(evidence: Evidence, moves: np.ndarray, asset: int) -> np.ndarray:
    """(path, day + 1) prices or levels of one asset on paths of all; they stand still where moves are missing."""
    space = evidence.space
    # An asset's bounds may be other assets, so all are needed where there are bounds.
    columns = list(range(len(space.assets))) if space.bounded else [asset]
    total = np.cumsum(np.nan_to_num(moves[:, :, columns]), axis=1, dtype=np.float64)
    total = np.concatenate([np.zeros_like(total[:, :1]), total], axis=1)
    if space.bounded:
        return space.prices(space.coordinates(evidence.start_prices) + total)[..., asset]
    start = evidence.start_prices[asset]
    with np.errstate(over="ignore"):
        is_price = evidence.kinds[asset] == "price"
        return np.minimum(start * np.exp(total[..., 0]), 1e300) if is_price else start + total[..., 0]


def known(evidence: Evidence, asset: int) -> np.ndarray:
    """(day,) the real moves of one asset that there are."""
    real = evidence.real[:, asset]
    return real[np.isfinite(real)]


def price_axis(axes: Axes, evidence: Evidence, asset: int) -> None:
    if evidence.kinds[asset] == "price":
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(log_ticks(axes))
        axes.yaxis.set_minor_locator(MaxNLocator(1))
        axes.yaxis.set_major_formatter(
            FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 100 else f"{value:,.3g}")
        )
        axes.yaxis.set_minor_formatter(FuncFormatter(lambda *_: ""))
    axes.set_ylabel("price, log scale" if evidence.kinds[asset] == "price" else "level")
    for label in axes.get_xticklabels():
        label.set_rotation(0)


def log_ticks(axes: Axes) -> Any:
    from matplotlib.ticker import FixedLocator

    low, high = axes.get_ylim()
    low, high = max(low, 1e-300), min(high, 1e300)
    decades = np.log10(high / low)
    steps = (1, 2, 3, 4, 5, 6, 8) if decades < 1 else (1, 2, 5) if decades < 2.5 else (1,)
    exponents = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    if decades > 8:
        exponents = range(exponents.start, exponents.stop, int(np.ceil(decades / 6)))
    return FixedLocator([s * 10.0**e for e in exponents for s in steps if low <= s * 10.0**e <= high])


def unit(evidence: Evidence, asset: int) -> tuple[float, str]:
    if evidence.space.bounds[asset] != (None, None):
        return 1.0, ", change of log distance to its bounds"
    return (100.0, ", %") if evidence.kinds[asset] == "price" else (1.0, "")
