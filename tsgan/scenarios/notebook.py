"""What a notebook shows of scenarios: what they are, and where each asset ends up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tsgan.notebook import html_table
from tsgan.scenarios.plots import quantiles

if TYPE_CHECKING:
    from tsgan.scenarios.scenarios import Scenarios

LEVELS = np.array([0.05, 0.5, 0.95])


def scenarios_html(paths: Scenarios) -> str:
    """A table of the assets: start price, quantiles of the last price, share of the paths that end below the start."""
    ends = quantiles(paths.prices[:, -1], LEVELS, paths.weights)
    below = np.average(paths.prices[:, -1] < paths.start_prices, axis=0, weights=paths.weights)
    rows = [
        (asset, kind, f"{start:,.6g}", *(f"{value:,.6g}" for value in end), f"{share:.0%}")
        for asset, kind, start, end, share in zip(
            paths.assets, paths.kinds, paths.start_prices, ends.T, below, strict=True
        )
    ]
    made = paths.provenance.get("model", "unknown model")
    facts = (
        f"{paths.n_paths:,} paths x {paths.horizon} {paths.step}s from {paths.dates[0]} to {paths.dates[-1]}; {made}"
    )
    if paths.weights is not None:
        facts += "; weighted"
    if paths.bars:
        facts += f"; bars: {', '.join(paths.bars)}"
    header = ("asset", "kind", "start", "5 % end below", "median end", "5 % end above", "below start")
    return html_table("Scenarios", facts, header, rows)
