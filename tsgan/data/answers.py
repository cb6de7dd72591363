"""What a source answered, checked before anything is made of it: one row a day, numbers, the range asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tsgan.data.dates import read_dates
from tsgan.data.days import as_days, listed
from tsgan.data.raw import FIELDS
from tsgan.errors import DataError, SourceError

SPLITS, DIVIDENDS = "stock splits", "dividends"

CONSTANT = 20
"""Rows from which on closes that are all the same are no answer."""


@dataclass(frozen=True)
class Answer:
    """A history as a source gave it, in order.

    Attributes:
        frame: columns of :data:`tsgan.data.raw.FIELDS`, adjusted, by increasing midnight dates, a close in every row.
        events: splits and dividends by their dates: ``size``, the log of the factor by which all earlier prices are
            adjusted, and ``split``, new shares for an old one, 0 for dividends.
        currency, exchange: as the source names them; empty where it does not.
        warnings, notes: what was left out, one sentence each.
    """

    frame: pd.DataFrame
    events: pd.DataFrame
    currency: str = ""
    exchange: str = ""
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def checked(given: Any, metadata: Any, ticker: str, first: str, last: str, today: np.datetime64) -> Answer:
    """An answer in order.

    Args:
        given: the table: Open, High, Low, Close, Volume, Stock Splits and Dividends by date.
        metadata: ``symbol``, ``currency`` and ``exchangeName``, as far as the source says them.
        ticker: that was asked for.
        first, last: the range asked for, ``last`` exclusive.
        today: no bar can be of a later day.

    Raises:
        SourceError: for what is no answer to the question: no table, no dates, no closes, other tickers, several prices
            on one day.
    """
    metadata = metadata if isinstance(metadata, Mapping) else {}
    named = str(metadata.get("symbol") or ticker)
    if named.upper() != ticker.upper():
        raise SourceError(f"asked for {ticker}, Yahoo answered with {named}; check the spelling on finance.yahoo.com")
    table: Any = _columns(given, ticker)
    table, warnings, notes = _days(table, ticker, first, last, today)
    closes = table["close"].to_numpy()
    if not len(table):
        raise SourceError(
            f"Yahoo's answer has no close of {ticker} from {first} to before {last}; choose another range"
        )
    if len(table) > CONSTANT and np.ptp(closes) == 0:
        raise SourceError(f"every close of {ticker} in Yahoo's answer is {closes[0]:g}; try again later")
    splits: Any
    dividends: Any
    splits, dividends = (
        table[name].fillna(0.0) if name in table else pd.Series(0.0, table.index) for name in (SPLITS, DIVIDENDS)
    )
    splits = splits[(splits > 0) & (splits != 1)]
    paid: Any = dividends[dividends > 0]
    before = table["close"].shift(1).reindex(paid.index)
    paid = np.log1p(-(paid / before)[(paid < before) & (before > 0)])
    events = pd.concat([pd.DataFrame({"size": -np.log(splits), "split": splits}), pd.DataFrame({"size": paid})])
    events["split"] = events["split"].fillna(0.0)
    return Answer(
        table[[name for name in FIELDS if name in table]],
        events.sort_index(kind="stable"),
        str(metadata.get("currency") or ""),
        str(metadata.get("exchangeName") or ""),
        warnings,
        notes,
    )


def _columns(given: Any, ticker: str) -> pd.DataFrame:
    """Lower-case float columns, the rows as they came."""
    if not isinstance(given, pd.DataFrame):
        raise SourceError(f"Yahoo gave no table for {ticker} but {type(given).__name__}; try again later")
    if given.columns.nlevels > 1:
        others = {str(part) for column in given.columns for part in column[1:]} - {ticker, ""}
        if others:
            raise SourceError(
                f"asked for {ticker}, Yahoo answered with {', '.join(sorted(others)[:5])}; try again later"
            )
        given = given.set_axis(given.columns.get_level_values(0), axis=1)
    names = [str(column).strip().lower() for column in given.columns]
    if "close" not in names:
        raise SourceError(f"{ticker}: the answer has no Close column but {', '.join(names)}; update yfinance")
    wanted = (*FIELDS, "adj close", SPLITS, DIVIDENDS)
    if twice := [name for name in wanted if names.count(name) > 1]:
        raise SourceError(f"{ticker}: the answer has {twice[0]} more than once; update yfinance")
    columns = {}
    for i, name in enumerate(names):
        if name not in wanted:
            continue
        cells: Any = given.iloc[:, i]
        numbers: Any = pd.to_numeric(cells, errors="coerce")
        values = np.asarray(numbers, np.float64)
        bad = np.isinf(values) | (np.isnan(values) & ~cells.isna().to_numpy())
        if bad.any():
            raise SourceError(f"{ticker}: {name} is {cells.iloc[int(np.argmax(bad))]!r} in the answer; try again later")
        columns[name] = values
    if "adj close" in columns:  # an answer that nobody adjusted
        with np.errstate(all="ignore"):
            factor = columns["adj close"] / columns["close"]
        columns |= {name: columns[name] * factor for name in ("open", "high", "low") if name in columns}
        columns["close"] = columns.pop("adj close")
    try:
        stamps = read_dates(pd.Series(given.index, index=range(len(given))), None).stamps
    except DataError as error:
        raise SourceError(f"{ticker}: the answer has no dates ({error}); update yfinance") from None
    return pd.DataFrame(columns, index=stamps)


def _days(
    table: Any, ticker: str, first: str, last: str, today: np.datetime64
) -> tuple[pd.DataFrame, tuple[str, ...], tuple[str, ...]]:
    """One row a day within the range, increasing; what was left out."""
    warnings, notes = [], []
    stamps = pd.DatetimeIndex(table.index)
    days = stamps.normalize()
    outside = np.asarray((days < first) | (days >= last) | (days > pd.Timestamp(today)))
    if outside.any():
        told = listed(as_days(days[outside]))
        warnings.append(f"{ticker}: {int(outside.sum())} rows of the answer lie outside the range ({told}); left out")
        table, days = table[~outside], days[~outside]
    table = table.set_axis(days, axis=0)
    closed = table["close"].notna().to_numpy()
    if not closed.all():
        told = listed(as_days(days[~closed]))
        where = notes if (~closed).sum() <= 0.02 * len(closed) else warnings
        where.append(f"{ticker}: {int((~closed).sum())} rows of the answer have no close ({told}); left out")
        table = table[closed]
    table = table.sort_index(kind="stable")
    days = pd.DatetimeIndex(table.index)
    if days.has_duplicates:
        same = table.reset_index().duplicated().to_numpy()
        twice = days[days.duplicated() & ~same]
        if len(twice):
            rows: Any = table.loc[[twice[0]], "close"]
            raise SourceError(
                f"Yahoo gives several prices of {ticker} on {listed(as_days(twice.unique()))} ({rows.iloc[0]:g} and "
                f"{rows.iloc[1]:g} on the first of them): a live price may stand beside the close; try again after the "
                "close, or end the range before"
            )
        notes.append(f"{ticker}: {int(same.sum())} rows of the answer are there twice; one of each is used")
        table = table[~same]
    return table, tuple(warnings), tuple(notes)
