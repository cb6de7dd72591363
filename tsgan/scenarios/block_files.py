"""The files of a folder of scenarios, checked against the manifest beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tsgan.errors import ScenarioError
from tsgan.owned import sha256_of
from tsgan.scenarios.manifest import manifest_path, read_manifest

BLOCK_FILE = "paths.parquet"
"""Name of every file in a folder of scenarios, each in a ``block=00017`` of its own."""


def block_name(number: int) -> str:
    """Name of the folder that holds the file of a block."""
    return f"block={number:05d}"


def number_of(file: Path) -> int:
    """The number of the block that a file holds; -1 where its folder names none."""
    digits = file.parent.name.removeprefix("block=")
    return int(digits) if digits.isdecimal() else -1


def block_files(folder: Path, manifest: Mapping[str, Any] | None = None) -> list[Path]:
    """The files of a folder of scenarios, in their order; ScenarioError where they are not those of its manifest.

    ``manifest`` is that of the folder, where it has been read already.
    """
    found = sorted(folder.glob(f"block=*/{BLOCK_FILE}"), key=lambda file: (number_of(file), file))
    listed = (manifest or read_manifest(folder) or {}).get("files") if found else None
    names = [file.relative_to(folder).as_posix() for file in found]
    if listed is not None and set(names) != set(listed):
        apart = sorted(set(names) ^ set(listed))
        raise ScenarioError(
            f"{folder} does not hold the files that {manifest_path(folder)} lists: {apart[0]} is "
            f"{'not among them' if apart[0] in names else 'missing'}; restore it, or draw the paths again"
        )
    return found


def checked_block(folder: Path, file: Path, manifest: dict[str, Any] | None) -> Path:
    """``file``, checked against the manifest of its folder."""
    files = None if manifest is None else manifest.get("files")
    if files is not None and files.get(file.relative_to(folder).as_posix()) != sha256_of(file):
        raise ScenarioError(
            f"{file} is not the file that {manifest_path(folder)} was written for; restore it, or draw the paths again"
        )
    return file
