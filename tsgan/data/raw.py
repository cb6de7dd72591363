"""RawPrices: what a source gave, one table an asset, before validation and joining."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from tsgan.data.kinds import Bounds, Kind
from tsgan.errors import DataError

FIELDS = ("open", "high", "low", "close", "volume")
"""Columns of an asset's table.  ``close`` is always there; the others where the source had them."""


@dataclass(frozen=True)
class RawPrices:
    """Prices as a source gave them.

    Attributes:
        assets: ticker to a float64 table, columns from ``FIELDS``, index tz-naive timestamps (time of day kept), in
            the order of the source, duplicates and all.
        source: where they came from, for people.
        notes: what reading them decided, one sentence each.
        warnings: what is suspicious about them, one sentence each.
        calendar: the calendar that the source names, or None.
        currency: ISO code that the source names, or an empty string.
        kinds, bounds: by ticker, where the source knows them.
    """

    assets: dict[str, pd.DataFrame]
    source: str
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    calendar: str | None = None
    currency: str = ""
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    bounds: Mapping[str, Bounds] = field(default_factory=dict)

    @classmethod
    def merged(cls, parts: Iterable[RawPrices]) -> RawPrices:
        """Several sources as one; DataError where two have the same ticker."""
        parts = list(parts)
        if len(parts) == 1:
            return parts[0]
        assets: dict[str, pd.DataFrame] = {}
        for part in parts:
            twice = [ticker for ticker in part.assets if ticker in assets]
            if twice:
                raise DataError(f"{', '.join(twice)} came from two sources, the second of them {part.source}; drop one")
            assets |= part.assets
        calendars = {part.calendar for part in parts}
        currency, mixed = one_currency(part.currency for part in parts)
        warned = tuple(note for part in parts for note in part.warnings) + mixed
        return cls(
            assets=assets,
            source=" + ".join(part.source for part in parts),
            notes=tuple(note for part in parts for note in part.notes),
            warnings=warned,
            calendar=calendars.pop() if len(calendars) == 1 else None,
            currency=currency if all(part.currency for part in parts) else "",
            kinds={ticker: kind for part in parts for ticker, kind in part.kinds.items()},
            bounds={ticker: bounds for part in parts for ticker, bounds in part.bounds.items()},
        )


def one_currency(named: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """The currency of a table, empty where it names none or several; and the warning that several deserve."""
    currencies = sorted({str(name).strip() for name in named} - {""})
    if len(currencies) > 1:
        return "", (f"currencies differ: {', '.join(currencies)}; returns are in each asset's own",)
    return (currencies[0] if currencies else ""), ()
