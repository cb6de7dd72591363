"""``tsgan dossier``: one page for whoever validates a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer
from tsgan.reports.folder import ReportFolder

PAGE, DOCUMENT, TABLE = "dossier.html", "dossier.json", "variants.csv"


def dossier(
    model: common.ModelFolder,
    prices: common.Prices,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=f"Folder for {PAGE}, {DOCUMENT} and {TABLE}.")],
    fits: Annotated[
        int, typer.Option("--fits", metavar="N", min=0, help="Refits with other seeds, and as many to earlier dates.")
    ] = 2,
    runs: Annotated[
        int, typer.Option("--runs", metavar="N", min=0, help="Simulated years behind the monitoring plan; 0 for none.")
    ] = 20,
    paths: Annotated[int, typer.Option("--paths", metavar="N", min=200, help="Paths behind every variant.")] = 2000,
    xlsx: common.Excel = None,
    details: common.Details = False,
    overwrite: common.Overwrite = False,
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Write a validation dossier: uses, assumptions, what complexity buys, stability, sensitivity, limits, a plan."""
    answer = Answer(quiet, json)
    common.check_excel(xlsx, overwrite)
    ReportFolder(out, overwrite).check((PAGE, DOCUMENT, TABLE))
    import tsgan

    with answer.working() as note:
        found = tsgan.dossier(model, prices, fits=fits, paths=paths, runs=runs, seed=seed, progress=note)
        found.save(out, overwrite=overwrite)
    answer.tell(found, details, lambda: _details(found), f"{out / PAGE}: open it in a browser", xlsx=xlsx)


def _details(found: object) -> list[object]:
    """For the terminal: assumptions and variants."""
    from tsgan.applications.dossier import Dossier
    from tsgan.applications.dossier.front import assumptions
    from tsgan.reports.terminal import Rows

    assert isinstance(found, Dossier)
    tested = [(one.name, "holds" if one.holds else "fails", one.found) for one in assumptions(found)]
    figures = [
        (one.name, *(f"{getattr(one, name):.1%}" for name in ("var_1", "var_10", "volatility", "worst")))
        for one in found.variants
    ]
    return [
        Rows("Assumptions", ["assumption", "answer", "found"], tested),
        Rows("Stability", ["variant", "VaR 1", "VaR 10", "volatility a year", "worst 5 % of a year"], figures),
    ]
