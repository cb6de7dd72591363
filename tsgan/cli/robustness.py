"""``tsgan robustness``: would a strategy have survived other histories?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer
from tsgan.reports.folder import ReportFolder
from tsgan.reports.terminal import Rows

PAGE, DOCUMENT, PATHS = "robustness.html", "robustness.json", "paths.csv"


def robustness(
    scenarios: Annotated[
        str,
        typer.Argument(metavar="SCENARIOS", help="A file or a folder that 'tsgan sample' wrote, or an address of one."),
    ],
    prices: common.Prices,
    strategy: Annotated[
        str,
        typer.Option(
            "--strategy",
            metavar="MODULE:FUNCTION",
            help="Prices so far -> weights; or buy_and_hold, moving_average_cross, momentum, mean_reversion, "
            "volatility_target.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=f"Folder for {PAGE}, {DOCUMENT} and {PATHS}.")],
    variants: Annotated[
        Path | None,
        typer.Option("--variants", metavar="GRID.json", help="Every parameter tried: an object of lists, or a list."),
    ] = None,
    lookback: Annotated[
        int, typer.Option("--lookback", metavar="N", min=1, help="Days before today that the strategy is shown.")
    ] = 252,
    cost: Annotated[float, typer.Option("--cost", metavar="C", help="Of a trade, as a fraction of its value.")] = 0.0,
    assets: Annotated[
        str | None, typer.Option("--assets", metavar="A,B", help="Tickers that the strategy is shown; all by default.")
    ] = None,
    blocks: Annotated[int, typer.Option("--blocks", metavar="S", help="Of the cross-validation; even.")] = 16,
    join: common.JoinName = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster",
            metavar="local|ADDRESS",
            help="Follow it along the paths on the workers of dask.distributed: tcp://scheduler:8786.",
        ),
    ] = None,
    xlsx: common.Excel = None,
    details: common.Details = False,
    overwrite: common.Overwrite = False,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Run a strategy over the real and the generated histories, and judge the choice among its variants."""
    answer = Answer(quiet, json)
    common.check_excel(xlsx, overwrite)
    ReportFolder(out, overwrite).check((PAGE, DOCUMENT, PATHS))
    import tsgan
    from tsgan.applications.robustness import page

    with answer.working() as note:
        found = tsgan.robustness(
            strategy,
            scenarios,
            prices,
            variants=variants or (),
            lookback=lookback,
            cost=cost,
            assets=assets.split(",") if assets else None,
            blocks=blocks,
            join=join,
            cluster=cluster,
            progress=note,
        )
        found.save(out, overwrite=overwrite)

    def more() -> list[Any]:
        made = [Rows(caption, headers, rows, bold) for caption, _, headers, rows, bold in page.tables(found)]
        return [found.summary(), *made]

    answer.tell(found, details, more, f"{out / PAGE}: open it in a browser", xlsx=xlsx)
