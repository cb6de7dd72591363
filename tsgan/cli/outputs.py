"""Outputs: checks before long work begins, which leave nothing behind, and documents after it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer

from tsgan.errors import OutputError
from tsgan.files import atomic_path
from tsgan.reports.result import plain

if TYPE_CHECKING:
    from rich.table import Table


def check_file(target: Path) -> None:
    """OutputError, now rather than after the work, where the file ``target`` cannot be written."""
    if target.is_dir():
        raise OutputError(f"cannot write {target}: it is a folder; give a file name")
    place = target.parent
    try:
        while not place.exists():
            place = place.parent
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        raise OutputError(f"cannot write {target}: {error.strerror or error} ({place}); choose another --out") from None


def check_model_folder(target: Path) -> None:
    """OutputError where a model cannot be saved to ``target``, or would replace something that is no model."""
    if target.exists() and not target.is_dir():
        raise OutputError(f"cannot write the folder {target}: a file of that name exists; choose another --out")
    if target.is_dir() and any(target.iterdir()) and not (target / "model.json").exists():
        raise OutputError(f"{target} holds other files and no model; give an empty folder or a new name with --out")
    check_file(target.with_name(f".{target.name}"))


def scenario_format(target: Path) -> Literal["csv", "parquet", "folder"]:
    """As :func:`table_format`; a name without an ending means a folder of Parquet files, which is checked."""
    if target.suffix:
        return table_format(target)
    from tsgan.scenarios.blocks import check_blocks

    check_blocks(target)
    return "folder"


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
    caption: str, headers: Sequence[str], rows: Iterable[Sequence[str]] = (), bold: Sequence[int] = ()
) -> Table:
    """A table for the terminal, whose words mean nothing to rich; the rows ``bold`` stand out."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(title=Text(caption, style="bold"), box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for i, header in enumerate(headers):
        made.add_column(Text(header), justify="right" if i else "left")
    for i, row in enumerate(rows):
        made.add_row(*map(Text, row), style="bold" if i in bold else None)
    return made
