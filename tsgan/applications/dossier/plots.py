"""Pictures of a dossier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tsgan.reports.canvas import BASELINE_COLOURS, MODEL, REAL, Plot, canvas, text

if TYPE_CHECKING:
    from tsgan.applications.dossier.report import Dossier


def gain(found: Dossier) -> Plot:
    """Cumulated log score over the reference; without densities, sizes foreseen and realised."""
    figure, axes = canvas()
    dates = found.monitoring.dates
    axes.tick_params(axis="x", rotation=25)
    if len(found.gains):
        total = np.cumsum(found.gains)
        axes.plot(dates[-len(total) :], total, color=MODEL, lw=1.4)
        axes.axhline(0, color=REAL, lw=0.6)
        axes.set_ylabel(f"log score over {text(found.rival)}, summed")
        return Plot(figure, f"Cumulated log score of the model less that of {found.rival}, ending at {total[-1]:+.1f}")
    asset, kind = found.monitoring.assets[0], found.monitoring.kinds[0]
    scale = 100 if kind == "price" else 1
    moves = found.panel.moves[-len(dates) :, 0]
    axes.plot(dates, scale * np.abs(moves), color="#9ca3af", lw=0.6, label="size of the move that came")
    axes.plot(dates, scale * found.monitoring.watched.volatility[:, 0], color=BASELINE_COLOURS[0], lw=1.3,
              label="volatility foreseen")  # fmt: skip
    axes.set_ylabel(f"{text(asset)}, {'%' if kind == 'price' else 'units of the series'}")
    axes.legend(loc="upper left", fontsize=7.5)
    return Plot(figure, f"Sizes of moves of {asset} and the volatility foreseen")
