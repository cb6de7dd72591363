"""What a worker does: draw one block of paths and put it in its place, or look whether it is there."""

from __future__ import annotations

import io
import json
import platform
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from tsgan.errors import ClusterError
from tsgan.fitting import load_model
from tsgan.models.contract import MarketModel
from tsgan.owned import is_whole, sealed
from tsgan.sampling import SampledChunks
from tsgan.scenarios.block_files import BLOCK_FILE, block_name
from tsgan.scenarios.blocks import write_block
from tsgan.scenarios.manifest import manifest_of, origin
from tsgan.scenarios.places import Place


@dataclass(frozen=True)
class Drawing:
    """A set of paths to be drawn, as it goes to the workers.

    Attributes:
        model: the folder of the model, zipped.
        model_hash: of the model in it.
        n_paths, horizon, seed: of the set.
        start: ``history``, ``start_prices`` and ``start_date``, as for ``model.sample``.
        block: paths a part.
    """

    model: bytes
    model_hash: str
    n_paths: int
    horizon: int
    seed: int
    start: Mapping[str, Any]
    block: int

    @classmethod
    def of(cls, chunks: SampledChunks, start: Mapping[str, Any], block: int) -> Drawing:
        model = chunks.model
        job = chunks.job
        return cls(packed(model), model.model_hash, chunks.n_paths, job["horizon"], job["seed"], start, block)

    def span(self, number: int) -> tuple[int, int]:
        """The first path of a part, and the first behind it."""
        return number * self.block, min((number + 1) * self.block, self.n_paths)

    @property
    def chunks(self) -> SampledChunks:
        """All of its paths."""
        return SampledChunks(unpacked(self.model, self.model_hash), self.n_paths, self.horizon, self.seed, self.start)


class Fact(NamedTuple):
    """What is known of a part that is in its place.

    Attributes:
        digest: sha256 of its file.
        paths: how many it has.
        origin: where they were drawn, as a manifest says it.
        host: the machine's name.
    """

    digest: str
    paths: int
    origin: Mapping[str, Any]
    host: str


def itself(drawing: Drawing) -> Drawing:
    """A drawing as the result of a task: every worker fetches it once, and the scheduler can make it again."""
    return drawing


def described(_: int, drawing: Drawing) -> dict[str, Any]:
    """The manifest of the set, as the machine that draws it writes it."""
    return manifest_of(next(drawing.chunks.between(0, 1)), drawing.n_paths, "long")


def part_name(number: int) -> str:
    """Of the file of a part, in its place."""
    return f"{block_name(number)}/{BLOCK_FILE}"


def note_name(number: int) -> str:
    return f"{block_name(number)}.json"


def drawn(number: int, drawing: Drawing, place: Place, job: str) -> Fact:
    """Draw a part, put it in its place, and note it; ``job`` is a hash of all that the set depends on."""
    first, stop = drawing.span(number)
    chunks = drawing.chunks
    digest = place.put(part_name(number), lambda file: write_block(file, chunks.between(first, stop)))
    fact = Fact(digest, stop - first, origin(), platform.node())
    place.note(note_name(number), json.dumps(sealed({"job": job, "number": number, **fact._asdict()})))
    return fact


def checked(number: int, place: Place, job: str) -> Fact | None:
    """What is known of a part that is in its place, undamaged, of this very job; None of any other."""
    text = place.noted(note_name(number))
    try:
        note = json.loads(text or "")
        if not is_whole(note) or (note["job"], note["number"]) != (job, number):
            return None
        fact = Fact(**{name: note[name] for name in Fact._fields})
    except (ValueError, KeyError, TypeError):
        return None
    return fact if place.sha256(part_name(number)) == fact.digest else None


def packed(model: MarketModel) -> bytes:
    """The folder of a model, zipped."""
    with tempfile.TemporaryDirectory(prefix="tsgan-") as folder:
        model.save(Path(folder) / "model")
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted((Path(folder) / "model").iterdir()):
                archive.write(file, file.name)
    return content.getvalue()


def unpacked(content: bytes, model_hash: str) -> MarketModel:
    """The model of a zipped folder; ClusterError where it is another one here."""
    model = _loaded(content)
    if model.model_hash != model_hash:
        raise ClusterError(
            f"a worker on {platform.node()} reads the model {model_hash} as {model.model_hash}: it has another tsgan "
            "or other libraries; install the same everywhere"
        )
    return model


@lru_cache(maxsize=2)
def _loaded(content: bytes) -> MarketModel:
    with tempfile.TemporaryDirectory(prefix="tsgan-") as folder:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(folder)
        return load_model(folder)
