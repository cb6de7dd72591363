"""Training states as files: safetensors with a JSON header, in the format of models.  No pickle."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from tsgan.errors import ModelError
from tsgan.files import atomic_path
from tsgan.models.gan.trees import flatten


def save_checkpoint(path: str | os.PathLike[str], state: Any, facts: dict[str, Any]) -> None:
    """Write a pytree and JSON-ready facts to one file, whole or not at all."""
    with atomic_path(path) as temporary:
        save_file(flatten(state), temporary, metadata={"tsgan": json.dumps(facts)})


def read_checkpoint(path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays and facts of a checkpoint; ModelError where the file is not one."""
    try:
        with safe_open(Path(path), framework="numpy") as file:
            facts = json.loads((file.metadata() or {})["tsgan"])
            return {name: file.get_tensor(name) for name in file.keys()}, facts
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise ModelError(
            f"{path} cannot be read as a checkpoint ({error}); delete it and train from the start"
        ) from None
