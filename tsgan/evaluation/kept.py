"""Parts of an evaluation that are finished, kept in a folder so that the same evaluation, cut short, finds them again.

Every part is one safetensors file with its hash: numbers, texts and the few types named here, no code.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from tsgan.errors import ModelError, OutputError
from tsgan.evaluation.bands import Band, Judgement
from tsgan.evaluation.calibration import Calibration
from tsgan.evaluation.curves import Curves
from tsgan.evaluation.logscore import LogScore
from tsgan.evaluation.measurements import SourceMeasurements
from tsgan.evaluation.protocol import Paths
from tsgan.evaluation.rows import Gate, ScoreRow
from tsgan.fitting import load_model
from tsgan.models.contract import MarketModel
from tsgan.models.storage import listing_of
from tsgan.outputs.listings import Listing, names_in
from tsgan.outputs.staging import remove
from tsgan.training.checkpoint import read_checkpoint, save_arrays

T = TypeVar("T")

TYPES = (Band, Judgement, Calibration, Curves, LogScore, SourceMeasurements, Paths, Gate, ScoreRow)
"""What parts are made of, beside arrays, numbers, texts, lists, tuples and dictionaries."""

_OURS = re.compile(r"evaluation-[0-9a-f]{16}")
"""How the folder of one evaluation's parts is called."""


class Kept:
    """The finished parts of one evaluation.

    Args:
        folder: where they are; None keeps nothing.
        settings: JSON-ready; everything that the parts depend on.  Parts of other settings are removed; whatever tsgan
            did not write stays.
        types: dataclasses that parts may hold, beside ``TYPES``.
    """

    def __init__(self, folder: Path | None, settings: Mapping[str, Any], types: tuple[type, ...] = ()) -> None:
        self._types = {one.__name__: one for one in (*TYPES, *types)}
        self._folder: Path | None = None
        if folder is not None:
            text = json.dumps(dict(settings), sort_keys=True, default=str)
            self._folder = folder / f"evaluation-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
            for other in folder.iterdir() if folder.is_dir() else ():
                if other != self._folder and _OURS.fullmatch(other.name) and not other.is_symlink():
                    _clear(other)

    def part(self, name: str, make: Callable[[], T]) -> T:
        """What ``make`` gives, made once."""
        if self._folder is None:
            return make()
        file = self._folder / f"{name}.safetensors"
        if file.exists():
            try:
                arrays, facts = read_checkpoint(file)
                return self._decoded(facts["value"], arrays)
            except (ModelError, KeyError, TypeError, ValueError):
                pass  # damaged, so it is made again
        made = make()
        arrays: dict[str, np.ndarray] = {}
        try:
            facts = {"value": self._encoded(made, arrays)}
            save_arrays(file, arrays, facts)
        except OutputError:
            pass  # an evaluation does not end because a part of it cannot be kept
        return made

    def model(self, name: str, fit: Callable[[], MarketModel]) -> MarketModel:
        """The model that ``fit`` gives, fitted once."""
        if self._folder is None:
            return fit()
        folder = self._folder / "models" / name
        try:
            return load_model(folder)
        except ModelError:
            fitted = fit()
        try:
            fitted.save(folder, overwrite=True)
        except OutputError:
            pass
        return fitted

    def _encoded(self, value: Any, arrays: dict[str, np.ndarray]) -> Any:
        if value is None or isinstance(value, bool | str) or type(value) in (int, float):
            return value
        if isinstance(value, np.ndarray | np.generic):
            name, plain = str(len(arrays)), np.ascontiguousarray(value)
            arrays[name] = plain.view(np.int64) if plain.dtype.kind == "M" else plain
            return {"is": "array", "name": name, "type": str(plain.dtype), "single": isinstance(value, np.generic)}
        if type(value).__name__ in self._types and type(value) is self._types[type(value).__name__]:
            fields = _fields(value)
            return {"is": type(value).__name__, "has": {k: self._encoded(v, arrays) for k, v in fields.items()}}
        if isinstance(value, list | tuple):
            kind = "tuple" if isinstance(value, tuple) else "list"
            return {"is": kind, "has": [self._encoded(one, arrays) for one in value]}
        if isinstance(value, Mapping):
            pairs = [[self._encoded(k, arrays), self._encoded(v, arrays)] for k, v in value.items()]
            return {"is": "map", "has": pairs}
        raise TypeError(f"a part of an evaluation holds a {type(value).__name__}, which is not among its types")

    def _decoded(self, value: Any, arrays: Mapping[str, np.ndarray]) -> Any:
        if not isinstance(value, dict):
            return value
        kind = value["is"]
        if kind == "array":
            found = arrays[value["name"]]
            found = found.view(value["type"]) if found.dtype != value["type"] else found
            return found.reshape(())[()] if value["single"] else found
        if kind in ("list", "tuple"):
            made = [self._decoded(one, arrays) for one in value["has"]]
            return made if kind == "list" else tuple(made)
        if kind == "map":
            return {self._decoded(k, arrays): self._decoded(v, arrays) for k, v in value["has"]}
        return self._types[kind](**{k: self._decoded(v, arrays) for k, v in value["has"].items()})


def _fields(value: Any) -> dict[str, Any]:
    names = getattr(value, "_fields", None) or [one.name for one in dataclasses.fields(value)]
    return {name: getattr(value, name) for name in names}


def _clear(folder: Path) -> None:
    """Remove the parts and models of an evaluation, and the folders that are empty then."""
    listing = Listing({file.name: None for file in folder.glob("*.safetensors") if _is_part(file)})
    for model in (folder / "models").glob("*"):
        listing = listing.joined(listing_of(model), f"models/{model.name}")
    ours = [name for name in names_in(folder, empty_folders=False) if listing.holds(folder, name)]
    with suppress(OSError):
        remove(folder, Listing(dict.fromkeys(ours)))


def _is_part(file: Path) -> bool:
    """Whether a file is a part as it was written, or what a crash has left of one."""
    if file.name.startswith(".") and file.stem.endswith(".tsgan"):
        return True
    try:
        return "value" in read_checkpoint(file)[1]
    except ModelError:
        return False
