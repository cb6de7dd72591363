"""``tsgan merge``: the shards of a set of paths as one set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, cast

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer
from tsgan.cli.outputs import table_format
from tsgan.cli.progress import progress_shown


def merge(
    shards: Annotated[
        list[Path],
        typer.Argument(metavar="SHARDS...", help="The folder that holds all shards, or their files and folders."),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", metavar="FILE|DIR", help="A .csv or .parquet file, or a folder of Parquet files for large sets."
        ),
    ],
    layout: Annotated[
        str,
        typer.Option("--layout", metavar="long|wide|shocks", help="As of 'tsgan sample'."),
    ] = "long",
    mixed: Annotated[
        bool,
        typer.Option("--mixed", help="Take shards of other machines and versions, whose last bits may differ."),
    ] = False,
    overwrite: common.Overwrite = False,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Join the shards that 'tsgan sample --shard K/N' has drawn, checked, to the set that one machine draws."""
    answer = Answer(quiet, json)
    if out.suffix:
        table_format(out)
    from tsgan.scenarios.merging import merge_scenarios
    from tsgan.training.progress import Progress

    with progress_shown(quiet) as progress:

        def told(done: int, paths: int) -> None:
            if progress is not None and done < paths:
                progress(Progress("joining shards", done, paths, {}))

        paths = merge_scenarios(shards, out, layout=cast(Any, layout), mixed=mixed, overwrite=overwrite, progress=told)
    answer.give({"out": out, "paths": paths, "layout": layout}, f"{out}: {paths:,} paths")
