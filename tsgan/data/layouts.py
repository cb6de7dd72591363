"""Which table is it?  Wide closes, one asset's OHLCV, long tidy, or yfinance's own: told apart by their columns."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from tsgan.data.cells import dates as parse_dates
from tsgan.data.cells import looks_like_dates, numbers, where
from tsgan.data.raw import FIELDS, RawPrices, one_currency
from tsgan.errors import DataError

ACCEPTED = (
    "accepted layouts: wide closes (date, then one column a ticker), OHLCV of one asset (date, open, high, low, close, "
    "adj close, volume), long tidy (date, ticker, close[, open, high, low, volume]) and the table that "
    "yfinance.download gives; data/README.md shows each"
)

_DATE_NAMES = {"date", "datetime", "timestamp", "time", "day", "index", "asofdate", "time period", "observation date"}
_TICKER_NAMES = ("ticker", "symbol", "asset")
_CLOSE_NAMES = ("close", "price", "last", "close/last", "settle")
_ADJUSTED_NAMES = ("adj close", "adjusted close", "adjclose", "adjusted", "adj. close")
_OTHER_NAMES = {"open": "open", "high": "high", "low": "low", "volume": "volume", "vol": "volume", "vol.": "volume"}
_IGNORED = {"dividends", "stock splits", "capital gains", "repaired?", "openint", "change", "change %", "weight"}


def read_layout(
    frame: pd.DataFrame | pd.Series, *, name: str = "ASSET", source: str = "DataFrame", first_line: int | None = None
) -> RawPrices:
    """Tell which layout a table has and take it apart, one table an asset.

    Args:
        frame: numbers or text; dates in the index or in a column; MultiIndex columns as yfinance makes them.
        name: ticker of the asset where the table does not say.
        source: where the table came from, for messages.
        first_line: line of the first row in its file, for messages; None for tables that were never a file.

    Raises:
        DataError: no rows, an unknown or ambiguous layout, text where a number or a date should be.
    """
    if isinstance(frame, pd.Series):
        frame = frame.to_frame(name if frame.name is None else str(frame.name))
    if frame.empty:
        raise DataError(f"{source} is empty; {ACCEPTED}")
    try:
        if frame.columns.nlevels > 1:
            return _from_yfinance(frame, source, first_line)
        if frame.index.nlevels > 1:
            frame = frame.reset_index()
        stamps, table = _split_dates(frame, first_line)
        columns = _roles(table)
        if columns.ticker is not None:
            return _from_long(stamps, table, columns, source, first_line)
        if columns.close is not None:
            asset, notes = _one_asset(stamps, table, columns, name, first_line)
            return _in_currency(
                RawPrices({name: asset}, source, ("read as OHLCV of one asset", *notes)), table, columns
            )
        return _from_wide(stamps, table, source, first_line)
    except DataError as error:
        raise error if source in str(error) else DataError(f"{source}: {error}") from None


@dataclass(frozen=True)
class _Roles:
    """Which column plays which part; None where no column does."""

    ticker: Any = None
    close: Any = None
    adjusted: Any = None
    currency: Any = None
    others: dict[str, Any] = field(default_factory=dict)
    unknown: list[Any] = field(default_factory=list)


def _roles(table: pd.DataFrame) -> _Roles:
    """Give every column its part.  No close and no ticker column means wide closes."""
    lowered = {_key(column): column for column in reversed(list(table.columns))}
    ticker = _first(lowered, _TICKER_NAMES)
    if ticker is not None and "scenario" in lowered:
        raise DataError("this is a table of scenarios, not of prices; read it with tsgan.read_scenarios")
    close, adjusted = _first(lowered, _CLOSE_NAMES), _first(lowered, _ADJUSTED_NAMES)
    others: dict[str, Any] = {}
    for key, part in _OTHER_NAMES.items():
        if key in lowered:
            others.setdefault(part, lowered[key])
    currency = lowered.get("currency") if ticker is not None or close is not None else None
    known = [ticker, adjusted, close, currency, *others.values()]
    unknown = [c for c in table.columns if c not in known and _key(c) not in _IGNORED]
    if close is None:
        close, adjusted = adjusted, None
    bars = len({"open", "high", "low"} & set(others))
    seen = f"columns seen: {_listed(table.columns)}; {ACCEPTED}"
    if close is None and ticker is not None:
        raise DataError(f"a {ticker} column but no close column; {seen}")
    if close is None and others and not unknown:
        raise DataError(f"no close column and no tickers; {seen}")
    if close is None:  # LOW and OPEN are tickers too, when others stand beside them and no close does
        return _Roles()
    if unknown and ticker is None and bars < 2:
        raise DataError(
            f"ambiguous: {close} looks like one asset's close, {_listed(unknown)} like tickers or extra columns; {seen}"
        )
    return _Roles(ticker, close, adjusted, currency, others, unknown)


def _from_wide(stamps: pd.DatetimeIndex, table: pd.DataFrame, source: str, first_line: int | None) -> RawPrices:
    names = [str(column).strip() for column in table.columns]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice or "" in names:
        what = f"two columns are called {', '.join(twice)}" if twice and twice != [""] else "a column has no name"
        raise DataError(f"{what}; each column of a wide table is one ticker")
    assets = {
        ticker: pd.DataFrame({"close": numbers(table.iloc[:, i], ticker, first_line)}, index=stamps)
        for i, ticker in enumerate(names)
    }
    return RawPrices(assets, source, (f"read as wide closes of {len(assets)} asset{'s' * (len(assets) > 1)}",))


def _from_long(stamps: pd.DatetimeIndex, table: Any, columns: _Roles, source: str, first_line: int | None) -> RawPrices:
    tickers = table[columns.ticker]
    if tickers.isna().any():
        row = tickers.index[tickers.isna()][0]
        raise DataError(f"column {columns.ticker}, {where(row, first_line)} is empty; every row needs its ticker")
    tickers = tickers.astype(str).str.strip()
    whole, notes = _one_asset(stamps, table, columns, "", first_line)
    groups = pd.Series(np.arange(len(table))).groupby(tickers.to_numpy(), sort=False).indices
    order = sorted(groups, key=lambda ticker: groups[ticker][0])
    assets = {str(ticker): whole.iloc[groups[ticker]] for ticker in order}
    told = (f"read as a long table of {len(assets)} asset{'s' * (len(assets) > 1)}", *notes)
    return _in_currency(RawPrices(assets, source, told), table, columns)


def _in_currency(raw: RawPrices, table: Any, columns: _Roles) -> RawPrices:
    """The same with what a column called currency says."""
    if columns.currency is None:
        return raw
    currency, warnings = one_currency(table[columns.currency].dropna())
    return replace(raw, currency=currency, warnings=warnings)


def _from_yfinance(frame: pd.DataFrame, source: str, first_line: int | None) -> RawPrices:
    """Two header rows, fields and tickers in either order."""
    if frame.columns.nlevels > 2:
        raise DataError(f"{frame.columns.nlevels} header levels; {ACCEPTED}")
    stamps, table = _split_dates(frame, first_line)
    levels = [{_key(value) for value in table.columns.get_level_values(i)} for i in (0, 1)]
    fields = set(_CLOSE_NAMES) | set(_ADJUSTED_NAMES) | set(_OTHER_NAMES) | _IGNORED
    of_fields = [i for i in (0, 1) if levels[i] <= fields and levels[i] & {*_CLOSE_NAMES, *_ADJUSTED_NAMES}]
    if len(of_fields) != 1:
        raise DataError(f"two header rows, but neither holds the names Close, Open, ... alone; {ACCEPTED}")
    tickers = [str(t).strip() for t in table.columns.get_level_values(1 - of_fields[0])]
    assets, notes = {}, ()
    for ticker in dict.fromkeys(tickers):
        own: Any = table.loc[:, [t == ticker for t in tickers]]
        own.columns = own.columns.get_level_values(of_fields[0])
        columns = _roles(own)
        if columns.close is None:
            raise DataError(f"{ticker} has no Close column; {ACCEPTED}")
        assets[ticker], notes = _one_asset(stamps, own, columns, ticker, first_line)
    return RawPrices(assets, source, (f"read as yfinance's table of {', '.join(assets)}", *notes))


def _one_asset(
    stamps: pd.DatetimeIndex, table: Any, columns: _Roles, name: str, first_line: int | None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Close and bars of one asset (or of all of a long table); adjusted close wins and the bars follow it."""
    label = f"{name} ".lstrip()
    notes = []
    values = {f: numbers(table[c], f"{label}{c}", first_line) for f, c in columns.others.items()}
    close = numbers(table[columns.close], f"{label}{columns.close}", first_line)
    if columns.adjusted is not None:
        adjusted = numbers(table[columns.adjusted], f"{label}{columns.adjusted}", first_line)
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = adjusted / close
        for bar in {"open", "high", "low"} & set(values):
            values[bar] = np.where(factor == 1.0, values[bar], values[bar] * factor)
        notes.append(
            f"the prices are {columns.adjusted}; open, high and low were scaled by {columns.adjusted} / {columns.close}"
        )
        close = adjusted
    if columns.unknown:
        notes.append(f"columns not used: {_listed(columns.unknown)}")
    values["close"] = close
    return pd.DataFrame({f: values[f] for f in FIELDS if f in values}, index=stamps), tuple(notes)


def _split_dates(frame: pd.DataFrame, first_line: int | None) -> tuple[pd.DatetimeIndex, pd.DataFrame]:
    """The dates and the rest, rows renumbered; from a column named so, the index, or the first column."""
    several = frame.columns.nlevels > 1
    keys = [_key(column[0] if several else column) for column in frame.columns]
    named = [i for i, key in enumerate(keys) if key in _DATE_NAMES]
    if first_line is None:
        index = frame.index.to_series(index=pd.RangeIndex(len(frame)))
        frame = frame.reset_index(drop=True)
        stamped = pd.api.types.is_datetime64_any_dtype(index) or isinstance(index.dtype, pd.PeriodDtype)
        if stamped or (not named and not pd.api.types.is_numeric_dtype(index) and looks_like_dates(index)):
            return parse_dates(index, None), frame
    dated = [i for i in named if looks_like_dates(frame.iloc[:, i])] or named
    position = dated[0] if dated else 0
    if not dated and not (len(keys) > 1 and looks_like_dates(frame.iloc[:, 0])):
        raise DataError(f"no dates: no column called date; columns seen: {_listed(frame.columns)}; {ACCEPTED}")
    counter = [i for i, key in enumerate(keys) if key in ("", "unnamed: 0") and i < position]  # a saved row number
    rest = [i for i in range(len(keys)) if i not in (position, *dated, *counter)]
    if not rest:
        raise DataError(f"a date column and nothing else; {ACCEPTED}")
    return parse_dates(frame.iloc[:, position], first_line), frame.iloc[:, rest]


def _key(column: Any) -> str:
    return str(column).strip().lower().replace("_", " ")


def _first(lowered: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((lowered[name] for name in names if name in lowered), None)


def _listed(columns: Any) -> str:
    names = [" ".join(map(str, c)) if isinstance(c, tuple) else str(c) for c in columns]
    return ", ".join(names[:8]) + (f", ... ({len(names)} in all)" if len(names) > 8 else "")
