"""What all figures share: canvas, colours, units, text.  Built without pyplot: nothing global changes."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

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


def titled(figure: Figure, axes: Axes, title: str) -> Figure:
    """The figure with a title on the left, such as a ticker."""
    axes.set_title(text(title), fontsize=9.5, loc="left", fontweight="bold", color=REAL)
    return figure


def text(value: str) -> str:
    """Names from data are text: a dollar sign in a ticker must not start a formula."""
    return str(value).replace("\\", "\\\\").replace("$", r"\$") if "$" in str(value) else str(value)
