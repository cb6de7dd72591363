"""Manifests of folders whose files a test has changed."""

from __future__ import annotations

import json
from pathlib import Path

from tsgan.owned import Listing
from tsgan.scenarios.manifest import manifest_path, to_text


def reseal_blocks(folder: Path) -> None:
    """Give ``folder`` a manifest of its files as they are now."""
    manifest = json.loads(manifest_path(folder).read_text())
    manifest_path(folder).write_text(to_text(manifest, Listing.of(folder).files))
