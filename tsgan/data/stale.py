"""Stale stretches: closes that were carried forward because nobody traded, or because a feed stood still.

A run of equal closes is stale where chance cannot explain it: by how often the asset's other closes repeat the day
before, one such run would not come in a million histories of that length.  A policy rate or a peg, whose closes repeat
all the time, has none; a stock has one after a handful of days.  What is stale is missing, not calm: a year of zeros
would halve the risk of the asset, and teach a joint model that its neighbours have quiet and wild years.
"""

from __future__ import annotations

import numpy as np

SHORTEST = 5
"""Moves of nothing in a row that are looked at."""

CHANCE = 1e-6
"""Expected number of such runs by chance, below which a run is stale."""

RESUMED = 10
"""Longest stale stretch, in moves, whose end still counts as a move of its own; a longer one's sums up weeks."""


def stale_moves(moves: np.ndarray) -> np.ndarray:
    """(day, asset) True where a move (NaN where there is none) belongs to a stale stretch."""
    result = np.zeros(moves.shape, bool)
    for i, column in enumerate(moves.T):
        days = np.flatnonzero(np.isfinite(column))
        result[days, i] = _stale(column[days])
    return result


def _stale(moves: np.ndarray) -> np.ndarray:
    """(day,) of one asset's moves, none missing."""
    stale = np.zeros(len(moves), bool)
    still = moves == 0
    edges = np.diff(still.astype(np.int8), prepend=0, append=0)
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    long = ends - starts >= SHORTEST
    if not long.any() or still.all():  # what never moves at all is refused by name, not missing
        return stale
    left, repeats = len(moves), int(still.sum())
    for start, end in sorted(zip(starts[long], ends[long], strict=True), key=lambda run: run[0] - run[1]):
        run = int(end - start)
        # How often the others repeat, the longer stale runs left out; one run cannot speak for its own kind.
        rest = (repeats - run + 1) / (left - run + 2)
        if len(moves) * rest**run >= CHANCE:
            break  # and shorter ones are likelier still
        stale[start:end] = True
        left, repeats = left - run, repeats - run
        if end < len(moves) and run > RESUMED:
            stale[end] = True
    return stale
