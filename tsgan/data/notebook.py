"""What a notebook shows of a price history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tsgan.data.calendars import period_of
from tsgan.notebook import html_table

if TYPE_CHECKING:
    from tsgan.data.panel import Panel


def panel_html(panel: Panel) -> str:
    """A table of the assets: kind, first and last price, yearly volatility, and what loading noted below it."""
    volatility = np.nanstd(panel.returns, axis=0) * np.sqrt(panel.periods_per_year)
    rows = [
        (asset, kind, f"{first:,.6g}", f"{last:,.6g}", f"{sigma:.3g}")
        for asset, kind, first, last, sigma in zip(
            panel.assets, panel.kinds, panel.prices[0], panel.prices[-1], volatility, strict=True
        )
    ]
    facts = (
        f"{len(panel):,} {period_of(panel.periods_per_year)}s, {panel.dates[0]} to {panel.dates[-1]}; {panel.source}"
    )
    header = ("asset", "kind", "first", "last", "volatility a year")
    return html_table("Panel", facts, header, rows, panel.notes)
