"""``tsgan info``: what is installed, what it runs on, and where caches live."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tsgan.cli import common
from tsgan.cli.common import Answer
from tsgan.runtime import compiled_folder, prepare

PACKAGES = (
    "tsgan",
    "jax",
    "jaxlib",
    "flax",
    "optax",
    "numpy",
    "pandas",
    "scipy",
    "arch",
    "exchange_calendars",
    "yfinance",
)


def versions() -> dict[str, str]:
    """Version by name, Python first."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def info(seed: common.Seed = 0, quiet: common.Quiet = False, json: common.Json = False) -> None:
    """Print versions, devices, and where caches live."""
    prepare()
    import jax

    from tsgan.data.cache import cache_folder

    devices = [f"{device.platform}:{device.id} ({device.device_kind})" for device in jax.devices()]
    caches = {"compiled programs": compiled_folder(), "downloads": cache_folder() / "yahoo"}
    found = versions()
    sizes = {name: {"path": str(path), "bytes": _size(path)} for name, path in caches.items()}
    rows = [*found.items(), *(("device", device) for device in devices)]
    rows += [(f"cache: {name}", f"{cache['path']} ({cache['bytes'] / 1e6:.1f} MB)") for name, cache in sizes.items()]
    Answer(quiet, json).give(
        {"versions": found, "devices": devices, "caches": sizes}, "\n".join(f"{name:<24} {what}" for name, what in rows)
    )


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
