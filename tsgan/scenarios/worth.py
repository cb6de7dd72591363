"""What paths are worth: estimates over them, with the error that is left by how they were drawn.

Paths given an event are known less well than as many independent ones.  Antithetic ones come in pairs of mirrored
noise: a loss that rises with the prices is known better from them, and one that does not care which way they go (a
straddle, a spread, the volatility) worse, as both of a pair tell the same.  How much is seen in the pairs themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np

from tsgan.stats import weighted

EFFECTIVE = "effective_paths"
"""Key of ``provenance["conditioning"]``: how many independent paths the weighted ones are worth."""

MIRRORED = "mirrored"
"""Key of the provenance of antithetic paths: path p has its mirror so many paths further on."""

LEAST = 0.05
"""Pairs that cancel are believed to be worth so many times their number at most: their correlation is an estimate."""


class Weighted(Protocol):
    """Scenarios, or what is known of the weights of paths that are not in memory."""

    @property
    def n_paths(self) -> int: ...

    @property
    def first_path(self) -> int: ...

    @property
    def weights(self) -> np.ndarray | None: ...

    @property
    def provenance(self) -> Mapping[str, Any]: ...


class Weights(NamedTuple):
    """What estimates need of all paths of a job, of which only pieces are in memory."""

    n_paths: int
    weights: np.ndarray | None
    provenance: Mapping[str, Any]
    first_path: int


@dataclass(frozen=True, eq=False)
class Worth:
    """Of paths, all of which are in the arrays (path,) that estimates are made of.

    Attributes:
        weights: (path,) that sum to 1, or None for equal ones.
        inflation: variance of a mean over these paths relative to independent ones of the same weights, at least 1.
        pairs: (pair, 2) numbers of mirrored paths; none where they were drawn otherwise.
    """

    weights: np.ndarray | None = None
    inflation: float = 1.0
    pairs: np.ndarray = field(default_factory=lambda: np.empty((0, 2), np.int64), repr=False)

    @classmethod
    def of(cls, paths: Weighted) -> Worth:
        """By what their provenance says."""
        stated = (paths.provenance.get("conditioning") or {}).get(EFFECTIVE)
        if stated:
            weights = weighted.normalized(paths.weights, paths.n_paths)
            return cls(paths.weights, max(1.0, weighted.effective(weights) / stated))
        apart = paths.provenance.get(MIRRORED)
        return cls(paths.weights) if not apart else cls(paths.weights, pairs=_pairs(paths, int(apart)))

    def probability(self, hits: np.ndarray) -> weighted.Estimate:
        """How often ``hits`` (path,) are true."""
        return weighted.probability(hits, self.weights, self._inflation(hits))

    def mean(self, x: np.ndarray) -> weighted.Estimate:
        """The mean of x (path,)."""
        return weighted.mean(x, self.weights, self._inflation(x))

    def mean_loss(self, losses: np.ndarray) -> weighted.Estimate:
        """The mean of losses (path,), none negative."""
        return weighted.mean_loss(losses, self.weights, self._inflation(losses))

    def tail(self, losses: np.ndarray, level: float) -> weighted.Tail:
        """VaR and ES of losses (path,)."""
        found = weighted.tail(losses, level, self.weights, self.inflation)
        if not len(self.pairs):
            return found
        beyond = losses >= found.var.value
        excess = np.maximum(losses - found.var.value, 0.0)
        of_var, of_es = (weighted.tail(losses, level, self.weights, self._inflation(f)) for f in (beyond, excess))
        return weighted.Tail(of_var.var, of_es.es)

    def _inflation(self, x: np.ndarray) -> float:
        """With what the pairs show: the variance of the mean of a pair over that of independent paths."""
        if not len(self.pairs):
            return self.inflation
        centred = np.asarray(x, np.float64) - np.mean(x)
        variance = float((centred**2).mean())
        if variance == 0:
            return self.inflation
        one, other = centred[self.pairs].T
        alike = float((one * other).mean()) / variance
        share = 2 * len(self.pairs) / len(x)  # a path whose mirror lies outside is one of its own
        return self.inflation * min(max(1.0 + share * alike, LEAST), 2.0)


def _pairs(paths: Weighted, apart: int) -> np.ndarray:
    """(pair, 2) positions of the paths that mirror each other: path p and p + apart, of 2 ``apart`` in a round."""
    numbers = paths.first_path + np.arange(paths.n_paths)
    first = np.flatnonzero((numbers // apart % 2 == 0) & (np.arange(paths.n_paths) + apart < paths.n_paths))
    return np.column_stack([first, first + apart])
