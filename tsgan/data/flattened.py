"""Heads that hold a field and a ticker: ``Close_ACME``, ``ACME.Close``, ``('Close', 'ACME')``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tsgan.data.vocabulary import key, part_of

_SPLIT = re.compile(r"[_|.:/ -]+")
_TUPLE = re.compile(r"\(\s*['\"](.*?)['\"]\s*,\s*['\"](.*?)['\"]\s*\)")


def fields_and_tickers(columns: Sequence[Any]) -> list[tuple[str, str]] | None:
    """(field, ticker) of every column; None where the heads are not made so.

    All columns have to be; the ticker stands on the same side in all; at least one of each ticker's is a close.
    """
    for after in (True, False):
        pairs = [_split(str(column), after) for column in columns]
        if not pairs or any(pair is None for pair in pairs):
            continue
        found = [pair for pair in pairs if pair is not None]
        closes = {ticker for field, ticker in found if part_of(key(field)) in ("close", "adjusted")}
        if closes == {ticker for _, ticker in found} and len(set(found)) == len(found):
            return found
    return None


def field_beside_prices(columns: Sequence[Any]) -> tuple[str, str, str] | None:
    """The first head among tickers that is a volume's, or another field of one of the tickers: head, field, ticker."""
    names = {str(column).strip() for column in columns}
    for column in columns:
        for after in (True, False):
            pair = _split(str(column), after)
            part = None if pair is None else part_of(key(pair[0]))
            if pair is not None and (part == "volume" or (part in ("open", "high", "low") and pair[1] in names)):
                return str(column), str(part), pair[1]
    return None


def _split(head: str, after: bool) -> tuple[str, str] | None:
    """A head as (field, ticker), the ticker ``after`` the field or before it; the longest field that is one."""
    if pair := _TUPLE.fullmatch(head.strip()):
        one, two = pair[1], pair[2]
        if part_of(key(one)) is not None and part_of(key(two)) is None:
            return one, two
        return (two, one) if part_of(key(two)) is not None else None
    marks = list(_SPLIT.finditer(head.strip()))
    for mark in reversed(marks) if after else marks:
        field, ticker = head[: mark.start()].strip(), head[mark.end() :].strip()
        if not after:
            field, ticker = ticker, field
        if ticker and part_of(key(field)) is not None and not key(field).startswith("volume "):
            return field, ticker
    return None
