"""Large jobs: a folder of Parquet files, one a block of paths, written and read in constant memory.

``paths/block=00000/paths.parquet``, ``block=00001``, ... in the long layout, prices as float32, and the manifest
beside the folder: ``paths.manifest.json``.  Every reader of partitioned Parquet (pandas, polars, DuckDB, Spark) takes
the folder as one table.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol, cast, runtime_checkable

from tsgan.errors import ScenarioError
from tsgan.files import atomic_path, check_local, linked_to
from tsgan.outputs.commits import one_at_a_time
from tsgan.outputs.staging import settle
from tsgan.outputs.unfinished import Job as UnfinishedJob
from tsgan.outputs.unfinished import unfinished
from tsgan.owned import Listing, check_owned, owned_folder
from tsgan.scenarios.block_files import BLOCK_FILE, block_files, block_name
from tsgan.scenarios.manifest import (
    belongs_to,
    check_manifest_free,
    listing_of,
    manifest_of,
    manifest_path,
    read_manifest,
    settle_manifest,
    to_text,
)
from tsgan.scenarios.pieces import cut
from tsgan.scenarios.reading import read_block
from tsgan.scenarios.scenarios import Scenarios
from tsgan.scenarios.tables import Job, long_tables, parquet_file

BLOCK_PATHS = 10_000
"""Paths a file."""

MANIFEST = "manifest"
"""The step of an unfinished job that notes what all of its paths have in common."""


@runtime_checkable
class Resumable(Protocol):
    """Chunks of a job that can be drawn from any path on, as those of :func:`tsgan.sample_chunks`."""

    @property
    def first_path(self) -> int:
        """Of the job, or of the shard of it that this is."""
        ...

    @property
    def n_paths(self) -> int:
        """How many paths all of them have together."""
        ...

    @property
    def untouched(self) -> bool:
        """Whether none of them has been taken yet."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """JSON-ready: everything that the paths depend on."""
        ...

    def since(self, path: int) -> Iterator[Scenarios]:
        """The chunks from the one on that holds ``path``, the same ones as if all were drawn; none behind the last."""
        ...


@runtime_checkable
class InBlocks(Protocol):
    """Chunks of a job some of whose blocks are files already."""

    def put_block(self, number: int, block: int, file: Path) -> bool:
        """Whether the block of that number, of ``block`` paths, is one file, and lies at ``file`` now."""
        ...


@runtime_checkable
class ByOthers(Protocol):
    """A job whose blocks others write, such as the workers of a cluster."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """JSON-ready: everything that the paths depend on."""
        ...

    def fill(self, begun: UnfinishedJob) -> tuple[dict[str, Any], dict[str, str]]:
        """Have all blocks written to ``begun.new``; the manifest, and the sha256 of each file by its name."""
        ...


def write_blocks(
    chunks: Iterable[Scenarios] | ByOthers,
    folder: str | os.PathLike[str],
    block: int = BLOCK_PATHS,
    *,
    overwrite: bool = False,
) -> None:
    """Write scenarios to a folder of Parquet files, and the manifest beside it; both or neither.

    Args:
        chunks: the job in pieces of any size, first paths first; one is held in memory at a time.  Where they are
            :class:`Resumable`, blocks that an interrupted writing of the same job has finished are checked, kept, and
            not drawn again; those of a job :class:`ByOthers` are written by others.
        folder: a new or an empty folder.
        block: paths a file.
        overwrite: replace scenarios that are there, as a whole; what tsgan did not write there is never touched.

    Raises:
        ScenarioError: as :func:`tsgan.scenarios.tables.write`.
        OutputError: a folder that cannot be written, exists, or holds something else.
    """
    if block < 1:
        raise ScenarioError(f"a block needs at least one path, not {block}")
    folder = Path(folder)
    check_blocks(folder, overwrite)
    owned, begun, files = (lambda place: listing_of(folder, place)), None, None
    with ExitStack() as alone, ExitStack() as opened:
        by_others = isinstance(chunks, ByOthers)
        if by_others or (isinstance(chunks, Resumable) and chunks.untouched):
            begun = opened.enter_context(unfinished(folder, "sample", {**chunks.settings, "block": block}))
        manifest_file = opened.enter_context(atomic_path(manifest_path(folder), follows=belongs_to(folder)))
        root = opened.enter_context(owned_folder(folder, owned, overwrite))
        if begun is None:
            manifest = _written(Job(cast(Iterable[Scenarios], chunks)), root, block)
        else:
            if by_others:
                manifest, files = chunks.fill(begun)
            else:
                manifest = _carried_on(cast(Resumable, chunks), begun, block)
            root.rmdir()
            os.rename(begun.new, root)
        if manifest is None:
            raise ScenarioError("no paths to write; give at least one chunk of scenarios")
        manifest_file.write_text(to_text(manifest, files or Listing.of(root).files), encoding="utf-8")
        alone.enter_context(one_at_a_time(folder.parent))
        check_manifest_free(folder, overwrite)  # somebody may have written there meanwhile
        opened.close()


def _written(job: Job, root: Path, block: int) -> dict[str, Any] | None:
    """Write all blocks of a job; its manifest, or None where it has no paths."""
    for number, parts in _by_block(job, block):
        _write_block(root, number, parts)
    return None if job.first is None else manifest_of(job.first, job.paths, "long")


def _carried_on(chunks: Resumable, begun: UnfinishedJob, block: int) -> dict[str, Any]:
    """Write the blocks of a job that are still to be written; its manifest."""
    first, paths = chunks.first_path, chunks.n_paths
    manifest = begun.facts(MANIFEST)
    missing = [number for number in blocks_of(first, paths, block) if begun.facts(block_name(number)) is None]
    for number in missing:
        (begun.new / block_name(number) / BLOCK_FILE).unlink(missing_ok=True)  # what an interruption has left of it
    if isinstance(chunks, InBlocks):
        missing = [number for number in missing if not _put(chunks, begun, number, block)]
    for start, stop in _runs(missing):
        job = Job(chunks.since(max(first, start * block)))
        for number, parts in _by_block(job, block):
            if number < start:  # a chunk may begin in the block before
                continue
            if number >= stop:
                break
            _write_block(begun.new, number, parts)
            begun.finish(block_name(number), [begun.new / block_name(number) / BLOCK_FILE])
            if manifest is None:
                manifest = _noted(begun, job.first, chunks)
    return manifest or _noted(begun, next(chunks.since(first)), chunks)


def _put(chunks: InBlocks, begun: UnfinishedJob, number: int, block: int) -> bool:
    """Whether a block was there as a file, and is in its place now."""
    file = begun.new / block_name(number) / BLOCK_FILE
    file.parent.mkdir(exist_ok=True)
    if done := chunks.put_block(number, block, file):
        begun.finish(block_name(number), [file])
    return done


def _noted(begun: UnfinishedJob, some: Scenarios | None, chunks: Resumable) -> dict[str, Any]:
    """The manifest of a job from some of its paths, noted once for those who carry it on."""
    assert some is not None
    origin = getattr(chunks, "origin", {})
    manifest = {**manifest_of(some, chunks.n_paths, "long"), "first_path": chunks.first_path, **origin}
    begun.finish(MANIFEST, facts=manifest)
    return manifest


def blocks_of(first_path: int, n_paths: int, block: int) -> range:
    """Numbers of the blocks that hold the paths of a job."""
    return range(first_path // block, -(-(first_path + n_paths) // block))


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Runs of consecutive numbers: the first of each, and the first behind it."""
    for _, run in groupby(enumerate(numbers), lambda item: item[1] - item[0]):
        found = [number for _, number in run]
        yield found[0], found[-1] + 1


def _by_block(chunks: Iterable[Scenarios], block: int) -> Iterator[tuple[int, Iterator[Scenarios]]]:
    """Numbers of blocks, and the paths of each in pieces."""
    return groupby(cut(chunks, block), lambda piece: piece.first_path // block)


def _write_block(root: Path, number: int, parts: Iterable[Scenarios]) -> None:
    """Write one block."""
    file = root / block_name(number) / BLOCK_FILE
    file.parent.mkdir(exist_ok=True)
    write_block(file, parts)


def write_block(file: Path, parts: Iterable[Scenarios]) -> None:
    """Write the paths of one block to ``file``: the same bytes however they are cut to pieces."""
    tables = long_tables(parts, "blocks")
    first = next(tables)
    with parquet_file(file, first.schema) as (add, _):
        add(first)
        for table in tables:
            add(table)


def check_blocks(folder: Path, overwrite: bool = False) -> None:
    """OutputError, before any work, where scenarios cannot be written to ``folder``, or would replace anything else."""
    check_local(folder)
    settle(linked_to(folder), lambda place: listing_of(folder, place))
    settle_manifest(folder)
    check_owned(folder, lambda place: listing_of(folder, place), overwrite)
    check_manifest_free(folder, overwrite)


def read_blocks(folder: str | os.PathLike[str]) -> Iterator[Scenarios]:
    """The blocks that :func:`write_blocks` wrote, one after the other, so that memory does not grow with their number.

    Weights are as they were written: they sum to 1 over all blocks, not within each.

    Raises:
        ScenarioError: a folder without blocks or without its manifest, or a damaged block.
    """
    folder = Path(folder)
    manifest = read_manifest(folder) if folder.is_dir() else None  # once: that of a large set is large
    for file in block_files(folder, manifest) or [folder]:
        yield read_block(folder, file, manifest)
