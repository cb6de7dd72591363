"""What conditioning needs to know of a model: a map from noise of a known law to future prices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np

from tsgan.scenarios.scenarios import Scenarios


class NoiseMap(Protocol):
    """A map from noise (day, path, number) to paths; :class:`tsgan.models.dynamics.Dynamics` makes one of any model."""

    @property
    def name(self) -> str:
        """Of the model, for messages."""
        ...

    @property
    def law(self) -> Literal["normal", "uniform"]:
        """Law of the noise, every number independent of all others."""
        ...

    @property
    def differentiable(self) -> bool:
        """Whether returns are a smooth function of standard normal noise, so that there is a ``sensitivity``."""
        ...

    @property
    def first(self) -> Scenarios:
        """One path of one day from here, whose kinds, start prices and provenance all paths share."""
        ...

    @property
    def member(self) -> int:
        """Of an ensemble."""
        ...

    def members(self) -> Sequence[NoiseMap]:
        """One for each member of an ensemble, all equally likely."""
        ...

    def noise(self, n_paths: int, days: int, seed: int) -> np.ndarray:
        """Draws (day, path, number)."""
        ...

    def returns(self, noise: np.ndarray) -> np.ndarray:
        """(path, day, asset) float32 that noise becomes."""
        ...

    def prices(self, returns: np.ndarray) -> np.ndarray:
        """(path, day, asset) prices after the start that returns (path, day, asset) lead to."""
        ...

    def scenarios(self, returns: np.ndarray, dates: np.ndarray | None = None) -> Scenarios:
        """Returns as Scenarios; without dates, days are only counted."""
        ...

    def sensitivity(self, noise: np.ndarray, returns: np.ndarray, slope: np.ndarray) -> np.ndarray:
        """Gradient in the noise of ``(slope * prices).sum()``; ``slope`` is (path, day, asset)."""
        ...
