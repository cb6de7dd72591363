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

from tsgan.errors import OutputError, ScenarioError
from tsgan.files import atomic_folder, atomic_path
from tsgan.scenarios.manifest import manifest_of, manifest_path, to_text
from tsgan.scenarios.reading import BLOCK_FILE, read_block
from tsgan.scenarios.scenarios import Scenarios
from tsgan.scenarios.tables import Job, long_tables, parquet_file

BLOCK_PATHS = 10_000
"""Paths a file."""


def write_blocks(chunks: Iterable[Scenarios], folder: str | os.PathLike[str], block: int = BLOCK_PATHS) -> None:
    """Write scenarios to a folder of Parquet files, and the manifest beside it; both or neither.

    Args:
        chunks: the job in pieces of any size, first paths first; one is held in memory at a time.
        folder: a new folder, or one of scenarios, which is replaced as a whole.
        block: paths a file.

    Raises:
        ScenarioError: as :func:`tsgan.scenarios.tables.write`.
        OutputError: a folder that cannot be written or holds something else.
    """
    if block < 1:
        raise ScenarioError(f"a block needs at least one path, not {block}")
    folder = Path(folder)
    check_blocks(folder)
    job = Job(chunks)
    with atomic_path(manifest_path(folder)) as manifest_file, atomic_folder(folder) as root:
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
        manifest_file.write_text(to_text(manifest_of(job.first, job.paths, "long")))


def check_blocks(folder: Path) -> None:
    """OutputError where ``folder`` holds something that is not blocks of scenarios, which nothing may replace."""
    if folder.is_dir() and any(folder.iterdir()) and not any(folder.glob(f"block=*/{BLOCK_FILE}")):
        raise OutputError(f"{folder} holds other files and no scenarios; give an empty folder or a new name with --out")


def read_blocks(folder: str | os.PathLike[str]) -> Iterator[Scenarios]:
    """The blocks that :func:`write_blocks` wrote, one after the other, so that memory does not grow with their number.

    Weights are as they were written: they sum to 1 over all blocks, not within each.

    Raises:
        ScenarioError: a folder without blocks or without its manifest, or a damaged block.
    """
    for file in sorted(Path(folder).glob(f"block=*/{BLOCK_FILE}")) or [Path(folder)]:
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
