"""The grammar in which people state events.

Conditions as text, one or several of which make an event::

    SPX=-0.20           the simple return of SPX since the start, within one percentage point (the tolerance)
    SPX=(-0.25,-0.15)   a band
    SPX<=-0.20          one side
    VIX=(35,60)         of a level or rate: its value, not its change; a bare value holds within 1 % of itself
    loss>=0.30          the portfolio's loss since the start, a fraction of its capital
    SPX=path.csv        a series, columns day,value: the value on each of these days, the first day being 1

or, from Python, as a mapping of the same: ``{"SPX": -0.20}``, ``{"SPX": (-0.25, -0.15), "VIX": (35, 60)}``,
``{"SPX": (None, -0.20)}``.

Conditions hold ``at`` a day, or are reached ``within`` a number of days, each on a day of its own; a series has its
days.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from tsgan.data.handwritten import LARGEST, read_handwritten
from tsgan.data.panel import Kind
from tsgan.errors import ConfigError
from tsgan.models.conditioning.events import Event, Loss, Target

TOLERANCE = 0.01
LOSS = "loss"

MOST_TOLERANCE = 0.5
"""Half the width of a band from which on percent are meant."""

MOST_DAY = 100_000
"""The last day of a path that anything can be asked of."""

MOST_RISE = 3.0
"""The simple return from which on a shock is one in percent."""

Condition = str | Sequence[str] | Mapping[str, float | tuple[float | None, float | None]]
"""Text, several of them, or a mapping of assets to a value or a band; see the module."""

_CLAUSE = re.compile(r"\s*(.*[^=<>\s])\s*(<=|>=|=)\s*([^=<>]+?)\s*")
_BAND = re.compile(r"\(\s*([^,()]+)\s*,\s*([^,()]+)\s*\)")


class Clause(NamedTuple):
    """One condition, read.

    Attributes:
        text: as it was written, for messages.
        name: a ticker, or ``loss``.
        wanted: a bare value, a band, or the file of a series.
    """

    text: str
    name: str
    wanted: float | tuple[float, float] | Path


def parse_event(
    condition: Condition,
    assets: tuple[str, ...],
    kinds: tuple[Kind, ...],
    start: np.ndarray,
    *,
    at: int | None = None,
    within: int | None = None,
    tolerance: float = TOLERANCE,
    loss: Loss | None = None,
) -> Event:
    """The event that a condition in the grammar above describes.

    Args:
        condition: text, several of them, or a mapping.
        assets, kinds, start: of the paths; the start is their prices.
        at: the day on which conditions hold, or
        within: the last day on which they may be reached; one of the two, unless every condition is a series.
        tolerance: half the width of the band around a bare value: of a return or a loss in plain numbers, of a level
            relative to itself.
        loss: what ``loss`` stands for, such as a portfolio's.

    Raises:
        ConfigError: a condition that makes no sense; the message says which and why.
    """
    if not tolerance > 0 or not np.isfinite(tolerance):
        raise ConfigError(f"the tolerance must be above 0, not {tolerance}")
    if tolerance >= MOST_TOLERANCE:
        raise ConfigError(f"the tolerance {tolerance:g} is {tolerance:.0%}; it is a fraction, and one per cent is 0.01")
    if at is not None and within is not None:
        raise ConfigError("give --at or --within, not both")
    for name, day in (("--at", at), ("--within", within)):
        if day is not None and day < 1:
            raise ConfigError(f"{name} {day} lies before the first day; days count from 1")
    targets = [
        target
        for clause in read_clauses(condition)
        for target in _targets(clause, assets, kinds, at, within, tolerance, loss)
    ]
    if not targets:
        raise ConfigError("an event needs at least one shock")
    return Event(tuple(targets), start, loss)


def read_clauses(condition: Condition) -> list[Clause]:
    """The parts of a condition; ConfigError for one that cannot be read."""
    if isinstance(condition, Mapping):
        return [_entry(str(name), wanted) for name, wanted in condition.items()]
    return [_clause(text) for text in ([condition] if isinstance(condition, str) else condition)]


def _targets(
    clause: Clause,
    assets: tuple[str, ...],
    kinds: tuple[Kind, ...],
    at: int | None,
    within: int | None,
    tolerance: float,
    loss: Loss | None,
) -> list[Target]:
    """The bands that a clause asks for: one, or one for each day of a series."""
    text, name, wanted = clause
    if name == LOSS and name not in assets:
        if loss is None:
            raise ConfigError(f"{text!r} speaks of a portfolio; give one with --portfolio")
        column, relative = -1, False
    elif name in assets:
        column, relative = assets.index(name), kinds[assets.index(name)] == "price"
    else:
        raise ConfigError(f"the shock {text!r} is on {name}, but the paths have {', '.join(assets)}")

    def around(value: float) -> tuple[float, float]:
        half = tolerance if relative or column < 0 else tolerance * abs(value)
        return value - half, value + half

    def target(band: tuple[float, float], first: int, last: int) -> Target:
        return _checked(text, Target(name, column, relative, *band, first, last))

    if isinstance(wanted, Path):
        return [target(around(value), day, day) for day, value in _series(text, wanted)]
    last = at if at is not None else within
    if last is None:
        raise ConfigError(f"when does {text!r} happen? give --at DAY or --within DAYS")
    band = wanted if isinstance(wanted, tuple) else around(wanted)
    return [target(band, last if at is not None else 1, last)]


def _entry(name: str, wanted: object) -> Clause:
    """An entry of a mapping, written as text for messages."""
    text = f"{name}={wanted}"
    try:
        if not isinstance(wanted, tuple | list):
            value = float(wanted)  # type: ignore[arg-type]
            if not np.isnan(value):
                return Clause(text, name, value)
        elif len(wanted) == 2:
            low, high = (
                side if end is None else float(end) for end, side in zip(wanted, (-np.inf, np.inf), strict=True)
            )
            if not (np.isnan(low) or np.isnan(high)):
                return Clause(text, name, (low, high))
    except (TypeError, ValueError):
        pass
    raise ConfigError(f"cannot read the condition {text}; give a number, or a band (low, high), None for no end")


def _clause(text: str) -> Clause:
    match = _CLAUSE.fullmatch(text)
    if match is None:
        raise ConfigError(
            f"cannot read the shock {text!r}; write TICKER=-0.20, TICKER=(35,60), TICKER<=-0.20 or loss>=0.30"
        )
    name, sign, value = match.groups()
    if sign == "=" and value.lower().endswith((".csv", ".csv.gz")):
        return Clause(text, name, Path(value))
    band = _BAND.fullmatch(value) if sign == "=" else None
    if band:
        low, high = (_value(text, part) for part in band.groups())
        return Clause(text, name, (low, high))
    bare = _value(text, value)
    return Clause(text, name, {"<=": (-np.inf, bare), ">=": (bare, np.inf), "=": bare}[sign])


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
    if target.relative and target.low >= MOST_RISE:
        raise ConfigError(
            f"{clause!r}: a rise of {target.low:,.0%} is asked for; returns are fractions, and 20 % is 0.20"
        )
    if target.column < 0 and target.high <= 0:
        raise ConfigError(f"{clause!r}: a loss is a positive fraction of the capital; write loss>=0.30")
    return target


def _series(clause: str, file: Path) -> list[tuple[int, float]]:
    """(day, value) pairs of a shock's file, in order."""
    try:
        table = read_handwritten(file, f"the series of {clause!r},", ())
    except FileNotFoundError:
        raise ConfigError(f"the shock {clause!r} needs the file {file}, which does not exist") from None
    if list(table.columns) != ["day", "value"] or table.empty:
        raise ConfigError(f"{file} must have the columns day,value and a row a day; days count from 1")
    numbers = table.apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    days, values = numbers.T
    bad = ~(np.abs(values) <= LARGEST) | ~((days >= 1) & (days <= MOST_DAY)) | (days != np.round(days))
    if bad.any():
        raise ConfigError(
            f"{file}, row {int(np.argmax(bad)) + 1}: day must be a whole number from 1 to {MOST_DAY:,}, value a number"
        )
    if (np.diff(days) <= 0).any():
        raise ConfigError(f"{file}: days must increase")
    return [(int(day), float(value)) for day, value in zip(days, values, strict=True)]
