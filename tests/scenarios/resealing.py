"""Manifests that belong to a table which a test has changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tsgan.owned import sha256_of
from tsgan.scenarios.manifest import TABLE, manifest_path, to_text


def reseal(table: Path, change: Callable[[str], str] = lambda text: text) -> None:
    """Give ``table``, as it is now, a manifest that says what the one beside it says after a ``change`` of its text."""
    path = manifest_path(table)
    manifest = json.loads(change(path.read_text()))
    path.write_text(to_text(manifest, {TABLE: sha256_of(table)}))
