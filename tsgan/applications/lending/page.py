"""lend.html: what a book of loans may lose, when, and why together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tsgan.applications.lending import plots
from tsgan.applications.lending.pools import PoolOutcome
from tsgan.applications.lending.tables import tables
from tsgan.applications.lending.words import span
from tsgan.reports import page

if TYPE_CHECKING:
    from tsgan.applications.lending.report import LoanReport

PACKAGE = "tsgan.applications.lending"


def render(report: LoanReport) -> str:
    """The page as text."""
    count = len(report.outcome.rows)
    return page.render(
        "lend.html.j2",
        PACKAGE,
        warnings=report.warnings,
        words=report.sentences,
        count=count,
        noun=("pool" if isinstance(report.outcome, PoolOutcome) else "loan") + "s" * (count != 1),
        assets=report.assets,
        paths=report.paths,
        span=span(report),
        model=report.model,
        start=str(report.dates[0].astype("datetime64[D]")),
        sections=plots.sections(report),
        tables=tables(report),
    )
