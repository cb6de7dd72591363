"""Chunks of a job cut and joined to pieces of other sizes: same paths, same weights, same bits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from tsgan.scenarios.scenarios import Scenarios


def cut(chunks: Iterable[Scenarios], block: int) -> Iterator[Scenarios]:
    """The same paths in pieces that no multiple of ``block`` cuts, as paths are numbered."""
    for chunk in chunks:
        start = 0
        while start < chunk.n_paths:
            stop = min(chunk.n_paths, start + block - (chunk.first_path + start) % block)
            yield part(chunk, start, stop)
            start = stop


def in_groups(chunks: Iterable[Scenarios], size: int) -> Iterator[Scenarios]:
    """The same paths in pieces of ``size``, counted from the first one, whatever the chunks are; the last is short."""
    waiting: list[Scenarios] = []
    for chunk in chunks:
        start = 0
        while start < chunk.n_paths:
            stop = min(chunk.n_paths, start + size - sum(one.n_paths for one in waiting))
            waiting.append(part(chunk, start, stop))
            start = stop
            if sum(one.n_paths for one in waiting) == size:
                yield joined(waiting)
                waiting = []
    if waiting:
        yield joined(waiting)


def part(chunk: Scenarios, start: int, stop: int) -> Scenarios:
    """Paths ``start`` to ``stop - 1`` of a chunk, weights as they are: those of the whole job sum to 1."""
    if (start, stop) == (0, chunk.n_paths):
        return chunk
    weights = None if chunk.weights is None else chunk.weights[start:stop]
    return replace(chunk[start:stop], weights=weights)


def joined(parts: Sequence[Scenarios]) -> Scenarios:
    """Consecutive pieces of one job as one, weights as they are."""
    first, *more = parts
    if not more:
        return first
    return replace(
        first,
        returns=np.concatenate([one.returns for one in parts]),
        weights=None if first.weights is None else np.concatenate([one.weights for one in parts]),  # type: ignore[arg-type]
        bars={name: np.concatenate([one.bars[name] for one in parts]) for name in first.bars},
    )
