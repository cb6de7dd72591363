"""One door for scenarios that go to disk, whatever the form."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from tsgan.errors import ScenarioError
from tsgan.scenarios.blocks import check_blocks, write_blocks
from tsgan.scenarios.scenarios import Scenarios
from tsgan.scenarios.tables import Format, Layout, check_table_free, write

FORMATS: dict[str, Format] = {".csv": "csv", ".parquet": "parquet"}
"""Ending of a file's name -> its format."""


def write_scenarios(
    scenarios: Scenarios | Iterable[Scenarios],
    out: str | os.PathLike[str],
    *,
    layout: Layout = "long",
    overwrite: bool = False,
) -> None:
    """Write scenarios and their manifest; :func:`tsgan.read_scenarios` reads them back.

    Args:
        scenarios: all of them, or the chunks of one job, as :func:`tsgan.sample_chunks` draws them: any number of
            paths then needs the same memory.
        out: a ``.csv`` or ``.parquet`` file; a name without an ending is a folder of Parquet files, for large jobs.
        layout: ``long`` (a row a path, date and ticker), ``wide`` (a column a path) or ``shocks`` (a row a path, with
            its moves over the horizon); a folder is long.
        overwrite: replace what is there, when the new one is complete; a folder only if tsgan wrote all that it holds.

    Raises:
        ScenarioError: an unknown layout, no paths, or chunks that are not consecutive pieces of one job.
        OutputError: a place that cannot be written, exists, or holds something else.
    """
    out = Path(out)
    form = scenario_format(out, layout, overwrite)
    chunks = [scenarios] if isinstance(scenarios, Scenarios) else scenarios
    if form == "folder":
        write_blocks(chunks, out, overwrite=overwrite)
    else:
        write(chunks, out, layout, form, overwrite=overwrite)


def scenario_format(out: Path, layout: str = "long", overwrite: bool = False) -> Format | Literal["folder"]:
    """What :func:`write_scenarios` would write to ``out``; raises, before any work, where it could not."""
    if layout not in ("long", "wide", "shocks"):
        raise ScenarioError(f"unknown layout {layout!r}; choose long, wide or shocks")
    if out.suffix:
        if out.suffix.lower() not in FORMATS:
            raise ScenarioError(f"{out.name!r} must end in .csv or .parquet, or have no ending for a folder")
        check_table_free(out, overwrite)
        return FORMATS[out.suffix.lower()]
    check_blocks(out, overwrite)
    if layout != "long":
        raise ScenarioError(f"a folder of Parquet files has the long layout; give a .csv or .parquet file for {layout}")
    return "folder"
