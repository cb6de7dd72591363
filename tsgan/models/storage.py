"""Saving a fitted model: ``model.json`` says what it is, ``model.safetensors`` holds its arrays.  No pickle."""

from __future__ import annotations

import importlib.metadata
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from tsgan.errors import ModelError, OutputError
from tsgan.files import atomic_folder, check_file, umask
from tsgan.models import card, formats
from tsgan.models.info import ModelInfo

BARS = "bars/"
"""Prefix of the arrays that belong to a model's bars."""


class SavedModel(NamedTuple):
    """What a model's folder holds.

    Attributes:
        info: origin of the model.
        arrays: everything fitted, as ``MarketModel.arrays`` gives it.
        bars: likewise of what puts bars around its closes; empty where nothing does.
        training_history: what training saw on its way, or None where the folder does not tell.
    """

    info: ModelInfo
    arrays: Mapping[str, np.ndarray]
    bars: Mapping[str, np.ndarray]
    training_history: pd.DataFrame | None


def write_model(saved: SavedModel, folder: str | os.PathLike[str]) -> None:
    """Write a model to ``folder``, as a whole or not at all; an existing model there is replaced."""
    target = Path(folder)
    if _holds_something_else(target):
        raise ModelError(f"{target} holds other files; give an empty folder or a new name for the model")
    with atomic_folder(target) as temporary:
        document = {
            "format_version": formats.CURRENT,
            "tsgan_version": importlib.metadata.version("tsgan"),
            "info": saved.info.to_json(),
        }
        (temporary / "model.json").write_text(json.dumps(document, indent=2) + "\n")
        arrays = {**saved.arrays, **{BARS + name: array for name, array in saved.bars.items()}}
        save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, temporary / "model.safetensors")
        (temporary / "model.safetensors").chmod(0o666 & ~umask())  # safetensors makes it private
        if saved.training_history is not None:
            saved.training_history.to_csv(temporary / "history.csv", index=False)
        (temporary / card.FILE).write_text(card.model_card(saved.info), encoding="utf-8")


def read_model(folder: str | os.PathLike[str]) -> SavedModel:
    """What :func:`write_model` wrote.

    Raises ModelError for a folder that is not a model, another format, or files that are damaged.
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
        arrays = load_file(folder / "model.safetensors")
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{folder / 'model.safetensors'} is missing or damaged: {error}") from None
    own = {name: array for name, array in arrays.items() if not name.startswith(BARS)}
    bars = {name.removeprefix(BARS): array for name, array in arrays.items() if name.startswith(BARS)}
    return SavedModel(ModelInfo.from_json(formats.upgraded(document)["info"]), own, bars, _read_history(folder))


def check_model_folder(folder: str | os.PathLike[str]) -> None:
    """OutputError, before any work, where a model cannot be saved to ``folder``, or would replace something else."""
    target = Path(folder)
    if target.exists() and not target.is_dir():
        raise OutputError(f"cannot write the folder {target}: a file of that name exists; choose another --out")
    if _holds_something_else(target):
        raise OutputError(f"{target} holds other files and no model; give an empty folder or a new name with --out")
    check_file(target.with_name(f".{target.name}"))


def _holds_something_else(folder: Path) -> bool:
    """Whether there are files which are not those of a model, and which nothing may replace."""
    return folder.is_dir() and any(folder.iterdir()) and not (folder / "model.json").exists()


def _read_history(folder: Path) -> pd.DataFrame | None:
    try:
        return pd.read_csv(folder / "history.csv")
    except (OSError, ValueError):
        return None
