"""Pictures of a monitoring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tsgan.reports.canvas import BASELINE_COLOURS, MODEL, REAL, Plot, Section, canvas, text, titled

if TYPE_CHECKING:
    from tsgan.applications.monitor.report import Monitoring

DRAWN = 4
"""Tests that get a line: those that came nearest to an alarm."""

HIGHEST = 2.5
"""Where the axis ends: how far beyond an alarm evidence is says little more."""


def evidence(found: Monitoring) -> Plot:
    """How near the nearest tests came to an alarm, day by day."""
    figure, axes = canvas()
    nearest = sorted(found.alarms, key=lambda one: -float(one.nearness.max()))[:DRAWN]
    for one, colour in zip(nearest, (MODEL, *BASELINE_COLOURS), strict=False):
        axes.plot(found.dates, one.nearness, color=colour, lw=1.3, label=text(one.words))
    axes.axhline(1, color=REAL, lw=1, ls="--")
    highest = max(float(one.nearness.max()) for one in nearest)
    axes.set_ylim(0, min(max(1.15, 1.05 * highest), HIGHEST))
    axes.set_ylabel("evidence, 1 is an alarm")
    axes.tick_params(axis="x", rotation=25)
    # Above the axes, for below its edge it would hide what is beyond the alarm.
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, fontsize=7.5, frameon=False, borderaxespad=0.2)
    said = "crossed" if found.alarm else "not reached"
    return Plot(figure, f"Evidence of the {len(nearest)} nearest tests by date; the alarm at 1 is {said}")


def pits(found: Monitoring) -> Section:
    """Where the days fell in their forecasts."""
    plots = []
    for i, asset in enumerate(found.assets[:6]):
        figure, axes = canvas()
        known = found.watched.pit[:, i]
        known = known[np.isfinite(known)]
        axes.hist(known, bins=[i / 10 for i in range(11)], density=True, color="#9fbfe8", edgecolor="white")
        axes.axhline(1, color=REAL, lw=1)
        axes.set(xlabel="place of what came in the forecast", ylabel="density")
        plots.append(Plot(titled(figure, axes, asset), f"Histogram of the PITs of {asset}"))
    return Section("Places in the forecasts", "Level at 1 where forecasts are right; high ends: too narrow.", plots)
