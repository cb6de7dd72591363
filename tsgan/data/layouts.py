"""Which table is it?  A row of explicit steps, each of which says what it decided.

heads      columns without a name and without a value are nothing; dates across the top are turned down the side
blocks     columns of dates side by side are tables of their own
dates      the column of dates, and the order of day and month (:mod:`tsgan.data.dates`)
export     whether it is a known one (:mod:`tsgan.data.exports`)
fields     heads that hold a field and a ticker (:mod:`tsgan.data.flattened`)
roles      which column plays which part (:mod:`tsgan.data.roles`)
numbers    the notation that all number columns prove (:mod:`tsgan.data.notation`)
"""

from __future__ import annotations

import collections
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from tsgan.data.cells import is_number, numbers, where
from tsgan.data.exports import Export, export_of
from tsgan.data.flattened import field_beside_prices, fields_and_tickers
from tsgan.data.heads import blocks, dates_across, empty, split_dates, with_heads
from tsgan.data.notation import MISSING, PLAIN, Notation, notation_of, readable
from tsgan.data.raw import FIELDS, RawPrices, one_currency
from tsgan.data.roles import ACCEPTED, Roles, listed, numeric, roles
from tsgan.data.vocabulary import DATE, MEASURE, key, nameless, part_of
from tsgan.errors import DataError


@dataclass(frozen=True)
class _Context:
    """What every step may need: the asset's name where the table says none, the file's first line, the notation."""

    name: str
    source: str
    first_line: int | None
    notation: Notation = PLAIN
    export: Export | None = None


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
        frame = _of_series(frame, name)
    if frame.empty:
        raise DataError(f"{source} is empty; {ACCEPTED}")
    try:
        return _read(frame, _Context(name, source, first_line))
    except DataError as error:
        raise error if source in str(error) else DataError(f"{source}: {error}") from None


def _of_series(series: pd.Series, name: str) -> pd.DataFrame:
    """One asset: a Series called by a ticker, by a field or not at all."""
    own = None if series.name is None else str(series.name).strip()
    unnamed = own is None or nameless(own) or part_of(key(own)) is not None or key(own) in ("ticker", "symbol", "asset")
    return series.to_frame("close" if unnamed else own).set_axis(["close" if unnamed else own], axis=1)


def _read(frame: pd.DataFrame, context: _Context) -> RawPrices:
    if frame.index.nlevels > 1:
        frame = frame.reset_index()
    notes: tuple[str, ...] = ()
    frame = with_heads(frame, in_memory=context.first_line is None)
    if frame.empty:
        raise DataError(f"no columns with names and values; {ACCEPTED}")
    if frame.columns.nlevels == 1 and dates_across(frame):
        frame, context = frame.set_index(frame.columns[0]).T, replace(context, first_line=None)
        frame.index.name = "date"
        notes += ("dates stand across the top: the table is turned",)
    apart = blocks(frame)
    if len(apart) > 1:
        parts = [_block(frame.iloc[:, columns], context) for columns in apart]
        merged = RawPrices.merged(parts)
        told = (f"read as {len(apart)} tables side by side, each with its own dates", *dict.fromkeys(merged.notes))
        return replace(merged, source=context.source, notes=(*notes, *told))
    heads = [key(c[0] if isinstance(c, tuple) else c) for c in frame.columns]
    context = replace(context, export=export_of(heads))
    stamps, table, decided = split_dates(frame, context.first_line, context.export.order if context.export else None)
    notes += decided
    if context.export is not None:
        notes += (f"recognized as {context.export.name}",)
    if frame.columns.nlevels > 1:
        raw = _from_levels(stamps, table, context)
    else:
        raw = _from_flat(stamps, table, context)
    return replace(raw, notes=(*notes, *raw.notes))


def _block(frame: Any, context: _Context) -> RawPrices:
    frame = frame[~(frame.isna() | (frame == "")).all(axis=1)]
    frame = frame.loc[frame.iloc[:, 0].notna()]
    names = [column if isinstance(column, tuple) else (column,) for column in frame.columns]
    tickers = {
        part for column in names[1:] for part in column if part and part_of(key(part)) is None and key(part) not in DATE
    }
    fields = [next((p for p in column if part_of(key(p)) is not None), "close") for column in names[1:]]
    if len(tickers) != 1:
        shown = listed([n[0] for n in names])
        raise DataError(
            f"several columns of dates, and no ticker can be told for the block {shown}; give each block one"
        )
    flat = frame.set_axis(["date", *fields], axis=1)
    return _read(flat, replace(context, name=str(tickers.pop()).strip()))


def _from_flat(stamps: pd.DatetimeIndex, table: pd.DataFrame, context: _Context) -> RawPrices:
    heads = collections.Counter(str(column).strip() for column in table.columns if not nameless(column))
    if twice := [name for name, count in heads.items() if count > 1]:
        raise DataError(f"two columns are called {', '.join(twice[:5])}; keep one of them, or give each its own name")
    if context.export is not None and context.export.ids == "dimensions":
        return _from_dimensions(stamps, table, context)
    pivoted = _measures(stamps, table)
    if pivoted is not None:
        stamps, table, name = pivoted
        raw = _from_flat(stamps, table, replace(context, first_line=None))
        return replace(raw, notes=(f"column {name} names the fields of each row", *raw.notes))
    pairs = fields_and_tickers(list(table.columns))
    if pairs is not None and not _is_one_asset(table):
        names = [key(field) for field, _ in pairs]
        flat = table.set_axis(pd.MultiIndex.from_tuples([(f, t) for f, t in pairs]), axis=1)
        raw = _from_levels(stamps, flat, context)
        told = f"read as bars of {', '.join(raw.assets)}: the heads hold fields and tickers ({table.columns[0]}, ...)"
        return replace(raw, notes=(told, *raw.notes[1:])) if names else raw
    columns = roles(table, stamps)
    context = replace(context, notation=_notation(table, columns))
    if columns.ticker:
        return _from_long(stamps, table, columns, context)
    if columns.close is not None:
        asset, notes = _one_asset(stamps, table, columns, context.name, context)
        told = ("read as OHLCV of one asset", *columns.notes, *notes)
        return _in_currency(RawPrices({context.name: asset}, context.source, told), table, columns)
    return _from_wide(stamps, table, context)


def _is_one_asset(table: pd.DataFrame) -> bool:
    """Whether every head is a word for a field by itself: PX_LAST and PX_VOLUME are no tickers LAST and VOLUME."""
    return all(part_of(key(column)) is not None for column in table.columns)


def _measures(stamps: pd.DatetimeIndex, table: pd.DataFrame) -> tuple[pd.DatetimeIndex, pd.DataFrame, str] | None:
    """Long tables with a row a field: a column a field instead, and the name of the column that told them."""
    for column in table.columns:
        if key(column) not in MEASURE or numeric(table[column]):
            continue
        words = [key(word) for word in table[column].dropna().unique()]
        if not words or any(part_of(word) is None for word in words) or not any(part_of(w) == "close" for w in words):
            continue
        values = [c for c in table.columns if c != column and numeric(table[c])]
        ids = [c for c in table.columns if c != column and c not in values]
        if len(values) != 1:
            return None
        keyed = table.assign(**{"\0stamp": stamps})
        if keyed.duplicated(["\0stamp", *ids, column]).any():
            return None
        wide = keyed.pivot(index=["\0stamp", *ids], columns=column, values=values[0]).reset_index()
        wide.columns.name = None
        return pd.DatetimeIndex(wide.pop("\0stamp")), wide, str(column)
    return None


def _from_dimensions(stamps: pd.DatetimeIndex, table: Any, context: _Context) -> RawPrices:
    """SDMX: the asset is what varies among the columns that say what is observed."""
    value = next(c for c in table.columns if key(c) == "obs value")
    after = (
        "key",
        "series key",
        "dataflow",
        "last update",
        "title",
        "title compl",
        "obs status",
        "obs conf",
        "obs flag",
        "obs pre break",
        "obs com",
    )
    dims = [c for c in table.columns if c != value and key(c) not in after and not empty(table[c])]
    varying = [c for c in dims if table[c].astype(str).nunique() > 1]
    names = table[varying].astype(str).agg(".".join, axis=1) if varying else pd.Series(context.name, table.index)
    if pd.DataFrame({"n": names.to_numpy(), "d": stamps}).duplicated().any() or names.nunique() > max(
        1, len(names) // 3
    ):
        keys = [c for c in table.columns if key(c) in ("key", "series key")]
        varying = keys or varying
        names = table[varying].astype(str).agg(".".join, axis=1)
    long = pd.DataFrame({"ticker": names.str.strip(), "close": table[value]})
    columns = Roles(ticker=("ticker",), close="close")
    context = replace(context, notation=_notation(long, columns))
    raw = _from_long(stamps, long, columns, context)
    said = f"assets are told apart by {listed(varying)}" if varying else "one series"
    return replace(raw, notes=(*raw.notes, said))


def _notation(table: Any, columns: Roles) -> Notation:
    used = (
        [columns.close, columns.adjusted, *columns.others.values()]
        if columns.close is not None
        else list(table.columns)
    )
    return notation_of({str(c): table[c] for c in used if c is not None and isinstance(table[c], pd.Series)})


def _from_wide(stamps: pd.DatetimeIndex, table: pd.DataFrame, context: _Context) -> RawPrices:
    names = [str(column).strip() for column in table.columns]
    bare = [i for i, column in enumerate(table.columns) if nameless(column)]
    if bare:
        raise DataError(
            f"a column has no name but values, number {bare[0] + 2} of the table; each column of a wide table is one "
            "ticker: name it or delete it"
        )
    texts = [c for i, c in enumerate(table.columns) if not empty(table.iloc[:, i]) and _textual(table.iloc[:, i])]
    if texts and len(texts) < len(names):
        constant = stamps.has_duplicates
        hint = "dates repeat: is it the ticker? rename it to ticker" if constant else "leave it out, or call it ticker"
        cells: Any = table[texts[0]].dropna()
        raise DataError(
            f"column {texts[0]}, {where(cells.index[0], context.first_line)}: {cells.iloc[0]!r} is text, beside "
            f"columns of numbers; {hint}; columns seen: {listed(names)}; {ACCEPTED}"
        )
    if len(names) > 1 and (odd := field_beside_prices(names)) is not None:
        raise DataError(
            f"column {odd[0]} looks like the {odd[1]} of {odd[2]}, not a price; leave it out, or give every head a "
            f"field and a ticker (Close_{odd[2]}, {odd[1].title()}_{odd[2]}); columns seen: {listed(names)}"
        )
    notation = context.notation
    ended = [i for i in range(len(names)) if len(names) > 1 and _said_missing(table.iloc[:, i])]
    assets = {
        ticker: pd.DataFrame({"close": numbers(table.iloc[:, i], ticker, context.first_line, notation)}, index=stamps)
        for i, ticker in enumerate(names)
        if i not in ended
    }
    told = f"read as wide closes of {len(assets)} asset{'s' * (len(assets) > 1)}"
    left = f"left out, because every cell says that there is no value: {listed([names[i] for i in ended])}"
    return RawPrices(assets, context.source, (told, *_said(notation), *(left,) * bool(ended)))


def _said_missing(cells: pd.Series) -> bool:
    """Whether every cell is a word for a missing value, such as N/A: the currencies that the ECB no longer quotes."""
    return not cells.isna().any() and all(str(c).strip() and str(c).strip().lower() in MISSING for c in cells)


def _textual(cells: pd.Series) -> bool:
    """Whether most cells of a column are words."""
    head = cells.dropna().head(50)
    if readable(head):
        return False
    texts = [c for c in head if isinstance(c, str) and c.strip().lower() not in MISSING]
    return len(texts) > 0 and sum(not is_number(c) for c in texts) > len(texts) / 2


def _said(notation: Notation) -> tuple[str, ...]:
    return (notation.note,) if notation.note else ()


def _from_long(stamps: pd.DatetimeIndex, table: Any, columns: Roles, context: _Context) -> RawPrices:
    names = []
    for column in columns.ticker:
        tickers = table[column]
        if tickers.isna().any():
            row = tickers.index[tickers.isna()][0]
            raise DataError(f"column {column}, {where(row, context.first_line)} is empty; every row needs its ticker")
        names.append(tickers.map(_as_ticker))
    tickers = names[0] if len(names) == 1 else pd.concat(names, axis=1).agg(".".join, axis=1)
    whole, notes = _one_asset(stamps, table, columns, "", context)
    groups = pd.Series(np.arange(len(table))).groupby(tickers.to_numpy(), sort=False).indices
    order = sorted(groups, key=lambda ticker: groups[ticker][0])
    assets = {str(ticker): whole.iloc[groups[ticker]] for ticker in order}
    if "return" in whole:
        assets = {ticker: _compounded(asset) for ticker, asset in assets.items()}
    told = (f"read as a long table of {len(assets)} asset{'s' * (len(assets) > 1)}", *columns.notes, *notes)
    return _in_currency(RawPrices(assets, context.source, told), table, columns)


def _as_ticker(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _in_currency(raw: RawPrices, table: Any, columns: Roles) -> RawPrices:
    """The same with what a column called currency says."""
    if columns.currency is None:
        return raw
    currency, warnings = one_currency(table[columns.currency].dropna())
    return replace(raw, currency=currency, warnings=warnings)


def _from_levels(stamps: pd.DatetimeIndex, table: pd.DataFrame, context: _Context) -> RawPrices:
    """Two header rows, fields and tickers in either order."""
    if table.columns.nlevels > 2:
        raise DataError(f"{table.columns.nlevels} header levels; {ACCEPTED}")
    levels = [{key(value) for value in table.columns.get_level_values(i)} for i in (0, 1)]
    of_fields = [
        i
        for i in (0, 1)
        if all(part_of(word) is not None for word in levels[i])
        and any(part_of(word) in ("close", "adjusted") for word in levels[i])
    ]
    if len(of_fields) != 1:
        raise DataError(f"two header rows, but neither holds the names Close, Open, ... alone; {ACCEPTED}")
    tickers = [str(t).strip() for t in table.columns.get_level_values(1 - of_fields[0])]
    assets, notes = {}, ()
    for ticker in dict.fromkeys(tickers):
        own: Any = table.loc[:, [t == ticker for t in tickers]]
        own.columns = own.columns.get_level_values(of_fields[0])
        columns = roles(own)
        if columns.close is None:
            raise DataError(f"{ticker} has no Close column; {ACCEPTED}")
        within = replace(context, notation=_notation(own, columns))
        assets[ticker], notes = _one_asset(stamps, own, columns, ticker, within)
    return RawPrices(assets, context.source, (f"read as yfinance's table of {', '.join(assets)}", *notes))


def _one_asset(
    stamps: pd.DatetimeIndex, table: Any, columns: Roles, name: str, context: _Context
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Close and bars of one asset (or of all of a long table); adjusted close wins and the bars follow it."""
    label, line, notation = f"{name} ".lstrip(), context.first_line, context.notation
    notes: list[str] = [*_said(notation)]
    convention = "" if context.export is None else context.export.price
    if convention == "returns" and columns.returns is not None:
        cells: Any = table[columns.returns].astype(object)
        values = {"return": numbers(cells.where(~cells.isin(["B", "C"])), f"{label}{columns.returns}", line)}
        notes.append(f"the prices are {columns.returns} compounded from 100, which holds dividends and splits")
        return pd.DataFrame(values, index=stamps), tuple(notes)
    if columns.close is None:
        raise DataError(
            f"column {columns.returns} holds returns and there is no close column: whether they are simple or log "
            "returns, or percent, cannot be told; compound them into prices first"
        )
    values = {
        f: numbers(table[c], f"{label}{c}", line, notation, multiples=f == "volume") for f, c in columns.others.items()
    }
    close = numbers(table[columns.close], f"{label}{columns.close}", line, notation)
    if convention == "signed" and (close < 0).any():
        close = np.abs(close)
        notes.append(f"a minus before {columns.close} marks the middle of bid and ask, and is left out")
    if columns.adjusted is not None:
        adjusted = numbers(table[columns.adjusted], f"{label}{columns.adjusted}", line, notation)
        below = (adjusted <= 0) & (close > 0)
        if below.any():
            row = int(np.argmax(below))
            raise DataError(
                f"{label}{columns.adjusted} is {adjusted[row]:g} on {str(stamps[row])[:10]} where {columns.close} is "
                f"{close[row]:g}: adjusted prices of zero or less are no prices; drop these rows, or "
                f"drop the column to use {columns.close}"
            )
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = adjusted / close
        for bar in {"open", "high", "low"} & set(values):
            values[bar] = np.where(factor == 1.0, values[bar], values[bar] * factor)
        notes.append(
            f"the prices are {columns.adjusted}; open, high and low were scaled by {columns.adjusted} / {columns.close}"
        )
        close = adjusted
    elif key(columns.close) not in ("close", "price") and part_of(key(columns.close)) is not None:
        notes.append(f"the prices are column {columns.close}")
    if columns.unknown:
        notes.append(f"columns not used: {listed(columns.unknown)}")
    values["close"] = close
    return pd.DataFrame({f: values[f] for f in FIELDS if f in values}, index=stamps), tuple(notes)


def _compounded(asset: pd.DataFrame) -> pd.DataFrame:
    """Prices from simple returns, 100 before the first one; none where a return is missing."""
    asset = asset.sort_index(kind="stable")
    simple = asset["return"].to_numpy()
    close = 100 * np.cumprod(1 + np.nan_to_num(simple))
    missing = np.isnan(simple)
    missing[: int(np.argmin(missing))] = True
    first = int(np.argmin(missing))
    if first:  # the price before the first return
        missing[first - 1] = False
    return pd.DataFrame({"close": np.where(missing, np.nan, close)}, index=asset.index)
