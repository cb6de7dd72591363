"""``tsgan measure``: risk figures and facts of a set of paths of any size."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer
from tsgan.reports.folder import ReportFolder

PAGE, DOCUMENT = "measures.html", "measures.json"


def measure(
    scenarios: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIOS",
            help="A folder or a file that 'tsgan sample' wrote, or an address such as s3://bucket/paths.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=f"Folder for {PAGE}, {DOCUMENT} and CSV tables.")],
    portfolio: Annotated[
        Path | None,
        typer.Option("--portfolio", metavar="FILE", help="CSV: ticker,weight or ticker,quantity[,cost]. Else equal."),
    ] = None,
    capital: Annotated[
        float | None, typer.Option("--capital", help="What losses are a fraction of, for quantities.")
    ] = None,
    loss: Annotated[
        list[float] | None, typer.Option("--loss", metavar="X", help="Give the probability of losing more; repeatable.")
    ] = None,
    facts: Annotated[bool, typer.Option("--facts", help="Also the facts of every asset, as distributions.")] = False,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster",
            metavar="local|ADDRESS",
            help="Read on the workers of dask.distributed, of this machine or of tcp://scheduler:8786.",
        ),
    ] = None,
    overwrite: common.Overwrite = False,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Value at risk, shortfall, drawdowns and Sharpe ratios on a set of paths of any size, read part by part."""
    answer = Answer(quiet, json)
    ReportFolder(out, overwrite).check((PAGE, DOCUMENT))
    import tsgan

    with answer.working() as note:
        found = tsgan.measure(
            scenarios, portfolio, losses=loss, capital=capital, facts=facts, cluster=cluster, progress=note
        )
        found.save(out, overwrite=overwrite)
    answer.give(found.to_dict(), found.summary(), f"{out / PAGE}: open it in a browser")
