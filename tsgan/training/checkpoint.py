"""Training states as files: safetensors with a JSON header, in the format of models.  No pickle."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from tsgan.errors import CheckpointWarning, ModelError, OutputError
from tsgan.files import atomic_path
from tsgan.owned import refusal

logger = logging.getLogger(__name__)

_SAID: set[str] = set()
"""What has been logged of states that were not saved."""


def save_checkpoint(path: str | os.PathLike[str], state: Any, facts: dict[str, Any]) -> None:
    """Write a pytree and JSON-ready facts to one file with their hash, whole or not at all."""
    from tsgan.models.gan.trees import flatten  # which needs JAX

    save_arrays(path, flatten(state), facts)


def save_or_warn(path: str | os.PathLike[str], state: Any, facts: dict[str, Any]) -> None:
    """:func:`save_checkpoint`; where that fails, a CheckpointWarning, for hours of training are not to end there."""
    try:
        save_checkpoint(path, state, facts)
    except OutputError as error:
        said = (
            f"the state of training was not saved: {error}; training goes on, and could only be resumed from what was "
            "saved before"
        )
        if said not in _SAID:  # at once: warnings of a fit are told at its end
            _SAID.add(said)
            logger.error("%s", said)
        warnings.warn(said, CheckpointWarning, stacklevel=2)


def check_free_for(path: str | os.PathLike[str], overwrite: bool) -> None:
    """OutputError where a training that begins anew would save its state over something else: over any file that is
    no checkpoint, and, unless ``overwrite`` says so, over the state of another training."""
    path = Path(path)
    if not os.path.lexists(path):
        return
    try:
        read_checkpoint(path)
    except ModelError as error:
        raise OutputError(refusal(path.parent, [path.name])) from error
    if not overwrite:
        raise OutputError(
            f"{path} holds an interrupted training; --resume (resume=True in Python) carries it on, --overwrite "
            "(overwrite=True) begins another one"
        )


def save_arrays(path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray], facts: dict[str, Any]) -> None:
    """Write named arrays and JSON-ready facts to one file with their hash, whole or not at all."""
    told = json.dumps(facts)
    with atomic_path(path) as temporary:
        save_file(dict(arrays), temporary, metadata={"tsgan": told, "sha256": _hash(arrays, told)})


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
