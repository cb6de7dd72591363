"""Pictures of a study of a strategy."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from tsgan.applications.robustness.result import Robustness
from tsgan.reports.canvas import FAINT, MODEL, REAL, Plot, Section, canvas, titled
from tsgan.stats import weighted

BINS = 40
FIGURES = {
    "sharpe": "Sharpe ratio a year",
    "growth": "growth a year, %",
    "drawdown": "deepest drawdown, %",
    "turnover": "turnover a year, times the capital",
}
"""Figures that are drawn, and what their axes say."""


def sections(found: Robustness) -> list[Section]:
    """The law of every figure over the paths, the real ones in it; and what the choice among variants is worth."""
    made = [
        Section(
            "Other histories",
            "Blue: the generated histories. Ticks: real ones of the same length; the line: the one in the first table.",
            [_law(found, name) for name in FIGURES],
        )
    ]
    if len(found.variants) > 1:
        made.append(
            Section(
                "Variants",
                "Each variant's real Sharpe ratio beside what it reaches on nine of ten generated histories, and on "
                "half of them; best real one on the left. A real one far above its bar was helped by the past.",
                [_variants(found)],
            )
        )
    if found.overfitting is not None:
        made.append(
            Section(
                "Choosing the best",
                "Left: each split's best variant, in the half where it was chosen and in the other; without "
                "overfitting the dots lie on the line. Right: its rank in the other half; left of 0, below the middle.",
                [_halves(found), _logits(found)],
            )
        )
    return made


def beside_holding(found: Robustness) -> Plot:
    """Growth over the generated histories, the strategy beside buying and holding."""
    figure, axes = canvas()
    ours, theirs = 100 * found.paths.growth[found.chosen], 100 * found.holding.growth
    both = np.concatenate([ours, theirs])
    low, high = np.quantile(both, [0.002, 0.998])
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = list(np.linspace(low, high, BINS + 1))
    mass = 100 * weighted.normalized(found.weights, len(ours))
    for values, colour, label in ((theirs, "#d1d5db", "buy and hold"), (ours, MODEL, "the strategy")):
        axes.hist(np.clip(values, low, high), bins=edges, weights=mass, color=colour, alpha=0.65, label=label)
    start, end = found.windows[found.headline]
    for figures, colour, label in ((found.held, "#6b7280", "held"), (found.windowed, REAL, "strategy")):
        value = float(100 * figures.growth[found.headline])
        axes.axvline(value, color=colour, lw=1.1, label=f"{label}, {start} to {end}")
    axes.axvline(0, color=REAL, lw=0.5, ls=":")
    axes.set(xlabel="growth a year, %", ylabel="histories, %")
    axes.legend(loc="upper right", fontsize=7.5)
    return Plot(figure, "Growth a year over all generated histories, the strategy beside buying and holding")


def _law(found: Robustness, name: str) -> Plot:
    figure, axes = canvas()
    factor = 100.0 if name in ("growth", "drawdown") else 1.0
    values = factor * getattr(found.paths, name)[found.chosen]
    real = factor * getattr(found.windowed, name)
    # A few wild paths must not squeeze the others into one bar.
    low, high = weighted.quantiles(values, [0.002, 0.998], found.weights)
    edges = np.linspace(min(low, real.min()), max(high, real.max()), BINS + 1)
    if edges[0] == edges[-1]:
        edges = np.linspace(edges[0] - 0.5, edges[0] + 0.5, BINS + 1)
    mass = 100 * weighted.normalized(found.weights, len(values))
    axes.hist(np.clip(values, edges[0], edges[-1]), bins=list(edges), weights=mass, color=FAINT)
    axes.plot(real, np.zeros(len(real)), "|", ms=12, mew=1.2, color=REAL, clip_on=False)
    _marked(axes, float(real[found.headline]), "real")
    axes.set(xlabel=FIGURES[name], ylabel="paths, %")
    return Plot(
        titled(figure, axes, FIGURES[name].split(" a year")[0].split(",")[0]), f"{FIGURES[name]} over all paths"
    )


def _variants(found: Robustness) -> Plot:
    figure, axes = canvas()
    order = np.argsort(-found.whole.sharpe)
    low, lower, upper, high = (
        np.array([weighted.quantiles(found.paths.sharpe[i], [q], found.weights)[0] for i in order])
        for q in (0.05, 0.25, 0.75, 0.95)
    )
    place = np.arange(len(order))
    width = 0.75
    axes.bar(place, high - low, width, low, color=FAINT, alpha=0.45)
    axes.bar(place, upper - lower, width, lower, color=FAINT)
    axes.plot(place, found.whole.sharpe[order], "o", ms=4, color=REAL, label=f"real, all {found.period.many}")
    axes.axhline(0, color=REAL, lw=0.6)
    axes.set(xlabel="variants, best first", ylabel="Sharpe ratio a year")
    axes.set_xticks(place if len(place) <= 20 else [], [str(i + 1) for i in place] if len(place) <= 20 else [])
    axes.legend(loc="upper right", fontsize=7.5)
    return Plot(
        titled(figure, axes, "Sharpe ratio of every variant"), "Sharpe ratio of every variant, real and generated"
    )


def _halves(found: Robustness) -> Plot:
    assert found.overfitting is not None
    figure, axes = canvas()
    year = np.sqrt(found.rules.periods)
    x, y = found.overfitting.chosen_in * year, found.overfitting.chosen_out * year
    axes.plot(x, y, ".", ms=2, alpha=0.3, color=MODEL, rasterized=True)
    ends = np.array([min(x.min(), y.min()), max(x.max(), y.max())])
    axes.plot(ends, ends, color=REAL, lw=0.8, ls="--")
    axes.axhline(0, color=REAL, lw=0.6)
    axes.set(xlabel="Sharpe ratio where it was best", ylabel="in the other half", xlim=(x.min(), x.max()))
    return Plot(titled(figure, axes, "in and out of sample"), "Sharpe ratios of the chosen variant in both halves")


def _logits(found: Robustness) -> Plot:
    assert found.overfitting is not None
    figure, axes = canvas()
    logits = found.overfitting.logits
    share = np.full(len(logits), 100 / len(logits))
    axes.hist(logits, bins=BINS, weights=share, color=FAINT)
    axes.hist(
        logits[logits <= 0], bins=list(np.histogram_bin_edges(logits, BINS)), weights=share[logits <= 0], color=MODEL
    )
    axes.axvline(0, color=REAL, lw=1)
    axes.set(xlabel="logit of its rank in the other half", ylabel="splits, %")
    name = f"probability of overfitting {found.overfitting.probability:.0%}"
    return Plot(titled(figure, axes, name), "Ranks of the chosen variant out of sample")


def _marked(axes: Axes, value: float, label: str) -> None:
    axes.axvline(value, color=REAL, lw=1)
    axes.text(value, 0.98, f" {label}", fontsize=7.5, va="top", transform=axes.get_xaxis_transform())
