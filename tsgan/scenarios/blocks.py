"""Large jobs: a folder of Parquet files, one a block of paths, written and read in constant memory.

``paths/block=00000/paths.parquet``, ``block=00001``, ... in the long layout, prices as float32, and the manifest
beside the folder: ``paths.manifest.json``.  Every reader of partitioned Parquet (pandas, polars, DuckDB, Spark) takes
the folder as one table.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from tsgan.errors import ScenarioError
from tsgan.files import atomic_path
from tsgan.owned import Listing, check_owned, owned_folder
from tsgan.scenarios.block_files import BLOCK_FILE, block_files
from tsgan.scenarios.manifest import check_manifest_free, listing_of, manifest_of, manifest_path, to_text
from tsgan.scenarios.reading import read_block
from tsgan.scenarios.scenarios import Scenarios
from tsgan.scenarios.tables import Job, long_tables, parquet_file

BLOCK_PATHS = 10_000
"""Paths a file."""


def write_blocks(
    chunks: Iterable[Scenarios],
    folder: str | os.PathLike[str],
    block: int = BLOCK_PATHS,
    *,
    overwrite: bool = False,
) -> None:
    """Write scenarios to a folder of Parquet files, and the manifest beside it; both or neither.

    Args:
        chunks: the job in pieces of any size, first paths first; one is held in memory at a time.
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
    job, owned = Job(chunks), lambda _: listing_of(folder)
    with atomic_path(manifest_path(folder)) as manifest_file, owned_folder(folder, owned, overwrite) as root:
        for number, parts in groupby(_cut(job, block), lambda part: part.first_path // block):
            file = root / f"block={number:05d}" / BLOCK_FILE
            file.parent.mkdir()
            tables = (table for part in parts for table in long_tables(part, "blocks"))
            first = next(tables)
            with parquet_file(file, first.schema) as (add, _):
                add(first)
                for table in tables:
                    add(table)
        if job.first is None:
            raise ScenarioError("no paths to write; give at least one chunk of scenarios")
        text = to_text(manifest_of(job.first, job.paths, "long"), Listing.of(root).files)
        manifest_file.write_text(text, encoding="utf-8")
        check_manifest_free(folder, overwrite)  # somebody may have written there meanwhile


def check_blocks(folder: Path, overwrite: bool = False) -> None:
    """OutputError, before any work, where scenarios cannot be written to ``folder``, or would replace anything else."""
    check_owned(folder, lambda _: listing_of(folder), overwrite)
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
