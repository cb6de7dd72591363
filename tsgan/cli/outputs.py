"""Outputs: their formats and documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import typer

from tsgan.files import atomic_path
from tsgan.files import check_file as check_file
from tsgan.reports.result import plain


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
