"""Saving a fitted model: ``model.json`` says what it is, ``model.safetensors`` holds its arrays.  No pickle."""

from __future__ import annotations

import hashlib
import importlib.metadata
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from safetensors import SafetensorError
from safetensors.numpy import load, save_file

from tsgan.errors import ModelError, OutputError
from tsgan.files import atomic_path
from tsgan.formulas import write_csv
from tsgan.models import card, formats
from tsgan.models.info import ModelInfo
from tsgan.outputs.commits import umask
from tsgan.owned import Listing, check_owned, is_whole, owned_folder, refusal, sealed, sha256_of

DOCUMENT, ARRAYS, HISTORY = "model.json", "model.safetensors", "history.csv"

BARS = "bars/"
"""Prefix of the arrays that belong to a model's bars."""

_DAMAGED = "restore it from a copy, or fit the model again"


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


def write_model(saved: SavedModel, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write a model to ``folder``, as a whole or not at all.

    Args:
        saved: the model.
        folder: a new or an empty folder.
        overwrite: replace a model that is there; what tsgan did not write there is never touched.

    Raises OutputError where the folder cannot be written, or holds anything that may not be replaced.
    """
    with owned_folder(Path(folder), listing_of, overwrite) as temporary:
        arrays = {**saved.arrays, **{BARS + name: array for name, array in saved.bars.items()}}
        save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, temporary / ARRAYS)
        (temporary / ARRAYS).chmod(0o666 & ~umask())  # safetensors makes it private
        if saved.training_history is not None:
            write_csv(saved.training_history, temporary / HISTORY)
        (temporary / card.FILE).write_text(card.model_card(saved.info), encoding="utf-8")
        document = {
            "format_version": formats.CURRENT,
            "tsgan_version": importlib.metadata.version("tsgan"),
            "info": saved.info.to_json(),
            "files": dict(Listing.of(temporary).files),
        }
        _write_document(document, temporary)


def read_model(folder: str | os.PathLike[str]) -> SavedModel:
    """What :func:`write_model` wrote; models of formats before 5 state no hashes, and are believed.

    Raises ModelError for a folder that is not a model, another format, and files that are not those that were saved.
    """
    folder = Path(folder)
    try:
        document = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
        version = document["format_version"]
        document["info"]["model"]
    except FileNotFoundError:
        raise ModelError(
            f"{folder} is not a model folder: no model.json in it; make one with 'tsgan train PRICES --out {folder}'"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"{folder / DOCUMENT} cannot be read as a model: {error}") from None
    if version not in formats.READABLE:
        raise ModelError(
            f"{folder} has format version {version}, this tsgan reads {' and '.join(map(str, formats.READABLE))}; "
            "fit the model again or install another tsgan"
        )
    files = _files_of(document, folder)
    try:
        content = _checked(folder, ARRAYS, files)
        arrays = load(content)
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{folder / ARRAYS} is missing or damaged: {error}") from None
    own = {name: array for name, array in arrays.items() if not name.startswith(BARS)}
    bars = {name.removeprefix(BARS): array for name, array in arrays.items() if name.startswith(BARS)}
    try:
        info = ModelInfo.from_json(formats.upgraded(document)["info"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{folder / DOCUMENT} cannot be read as a model: {error}") from None
    return SavedModel(info, own, bars, _read_history(folder, files))


def _files_of(document: dict[str, Any], folder: Path) -> dict[str, str] | None:
    """Hash of each file of a model; None where it states none, as before format 5."""
    if not formats.states_hashes(document):
        return None
    files = document.get("files")
    if not is_whole(document) or not isinstance(files, dict) or ARRAYS not in files:
        raise ModelError(f"{folder / DOCUMENT} is not as it was saved; {_DAMAGED}")
    return files


def _checked(folder: Path, name: str, files: dict[str, str] | None) -> bytes:
    """The content of a file; ModelError where it is not what was saved."""
    content = (folder / name).read_bytes()
    if files is not None and hashlib.sha256(content).hexdigest() != files[name]:
        raise ModelError(f"{folder / name} is not the file that was saved with this model; {_DAMAGED}")
    return content


def check_model_folder(folder: str | os.PathLike[str], overwrite: bool = False) -> None:
    """OutputError, before any work, where a model cannot be saved to ``folder``, or would replace something else."""
    check_owned(Path(folder), listing_of, overwrite)


def listing_of(folder: Path) -> Listing:
    """The files of the model that lies in ``folder``; none where there is no model of tsgan's."""
    try:
        document = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
        info = document["info"]
        is_model = document["format_version"] in formats.READABLE and document["tsgan_version"] and info["train_end"]
        if is_model and not formats.states_hashes(document):
            return Listing(dict.fromkeys((DOCUMENT, ARRAYS, HISTORY, card.FILE)))
        if is_model and is_whole(document):
            return Listing(document["files"], document.get("before", {}), frozenset({DOCUMENT}))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    return Listing()


def replace_card(text: str, folder: str | os.PathLike[str]) -> Path:
    """Write another text for the card of the model in ``folder``, or a card alone where there is no model.

    Raises OutputError, and leaves the card, where somebody has changed it since tsgan wrote it.
    """
    folder = Path(folder)
    target, listing = folder / card.FILE, listing_of(folder)
    if os.path.lexists(target) and (folder / DOCUMENT).exists() and not listing.holds(folder, card.FILE):
        raise OutputError(refusal(folder, [card.FILE]))
    written = text.encode()
    if listing.files.get(card.FILE) is not None:
        # Listed first: whichever of both texts a crash leaves behind, it is known for tsgan's.
        document = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
        document["before"] = {card.FILE: sha256_of(target) if target.exists() else listing.files[card.FILE]}
        document["files"][card.FILE] = hashlib.sha256(written).hexdigest()
        _write_document(document, folder)
    with atomic_path(target) as temporary:
        temporary.write_bytes(written)
    return target


def _write_document(document: dict[str, Any], folder: Path) -> None:
    with atomic_path(folder / DOCUMENT) as temporary:
        temporary.write_text(json.dumps(sealed(document), indent=2) + "\n", encoding="utf-8")


def _read_history(folder: Path, files: dict[str, str] | None) -> pd.DataFrame | None:
    if files is not None and HISTORY not in files:
        return None
    try:
        return pd.read_csv(io.BytesIO(_checked(folder, HISTORY, files)))
    except (OSError, ValueError) as error:
        if files is None:
            return None
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"{folder / HISTORY} is missing or damaged: {error}; {_DAMAGED}") from None
