"""Which column plays which part: told by the vocabulary, checked by what the columns hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from tsgan.data.cells import is_number
from tsgan.data.vocabulary import ADJUSTED, BARS, CLOSE, CURRENCY, IDENTIFIER, IGNORED, RETURN, TICKER, key, part_of
from tsgan.errors import DataError

ACCEPTED = (
    "accepted layouts: wide closes (date, then one column a ticker), OHLCV of one asset (date, open, high, low, close, "
    "adj close, volume), long tidy (date, ticker, close[, open, high, low, volume]) and the table that "
    "yfinance.download gives; data/README.md shows each"
)

SINGLE = {"o": "open", "h": "high", "l": "low", "c": "close", "v": "volume"}
"""Letters for the parts of a bar, where all of the first four are there."""


NUMBERED = frozenset({"permno", "gvkey", "secid", "sid"})
"""Identifiers that are numbers."""


@dataclass(frozen=True)
class Roles:
    """Which column plays which part; None where no column does.

    Attributes:
        ticker: columns that name the asset of a row together; empty where there is one asset, or one a column.
        close, adjusted, returns, currency: columns of these.
        others: open, high, low and volume.
        unknown: columns that play no part.
        notes: what was decided.
    """

    ticker: tuple[Any, ...] = ()
    close: Any = None
    adjusted: Any = None
    returns: Any = None
    currency: Any = None
    others: dict[str, Any] = field(default_factory=dict)
    unknown: list[Any] = field(default_factory=list)
    notes: tuple[str, ...] = ()


def roles(table: pd.DataFrame, stamps: pd.DatetimeIndex | None = None) -> Roles:
    """Give every column its part.  No close and no ticker column means wide closes.

    Args:
        table: everything but the dates.
        stamps: the dates; None for one asset's columns of a table with two header rows.

    Raises DataError where columns contradict each other, or where a name for a field stands without what belongs to it.
    """
    lowered = {key(column): column for column in reversed(list(table.columns))}
    seen = f"columns seen: {listed(table.columns)}; {ACCEPTED}"
    ticker = _first(lowered, TICKER)
    if ticker is not None and "scenario" in lowered:
        raise DataError("this is a table of scenarios, not of prices; read it with tsgan.read_scenarios")
    if ticker is not None and table.shape[1] == 1 and numeric(table[ticker]):
        ticker = None  # one asset that is called so: what a Panel of one calls it by default
    others: dict[str, Any] = {}
    for part, words in BARS.items():
        found = _first(lowered, words) or next((c for w, c in lowered.items() if part_of(w) == part), None)
        if found is not None:
            others[part] = found
    close, adjusted = _first(lowered, CLOSE), _first(lowered, ADJUSTED)
    if close is None and {"o", "h", "l", "c"} <= set(lowered) and _is_bar(table, lowered):
        close, letters = lowered["c"], {p: lowered[w] for w, p in SINGLE.items() if w in lowered and p != "close"}
        others = letters | others
    returns = _first(lowered, RETURN)
    if close == adjusted:  # "adjusted" alone
        close, adjusted = (
            (close, None)
            if adjusted is None
            else (_first(lowered, tuple(w for w in CLOSE if w not in ADJUSTED)), adjusted)
        )
    notes: tuple[str, ...] = ()
    names: tuple[Any, ...] = () if ticker is None else (ticker,)
    has_prices = close is not None or adjusted is not None or returns is not None
    if not names and stamps is not None and has_prices:
        names, notes = _identified(table, stamps, [close, adjusted, returns, *others.values()], others)
        close = None if close in names else close
    currency = next((lowered[w] for w in lowered if w in CURRENCY and lowered[w] not in names), None)
    currency = currency if names or close is not None else None
    known = [*names, adjusted, close, currency, *others.values()]
    unknown = [c for c in table.columns if c not in known and key(c) not in IGNORED]
    bars = len({"open", "high", "low"} & set(others))
    if close is None and adjusted is not None:
        close, adjusted = adjusted, None
    if close is None and names and returns is None:
        raise DataError(f"a {names[0]} column but no close column; {seen}")
    if close is None and names:
        return Roles(names, None, None, returns, currency, others, [c for c in unknown if c != returns], notes)
    fields = [c for c in table.columns if part_of(key(c)) in ("open", "high", "low", "volume", "ignored")]
    if close is None and others and not [c for c in unknown if c not in fields]:
        raise DataError(f"no close column and no tickers; {seen}")
    if close is None and {"open", "high", "low"} <= set(others):
        raise DataError(f"columns open, high and low, but none is called close; name it; {seen}")
    if close is None:  # LOW and OPEN are tickers too, when others stand beside them and no close does
        traded = [c for c in table.columns if part_of(key(c)) == "volume"]
        if traded:
            raise DataError(
                f"ambiguous: {traded[0]} looks like a volume, but no column is called close; name the closes, or leave "
                f"{traded[0]} out; {seen}"
            )
        return Roles()
    words = [key(column) for column in table.columns]
    for column in (close, adjusted, *others.values()):
        if column is not None and words.count(key(column)) > 1:
            same = [str(c) for c in table.columns if key(c) == key(column)]
            raise DataError(f"two columns are called {' and '.join(same)}; keep one of them; {seen}")
    texts = [c for c in unknown if not numeric(table[c])]
    numbers = [c for c in unknown if c not in texts and c != returns]
    spare = [c for c in numbers if part_of(key(c)) in ("close", "adjusted")]
    strangers = [c for c in numbers if c not in spare]
    if spare and not names and bars < 2 and key(close) != "close":  # Value beside Rate: either may be the price
        strangers += spare
    if strangers and not names and stamps is not None and stamps.has_duplicates:
        apart = [c for c in strangers if _tells_apart(table, stamps, [c])]
        if apart:
            count = table[apart[0]].nunique()
            raise DataError(
                f"dates repeat, and {apart[0]} has {count} values: is it the ticker? rename it to ticker; {seen}"
            )
    if strangers and not names and bars < 2:
        raise DataError(
            f"ambiguous: {close} looks like one asset's close, {listed(strangers)} like tickers or more; {seen}"
        )
    return Roles(names, close, adjusted, returns, currency, others, [c for c in unknown if c != returns], notes)


def numeric(cells: Any) -> bool:
    """Whether the first values of a column are numbers."""
    head = cells.dropna()
    head = head[head.astype(str).str.strip() != ""].head(5)
    return not head.empty and all(is_number(value) for value in head)


def listed(columns: Any) -> str:
    """The first columns' names, for messages."""
    names = [" ".join(map(str, c)) if isinstance(c, tuple) else str(c) for c in columns]
    return ", ".join(names[:8]) + (f", ... ({len(names)} in all)" if len(names) > 8 else "")


def _is_bar(table: Any, lowered: dict[str, Any]) -> bool:
    """Whether columns called o, h, l and c are a bar's: the tickers O, H, L and C are not in its order."""
    numbers: Any = table[[lowered[letter] for letter in "ohlc"]].apply(pd.to_numeric, errors="coerce")
    o, h, low, c = numbers.to_numpy(np.float64).T
    with np.errstate(invalid="ignore"):
        inside = (h >= np.fmax(o, c)) & (low <= np.fmin(o, c))
    return bool(inside.mean() > 0.9)


def _identified(
    table: Any, stamps: pd.DatetimeIndex, taken: list[Any], others: dict[str, Any]
) -> tuple[tuple[Any, ...], tuple[str, ...]]:
    """The columns that tell assets apart where dates repeat, or the name of the one that all rows have."""
    free = [c for c in table.columns if not any(c is t or c == t for t in taken) and key(c) not in IGNORED]
    known = sorted((c for c in free if key(c) in IDENTIFIER), key=lambda c: IDENTIFIER.index(key(c)))
    if not stamps.has_duplicates:
        return _single(table, known)
    texts = [c for c in free if c not in known and not numeric(table[c])]
    for candidates in (known, texts):
        unique = [c for c in candidates if _tells_apart(table, stamps, [c])]
        if candidates is texts and len(unique) > 1:
            raise DataError(
                f"dates repeat, and any of {listed(unique)} may be the ticker: rename the one that is to ticker"
            )
        if unique:
            count = table[unique[0]].nunique()
            return (unique[0],), (f"column {unique[0]} taken for the ticker: dates repeat, and it has {count} values",)
    several = [c for c in (*known, *texts) if table[c].nunique() > 1]
    if len(several) > 1 and _tells_apart(table, stamps, several):
        return tuple(several), (f"columns {listed(several)} together taken for the ticker: dates repeat",)
    return (), ()


def _single(table: Any, known: list[Any]) -> tuple[tuple[Any, ...], tuple[str, ...]]:
    once = [c for c in known if table[c].nunique() == 1 and key(c) != "currency"]
    named = [c for c in once if key(c) in NUMBERED or not numeric(table[c])]
    return ((named[0],), (f"column {named[0]} names the asset",)) if named else ((), ())


def _tells_apart(table: Any, stamps: pd.DatetimeIndex, columns: list[Any]) -> bool:
    """Whether no asset has a time stamp twice, and there are fewer assets than rows of one."""
    names = table[columns].astype(str).agg("|".join, axis=1) if len(columns) > 1 else table[columns[0]].astype(str)
    keyed = pd.DataFrame({"name": names.to_numpy(), "stamp": stamps})
    few = keyed["name"].nunique() <= max(1, len(keyed) // 3)
    return bool(few) and not table[columns].isna().to_numpy().any() and not bool(keyed.duplicated().to_numpy().any())


def _first(lowered: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((lowered[name] for name in names if name in lowered), None)
