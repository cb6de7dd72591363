"""``tsgan lend``: what a book of loans may lose along joint paths."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer
from tsgan.reports.folder import ReportFolder
from tsgan.reports.terminal import Rows

PAGE, DOCUMENT, LOSSES = "lend.html", "lend.json", "losses.csv"


def lend(
    source: Annotated[
        Path, typer.Argument(metavar="MODEL|SCENARIOS", help=f"{common.MODEL}; or any paths as .parquet or .csv.")
    ],
    book: Annotated[
        Path,
        typer.Option("--book", metavar="LOANS.csv", help="Securities-backed loans, firms, or pools; see data/README."),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=f"Folder for {PAGE}, {DOCUMENT} and {LOSSES}.")],
    history: Annotated[
        str | None, typer.Option("--history", metavar="PRICES", help="Prices that a MODEL's paths carry on from.")
    ] = None,
    paths: common.Paths = 10_000,
    horizon: common.YearOrHorizon = None,
    confidence: Annotated[
        float, typer.Option("--confidence", metavar="P", help="Of the haircut and the largest loan-to-value.")
    ] = 0.99,
    rate: Annotated[float, typer.Option("--rate", metavar="R", help="Risk-free rate a year, for firms.")] = 0.02,
    years: Annotated[float, typer.Option("--years", metavar="T", help="Until the firms' debt is due.")] = 1.0,
    first_passage: Annotated[
        bool, typer.Option("--first-passage", help="Firms default when they first close below their debt.")
    ] = False,
    total_return: Annotated[
        bool | None, typer.Option("--total-return/--price-return", help="Whether the prices hold dividends.")
    ] = None,
    xlsx: common.Excel = None,
    details: common.Details = False,
    overwrite: common.Overwrite = False,
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Carry a book of loans along joint paths: calls, defaults, losses, haircuts."""
    answer = Answer(quiet, json)
    common.check_excel(xlsx, overwrite)
    ReportFolder(out, overwrite).check((PAGE, DOCUMENT, LOSSES))
    import tsgan
    from tsgan.applications.lending.tables import tables

    with answer.working() as note:
        report = tsgan.lend(
            source,
            book,
            history=history,
            n_paths=paths,
            horizon=horizon,
            confidence=confidence,
            rate=rate,
            years=years,
            first_passage=first_passage,
            total_return=total_return,
            seed=seed,
            progress=note,
        )
        report.save(out, overwrite=overwrite)

    def more() -> list[Any]:
        return [report.summary(), *(Rows(caption, headers, rows) for caption, _, headers, rows in tables(report))]

    answer.tell(report, details, more, f"{out / PAGE}: open it in a browser", xlsx=xlsx)
