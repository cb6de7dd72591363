"""What a notebook shows of a price history, and the small table that all such pictures share."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tsgan.data.panel import Panel

SHOWN = 20
"""Rows of a table that are listed; the rest is counted."""


def panel_html(panel: Panel) -> str:
    """A table of the assets: kind, first and last price, yearly volatility, and what loading noted below it."""
    volatility = np.nanstd(panel.returns, axis=0) * np.sqrt(panel.periods_per_year)
    rows = [
        (asset, kind, f"{first:,.6g}", f"{last:,.6g}", f"{sigma:.3g}")
        for asset, kind, first, last, sigma in zip(
            panel.assets, panel.kinds, panel.prices[0], panel.prices[-1], volatility, strict=True
        )
    ]
    facts = f"{len(panel):,} days, {panel.dates[0]} to {panel.dates[-1]}; {panel.source}"
    header = ("asset", "kind", "first", "last", "volatility a year")
    return html_table("Panel", facts, header, rows, panel.notes)


def html_table(
    title: str, facts: str, header: tuple[str, ...], rows: list[tuple[str, ...]], notes: tuple[str, ...] = ()
) -> str:
    """A small table under a title and a line of facts, everything escaped; at most SHOWN rows, and notes below."""
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[:SHOWN])
    below = [f"and {len(rows) - SHOWN} more"] * (len(rows) > SHOWN) + list(notes)
    more = "".join(f"<p>{escape(note)}</p>" for note in below)
    return (
        f"<div><p><strong>{escape(title)}</strong>: {escape(facts)}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}</div>"
    )
