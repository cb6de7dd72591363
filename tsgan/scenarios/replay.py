"""One path, day by day, as a trader meets it: what a day hands out holds nothing of the days after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tsgan.scenarios.scenarios import Scenarios


@dataclass(frozen=True, eq=False)
class Day:
    """One day of a path, after its close.

    Attributes:
        date: ``datetime64[D]``.
        number: 0 on the start day.
        assets: tickers, in the order of the arrays.
        closes: (asset,) float64 closing prices.
        returns: (asset,) float64 log returns (differences for levels and rates), NaN on the start day.
        history: (number + 1, asset) float64 closes from the start day to this one.
        bar: ``open``, ``high``, ``low``, ``volume`` -> (asset,), where the path has bars; empty on the start day.

    Arrays belong to the day: writing into them changes no scenario, and no array shares memory with later days.
    """

    date: np.datetime64
    number: int
    assets: tuple[str, ...]
    closes: np.ndarray
    returns: np.ndarray
    history: np.ndarray
    bar: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __getitem__(self, asset: str) -> float:
        """The close of one asset: ``day["SPX"]``."""
        return float(self.closes[self.assets.index(asset)])


def replay(path: Scenarios) -> Iterator[Day]:
    """The days of the first path of ``path``."""
    closes, moves = path.prices[0], path.returns[0].astype(np.float64)
    for number, date in enumerate(path.dates):
        yield Day(
            date=date,
            number=number,
            assets=path.assets,
            closes=closes[number].copy(),
            returns=moves[number - 1].copy() if number else np.full(len(path.assets), np.nan),
            history=closes[: number + 1].copy(),
            bar={name: values[0, number - 1].copy() for name, values in path.bars.items()} if number else {},
        )
