"""Pictures of explanations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from tsgan.applications.explain.attribution import Attribution
from tsgan.applications.explain.decomposition import Decomposition
from tsgan.applications.explain.news import NewsImpact
from tsgan.reports.canvas import BASELINE_COLOURS, FAINT, MODEL, REAL, Plot, Section, canvas, text, titled

SHOWN = 60
"""Past steps whose contributions are drawn."""


def attributions(found: Sequence[Attribution]) -> Section:
    """Contribution of each of the last days, split into the asset's own moves and the others'."""
    plots, period = [], found[0].period
    for one in found:
        figure, axes = canvas()
        own = one.parts[-SHOWN:, one.assets.index(one.asset)]
        others = one.parts[-SHOWN:].sum(axis=1) - own
        age = np.arange(len(own), 0, -1)
        for values, below, colour, label in ((own, None, MODEL, "own move"), (others, own, FAINT, "other assets")):
            if len(one.assets) == 1 and below is not None:
                continue
            base = 0 if below is None else np.where(np.sign(below) == np.sign(values), below, 0)
            axes.bar(age, 100 * values, bottom=100 * base, width=0.9, color=colour, label=label)
        axes.axhline(0, color=REAL, lw=0.6)
        axes.invert_xaxis()
        axes.set(xlabel=f"{period.many} ago", ylabel="contribution to log volatility, %")
        axes.legend(loc="upper left", fontsize=7.5)
        plots.append(
            Plot(titled(figure, axes, one.asset), f"Contributions of past {period.many} to volatility of {one.asset}")
        )
    return Section(
        f"Which {period.many} drive {period.tomorrow}'s volatility",
        f"The last {SHOWN} {period.many}. Above zero: the {period.one} makes {period.tomorrow} wilder than a move of "
        "usual size would have; below: calmer.",
        plots,
    )


def news(pairs: Sequence[tuple[NewsImpact, NewsImpact]]) -> list[Section]:
    """News impact curves and their decay, the model beside GJR-GARCH."""
    curves, decays, period = [], [], pairs[0][0].period
    colours = (MODEL, BASELINE_COLOURS[0])
    for pair in pairs:
        figure, axes = canvas()
        for impact, colour in zip(pair, colours, strict=True):
            scale = 100 if impact.kind == "price" else 1
            axes.plot(impact.sizes, scale * impact.volatility, color=colour, lw=1.6, label=text(impact.model))
        axes.set(
            xlabel=f"size of the {period.one}, standard deviations",
            ylabel=f"volatility of the {period.one} after{', %' if pair[0].kind == 'price' else ','} a year",
        )
        axes.legend(loc="upper right", fontsize=7.5)
        curves.append(Plot(titled(figure, axes, pair[0].asset), f"News impact curve of {pair[0].asset}"))
        figure, axes = canvas()
        for impact, colour in zip(pair, colours, strict=True):
            for (size, ratio), dash in zip(impact.decay.items(), ("-", "--"), strict=True):
                label = f"{text(impact.model)}, {size:+g}"
                axes.plot(np.arange(1, len(ratio) + 1), ratio, dash, color=colour, lw=1.3, label=label)
        axes.axhline(1, color=REAL, lw=0.6)
        axes.set(xlabel=f"{period.many} after", ylabel=f"volatility, over that after a still {period.one}")
        axes.legend(loc="upper right", fontsize=7.5)
        decays.append(Plot(titled(figure, axes, pair[0].asset), f"Decay of news in {pair[0].asset}"))
    return [
        Section(
            "News impact",
            f"What a single {period.one} of each size, coming now, would do to the next {period.one}'s volatility.",
            curves,
        ),
        Section(
            "How long news is felt",
            f"Volatility on the {period.many} after a {period.one} of -3 and of +3 standard deviations.",
            decays,
        ),
    ]


def scenario(found: Decomposition) -> Section:
    """The path, the volatility that it met, and its shocks."""
    plots = []
    for i, asset in enumerate(found.assets):
        figure, axes = canvas()
        scale, unit = (100, "cumulated log return, %") if found.kinds[i] == "price" else (1, "change since the start")
        axes.plot(found.dates, scale * np.cumsum(found.returns[:, i]), color=REAL, lw=1.2, label="the scenario")
        still = found.mean[:, i] + found.volatility[0, i] * found.shocks[:, i]
        label = "same shocks at the volatility of the start"
        axes.plot(found.dates, scale * np.cumsum(still), color=MODEL, lw=1.2, label=label)
        axes.axhline(0, color=REAL, lw=0.5)
        axes.set_ylabel(unit)
        axes.legend(loc="best", fontsize=7.5)
        plots.append(Plot(titled(figure, _slanted(axes), asset), f"Scenario {found.scenario} of {asset}"))
        figure, axes = canvas()
        axes.bar(found.dates, found.shocks[:, i], color=FAINT, label="shock, standard deviations")
        met = found.volatility[:, i] / found.volatility[0, i]
        axes.plot(found.dates, met, color=MODEL, lw=1.4, label="volatility met, over that of the start")
        axes.axhline(0, color=REAL, lw=0.5)
        axes.legend(loc="best", fontsize=7.5)
        plots.append(
            Plot(titled(figure, _slanted(axes), asset), f"Shocks and states of scenario {found.scenario}, {asset}")
        )
    return Section(
        f"Scenario {found.scenario}",
        "Where the two lines part, the state made the difference: the same shock counts more in a wild market.",
        plots,
    )


def _slanted(axes: Axes) -> Axes:
    axes.tick_params(axis="x", rotation=25)
    return axes
