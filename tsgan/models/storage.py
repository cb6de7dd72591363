"""Saving a fitted model: ``model.json`` says what it is, ``model.safetensors`` holds its arrays.  No pickle."""

from __future__ import annotations

import importlib.metadata
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from tsgan.errors import ModelError
from tsgan.files import atomic_folder, umask
from tsgan.models import card, formats

if TYPE_CHECKING:
    from tsgan.models.bars.model import Bars
    from tsgan.models.contract import MarketModel

BARS = "bars/"
"""Prefix of the arrays that belong to a model's bars."""


def save_model(model: MarketModel, folder: str | os.PathLike[str]) -> None:
    """Write ``model`` to ``folder``, as a whole or not at all; an existing model there is replaced."""
    target = Path(folder)
    if target.is_dir() and any(target.iterdir()) and not (target / "model.json").exists():
        raise ModelError(f"{target} holds other files; give an empty folder or a new name for the model")
    with atomic_folder(target) as temporary:
        document = {
            "format_version": formats.CURRENT,
            "tsgan_version": importlib.metadata.version("tsgan"),
            "info": model.info.to_json(),
        }
        (temporary / "model.json").write_text(json.dumps(document, indent=2) + "\n")
        arrays = model.arrays()
        if model.bars is not None:
            arrays |= {BARS + name: array for name, array in model.bars.arrays().items()}
        save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, temporary / "model.safetensors")
        (temporary / "model.safetensors").chmod(0o666 & ~umask())  # safetensors makes it private
        if model.training_history is not None:
            model.training_history.to_csv(temporary / "history.csv", index=False)
        (temporary / card.FILE).write_text(card.model_card(model.info), encoding="utf-8")


def read_model(folder: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The JSON document and the arrays of a model folder.

    Raises ModelError for a folder that is not a model, a newer format, or files that are damaged.
    """
    folder = Path(folder)
    try:
        document = json.loads((folder / "model.json").read_text())
        version = document["format_version"]
        document["info"]["model"]
    except FileNotFoundError:
        raise ModelError(
            f"{folder} is not a model folder: no model.json in it; make one with 'tsgan train PRICES --out {folder}'"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{folder / 'model.json'} cannot be read as a model: {error}") from None
    if version not in formats.READABLE:
        raise ModelError(
            f"{folder} has format version {version}, this tsgan reads {' and '.join(map(str, formats.READABLE))}; "
            "fit the model again or install another tsgan"
        )
    try:
        return formats.upgraded(document), load_file(folder / "model.safetensors")
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{folder / 'model.safetensors'} is missing or damaged: {error}") from None


def read_history(folder: str | os.PathLike[str]) -> pd.DataFrame | None:
    """What training saw on its way, or None where the folder does not tell."""
    try:
        return pd.read_csv(Path(folder) / "history.csv")
    except (OSError, ValueError):
        return None


def read_bars(arrays: dict[str, np.ndarray]) -> Bars | None:
    """The bars among the arrays of a model folder, or None where the model has none."""
    own = {name.removeprefix(BARS): array for name, array in arrays.items() if name.startswith(BARS)}
    if not own:
        return None
    from tsgan.models.bars.model import Bars

    return Bars.restore(own)
