"""Large jobs: a folder of Parquet files, one a block of paths, written and read in constant memory.

``paths/block=00000/paths.parquet``, ``block=00001``, ... in the long layout, prices as float32, and the manifest
beside the folder: ``paths.manifest.json``.  Every reader of partitioned Parquet (pandas, polars, DuckDB, Spark) takes
the folder as one table.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from itertools import count, groupby, takewhile
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from tsgan.errors import ScenarioError
from tsgan.files import atomic_path, check_local, linked_to
from tsgan.outputs.commits import one_at_a_time
from tsgan.outputs.staging import settle
from tsgan.outputs.unfinished import Job as UnfinishedJob
from tsgan.outputs.unfinished import unfinished
from tsgan.owned import Listing, check_owned, owned_folder
from tsgan.scenarios.block_files import BLOCK_FILE, block_files
from tsgan.scenarios.manifest import (
    belongs_to,
    check_manifest_free,
    listing_of,
    manifest_of,
    manifest_path,
    settle_manifest,
    to_text,
)
from tsgan.scenarios.reading import read_block
from tsgan.scenarios.scenarios import Scenarios
from tsgan.scenarios.tables import Job, long_tables, parquet_file

BLOCK_PATHS = 10_000
"""Paths a file."""


@runtime_checkable
class Resumable(Protocol):
    """Chunks of a job that can be drawn from any path on, as those of :func:`tsgan.sample_chunks`."""

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


def write_blocks(
    chunks: Iterable[Scenarios],
    folder: str | os.PathLike[str],
    block: int = BLOCK_PATHS,
    *,
    overwrite: bool = False,
) -> None:
    """Write scenarios to a folder of Parquet files, and the manifest beside it; both or neither.

    Args:
        chunks: the job in pieces of any size, first paths first; one is held in memory at a time.  Where they are
            :class:`Resumable`, blocks that an interrupted writing of the same job has finished are checked, kept, and
            not drawn again.
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
    owned, begun = (lambda place: listing_of(folder, place)), None
    with ExitStack() as alone, ExitStack() as opened:
        if isinstance(chunks, Resumable) and chunks.untouched:
            begun = opened.enter_context(unfinished(folder, "sample", {**chunks.settings, "block": block}))
        manifest_file = opened.enter_context(atomic_path(manifest_path(folder), follows=belongs_to(folder)))
        root = opened.enter_context(owned_folder(folder, owned, overwrite))
        if begun is None:
            manifest = _written(Job(chunks), root, block)
        else:
            manifest = _carried_on(chunks, begun, block)  # type: ignore[arg-type]
            root.rmdir()
            os.rename(begun.new, root)
        if manifest is None:
            raise ScenarioError("no paths to write; give at least one chunk of scenarios")
        manifest_file.write_text(to_text(manifest, Listing.of(root).files), encoding="utf-8")
        alone.enter_context(one_at_a_time(folder.parent))
        check_manifest_free(folder, overwrite)  # somebody may have written there meanwhile
        opened.close()


def _written(job: Job, root: Path, block: int) -> dict[str, Any] | None:
    """Write all blocks of a job; its manifest, or None where it has no paths."""
    for number, parts in groupby(_cut(job, block), lambda part: part.first_path // block):
        _write_block(root, number, parts)
    return None if job.first is None else manifest_of(job.first, job.paths, "long")


def _carried_on(chunks: Resumable, begun: UnfinishedJob, block: int) -> dict[str, Any] | None:
    """Write the blocks of a job that are still to be written; its manifest, or None where it has no paths."""
    done = list(takewhile(lambda facts: facts is not None, (begun.facts(_name(number)) for number in count())))
    manifest, paths = (done[0]["manifest"], sum(facts["paths"] for facts in done)) if done else (None, 0)  # type: ignore[index]
    job = Job(chunks.since(paths))
    for number, parts in groupby(_cut(job, block), lambda part: part.first_path // block):
        if number < len(done):
            continue
        (begun.new / _name(number) / BLOCK_FILE).unlink(missing_ok=True)  # what the interruption left of it
        size = _write_block(begun.new, number, parts)
        if manifest is None and job.first is not None:
            manifest = manifest_of(job.first, 0, "long")
        begun.finish(_name(number), [begun.new / _name(number) / BLOCK_FILE], {"paths": size, "manifest": manifest})
        paths += size
    return None if manifest is None else {**manifest, "paths": paths}


def _name(number: int) -> str:
    return f"block={number:05d}"


def _write_block(root: Path, number: int, parts: Iterable[Scenarios]) -> int:
    """Write one block; the number of its paths."""
    file, paths = root / _name(number) / BLOCK_FILE, 0

    def tables() -> Iterator[Any]:
        nonlocal paths
        for part in parts:
            paths += part.n_paths
            yield from long_tables(part, "blocks")

    laid_out = tables()
    file.parent.mkdir(exist_ok=True)
    first = next(laid_out)
    with parquet_file(file, first.schema) as (add, _):
        add(first)
        for table in laid_out:
            add(table)
    return paths


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
    for file in block_files(Path(folder)) or [Path(folder)]:
        yield read_block(Path(folder), file)


def _cut(chunks: Iterable[Scenarios], block: int) -> Iterator[Scenarios]:
    """The same paths in pieces that no boundary between blocks cuts, with their weights as they are."""
    for chunk in chunks:
        start = 0
        while start < chunk.n_paths:
            stop = min(chunk.n_paths, start + block - (chunk.first_path + start) % block)
            weights = None if chunk.weights is None else chunk.weights[start:stop]
            yield replace(chunk[start:stop], weights=weights)
            start = stop
