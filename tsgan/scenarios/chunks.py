"""Scenarios in whatever form they are at hand, as chunks of one job."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

from tsgan.errors import ScenarioError
from tsgan.scenarios.blocks import read_blocks
from tsgan.scenarios.places import is_address
from tsgan.scenarios.reading import read_scenarios
from tsgan.scenarios.scenarios import Scenarios
from tsgan.scenarios.streaming import parts_of

Source = Scenarios | Iterable[Scenarios] | str | os.PathLike[str]
"""Scenarios, chunks of them, a table, a folder of blocks, or the address of one."""


def chunks_of(source: Source) -> tuple[Scenarios, Iterator[Scenarios]]:
    """The first chunk, from which the job's facts can be read, and all of them, that one first.

    Folders and addresses are read block by block, so memory does not grow with their number; addresses without bars.
    Raises ScenarioError for a source without paths, and as :func:`tsgan.read_scenarios` does.
    """
    if isinstance(source, Scenarios):
        chunks = iter([source])
    elif is_address(source):
        chunks = (piece for part in parts_of(cast(str, source)) for piece in part.pieces())
    elif isinstance(source, str | os.PathLike):
        path = Path(source)
        chunks = read_blocks(path) if path.is_dir() else iter([read_scenarios(path)])
    else:
        chunks = iter(source)
    first = next(chunks, None)
    if first is None:
        raise ScenarioError("no paths; give at least one chunk of scenarios")
    return first, _after(first, chunks)


def _after(first: Scenarios, rest: Iterator[Scenarios]) -> Iterator[Scenarios]:
    yield first
    yield from rest
