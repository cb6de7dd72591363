"""``tsgan explain``: what drives tomorrow's volatility, what news would do, and one scenario taken apart."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer
from tsgan.errors import ConfigError
from tsgan.reports.folder import ReportFolder

PAGE, DOCUMENT, DAYS = "explain.html", "explain.json", "contributions.csv"


def explain(
    model: common.ModelFolder,
    prices: common.Prices,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=f"Folder for {PAGE}, {DOCUMENT} and {DAYS}.")],
    date: Annotated[
        datetime | None,
        typer.Option("--date", metavar="DATE", formats=["%Y-%m-%d"], help="Explain the state after this day."),
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option("--scenario", metavar="FILE:INDEX", help="Also take this scenario of a table apart."),
    ] = None,
    xlsx: common.Excel = None,
    details: common.Details = False,
    overwrite: common.Overwrite = False,
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Explain a GAN: which past days drive volatility, and what a day of news would do."""
    answer = Answer(quiet, json)
    common.check_excel(xlsx, overwrite)
    ReportFolder(out, overwrite).check((PAGE, DOCUMENT, DAYS))
    chosen = None if scenario is None else _scenario(scenario)
    import tsgan

    with answer.working() as note:
        found = tsgan.explain(model, prices, date=date, scenario=chosen, seed=seed, progress=note)
        found.save(out, overwrite=overwrite)
    answer.tell(found, details, lambda: [found.summary()], f"{out / PAGE}: open it in a browser", xlsx=xlsx)


def _scenario(text: str) -> tuple[str, int]:
    """``paths.csv:17`` as (``paths.csv``, 17)."""
    file, _, index = text.rpartition(":")
    if not file or not index.isdecimal():
        raise ConfigError(f"{text!r} names no scenario; write FILE:INDEX, for example --scenario paths.parquet:17")
    return file, int(index)
