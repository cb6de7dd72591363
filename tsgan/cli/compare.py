"""``tsgan compare``: several models and foreign paths side by side; ``tsgan runs``: what lies in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer
from tsgan.errors import ConfigError
from tsgan.reports.folder import ReportFolder
from tsgan.reports.terminal import Rows
from tsgan.runtime import prepare

PAGE, DOCUMENT = "compare.html", "compare.json"


def compare(
    models: Annotated[
        list[Path],
        typer.Argument(metavar="MODEL|SCENARIOS ...", help="Two or more model folders, or any paths as files."),
    ],
    prices: common.Prices,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help=f"Folder for {PAGE} and {DOCUMENT}.")] = None,
    join: common.JoinName = None,
    paths: common.JudgedPaths = 300,
    xlsx: common.Excel = None,
    details: common.Details = False,
    overwrite: common.Overwrite = False,
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Judge several models on the same dates, after the last training date of any of them."""
    answer = Answer(quiet, json)
    common.check_excel(xlsx, overwrite)
    if len(set(models)) < 2 or len(set(models)) < len(models):
        raise ConfigError("give two or more different model folders, then PRICES: tsgan compare MODEL MODEL PRICES")
    folder = None if out is None else ReportFolder(out, overwrite)
    if folder is not None:
        folder.check((PAGE, DOCUMENT))
    prepare()
    import tsgan

    with answer.working() as note:
        found = tsgan.compare(models, prices, join=join, paths=paths, seed=seed, progress=note)
        if folder is not None:
            folder.write(PAGE, found.render())
            folder.write(DOCUMENT, found.to_json())
    written = [] if out is None else [f"{out / PAGE}: open it in a browser"]
    answer.tell(found, details, lambda: [found], *written, xlsx=xlsx)


def runs(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where runs, models and reports lie.")],
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """List the runs, models and reports below a folder: when they were made, of which data, and what they say."""
    import tsgan

    found = tsgan.runs(folder)
    rows = Rows(found.title, found.headers, found.rows, words=2)
    Answer(quiet, json).give(found.to_dict(), rows)
