"""Kinds of series, their bounds, and the space in which each of them is modelled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from scipy.special import expit

from tsgan.errors import DataError

Kind = Literal["price", "level", "rate"]

Bound = float | str | None
"""A number, the ticker of another asset of the panel, or None for no bound."""

Bounds = tuple[Bound, Bound]
"""Floor and cap of one asset."""

FREE: Bounds = (None, None)

LARGEST = 69.0
"""Log distance from a bound (a level of 1e30) at which levels stop: their changes must fit into float32."""


@dataclass(frozen=True)
class Space:
    """Coordinates in which every series may go anywhere, so that no model knows of bounds.

    The coordinate of a ``price`` x is log x, that of a ``level`` or ``rate`` x itself; log(x - floor) above a floor;
    -log(cap - x) below a cap; log((x - floor) / (cap - x)) between both.  A MOVE is a difference of coordinates: what
    models are fitted to.  A RETURN is a log return for prices and a difference for levels and rates, bounded or not:
    what people are given.  Both are the same thing where there are no bounds.

    A bound may be another asset: Baa yields over a floor of Aaa yields are never below them.

    Attributes:
        assets, kinds: one an asset.
        bounds: (floor, cap) an asset.

    Raises DataError for bounds of a price, a floor that is not below its cap, bounds that name each other or nobody.
    """

    assets: tuple[str, ...]
    kinds: tuple[Kind, ...]
    bounds: tuple[Bounds, ...]

    def __post_init__(self) -> None:
        if not len(self.assets) == len(self.kinds) == len(self.bounds):
            raise DataError(f"{len(self.kinds)} kinds and {len(self.bounds)} bounds for {len(self.assets)} assets")
        for asset, kind, (floor, cap) in zip(self.assets, self.kinds, self.bounds, strict=True):
            if kind not in get_args(Kind):
                raise DataError(f"the kind of {asset} is {kind!r}; choose {', '.join(get_args(Kind))}")
            if kind == "price" and (floor, cap) != FREE:
                raise DataError(f"{asset} is a price, which is positive and has no other bounds; make it a level")
            for other in (floor, cap):
                if isinstance(other, str) and (other not in self.assets or other == asset):
                    raise DataError(
                        f"{asset} is bounded by {other}, which is no other asset of {', '.join(self.assets)}"
                    )
                if isinstance(other, int | float) and not np.isfinite(other):
                    raise DataError(f"{asset} is bounded by {other}; give a finite number, or none")
            if isinstance(floor, int | float) and isinstance(cap, int | float) and floor >= cap:
                raise DataError(f"the floor of {asset} ({floor:g}) must be below its cap ({cap:g})")
        _ = self.bounded

    @classmethod
    def of(cls, assets: tuple[str, ...], kinds: tuple[Kind, ...], bounds: tuple[Bounds, ...] = ()) -> Space:
        """The space of these assets; no ``bounds`` at all means that none has any."""
        return cls(assets, kinds, bounds or (FREE,) * len(assets))

    @cached_property
    def bounded(self) -> tuple[int, ...]:
        """Columns that have bounds, each after those that bound it."""
        waiting = [i for i, bounds in enumerate(self.bounds) if bounds != FREE]
        order: list[int] = []
        while waiting:
            free = [i for i in waiting if not any(self.assets.index(b) in waiting for b in self.bounds[i] if _named(b))]
            if not free:
                raise DataError(
                    f"the bounds of {', '.join(self.assets[i] for i in waiting)} name each other in a circle"
                )
            order += free
            waiting = [i for i in waiting if i not in free]
        return tuple(order)

    @cached_property
    def logs(self) -> np.ndarray:
        """(asset,) True for prices."""
        return np.array([kind == "price" for kind in self.kinds])

    def native(self, prices: np.ndarray) -> np.ndarray:
        """Logs of prices, levels and rates as they are: their differences are RETURNS, (..., asset) -> same shape."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.logs, np.log(np.where(self.logs, prices, 1.0)), prices)

    def coordinates(self, prices: np.ndarray) -> np.ndarray:
        """Where ``prices`` (..., asset) lie, float64; NaN or infinite at a bound and beyond it."""
        result = self.native(prices)
        with np.errstate(invalid="ignore", divide="ignore"):
            for i in self.bounded:
                low, high = self.limits(i, prices)
                up = None if low is None else np.log(prices[..., i] - low)
                down = None if high is None else np.log(high - prices[..., i])
                result[..., i] = up if down is None else -down if up is None else up - down
        return result

    def prices(self, coordinates: np.ndarray) -> np.ndarray:
        """The way back: prices, levels and rates (..., asset), strictly inside their bounds."""
        with np.errstate(over="ignore"):
            result = np.where(self.logs, np.exp(np.where(self.logs, coordinates, 0.0)), coordinates)
            for i in self.bounded:
                low, high = self.limits(i, result)
                x = coordinates[..., i]
                if low is not None and high is not None:
                    result[..., i] = low + (high - low) * expit(x)
                else:
                    result[..., i] = high - _exp(-x) if low is None else low + _exp(x)
        return self.inside(result)

    def inside(self, prices: np.ndarray) -> np.ndarray:
        """``prices`` (..., asset) with everything at a bound or beyond moved to the next float inside, in place."""
        for i in self.bounded:
            low, high = self.limits(i, prices)
            if high is not None:
                prices[..., i] = np.minimum(prices[..., i], np.nextafter(high, -np.inf))
            if low is not None:
                prices[..., i] = np.maximum(prices[..., i], np.nextafter(low, np.inf))
        return prices

    def returns_of(self, moves: np.ndarray, start: np.ndarray) -> np.ndarray:
        """RETURNS (path, day, asset) float32 of paths of MOVES from the prices ``start`` (asset,).

        Every return is rounded to float32 from the sum of those before it, rounded as well, so that summing them up
        again leads to the level itself and not past a bound that it comes near to.
        """
        if not self.bounded:
            return moves
        levels = self.prices(self.coordinates(start) + np.cumsum(moves, axis=1, dtype=np.float64))
        returns = moves.astype(np.float32, copy=True)
        for i in self.bounded:
            reached = np.full(len(moves), start[i], np.float64)
            for day in range(moves.shape[1]):
                returns[:, day, i] = levels[:, day, i] - reached
                reached += returns[:, day, i]
        return returns

    def select(self, columns: list[int]) -> tuple[Bounds, ...]:
        """The bounds of some columns; DataError where one of them is bounded by an asset that is not among them."""
        kept = [self.assets[c] for c in columns]
        for c in columns:
            for bound in self.bounds[c]:
                if _named(bound) and bound not in kept:
                    raise DataError(f"{self.assets[c]} is bounded by {bound}: choose both, or give it other bounds")
        return tuple(self.bounds[c] for c in columns)

    def described(self) -> dict[str, str]:
        """Ticker -> its kind and bounds in words."""

        def one(kind: Kind, floor: Bound, cap: Bound) -> str:
            ends = [
                f"{name} {b if isinstance(b, str) else format(b, 'g')}"
                for name, b in zip(("floor", "cap"), (floor, cap), strict=True)
                if b is not None
            ]
            return f"{kind} with {' and '.join(ends)}" if ends else kind

        return {a: one(k, *b) for a, k, b in zip(self.assets, self.kinds, self.bounds, strict=True)}

    def limits(self, i: int, prices: np.ndarray) -> tuple[np.ndarray | float | None, np.ndarray | float | None]:
        """Floor and cap of column ``i`` beside these prices (..., asset): numbers, arrays (...), or None."""
        low, high = (prices[..., self.assets.index(b)] if isinstance(b, str) else b for b in self.bounds[i])
        return low, high


def _exp(x: np.ndarray) -> np.ndarray:
    return np.exp(np.minimum(x, LARGEST))


def _named(bound: Bound) -> bool:
    return isinstance(bound, str)


def parse_kind(text: str) -> tuple[str, Kind, Bounds | None]:
    """``VIX=level``, ``VIX=level:0`` or ``PD=rate:0:1`` as ticker, kind and bounds; None where no bounds are given.

    A bound is a number, a ticker, or nothing: ``VIX=level::`` has none.  Raises DataError for anything else.
    """
    ticker, equals, rest = text.rpartition("=")
    kind, *bounds = rest.split(":")
    if not equals or not ticker or kind not in get_args(Kind) or len(bounds) > 2:
        raise DataError(
            f"cannot read the kind {text!r}; write TICKER=price, TICKER=level or TICKER=rate, "
            "with bounds as in VIX=level:0 or PD=rate:0:1"
        )
    if not bounds:
        return ticker, kind, None  # type: ignore[return-value]
    floor, cap = (_parse_bound(b) for b in (*bounds, "")[:2])
    return ticker, kind, (floor, cap)  # type: ignore[return-value]


def _parse_bound(text: str) -> Bound:
    try:
        return float(text) if text.strip() else None
    except ValueError:
        return text.strip()
