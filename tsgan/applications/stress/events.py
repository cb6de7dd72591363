"""Events: what a stress test supposes to happen, as bands that quantities of a path must reach.

Grammar of a clause, one or several of which make an event::

    SPX=-0.20           the simple return of SPX since the start, within one percentage point (the tolerance)
    SPX=(-0.25,-0.15)   a band
    SPX<=-0.20          one side
    VIX=(35,60)         of a level or rate: its value, not its change; a bare value holds within 1 % of itself
    loss>=0.30          the portfolio's loss since the start, a fraction of its capital
    SPX=path.csv        a series, columns day,value: the value on each of these days, the first day being 1

Clauses hold ``at`` a day, or are reached ``within`` a number of days, each on a day of its own; a series has its days.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from tsgan.applications.portfolio import Book
from tsgan.data.panel import Kind
from tsgan.errors import ConfigError

TOLERANCE = 0.01
LOSS = "loss"
_CLAUSE = re.compile(r"\s*(.*[^=<>\s])\s*(<=|>=|=)\s*([^=<>]+?)\s*")
_BAND = re.compile(r"\(\s*([^,()]+)\s*,\s*([^,()]+)\s*\)")


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

    def __str__(self) -> str:
        percent = self.relative or self.column < 0
        low, high = (f"{100 * x:.4g} %" if percent else f"{x:.6g}" for x in (self.low, self.high))
        size = f"at least {low}" if np.isinf(self.high) else f"at most {high}" if np.isinf(self.low) else None
        when = f"on day {self.last}" if self.first == self.last else f"within {self.last} days"
        return f"{self.name} {size or f'between {low} and {high}'} {when}"


@dataclass(frozen=True, eq=False)
class Event:
    """Every target is reached.

    Attributes:
        targets: the bands.
        start: (asset,) prices at the start.
        book: the portfolio whose loss is meant, where a target speaks of it.
    """

    targets: tuple[Target, ...]
    start: np.ndarray
    book: Book | None = None

    @property
    def days(self) -> int:
        """Days that decide whether it happens."""
        return max(target.last for target in self.targets)

    def __str__(self) -> str:
        return " and ".join(map(str, self.targets))

    def values(self, target: Target, prices: np.ndarray) -> np.ndarray:
        """The quantity of a target: prices (..., asset) -> (...)."""
        if target.column < 0:
            assert self.book is not None
            return -self.book.by_position(prices, self.start).sum(-1)
        value = prices[..., target.column]
        return value / self.start[target.column] - 1 if target.relative else value

    def slopes(self, target: Target, prices: np.ndarray) -> np.ndarray:
        """Its derivative in every price: (..., asset) -> (..., asset)."""
        if target.column < 0:
            assert self.book is not None
            return -self.book.slope(prices)
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


def parse_event(
    clauses: Sequence[str],
    assets: tuple[str, ...],
    kinds: tuple[Kind, ...],
    start: np.ndarray,
    *,
    at: int | None = None,
    within: int | None = None,
    tolerance: float = TOLERANCE,
    book: Book | None = None,
) -> Event:
    """The event that clauses of the grammar above describe.

    Args:
        clauses: at least one.
        assets, kinds, start: of the paths; the start is their prices.
        at: the day on which clauses hold, or
        within: the last day on which they may be reached; one of the two, unless every clause is a series.
        tolerance: half the width of the band around a bare value: of a return or a loss in plain numbers, of a level
            relative to itself.
        book: the portfolio that ``loss`` speaks of.

    Raises:
        ConfigError: a clause that makes no sense; the message says which and why.
    """
    if not tolerance > 0 or not np.isfinite(tolerance):
        raise ConfigError(f"the tolerance must be above 0, not {tolerance}")
    if at is not None and within is not None:
        raise ConfigError("give --at or --within, not both")
    for name, day in (("--at", at), ("--within", within)):
        if day is not None and day < 1:
            raise ConfigError(f"{name} {day} lies before the first day; days count from 1")
    targets: list[Target] = []
    for clause in clauses:
        match = _CLAUSE.fullmatch(clause)
        if match is None:
            raise ConfigError(
                f"cannot read the shock {clause!r}; write TICKER=-0.20, TICKER=(35,60), TICKER<=-0.20 or loss>=0.30"
            )
        name, sign, text = match.groups()
        if name == LOSS and name not in assets:
            if book is None:
                raise ConfigError(f"{clause!r} speaks of a portfolio; give one with --portfolio")
            column, relative = -1, False
        elif name in assets:
            column, relative = assets.index(name), kinds[assets.index(name)] == "price"
        else:
            raise ConfigError(f"the shock {clause!r} is on {name}, but the paths have {', '.join(assets)}")
        percent = relative or column < 0
        if sign == "=" and text.lower().endswith((".csv", ".csv.gz")):
            for day, value in _series(clause, text):
                half = tolerance if percent else tolerance * abs(value)
                targets.append(_checked(clause, Target(name, column, relative, value - half, value + half, day, day)))
            continue
        last = at if at is not None else within
        if last is None:
            raise ConfigError(f"when does {clause!r} happen? give --at DAY or --within DAYS")
        low, high = _band(clause, sign, text, tolerance, percent)
        targets.append(_checked(clause, Target(name, column, relative, low, high, last if at is not None else 1, last)))
    if not targets:
        raise ConfigError("an event needs at least one shock")
    return Event(tuple(targets), start, book)


def _band(clause: str, sign: str, text: str, tolerance: float, percent: bool) -> tuple[float, float]:
    band = _BAND.fullmatch(text) if sign == "=" else None
    if band:
        low, high = (_value(clause, part) for part in band.groups())
        return low, high
    value = _value(clause, text)
    if sign == "<=":
        return -np.inf, value
    if sign == ">=":
        return value, np.inf
    half = tolerance if percent else tolerance * abs(value)
    return value - half, value + half


def _value(clause: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = np.nan
    if np.isnan(value):
        raise ConfigError(f"cannot read {text!r} in the shock {clause!r} as a number; 20 % is written 0.20")
    return value


def _checked(clause: str, target: Target) -> Target:
    least = -1.0 if target.relative else -np.inf
    if not target.low < target.high or (target.low <= least and np.isinf(target.high)):
        raise ConfigError(f"the band of {clause!r} is empty or everything; write the lower end first")
    if target.relative and target.high <= -1:
        raise ConfigError(f"{clause!r}: a price cannot fall by 100 % or more; -0.20 is a fall by 20 %")
    if target.column < 0 and target.high <= 0:
        raise ConfigError(f"{clause!r}: a loss is a positive fraction of the capital; write loss>=0.30")
    return target


def _series(clause: str, file: str) -> list[tuple[int, float]]:
    """(day, value) pairs of a shock's file, in order."""
    try:
        table = pd.read_csv(Path(file), skipinitialspace=True, encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"the shock {clause!r} needs the file {file}, which does not exist") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file} cannot be read as the series of {clause!r}: {error}") from None
    table.columns = [str(column).strip().lower() for column in table.columns]
    if list(table.columns) != ["day", "value"] or table.empty:
        raise ConfigError(f"{file} must have the columns day,value and a row a day; days count from 1")
    numbers = table.apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    days, values = numbers.T
    bad = ~np.isfinite(values) | ~(days >= 1) | (days != np.round(days))
    if bad.any():
        raise ConfigError(f"{file}, row {int(np.argmax(bad)) + 1}: day must be a whole number from 1, value a number")
    if (np.diff(days) <= 0).any():
        raise ConfigError(f"{file}: days must increase")
    return [(int(day), float(value)) for day, value in zip(days, values, strict=True)]
