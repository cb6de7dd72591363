"""Outputs: checks before long work begins, which leave nothing behind, and documents after it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import typer

from tsgan.cli.common import plain
from tsgan.errors import OutputError
from tsgan.files import atomic_path


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
