"""The plots of the report, one section a question."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tsgan.evaluation import bardrawings as draw_bars
from tsgan.evaluation import drawings as draw_one
from tsgan.evaluation.axes import finished, unit
from tsgan.evaluation.curves import PASSAGE
from tsgan.reports.canvas import BASELINE_COLOURS, MODEL, REAL, Plot, Section, canvas, style, text
from tsgan.reports.page import PLOTTED_ASSETS
from tsgan.stats.joint import correlation_matrix

if TYPE_CHECKING:
    import pandas as pd

    from tsgan.evaluation.scorecard import Scorecard


def sections(card: Scorecard) -> Iterator[Section]:
    """All sections that the evidence supports, in the order of the report."""
    shown = range(min(len(card.assets), PLOTTED_ASSETS))
    drawings = (
        (
            "Prices",
            "Black is what happened. Half of the generated paths run inside the darker band, 95 % inside the "
            "lighter one; the real line should wander through the bands and leave the lighter one rarely.",
            draw_one.fan,
        ),
        (
            "Sample paths",
            "Black is what happened, the others are single generated histories. They should look like the same market: "
            "similar roughness, similar rallies and crashes.",
            draw_one.paths,
        ),
        (
            "{Daily} returns",
            "How often a {day} of each size occurs, on a logarithmic scale so that rare {days} show. The model's line "
            "should run through the black dots, at both ends too.",
            draw_one.density,
        ),
        (
            "Quantiles",
            "Each dot is one real {day}, sorted by size, against the {day} of the same rank in generated histories. "
            "Dots on the diagonal mean equal laws; the shade is what 95 % of the generated histories do.",
            draw_one.quantiles,
        ),
        (
            "Memory of volatility",
            "Correlation of the size of today's move with the size of the move some {days} later. The real dots should "
            "stay in the shade; a line near zero is a model without calm and stormy periods.",
            draw_one.acf_abs,
        ),
        (
            "Memory of returns",
            "Correlation of today's return with a later one. Markets show almost none, and neither should the model.",
            draw_one.acf,
        ),
        (
            "Leverage effect",
            "Correlation of today's return with later squared returns. Below zero: losses are followed by storms.",
            draw_one.leverage,
        ),
        (
            "Aggregation",
            "Excess kurtosis (0 is Gaussian) of returns over more and more {days}. It should fall as in the market.",
            draw_one.kurtosis,
        ),
        (
            "Coarse and fine volatility",
            "How well the size of a {weekly} move foretells the size of later {daily} moves (right of zero) and the "
            "reverse (left). Markets stand a little higher on the right.",
            draw_one.coarse_fine,
        ),
        (
            "First passage",
            f"How soon a loss (red) or a gain (green) of {PASSAGE:g} {{daily}} volatilities is reached; trend removed. "
            "The black lines are the market: its losses come sooner where the solid one lies above.",
            draw_one.passage,
        ),
    )
    for title, reading, draw in drawings:
        plots = []
        for asset in shown:
            figure, axes = canvas()
            draw(axes, card, asset)
            plots.append(finished(figure, axes, card, card.assets[asset], card.period.fill(title)))
        yield Section(card.period.fill(title), card.period.fill(reading), plots)
    yield from _bars(card)
    if len(card.assets) > 1:
        yield _joint(card)
    yield from _forecasts(card)
    history = card.evidence.training_history
    if history is not None and len(history):
        plots = list(_training(history))
        if plots:
            yield Section(
                "Training",
                "Losses of generator and critic should settle without exploding; gradients should stay bounded; the "
                "validation score, where there is one, is what chose the checkpoint. Shades tell the stages apart: "
                "first likelihood, then against the critic.",
                plots,
            )


def fan_of(card: Scorecard, asset: int) -> Plot:
    """Prices of one asset: what happened, and where the generated paths run."""
    figure, axes = canvas()
    draw_one.fan(axes, card, asset)
    return finished(figure, axes, card, card.assets[asset], "Prices")


def _bars(card: Scorecard) -> Iterator[Section]:
    """Gaps, ranges and volume of the assets whose bars are judged."""
    judged = {(row.asset, row.fact) for row in card.facts}
    for title, reading, fact, draw in (
        (
            "Overnight gaps",
            "How often the market opens at each distance from the close before, on a logarithmic scale. The model's "
            "line should run through the black dots.",
            "gap_kurtosis",
            draw_bars.gaps,
        ),
        (
            "Ranges",
            f"Each dot is {draw_bars.WINDOW} {{days}}: their volatility by closes, and by highs and lows, which see "
            "the trading {day} only and lie below the diagonal where markets move overnight. Both clouds should be "
            "one.",
            "parkinson",
            draw_bars.ranges,
        ),
        (
            "Volume",
            "{Days} sorted by range, in tenths: how far volume lies above or below its yearly mean. Wide {days} are "
            "busy.",
            "volume_range",
            draw_bars.volume,
        ),
    ):
        plots = []
        for asset in range(min(len(card.assets), PLOTTED_ASSETS)):
            if (card.assets[asset], fact) in judged:
                figure, axes = canvas()
                draw(axes, card, asset)
                plots.append(finished(figure, axes, card, card.assets[asset], title))
        if plots:
            yield Section(title, card.period.fill(reading), plots)


def _joint(card: Scorecard) -> Section:
    evidence, daily = card.evidence, card.period.adjective.capitalize()
    plots = []
    figure = Figure(figsize=(6.2, 3.4), layout="constrained")
    common = np.isfinite(evidence.real).all(axis=1)
    real, generated = evidence.real[common, :2], evidence.generated[:, common, :2]
    units = np.array([unit(evidence, 0)[0], unit(evidence, 1)[0]])
    # As many generated days as real ones, so that the density of dots can be compared.
    sampled = generated[np.arange(len(real)) % len(generated), np.arange(len(real))]
    reach = 1.05 * np.abs(np.concatenate([real, sampled]) * units).max(axis=0)
    for axes, points, colour, title in zip(
        figure.subplots(1, 2, sharex=True, sharey=True),
        (real, sampled),
        (REAL, MODEL),
        ("real", card.model),
        strict=True,
    ):
        style(axes)
        axes.plot(*(points * units).T, "o", color=colour, ms=1.8, alpha=0.45, mew=0)
        rho = float(np.corrcoef(points.T)[0, 1])
        axes.set(xlim=(-reach[0], reach[0]), ylim=(-reach[1], reach[1]))
        axes.set_title(f"{text(title)}, correlation {rho:.2f}", fontsize=9)
        axes.set_xlabel(f"{text(card.assets[0])}{unit(evidence, 0)[1]}")
        if colour == REAL:
            axes.set_ylabel(f"{text(card.assets[1])}{unit(evidence, 1)[1]}")
    plots.append(Plot(figure, f"{daily} returns of {card.assets[0]} against {card.assets[1]}, real and generated"))
    if len(card.assets) > 2:
        matrices = correlation_matrix(evidence.real[common]), np.nanmean(correlation_matrix(evidence.generated), axis=0)
        figure = Figure(figsize=(6.2, 3.4), layout="constrained")
        for axes, matrix, title in zip(figure.subplots(1, 2), matrices, ("real", card.model), strict=True):
            image = axes.imshow(matrix, vmin=-1, vmax=1, cmap="RdBu_r")
            axes.set_title(text(title), fontsize=9)
            names = [text(a) for a in card.assets]
            if len(names) <= 20:
                axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
                axes.set_yticks(range(len(names)), names if title == "real" else [], fontsize=7)
            if len(names) <= 8:
                for (i, j), value in np.ndenumerate(matrix):
                    axes.text(
                        j,
                        i,
                        f"{value:.2f}",
                        ha="center",
                        va="center",
                        fontsize=7,
                        color="white" if abs(value) > 0.6 else REAL,
                    )
        figure.colorbar(image, ax=figure.axes, shrink=0.8)
        plots.append(Plot(figure, f"Correlation matrices of {card.period.adjective} returns, real and generated"))
    return Section(
        "Joint moves",
        card.period.fill(
            "{Days} of two assets against each other, and the correlation of every pair. Both sides should look alike, "
            "in the lower left corner (joint crashes) too."
        ),
        plots,
    )


def _forecasts(card: Scorecard) -> Iterator[Section]:
    """PIT histograms and VaR exceptions, where forecasts were judged."""
    calibration = card.evidence.calibration
    if calibration is None or card.model not in calibration.pit:
        return
    shown = range(min(len(card.assets), PLOTTED_ASSETS))
    drawn: dict[str, list[Plot]] = {"Forecast histogram": [], "Value at risk over time": []}
    for asset in shown:
        for title, plots in drawn.items():
            figure, axes = canvas()
            draw = draw_one.pit if title == "Forecast histogram" else draw_one.exceptions
            draw(axes, card, asset)
            plots.append(finished(figure, axes, card, card.assets[asset], title))
    yield Section(
        "Forecast histogram",
        f"Where each real return fell in the forecast made the {card.period.one} before (PIT). Flat bars inside the "
        "shade are an honest forecast; a heap in the middle means too cautious, heaps at the ends too sure of itself.",
        drawn["Forecast histogram"],
    )
    yield Section(
        "Value at risk over time",
        f"Red dots are {card.period.many} that lost more than the 99 % value at risk forecast for them. There should "
        "be about one in a hundred, spread out rather than in bunches.",
        drawn["Value at risk over time"],
    )


def _training(history: pd.DataFrame) -> Iterator[Plot]:
    frame = history.reset_index() if "step" not in history.columns and history.index.name == "step" else history
    if "stage" in frame.columns and "purpose" in frame.columns:
        frame = frame.assign(phase=frame["stage"] + "\n" + frame["purpose"])
    numeric = [
        c for c in frame.columns if frame[c].dtype.kind in "fiu" and c not in ("step", "member", "total", "phase")
    ]
    groups: dict[str, list[str]] = {}
    for column in numeric:
        kind = (
            "losses"
            if column.endswith("loss")
            else "gradient norms"
            if "gradient" in column
            else column.replace("_", " ")
        )
        groups.setdefault(kind, []).append(column)
    members = frame["member"].unique() if "member" in frame.columns else [None]
    for title, columns in groups.items():
        values = frame[columns].to_numpy(float)
        if not np.isfinite(values).any() or title in ("skipped", "seconds"):
            continue
        figure, axes = canvas()
        drawn = 0
        for column in columns:
            for member in members:
                rows = frame if member is None else cast("pd.DataFrame", frame[frame["member"] == member])
                y = np.asarray(rows[column], float)
                if "phase" in rows.columns or "step" not in rows.columns:
                    x = np.arange(1, len(rows) + 1)  # steps start again with each phase
                else:
                    x = np.asarray(rows["step"], float)
                defined = np.isfinite(y)
                if defined.any():
                    colour = (MODEL, *BASELINE_COLOURS)[drawn % 6] if member is None or len(columns) == 1 else None
                    label = text(column.replace("_", " ")) if member is None or member == members[0] else None
                    mark = "o-" if defined.sum() < 30 else "-"
                    for part in _parts(rows):
                        own = part[defined[part]]
                        line = axes.plot(x[own], y[own], mark, color=colour, lw=1.0, ms=3, alpha=0.9, label=label)
                        colour, label = line[0].get_color(), None
                    drawn += 1
        if "phase" in frame.columns and members[0] is None:
            _phases(axes, frame["phase"].to_numpy(str))
        finite = values[np.isfinite(values)]
        if title == "gradient norms" and (finite > 0).all():
            axes.set_yscale("log")
        elif len(finite) > 20:
            low, high = np.quantile(finite, [0.005, 0.995])
            if high > low:  # a few wild first steps must not flatten the rest
                axes.set_ylim(low - 0.15 * (high - low), high + 0.15 * (high - low))
        axes.set_title(text(title), fontsize=9, loc="left")
        axes.set_xlabel("training step" if "phase" not in frame.columns else "reports of the training, in order")
        if len(columns) > 1:
            axes.legend(loc="best" if "phase" not in frame.columns else "lower left")  # the phases' names are above
        yield Plot(figure, f"Training curves: {title}")


def _parts(rows: pd.DataFrame) -> list[np.ndarray]:
    """Places of the reports of each phase, or of each run where steps start again: no line joins them."""
    if "phase" in rows.columns:
        phase = rows["phase"].to_numpy(str)
        new = phase[1:] != phase[:-1]
    elif "step" in rows.columns:
        new = np.diff(rows["step"].to_numpy(float)) <= 0
    else:
        new = np.zeros(len(rows) - 1, bool)
    return np.split(np.arange(len(rows)), np.flatnonzero(new) + 1)


def _phases(axes: Axes, phases: np.ndarray) -> None:
    starts = np.flatnonzero(np.r_[True, phases[1:] != phases[:-1]])
    axes.set_xlim(0.5, len(phases) + 0.5)
    for i, start in enumerate(starts):
        end = starts[i + 1] if i + 1 < len(starts) else len(phases)
        if i % 2:
            axes.axvspan(start + 0.5, end + 0.5, color="#f3f4f6", zorder=0)
        if end - start > 0.08 * len(phases):
            axes.text(
                (start + end + 1) / 2, 1.0, text(phases[start]), fontsize=6.5, color="#6b7280", ha="center", va="top",
                transform=axes.get_xaxis_transform(),
            )  # fmt: skip
