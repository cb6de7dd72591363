"""One door for scenarios that go to disk, whatever the form."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from tsgan.errors import ScenarioError
from tsgan.files import check_file
from tsgan.scenarios.blocks import check_blocks, write_blocks
from tsgan.scenarios.scenarios import Scenarios
from tsgan.scenarios.tables import Format, Layout, write

FORMATS: dict[str, Format] = {".csv": "csv", ".parquet": "parquet"}
"""Ending of a file's name -> its format."""


def write_scenarios(
    scenarios: Scenarios | Iterable[Scenarios], out: str | os.PathLike[str], *, layout: Layout = "long"
) -> None:
    """Write scenarios and their manifest; :func:`tsgan.read_scenarios` reads them back.

    Args:
        scenarios: all of them, or the chunks of one job, as :func:`tsgan.sample_chunks` draws them: any number of
            paths then needs the same memory.
        out: a ``.csv`` or ``.parquet`` file; a name without an ending is a folder of Parquet files, for large jobs.
            What is there is replaced when the new one is complete, and a folder only if it holds scenarios.
        layout: ``long`` (a row a path, date and ticker), ``wide`` (a column a path) or ``shocks`` (a row a path, with
            its moves over the horizon); a folder is long.

    Raises:
        ScenarioError: an unknown layout, no paths, or chunks that are not consecutive pieces of one job.
        OutputError: a place that cannot be written or holds something else.
    """
    out = Path(out)
    form = scenario_format(out, layout)
    chunks = [scenarios] if isinstance(scenarios, Scenarios) else scenarios
    if form == "folder":
        write_blocks(chunks, out)
    else:
        write(chunks, out, layout, form)


def scenario_format(out: Path, layout: str = "long") -> Format | Literal["folder"]:
    """What :func:`write_scenarios` would write to ``out``; raises, before any work, where it could not."""
    if layout not in ("long", "wide", "shocks"):
        raise ScenarioError(f"unknown layout {layout!r}; choose long, wide or shocks")
    if out.suffix:
        if out.suffix.lower() not in FORMATS:
            raise ScenarioError(f"{out.name!r} must end in .csv or .parquet, or have no ending for a folder")
        check_file(out)
        return FORMATS[out.suffix.lower()]
    check_blocks(out)
    if layout != "long":
        raise ScenarioError(f"a folder of Parquet files has the long layout; give a .csv or .parquet file for {layout}")
    check_file(out / "paths")
    return "folder"
