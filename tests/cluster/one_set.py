"""The set of paths that clusters draw in tests."""

from __future__ import annotations

import json
from pathlib import Path

PATHS, DAYS, BLOCK = 2300, 4, 100
PARTS = 23


def contents(folder: Path) -> dict[Path, bytes]:
    """Name -> content of every file in a folder; of manifests without the device, which is told where JAX was asked for
    it, and without the seal."""
    return {file.relative_to(folder): plain(file.read_bytes()) for file in folder.rglob("*") if file.is_file()}


def plain(content: bytes) -> bytes:
    if not content.startswith(b"{"):
        return content
    document = json.loads(content)
    document["platform"]["device"] = document["sha256"] = ""
    return json.dumps(document).encode()
