"""A fitted model at one day, as what it is underneath: a map from noise to future prices.

That is what :mod:`tsgan.models.conditioning` works with.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tsgan.data.calendars import future_sessions
from tsgan.data.panel import Panel
from tsgan.models.contract import Law, MarketModel
from tsgan.models.histories import Prices
from tsgan.models.random import BLOCK
from tsgan.models.sampling import WORKERS, at_rest
from tsgan.models.states import stacked
from tsgan.scenarios.scenarios import Scenarios

LANES = 32
"""Paths that are differentiated at once: reverse mode keeps every day of a path in memory."""
_STEP = 1e-3


@dataclass(frozen=True, eq=False)
class Dynamics:
    """Where a model stands, and what noise makes of it.  Noise is (day, path, number) everywhere.

    Attributes:
        model: the fitted model.
        state: as ``encode`` gave it, with a leading axis of length 1.
        first: one path of one day from here, whose kinds, start prices and provenance all paths share.
        shift: (day, asset) what a choice of drift adds to the returns of every path, for as many days as are asked for.
        member: of an ensemble.
    """

    model: MarketModel
    state: Any
    first: Scenarios
    shift: np.ndarray | None = None
    member: int = 0

    @classmethod
    def after(
        cls,
        model: MarketModel,
        history: Panel | None = None,
        shift: np.ndarray | None = None,
        start_prices: Prices | None = None,
        start_date: Any = None,
    ) -> Dynamics:
        """The model at the end of a history, or of its training prices; starts as for ``model.sample``."""
        # Warns where the model is stale.
        first = model.sample(1, 1, history=history, start_prices=start_prices, start_date=start_date)
        state = model.state if history is None else model.encode(model.aligned(history).moves[-model.context_days :])
        return cls(model, stacked([state]), first, shift)

    @property
    def name(self) -> str:
        """Of the model."""
        return self.model.info.model

    @property
    def law(self) -> Law:
        """Of the noise."""
        return self.model.law

    @property
    def differentiable(self) -> bool:
        """Whether returns are a smooth function of standard normal noise."""
        return self.law == "normal"

    def members(self) -> list[Dynamics]:
        """One for each member of an ensemble, all equally likely."""
        return [replace(self, member=member) for member in range(self.model.population)]

    def noise(self, n_paths: int, days: int, seed: int) -> np.ndarray:
        """What the first ``n_paths`` paths of this member draw by themselves."""
        blocks, count = [], self.model.population
        for first in range(0, n_paths, BLOCK):
            paths = first * count + self.member + count * np.arange(BLOCK)
            blocks.append(np.asarray(self.model.noise(paths, days, seed), np.float64))
        return np.concatenate(blocks, axis=1)[:, :n_paths]

    def returns(self, noise: np.ndarray) -> np.ndarray:
        """(path, day, asset) float32 that noise becomes."""

        def one(block: np.ndarray) -> np.ndarray:
            return self.model.respond(self.state, np.zeros(block.shape[1], np.int64), block, self.member)

        moves = at_rest(_in_lanes(one, BLOCK, noise), self.closed(len(noise)))
        returns = self.first.space.returns_of(moves, self.first.start_prices)
        return returns if self.shift is None else (returns + self.shift[: len(noise)]).astype(np.float32)

    def closed(self, days: int) -> np.ndarray | None:
        """(day, asset) whether an asset's own exchange is closed on the days after the start; None where none is."""
        info = self.model.info
        if not info.calendars:
            return None
        return info.closed(future_sessions(info.calendar, self.first.dates[0], days, info.periods_per_year)[1:])

    def prices(self, returns: np.ndarray) -> np.ndarray:
        """(path, day, asset) prices after the start that returns (path, day, asset) lead to."""
        return self.scenarios(returns).prices[:, 1:]

    def scenarios(self, returns: np.ndarray, dates: np.ndarray | None = None) -> Scenarios:
        """Returns as Scenarios; without dates, days are only counted."""
        dates = np.arange(returns.shape[1] + 1).astype("datetime64[D]") if dates is None else dates
        return replace(self.first, returns=returns, dates=dates, bars={})

    def sensitivity(self, noise: np.ndarray, returns: np.ndarray, slope: np.ndarray) -> np.ndarray:
        """Gradient in the noise of ``(slope * prices).sum()``; ``slope`` is (path, day, asset)."""
        # How a price moves with the sum of moves up to its day, whatever its kind and bounds: central differences.
        space, moves = self.first.space, self.scenarios(returns).moves
        place = space.coordinates(self.first.start_prices) + np.cumsum(moves, axis=1, dtype=np.float64)
        steepness = (space.prices(place + _STEP) - space.prices(place - _STEP)) / (2 * _STEP)
        of_sums = slope * steepness
        of_moves = np.cumsum(of_sums[:, ::-1], axis=1)[:, ::-1]  # a move shifts the prices of all later days
        of_moves = at_rest(of_moves, self.closed(of_moves.shape[1]))

        def one(block: np.ndarray, weights: np.ndarray) -> np.ndarray:
            starts = np.zeros(block.shape[1], np.int64)
            gradient = self.model.sensitivity(self.state, starts, block, weights.transpose(1, 0, 2), self.member)
            assert gradient is not None, f"{self.model.info.model} has no gradient"
            return gradient.transpose(1, 0, 2)

        return _in_lanes(one, LANES, noise, of_moves.transpose(1, 0, 2)).transpose(1, 0, 2)


def _in_lanes(function: Callable[..., np.ndarray], width: int, *arrays: np.ndarray) -> np.ndarray:
    """``function`` of arrays (day, path, ...), a fixed number of paths at a time: -> (path, ...).

    A model compiles once a shape, so the last piece is filled up.
    """
    count = arrays[0].shape[1]

    def piece(start: int) -> np.ndarray:
        lanes = np.minimum(np.arange(start, start + width), count - 1)
        return function(*(array[:, lanes] for array in arrays))[: count - start]

    with ThreadPoolExecutor(WORKERS) as pool:
        return np.concatenate(list(pool.map(piece, range(0, count, width))))
