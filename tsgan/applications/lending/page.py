"""lend.html: what a book of loans may lose, when, and why together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tsgan.applications.lending import plots
from tsgan.applications.lending.tables import tables
from tsgan.reports import page

if TYPE_CHECKING:
    from tsgan.applications.lending.report import LoanReport

PACKAGE = "tsgan.applications.lending"


def render(report: LoanReport) -> str:
    """The page as text."""
    return page.answer(
        "lend.html.j2",
        PACKAGE,
        report.front,
        report.matrices,
        closing="Synthetic paths, not a forecast: losses that no model has learnt from its history are not here.",
        period=report.period,
        warnings=report.warnings,
        made=report.made,
        origin=[("model", report.model_hash), ("data", report.data_hash)],
        words=report.sentences,
        sections=plots.sections(report),
        tables=tables(report),
        provenance=[
            ("Paths", f"{report.paths:,} of {', '.join(report.assets)}, drawn by {report.model}"),
            ("Prices", report.source or "unknown source"),
            ("Dates", f"{report.dates[0].astype('datetime64[D]')} to {report.dates[-1].astype('datetime64[D]')}"),
            ("Seed", str(report.seed)),
        ],
    )
