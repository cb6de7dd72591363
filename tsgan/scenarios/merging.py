"""Shards put together: all of them, of one set, undamaged, or an error that says which is not."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from tsgan.errors import ScenarioError
from tsgan.outputs.commits import flush
from tsgan.owned import sha256_of
from tsgan.scenarios.block_files import BLOCK_FILE, block_files, block_name
from tsgan.scenarios.blocks import BLOCK_PATHS, read_blocks
from tsgan.scenarios.manifest import ORIGIN, apart, manifest_path, read_manifest
from tsgan.scenarios.reading import TABLES, holds_paths, read_scenarios
from tsgan.scenarios.scenarios import Scenarios
from tsgan.scenarios.shards import SHARD
from tsgan.scenarios.tables import Layout
from tsgan.scenarios.writing import scenario_format, write_scenarios

SHOWN = 6
"""Missing shards that an error names."""

OWN = ("files", "sha256", "first_path", "paths", "provenance")
"""What manifests of the shards of one set say each for itself; provenance is compared without its shard."""

JOB = f"{SHARD}.job"

WORDS = {
    "model_hash": "another model",
    "data_hash": "a model of other prices",
    "seed": "seed",
    "horizon": "horizon",
    f"{SHARD}.of": "shards",
    f"{SHARD}.paths": "paths in all",
    "as_of_date": "start date",
    JOB: "other histories or start prices",
}
"""What is said of a shard whose manifest differs in this, by importance."""

HASHES = ("model_hash", "data_hash", JOB)
"""Of these, whose values tell nobody anything."""


@dataclass(frozen=True)
class Part:
    """A shard on disk.

    Attributes:
        place: its table or folder.
        manifest: what lies beside it.
    """

    place: Path
    manifest: Mapping[str, Any]

    @property
    def shard(self) -> Mapping[str, Any]:
        return self.manifest["provenance"][SHARD]

    @property
    def first(self) -> int:
        return self.manifest["first_path"]

    @property
    def stop(self) -> int:
        return self.first + self.manifest["paths"]

    @cached_property
    def same(self) -> dict[str, Any]:
        """What all shards of one set say alike."""
        facts = {name: value for name, value in self.manifest.items() if name not in (*OWN, *ORIGIN)}
        provenance = {name: value for name, value in self.manifest["provenance"].items() if name != SHARD}
        set_ = {name: value for name, value in self.shard.items() if name != "number"}
        return facts | {"provenance": provenance} | {f"{SHARD}.{name}": value for name, value in set_.items()}

    @property
    def origin(self) -> dict[str, Any]:
        """Where it was drawn."""
        return {name: self.manifest[name] for name in ORIGIN}

    @property
    def is_folder(self) -> bool:
        return self.place.is_dir()


def merge_scenarios(
    shards: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    *,
    layout: Layout = "long",
    mixed: bool = False,
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Join the shards of a set, as ``sample_chunks(..., shard="3/64")`` draws them, to the set that one machine draws.

    The paths are the same bits, and a folder and its manifest the same bytes.  Files of the shards that are whole
    blocks of a folder are copied, all others read and written; the shards stay.  Merging to a folder that was
    interrupted is carried on.

    Args:
        shards: the folder that holds all of them, or their tables and folders, in any order.
        out: as for :func:`tsgan.write_scenarios`.  Bars of shards in folders are exact to float32.
        layout: likewise; the shards themselves are long.
        mixed: take shards of other machines and versions, whose paths agree within float32 rounding only; the
            provenance of the set then lists them as ``origins``.
        overwrite: replace what is there, when the new one is complete.
        progress: called with the paths so far and in all.

    Returns:
        How many paths there are.

    Raises:
        ScenarioError: a shard that is missing, there twice, of another set, or damaged; tables that are no shards.
        OutputError: a place that cannot be written, exists, or holds something else.
    """
    out = Path(out)
    scenario_format(out, layout, overwrite)
    parts = shards_of([shards] if isinstance(shards, str | os.PathLike) else shards, mixed=mixed)
    inside = [part.place for part in parts if part.place.resolve() in (out.resolve(), *out.resolve().parents)]
    if inside:
        raise ScenarioError(f"{out} is, or lies in, the shard {inside[0]}; choose another --out")
    merged = Merged(parts, progress)
    write_scenarios(merged, out, layout=layout, overwrite=overwrite)
    return merged.n_paths


def shards_of(places: Iterable[str | os.PathLike[str]], *, mixed: bool = False) -> list[Part]:
    """All shards of one set, in their order; each has the files that its manifest lists, which are not opened.

    ``mixed`` lets those of other machines and versions pass.  Raises ScenarioError where they are not all there, or not
    all of one set.
    """
    parts = [_part(place) for place in _places(places)]
    if not parts:
        raise ScenarioError("no shards; give the folder that holds them, or their files")
    _check_one_set(parts, mixed)
    _check_all_there(parts)
    return sorted(parts, key=lambda part: part.first)


def _places(places: Iterable[str | os.PathLike[str]]) -> Iterator[Path]:
    """Tables and folders of paths; of a folder of them, everything in it that is one."""
    for place in map(Path, places):
        if not place.is_dir() or holds_paths(place) or manifest_path(place).exists():
            yield place
            continue
        found = [one for one in sorted(place.iterdir()) if not one.name.startswith(".")]
        manifests = {one for one in found if manifest_path(one).exists()}
        lost = {one.with_name(one.name.removesuffix(".manifest.json")) for one in found}
        inside = [one for one in found if one in manifests or holds_paths(one)]
        gone = sorted(one for one in lost - set(found) if manifest_path(one).exists())
        if gone:
            raise ScenarioError(f"{manifest_path(gone[0])} is there, but its paths are not; draw the shard again")
        if not inside:
            tables = ", ".join(TABLES[:2])
            raise ScenarioError(f"{place} holds no shards ({tables} or folders of 'tsgan sample --shard')")
        yield from inside


def _part(place: Path) -> Part:
    """A shard, as far as its manifest and the names of its files tell."""
    if not place.exists():
        raise ScenarioError(f"there is no shard {place}; draw it with 'tsgan sample ... --shard K/N --out {place}'")
    manifest = read_manifest(place)
    if manifest is None:
        raise ScenarioError(
            f"{place} has no manifest ({manifest_path(place).name} beside it), so it is no finished shard; draw it "
            "again"
        )
    if SHARD not in manifest["provenance"]:
        raise ScenarioError(f"{place} is no shard but a set of its own; leave it out, or draw it with --shard K/N")
    if manifest["layout"] != "long":
        raise ScenarioError(
            f"{place} has the {manifest['layout']} layout; shards are joined in the long one: draw it so"
        )
    if place.is_dir() and not block_files(place, manifest):
        raise ScenarioError(f"{place} holds none of the files that {manifest_path(place)} lists; draw the shard again")
    return Part(place, manifest)


def _check_one_set(parts: Sequence[Part], mixed: bool) -> None:
    """ScenarioError where a shard says something else than most of them; or comes from elsewhere, unless ``mixed``."""
    said = [part.same for part in parts]
    texts = [json.dumps(one, sort_keys=True) for one in said]
    common = Counter(texts).most_common(1)[0][0]
    most = texts.index(common)
    for part, one, text in zip(parts, said, texts, strict=True):
        if text != common:
            names = [name for name in {**WORDS, **said[most], **one} if one.get(name) != said[most].get(name)]
            name = min(names, key=lambda name: name == JOB)  # which says least
            raise ScenarioError(
                f"{part.place} is not of the set that {parts[most].place} is of: it has "
                f"{_difference(name, one, said[most])}; leave it out, or draw it again as the others were"
            )
        if not mixed and (unlike := apart(part.origin, parts[most].origin)):
            raise ScenarioError(
                f"{part.place} was drawn by another machine than {parts[most].place}, with {unlike}, so their paths "
                "may differ in the last bits; --mixed (mixed=True) takes it all the same, or draw it again as the "
                "others were"
            )


def _difference(name: str, wrong: Mapping[str, Any], right: Mapping[str, Any]) -> str:
    """In words."""
    one, other = wrong.get(name), right.get(name)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        key = next(key for key in {**one, **other} if one.get(key) != other.get(key))
        words = f"{WORDS[name]}: " if name in WORDS else f"{name}: "
        return f"{words}{key} {one.get(key)!r}, not {other.get(key)!r}"
    words = WORDS.get(name, name)
    return words if name in HASHES else f"{words} {one!r}, not {other!r}"


def _check_all_there(parts: Sequence[Part]) -> None:
    """ScenarioError where a shard is missing or there twice, or where they do not follow each other."""
    places: dict[int, list[Path]] = {}
    for part in parts:
        places.setdefault(part.shard["number"], []).append(part.place)
    of, paths = parts[0].shard["of"], parts[0].shard["paths"]
    for number, found in sorted(places.items()):
        if len(found) > 1:
            raise ScenarioError(f"shard {number}/{of} is there twice: {found[0]} and {found[1]}; give one of them")
    missing = [number for number in range(1, of + 1) if number not in places]
    if missing:
        more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
        raise ScenarioError(
            f"{len(missing)} of {of} shards missing: {', '.join(map(str, missing[:SHOWN]))}{more}; draw "
            f"{'it' if len(missing) == 1 else 'them'} with the same command and --shard {missing[0]}/{of}"
        )
    end = 0
    for part in sorted(parts, key=lambda part: part.shard["number"]):
        if part.first != end:
            raise ScenarioError(f"{part.place} begins with path {part.first:,}, not {end:,}; draw it again")
        end = part.stop
    if end != paths:
        raise ScenarioError(f"the shards end with path {end - 1:,}, not {paths - 1:,}; draw the last one again")


class Merged(Iterator[Scenarios]):
    """The chunks of a set that lies in shards, which :mod:`tsgan.scenarios.blocks` writes as it writes others."""

    def __init__(self, parts: Sequence[Part], progress: Callable[[int, int], None] | None = None) -> None:
        self._parts, self._progress, self._done = parts, progress, 0
        self._read: Iterator[Scenarios] | None = None

    def __next__(self) -> Scenarios:
        if self._read is None:
            self._read = self.since(0)
        return next(self._read)

    @property
    def untouched(self) -> bool:
        """Whether nothing of them has been read yet."""
        return self._read is None

    @property
    def first_path(self) -> int:
        return 0

    @property
    def n_paths(self) -> int:
        return self._parts[-1].stop

    @property
    def settings(self) -> dict[str, Any]:
        """JSON-ready: which shards these are."""
        return {"shards": [part.manifest["sha256"] for part in self._parts]}

    @property
    def origin(self) -> dict[str, Any]:
        """Where they were drawn, which is not where they are written."""
        return self._parts[0].origin

    def since(self, path: int) -> Iterator[Scenarios]:
        """The chunks from the one on that holds ``path``."""
        origins = [json.loads(text) for text in dict.fromkeys(json.dumps(part.origin) for part in self._parts)]
        mixed = {"origins": origins} if len(origins) > 1 else {}
        for part in self._parts:
            if part.stop <= path:
                continue
            for chunk in read_blocks(part.place) if part.is_folder else [read_scenarios(part.place)]:
                if chunk.first_path + chunk.n_paths > path:
                    provenance = {name: value for name, value in chunk.provenance.items() if name != SHARD}
                    self._tell(chunk.n_paths)
                    yield replace(chunk, provenance=provenance | mixed)

    def put_block(self, number: int, block: int, file: Path) -> bool:
        """Copy a block that one of the shards holds as a whole, checked; False where none does.

        Raises ScenarioError where the copy is not what the shard's manifest says.
        """
        first, stop = number * block, min((number + 1) * block, self.n_paths)
        part = next((part for part in self._parts if part.first <= first and stop <= part.stop), None)
        if part is None or not part.is_folder or block != BLOCK_PATHS:
            return False
        name = f"{block_name(number)}/{BLOCK_FILE}"
        shutil.copyfile(part.place / name, file)
        flush(file)
        if sha256_of(file) != part.manifest["files"].get(name):
            file.unlink()
            raise ScenarioError(
                f"{part.place / name} is not the file that {manifest_path(part.place)} was written for; restore it, or "
                "draw the shard again"
            )
        self._tell(stop - first)
        return True

    def _tell(self, paths: int) -> None:
        self._done = min(self._done + paths, self.n_paths)
        if self._progress is not None:
            self._progress(self._done, self.n_paths)
