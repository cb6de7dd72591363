"""The manifest beside a scenario table: everything a reader needs that the rows do not say."""

from __future__ import annotations

import glob
import importlib.metadata
import json
import os
import platform
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tsgan.data.kinds import Space
from tsgan.errors import OutputError, ScenarioError
from tsgan.machine import platform_facts
from tsgan.outputs.temporary import abandoned, temporaries
from tsgan.owned import Listing, exists, is_whole, refusal, sealed, sha256_of
from tsgan.scenarios.scenarios import BAR_FIELDS, Scenarios

SCHEMA_VERSION = 2
"""Since 2 a manifest states the sha256 of its table, or of every file of its folder, and of itself."""

READABLE = (1, 2)

TABLE = "table"
"""What a manifest calls the file of its table."""

ORIGIN = ("tsgan_version", "versions", "platform")
"""What a manifest says of where its paths were drawn."""

NOTICE = "synthetic, not a forecast"
LIBRARIES = ("jax", "jaxlib", "flax", "scipy", "numpy", "pandas", "pyarrow")
"""Whose versions can change the last bits of a path or of a table."""

_DELETE = "delete it to read the table without it"


def manifest_path(table: str | os.PathLike[str]) -> Path:
    """Where the manifest of ``table`` lies: ``paths.csv`` has ``paths.csv.manifest.json`` beside it."""
    table = Path(table)
    return table.with_name(f"{table.name}.manifest.json")


def _earlier_path(table: Path) -> Path:
    """Where earlier versions put it, for ``paths.csv`` and ``paths.parquet`` alike: ``paths.manifest.json``."""
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
        **origin(),
        "provenance": provenance,
    }


def origin() -> dict[str, Any]:
    """What a manifest says of where its paths were drawn: here."""
    return {
        "tsgan_version": importlib.metadata.version("tsgan"),
        "versions": {name: importlib.metadata.version(name) for name in LIBRARIES}
        | {"python": platform.python_version()},
        "platform": platform_facts(),
    }


def apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """What of where paths were drawn differs between two manifests or :func:`origin`, as ``jax '0.9', not '0.10'``;
    empty where nothing does that could change a path.

    A device is told only where something has asked JAX for it, so that an empty one may be any.
    """
    for name in ORIGIN:
        here, there = one[name], other[name]
        if not isinstance(here, Mapping):
            if here != there:
                return f"tsgan {here}, not {there}"
            continue
        for key in sorted({*here, *there}):
            a, b = here.get(key), there.get(key)
            if a != b and not (key == "device" and "" in (a, b)):
                return f"{key} {a!r}, not {b!r}"
    return ""


def to_text(manifest: Mapping[str, Any], files: Mapping[str, str | None] | None = None) -> str:
    """The manifest as JSON text, sealed.  Raises ScenarioError where the provenance is not JSON-ready.

    Args:
        manifest: what :func:`manifest_of` says.
        files: name -> sha256 of what the manifest belongs to.  The file of a table is called TABLE, so that table and
            manifest can be renamed together; a manifest inside its table has none.
    """
    try:
        document = dict(manifest) if files is None else {**manifest, "files": dict(files)}
        return json.dumps(sealed(document), indent=2, allow_nan=False) + "\n"
    except (TypeError, ValueError) as error:
        raise ScenarioError(
            f"the provenance of these scenarios cannot be written as JSON: {error}; use plain numbers and texts"
        ) from None


def from_text(text: str | bytes, where: str) -> dict[str, Any]:
    """A manifest read back.  Raises ScenarioError, naming ``where`` it came from, if it is damaged or too new."""
    try:
        manifest = json.loads(text)
        version = manifest["schema_version"]
        whole = is_whole(manifest) or (version == 1 and not {"sha256", "files"} & set(manifest))
        tickers, kinds, prices = manifest["tickers"], manifest["kinds"], manifest["start_prices"]
        manifest["bounds"] = tuple((floor, cap) for floor, cap in manifest.get("bounds", ((None, None),) * len(kinds)))
        Space.of(tuple(tickers), tuple(kinds), manifest["bounds"])
        complete = len(tickers) == len(kinds) == len(prices) and set(kinds) <= {"price", "level", "rate"}
        manifest["provenance"] = dict(manifest["provenance"])
        prices[:] = map(float, prices)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ScenarioError(f"{where} is not a manifest of scenarios ({error}); {_DELETE}") from None
    if version not in READABLE:
        readable = " or ".join(map(str, READABLE))
        raise ScenarioError(f"{where} has schema version {version}, not {readable}; install another tsgan")
    if not whole:
        raise ScenarioError(f"{where} is not as it was written; restore it, draw the paths again, or {_DELETE}")
    if not complete:
        raise ScenarioError(f"{where} does not say kind and start price of every ticker; {_DELETE}")
    return manifest


def read_manifest(table: str | os.PathLike[str], inside: str | None = None) -> dict[str, Any] | None:
    """The manifest of ``table``, or None where there is none.

    The one beside the table counts first, which must be of this very file; then the one ``inside`` it, as text; then
    one that an earlier version wrote, which states no hash and is believed where it can belong to one table only.

    Raises ScenarioError for a manifest that is damaged or was written for another table.
    """
    table = Path(table)
    if (manifest := manifest_beside(table)) is not None:
        return manifest
    if inside is not None:
        return from_text(inside, str(table))
    earlier = _earlier_path(table)
    manifest = None if earlier == manifest_path(table) else _read(earlier)
    if manifest is None or manifest["schema_version"] != 1:
        return None
    others = [other for other in sorted(table.parent.glob(f"{glob.escape(table.stem)}.*")) if other != table]
    tables = [other for other in others if other.suffix.lower() in (".csv", ".parquet")]
    if tables:
        raise ScenarioError(
            f"{earlier} may belong to {table} or to {tables[0]}; it was written by an earlier tsgan, which kept one "
            f"manifest for both; move the other table away, or {_DELETE}"
        )
    return manifest


def manifest_beside(table: Path) -> dict[str, Any] | None:
    """The manifest beside ``table``, which must be of this very file; None where there is none."""
    path = manifest_path(table)
    manifest = _of_content(table)
    if manifest is None or table.is_dir():  # files of folders are checked one by one
        return manifest
    if manifest.get("files") != {TABLE: sha256_of(table)}:
        raise ScenarioError(
            f"{path} belongs to another table, or {table} changed since it was written; draw the paths again, or "
            "delete the manifest to read the table without it"
        )
    return manifest


def listing_of(folder: Path, content: Path | None = None) -> Listing:
    """The files of a folder of scenarios that the manifest beside it lists; none where it lists none.

    ``content`` is where they lie, if a crash or an exchange has put them elsewhere.
    """
    try:
        return Listing((_of_content(folder, content) or {}).get("files") or {})
    except ScenarioError:
        return Listing()


def belongs(content: Path, manifest: Mapping[str, Any] | None) -> bool:
    """Whether a manifest was written for this very table or folder."""
    files = (manifest or {}).get("files")
    if manifest is None or not content.exists():
        return False
    if files is None:
        return True  # of an earlier version, which is believed
    if not content.is_dir():
        return files == {TABLE: sha256_of(content)}
    return all((content / name).is_file() for name in files) and not Listing(files).others(content)


def belongs_to(table: Path) -> Callable[[Path], bool]:
    """Whether the manifest in a file was written for what lies at ``table`` by now."""

    def tell(file: Path) -> bool:
        try:
            return belongs(table, _read(file))
        except ScenarioError:
            return False

    return tell


def settle_manifest(table: Path) -> None:
    """Put a manifest in its place whose table a crash has let come to its own before it."""
    path, of_table = manifest_path(table), belongs_to(table)
    with suppress(OSError):
        for left in abandoned(path):
            if of_table(left.path) and not of_table(path):
                os.replace(left.path, path)


def _of_content(table: Path, content: Path | None = None) -> dict[str, Any] | None:
    """The manifest beside ``table``, or the one that is about to take its place, where that is of its content."""
    path = manifest_path(table)
    if waiting := temporaries(path):
        of_content = belongs_to(content or table)
        for one in (path, *waiting):
            if of_content(one):
                return _read(one)
    return _read(path)


def check_manifest_free(table: str | os.PathLike[str], overwrite: bool) -> None:
    """OutputError where the place of the manifest holds a file that may not be replaced."""
    path = manifest_path(table)
    if not os.path.lexists(path):
        return
    try:
        owned = path.is_file() and _read(path) is not None
    except ScenarioError:
        owned = False
    if not owned:
        raise OutputError(refusal(path.parent, [path.name]))
    if not overwrite:
        raise exists(path)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return from_text(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path} cannot be read: {error}; {_DELETE}") from None
