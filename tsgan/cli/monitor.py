"""``tsgan monitor``: is a model still right?  Exit code 1 on alarm, for schedulers."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer
from tsgan.reports.folder import ReportFolder

PAGE, DOCUMENT, TESTS = "monitor.html", "monitor.json", "tests.csv"
ALARM = 1
"""Exit code of an alarm."""


def monitor(
    model: common.ModelFolder,
    prices: common.Prices,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help=f"Folder for {PAGE}, {DOCUMENT} and {TESTS}.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since",
            metavar="DATE",
            formats=["%Y-%m-%d"],
            help="Judge later days only, as after an alarm.",
        ),
    ] = None,
    draws: Annotated[int, typer.Option("--draws", metavar="N", min=200, help="Draws behind a day's forecast.")] = 4000,
    xlsx: common.Excel = None,
    details: common.Details = False,
    overwrite: common.Overwrite = False,
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Judge a model on the days after its training; ends with exit code 1 on alarm."""
    answer = Answer(quiet, json)
    common.check_excel(xlsx, overwrite)
    if out is not None:
        ReportFolder(out, overwrite).check((PAGE, DOCUMENT, TESTS))
    import tsgan

    with answer.working() as note:
        found = tsgan.monitor(model, prices, since=since, draws=draws, seed=seed, progress=note)
        if out is not None:
            found.save(out, overwrite=overwrite)
    answer.tell(
        found,
        details,
        lambda: _details(found),
        *([] if out is None else [f"{out / PAGE}: open it in a browser"]),
        xlsx=xlsx,
    )
    if found.alarm:
        raise typer.Exit(ALARM)


def _details(found: object) -> list[object]:
    """For the terminal: every test."""
    from tsgan.applications.monitor import Monitoring
    from tsgan.reports.terminal import Rows

    assert isinstance(found, Monitoring)
    rows = [
        (
            one.words,
            f"{one.nearness[-1]:.0%}",
            f"{one.share:.2%}",
            "" if one.day is None else str(found.dates[one.day]),
        )
        for one in found.alarms
    ]
    return [Rows("Tests", ["looks for", "share of its alarm", "false alarms a year", "alarm since"], rows), *found.due]
