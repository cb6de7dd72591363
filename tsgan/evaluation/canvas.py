"""What all figures share: canvas, colours, units, text.  Built without pyplot: nothing global changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tsgan.evaluation.curves import MOST_ASSETS as MOST_ASSETS

if TYPE_CHECKING:
    from tsgan.evaluation.scorecard import Evidence, Scorecard

REAL, MODEL, FAINT, GRID = "#111827", "#1f5fbf", "#9fbfe8", "#e5e7eb"
BASELINE_COLOURS = ("#c2410c", "#0f766e", "#a16207", "#7e22ce", "#6b7280")
SIZE = (6.2, 3.7)


@dataclass(frozen=True, eq=False)
class Plot:
    """A figure, the text read out in its place, and the section that it belongs to."""

    figure: Figure
    alt: str


@dataclass(frozen=True, eq=False)
class Section:
    """Plots that answer one question, with one line on how to read them."""

    title: str
    reading: str
    plots: list[Plot]


def canvas() -> tuple[Figure, Axes]:
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots()
    style(axes)
    return figure, axes


def style(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#9ca3af")
    axes.tick_params(labelsize=8, colors="#374151")
    axes.xaxis.label.set_fontsize(8.5)
    axes.yaxis.label.set_fontsize(8.5)
    axes.grid(True, color=GRID, lw=0.6)
    axes.set_axisbelow(True)


def finished(figure: Figure, axes: Axes, card: Scorecard, asset: str, title: str) -> Plot:
    name = f"{text(asset)} (in sample)" if card.in_sample else text(asset)
    axes.set_title(name, fontsize=9.5, loc="left", fontweight="bold", color="#b42318" if card.in_sample else REAL)
    legend = axes.get_legend()
    if legend is not None:
        for entry in legend.get_texts():
            entry.set_fontsize(7.5)
        legend.get_frame().set(edgecolor="none", alpha=0.8)
    return Plot(figure, f"{title}: {asset}, real and generated")


def titled(figure: Figure, axes: Axes, title: str) -> Figure:
    """The figure with a title on the left, such as a ticker."""
    axes.set_title(text(title), fontsize=9.5, loc="left", fontweight="bold", color=REAL)
    return figure


def drawn_baselines(card: Scorecard) -> list[tuple[str, str]]:
    wanted = [b for b in ("gjr-garch", "stationary-bootstrap") if b in card.baselines] or list(card.baselines[:2])
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


def text(value: str) -> str:
    """Names from data are text: a dollar sign in a ticker must not start a formula."""
    return str(value).replace("\\", "\\\\").replace("$", r"\$") if "$" in str(value) else str(value)
