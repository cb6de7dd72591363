"""Pictures of a stress test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from tsgan.applications.stress.episodes import FAN, Replay
from tsgan.applications.stress.paths import GIVEN
from tsgan.reports.canvas import BASELINE_COLOURS, FAINT, MODEL, REAL, Plot, Section, canvas, text
from tsgan.reports.period import Period
from tsgan.stats import weighted

if TYPE_CHECKING:
    from tsgan.applications.stress.result import StressTest

LOSS = "#b42318"
BANDS = (0.05, 0.25, 0.5, 0.75, 0.95)
EPISODES = 9


def usual(study: StressTest) -> Section:
    """The fan of profits."""
    figure, axes = canvas()
    _fan(axes, study.profits, study.usual.weights, MODEL, FAINT, "model")
    _worst(axes, study.profits, study.usual.weights)
    plot = _finished(figure, axes, "Profit since the start", _steps(study.period), "Fan of the portfolio's profit")
    return Section(
        "What can be lost",
        "Half of the paths run inside the darker band, 90 % inside the lighter one; the red line is passed downwards "
        f"by one path in a hundred on that {study.period.one}.",
        [plot],
    )


def risk_by_horizon(study: StressTest) -> Plot:
    """Value at risk by horizon and model."""
    period = study.period
    figure, axes = canvas()
    rows = [row for row in study.tables["risk"] if row["source"] != GIVEN]
    days = sorted({row["days"] for row in rows})
    names = list(dict.fromkeys(row["source"] for row in rows))
    width = 0.8 / len(names)
    for i, name in enumerate(names):
        found = {r["days"]: r for r in rows if (r["source"], r["level"]) == (name, 0.99)}  # a short history lacks some
        own, at = [found[d] for d in days if d in found], [k for k, d in enumerate(days) if d in found]
        place = np.array(at) + (i - (len(names) - 1) / 2) * width
        value = np.array([row["var"] for row in own])
        ends = np.array([[row["var_low"] for row in own], [row["var_high"] for row in own]])
        errors = np.abs(np.where(np.isfinite(ends), ends, value) - value)  # an end that is not known has no whisker
        colour = MODEL if i == 0 else BASELINE_COLOURS[(i - 1) % len(BASELINE_COLOURS)]
        axes.bar(place, value, width * 0.92, color=colour, label=text(name), yerr=errors, error_kw={"lw": 0.8})
    axes.set_xticks(range(len(days)), [period.count(day) for day in days])
    axes.legend(loc="upper left")
    title = "Value at risk, 99 %, share of the capital"
    return _finished(figure, axes, title, "horizon", "Value at risk by horizon and model")


def portfolio_given(study: StressTest) -> Plot:
    """The portfolio with the event and without."""
    found = study.given
    assert found is not None and study.given_profits is not None
    paths, days = found.scenarios, min(found.scenarios.horizon, 3 * found.event.days)
    figure, axes = canvas()
    _fan(axes, study.profits[:, :days], study.usual.weights, "#6b7280", "#d1d5db", "without")
    _fan(axes, study.given_profits[:, :days], paths.weights, MODEL, FAINT, "given the event")
    axes.axvline(found.event.days, color=LOSS, lw=0.8, ls=":")
    title = "Profit of the portfolio since the start"
    return _finished(figure, axes, title, _steps(study.period), "The portfolio given the event")


def paths_to_the_loss(study: StressTest) -> Plot:
    """Profits of the paths that lose, and the most likely way there."""
    found, story = study.reverse, study.story
    assert found is not None and story is not None
    profits = study.book.profits(found.scenarios)[:, : found.event.days]
    figure, axes = canvas()
    if story.profits is not None:
        axes.plot(np.arange(1, len(story.profits) + 1), story.profits, color=LOSS, lw=1.3, label="most likely way")
    _fan(axes, profits, found.scenarios.weights, MODEL, FAINT, "paths that lose this much")
    return _finished(figure, axes, "Profit since the start", _steps(study.period), "Paths to the loss")


def given(study: StressTest) -> Section:
    """The assets with the event and without."""
    found = study.given
    assert found is not None
    plots = []
    paths, days = found.scenarios, min(found.scenarios.horizon, 3 * found.event.days)
    for i, asset in enumerate(paths.assets[:4]):
        figure, axes = canvas()
        relative = paths.kinds[i] == "price"
        values = [
            p.prices[:, 1 : days + 1, i] / p.start_prices[i] - 1 if relative else p.prices[:, 1 : days + 1, i]
            for p in (study.usual, paths)
        ]
        _fan(axes, values[0], study.usual.weights, "#6b7280", "#d1d5db", "without")
        _fan(axes, values[1], paths.weights, MODEL, FAINT, "given the event")
        axes.axvline(found.event.days, color=LOSS, lw=0.8, ls=":")
        plots.append(_finished(figure, axes, text(asset), _steps(study.period), f"{asset} given the event", relative))
    return Section(
        "The assets on the way there",
        "Grey is what the model expects without the event, blue what it expects given the event: bands of 50 and 90 % "
        f"of paths. The dotted line is the last {study.period.one} that decides about the event.",
        plots,
    )


def reverse(study: StressTest) -> Section:
    """When the loss comes about."""
    found = study.reverse
    assert found is not None
    paths, plots = found.scenarios, []
    reached = found.event.nearest(paths.prices[:, 1 : found.event.days + 1])[0].max(axis=1) + 1
    figure, axes = canvas()
    day = study.period.one.capitalize()
    width = -(-found.event.days // 30)  # whole days a bar, or bars stand for unequal numbers of them
    axes.hist(reached, np.arange(0.5, found.event.days + width, width).tolist(), weights=paths.weights, color=MODEL)
    plots.append(
        _finished(
            figure,
            axes,
            f"{day} {'on' if day == 'Day' else 'in'} which the loss is reached, share of paths",
            _steps(study.period),
            f"{day} of the loss",
        )
    )
    return Section("When it happens", "When the loss is reached first.", plots)


def episodes(played: list[Replay], period: Period) -> Section:
    """What came, beside the fan from the day before."""
    plots = []
    for replay in played[-EPISODES:]:
        figure, axes = canvas()
        day = np.arange(1, len(replay.real) + 1)
        axes.fill_between(day, replay.fan[0], replay.fan[-1], color=FAINT, alpha=0.3, lw=0, label="98 % of paths")
        axes.fill_between(day, replay.fan[1], replay.fan[-2], color=FAINT, alpha=0.6, lw=0, label="90 %")
        axes.plot(day, replay.fan[FAN.index(0.5)], color=MODEL, lw=1, label="median")
        axes.plot(day, replay.real, color=REAL, lw=1.2, label="what came")
        axes.legend(loc="lower left", ncols=2)
        title = f"{replay.episode.name}{' (model has seen it)' if replay.in_sample else ''}"
        plots.append(_finished(figure, axes, title, _steps(period), f"{replay.episode.name}: real and expected"))
    return Section(
        "Episodes",
        "Black is what today's portfolio would have gained or lost; the bands are what the model expects, standing "
        "on the last close before. A line that leaves the wide band is a surprise of less than one in a hundred.",
        plots,
    )


def backtest(study: StressTest) -> Section:
    """Value at risk day by day, and the days that exceeded it."""
    test = study.backtest
    assert test is not None
    judged, plots, period = test.one_day, [], study.period
    dates, real = judged.dates.astype("datetime64[D]"), judged.realised[:, 0]
    for source in judged.sources:
        figure, axes = canvas()
        var = judged.var99[source][:, 0]
        hits = real < -var
        axes.plot(dates, real, ".", ms=1.5, color="#9ca3af", label=f"{period.adjective} profit")
        axes.plot(dates, -var, color=MODEL, lw=0.9, label="99 % value at risk")
        axes.plot(dates[hits], real[hits], "o", ms=4, color=LOSS, label="exceptions")
        axes.legend(loc="upper left", ncols=3)
        counts = f"{hits.sum()} exceptions, {0.01 * len(real):.0f} expected"
        plots.append(_finished(figure, axes, f"{source}: {counts}", "", f"Exceptions of {source}"))
    before = "the evening before" if period.one == "day" else f"one {period.one} before"
    return Section(
        "Exceptions over time",
        f"Each red dot is a {period.one} whose loss exceeded the value at risk stated {before}. They should be as many "
        "as expected and spread evenly; bunches mean that the model learns too slowly that markets have changed.",
        plots,
    )


def _steps(period: Period) -> str:
    """What the axis of time counts."""
    return f"{period.trading}s"


def _fan(axes: Axes, values: np.ndarray, weights: np.ndarray | None, line: str, band: str, label: str) -> None:
    day = np.arange(1, values.shape[1] + 1)
    q = weighted.quantiles(values, list(BANDS), weights)
    axes.fill_between(day, q[0], q[4], color=band, alpha=0.35, lw=0)
    axes.fill_between(day, q[1], q[3], color=band, alpha=0.75, lw=0)
    axes.plot(day, q[2], color=line, lw=1.2, label=f"median, {label}")
    axes.legend(loc="lower left")


def _worst(axes: Axes, values: np.ndarray, weights: np.ndarray | None) -> None:
    worst = weighted.quantiles(values, [0.01], weights)[0]
    axes.plot(np.arange(1, len(worst) + 1), worst, color=LOSS, lw=1, label="worst 1 %")
    axes.legend(loc="upper left")


def _finished(figure: Figure, axes: Axes, title: str, xlabel: str, alt: str, percent: bool = True) -> Plot:
    axes.set_title(text(title), fontsize=9.5, loc="left", fontweight="bold", color=REAL)
    axes.set_xlabel(xlabel)
    if xlabel not in ("", "horizon"):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))  # there is no day 2.5
    if percent and "share of paths" not in title:
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
    legend = axes.get_legend()
    if legend is not None:
        for entry in legend.get_texts():
            entry.set_fontsize(7.5)
        legend.get_frame().set(edgecolor="none", alpha=0.8)
    return Plot(figure, alt)
