"""``tsgan info``: what is installed, what it runs on, and where caches live."""

from __future__ import annotations

from tsgan import runtime
from tsgan.cli import common
from tsgan.cli.common import Answer


def info(quiet: common.Quiet = False, json: common.Json = False) -> None:
    """Print versions, devices, and where caches live."""
    found = runtime.info().to_dict()
    first, *more = found["devices"]
    rows = [*found["versions"].items(), ("computes on", first), *(("device", device) for device in more)]
    rows += [(f"not on a {kind.upper()}", why) for kind, why in found["others"].items()]
    for name, cache in found["caches"].items():
        rows.append((f"cache: {name}", f"{cache['path']} ({cache['bytes'] / 1e6:.1f} MB)"))
    Answer(quiet, json).give(found, "\n".join(f"{name:<24} {what}" for name, what in rows))
