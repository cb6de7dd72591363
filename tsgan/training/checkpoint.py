"""Training states as files: safetensors with a JSON header, in the format of models.  No pickle."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from tsgan.errors import ModelError
from tsgan.files import atomic_path
from tsgan.models.gan.trees import flatten


def save_checkpoint(path: str | os.PathLike[str], state: Any, facts: dict[str, Any]) -> None:
    """Write a pytree and JSON-ready facts to one file with their hash, whole or not at all."""
    arrays, told = flatten(state), json.dumps(facts)
    with atomic_path(path) as temporary:
        save_file(arrays, temporary, metadata={"tsgan": told, "sha256": _hash(arrays, told)})


def read_checkpoint(path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays and facts of a checkpoint; ModelError where the file is not one, or not as it was written."""
    try:
        with safe_open(Path(path), framework="numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}
        facts = json.loads(metadata["tsgan"])
        if "sha256" not in metadata:
            raise ValueError("it states no hash, as those of earlier versions")
        if metadata["sha256"] != _hash(arrays, metadata["tsgan"]):
            raise ValueError("it is not as it was written")
        return arrays, facts
    except (OSError, SafetensorError, KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(
            f"{path} cannot be read as a checkpoint ({error}); delete it and train from the start"
        ) from None


def _hash(arrays: Mapping[str, np.ndarray], facts: str) -> str:
    """sha256 of everything that a checkpoint holds."""
    found = hashlib.sha256(facts.encode())
    for name, array in sorted(arrays.items()):
        found.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()
