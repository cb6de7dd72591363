"""The manifest beside a scenario table: everything a reader needs that the rows do not say."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tsgan.data.kinds import Space
from tsgan.errors import ScenarioError
from tsgan.scenarios.scenarios import BAR_FIELDS, Scenarios

SCHEMA_VERSION = 1
NOTICE = "synthetic, not a forecast"
LIBRARIES = ("jax", "numpy", "pandas", "pyarrow")
"""Whose versions can change the last bits of a path or of a table."""

_DELETE = "delete it to read the table without it"


def manifest_path(table: str | os.PathLike[str]) -> Path:
    """Where the manifest of ``table`` lies: ``paths.csv`` has ``paths.manifest.json`` beside it."""
    table = Path(table)
    return table.with_name(f"{table.stem}.manifest.json")


def manifest_of(first: Scenarios, n_paths: int, layout: str) -> dict[str, Any]:
    """The manifest of a job, JSON-ready, from its first chunk and its number of paths.

    It names no file and no time, so equal scenarios have equal manifests.
    """
    provenance = dict(first.provenance)
    return {
        "schema_version": SCHEMA_VERSION,
        "notice": NOTICE,
        "as_of_date": str(first.dates[0]),
        "last_date": str(first.dates[-1]),
        "horizon": first.horizon,
        "paths": n_paths,
        "first_path": first.first_path,
        "layout": layout,
        "tickers": list(first.assets),
        "kinds": list(first.kinds),
        "bounds": [list(pair) for pair in first.bounds],
        "start_prices": [float(price) for price in first.start_prices],
        "returns": "log returns a period for kind 'price', differences for 'level' and 'rate'",
        "weights": first.weights is not None,
        "bars": [name for name in BAR_FIELDS if name in first.bars],
        "calendar": provenance.get("calendar", ""),
        "currency": provenance.get("currency", ""),
        "model": provenance.get("model", ""),
        "seed": provenance.get("seed"),
        "drift": provenance.get("drift"),
        "conditioning": provenance.get("conditioning"),
        "model_hash": provenance.get("model_hash", ""),
        "data_hash": provenance.get("data_hash", ""),
        "tsgan_version": importlib.metadata.version("tsgan"),
        "versions": {name: importlib.metadata.version(name) for name in LIBRARIES}
        | {"python": platform.python_version()},
        "provenance": provenance,
    }


def to_text(manifest: Mapping[str, Any]) -> str:
    """The manifest as JSON text.  Raises ScenarioError where the provenance is not JSON-ready."""
    try:
        return json.dumps(manifest, indent=2, allow_nan=False) + "\n"
    except (TypeError, ValueError) as error:
        raise ScenarioError(
            f"the provenance of these scenarios cannot be written as JSON: {error}; use plain numbers and texts"
        ) from None


def from_text(text: str | bytes, where: str) -> dict[str, Any]:
    """A manifest read back.  Raises ScenarioError, naming ``where`` it came from, if it is damaged or too new."""
    try:
        manifest = json.loads(text)
        version = manifest["schema_version"]
        tickers, kinds, prices = manifest["tickers"], manifest["kinds"], manifest["start_prices"]
        manifest["bounds"] = tuple((floor, cap) for floor, cap in manifest.get("bounds", ((None, None),) * len(kinds)))
        Space.of(tuple(tickers), tuple(kinds), manifest["bounds"])
        complete = len(tickers) == len(kinds) == len(prices) and set(kinds) <= {"price", "level", "rate"}
        manifest["provenance"] = dict(manifest["provenance"])
        prices[:] = map(float, prices)
    except (ValueError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{where} is not a manifest of scenarios ({error}); {_DELETE}") from None
    if version != SCHEMA_VERSION:
        raise ScenarioError(f"{where} has schema version {version}, not {SCHEMA_VERSION}; install another tsgan")
    if not complete:
        raise ScenarioError(f"{where} does not say kind and start price of every ticker; {_DELETE}")
    return manifest


def read_manifest(table: str | os.PathLike[str]) -> dict[str, Any] | None:
    """The manifest beside ``table``, or None where there is none."""
    path = manifest_path(table)
    try:
        return from_text(path.read_text(), str(path))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path} cannot be read: {error}; {_DELETE}") from None
