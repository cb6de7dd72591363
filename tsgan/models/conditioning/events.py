"""Events: bands that quantities of a path must reach, each on a day or within some days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from tsgan.reports.period import DAY, Period


class Loss(Protocol):
    """A loss along paths that events may speak of, such as that of a portfolio; models know nothing else of it."""

    def loss(self, prices: np.ndarray, start: np.ndarray) -> np.ndarray:
        """The loss at ``prices`` (..., asset) since the prices ``start`` (asset,): -> (...)."""
        ...

    def loss_slope(self, prices: np.ndarray) -> np.ndarray:
        """Its derivative in every price: (..., asset) -> (..., asset)."""
        ...


class Target(NamedTuple):
    """A band that one quantity must reach on some day.

    Attributes:
        name: a ticker, or ``loss``.
        column: the ticker's column, -1 for the loss.
        relative: the simple return since the start rather than the value.
        low, high: the band, either of which may be infinite.
        first, last: the days on which it counts, 1 being the first day after the start.
    """

    name: str
    column: int
    relative: bool
    low: float
    high: float
    first: int
    last: int

    def described(self, period: Period = DAY) -> str:
        """``SPX at most -10 % on day 20``, or whatever a step of the paths is called."""
        percent = self.relative or self.column < 0
        low, high = (f"{100 * x:.4g} %" if percent else f"{x:.6g}" for x in (self.low, self.high))
        size = f"at least {low}" if np.isinf(self.high) else f"at most {high}" if np.isinf(self.low) else None
        when = period.on(self.last) if self.first == self.last else f"within {self.last} {period.many}"
        return f"{self.name} {size or f'between {low} and {high}'} {when}"

    def __str__(self) -> str:
        return self.described()


@dataclass(frozen=True, eq=False)
class Event:
    """Every target is reached.

    Attributes:
        targets: the bands.
        start: (asset,) prices at the start.
        loss: the loss that is meant, where a target speaks of one.
    """

    targets: tuple[Target, ...]
    start: np.ndarray
    loss: Loss | None = None

    @property
    def days(self) -> int:
        """Days that decide whether it happens."""
        return max(target.last for target in self.targets)

    def described(self, period: Period = DAY) -> str:
        """Every target in words."""
        return " and ".join(target.described(period) for target in self.targets)

    def __str__(self) -> str:
        return self.described()

    def values(self, target: Target, prices: np.ndarray) -> np.ndarray:
        """The quantity of a target: prices (..., asset) -> (...)."""
        if target.column < 0:
            assert self.loss is not None
            return self.loss.loss(prices, self.start)
        value = prices[..., target.column]
        return value / self.start[target.column] - 1 if target.relative else value

    def slopes(self, target: Target, prices: np.ndarray) -> np.ndarray:
        """Its derivative in every price: (..., asset) -> (..., asset)."""
        if target.column < 0:
            assert self.loss is not None
            return self.loss.loss_slope(prices)
        slope = np.zeros(prices.shape)
        slope[..., target.column] = 1 / self.start[target.column] if target.relative else 1.0
        return slope

    def nearest(self, prices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of paths after the start (path, day, asset), for each target: the day on which it comes nearest to its band
        (path, target), counted from 0, and how far it then lies outside (path, target), 0 inside."""
        days, gaps = [], []
        for target in self.targets:
            window = self.values(target, prices[:, target.first - 1 : target.last])
            outside = np.maximum(np.maximum(target.low - window, window - target.high), 0.0)
            day = outside.argmin(axis=1)
            days.append(day + target.first - 1)
            gaps.append(outside[np.arange(len(day)), day])
        return np.stack(days, axis=1), np.stack(gaps, axis=1)

    def happens(self, prices: np.ndarray) -> np.ndarray:
        """(path,) True where every target is reached; ``prices`` (path, day, asset) begin on the first day."""
        return (self.nearest(prices)[1] == 0).all(axis=1)
