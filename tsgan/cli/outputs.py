"""Outputs: their formats, documents and tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer

from tsgan.files import atomic_path
from tsgan.files import check_file as check_file
from tsgan.reports.result import plain

if TYPE_CHECKING:
    from rich.table import Table


def table_format(target: Path) -> Literal["csv", "parquet"]:
    """``csv`` or ``parquet``, from the file's name; a usage error for any other."""
    formats: dict[str, Literal["csv", "parquet"]] = {".csv": "csv", ".parquet": "parquet"}
    if target.suffix.lower() not in formats:
        raise typer.BadParameter(f"{target.name!r} must end in .csv or .parquet", param_hint="'--out'")
    return formats[target.suffix.lower()]


def write_json(document: Mapping[str, Any], target: Path) -> None:
    """Write ``document`` as JSON, made plain as for ``--json``."""
    with atomic_path(target) as temporary:
        temporary.write_text(json.dumps(plain(document), indent=2, allow_nan=False) + "\n")


def text_table(
    caption: str, headers: Sequence[str], rows: Iterable[Sequence[str]] = (), bold: Sequence[int] = (), words: int = 1
) -> Table:
    """A table for the terminal, whose words mean nothing to rich; the rows ``bold`` stand out.

    The first ``words`` columns are words, and lie on the left.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(title=Text(caption, style="bold"), box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for i, header in enumerate(headers):
        made.add_column(Text(header), justify="left" if i < words else "right")
    for i, row in enumerate(rows):
        made.add_row(*map(Text, row), style="bold" if i in bold else None)
    return made
