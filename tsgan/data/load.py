"""load_prices: anything that holds prices becomes a Panel."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tsgan.data.assemble import assemble
from tsgan.data.join import Join
from tsgan.data.kinds import Bounds, Kind, Space
from tsgan.data.layouts import read_layout
from tsgan.data.panel import Panel
from tsgan.data.raw import RawPrices
from tsgan.data.samples import load_sample
from tsgan.data.tables import PARQUET, TEXT, exists, read_table
from tsgan.data.validate import Finding
from tsgan.errors import DataError

Source = Panel | pd.DataFrame | pd.Series | str | os.PathLike[str] | Sequence[str]
"""What prices can be loaded from."""

_FILES = "|".join(map(re.escape, TEXT + PARQUET))
_PLUS = re.compile(rf"\+(?=sample:|yahoo:|[^+]+(?:{_FILES})(?:\+|$))", re.IGNORECASE)
"""A plus with a source behind it; others are part of a name."""


def load_prices(
    source: Source = "sample:us-indices",
    *,
    kinds: Mapping[str, Kind] | None = None,
    bounds: Mapping[str, Bounds] | None = None,
    join: Join | None = None,
    calendar: str | None = None,
    currency: str | None = None,
    ticker: str | None = None,
    min_days: int | None = None,
    offline: bool | None = None,
) -> Panel:
    """Load and validate daily, weekly, monthly, quarterly or yearly prices.

    Args:
        source: a CSV or Parquet file (wide closes, OHLCV of one asset, long tidy, yfinance's table: told apart
            automatically), ``sample:us-indices``, ``yahoo:SPY,QQQ``, a DataFrame, several of such strings to be joined,
            as a list or with a plus (``rates.csv+sample:sp500``), or a Panel, which is returned as it is unless
            ``kinds``, ``bounds`` or ``join`` ask for another.
        kinds: ``{"VIX": "level"}``: prices are modelled by log returns; levels and rates by differences, and may be
            zero or negative.  Others are guessed from tickers and values; a note says so.
        bounds: ``{"VIX": (0, None), "PD": (0, 1)}``: floor and cap of levels and rates, never reached; a bound may be
            the ticker of another asset.  Volatility indices have the floor 0 unless this says otherwise.
        join: ``inner`` keeps the dates that all assets have, ``outer`` those that any has, with NaN where one has no
            price; None takes ``inner`` where that keeps 95 % of every asset's prices and drops no more than two in
            a row, else ``outer``; a note says so.
        calendar: an exchange_calendars name or ``weekdays``; None takes the source's, or the one that fits the dates.
        currency: ISO code, for information.
        ticker: name of the asset of a table that names none; the file's name by default.
        min_days: the shortest history accepted, in rows, of every asset; by default a year of days, two years of
            weeks, five of months, ten of quarters or thirty of years.
        offline: use the price cache only; ``$TSGAN_OFFLINE=1`` sets it.

    Returns:
        Panel; ``notes`` says what was found and done.

    Raises:
        DataError: a file, layout or value that cannot be used; the message says which, where and what to do.
        SourceError: tickers that cannot be fetched.
    """
    if isinstance(source, Panel) and not (kinds or bounds or join):
        return source
    raw = read_source(source, ticker=ticker, offline=offline)
    return assemble(
        raw, kinds=kinds, bounds=bounds, join=join, calendar=calendar, currency=currency, min_days=min_days
    )[0]


def load_with_findings(
    source: Source,
    *,
    kinds: Mapping[str, Kind] | None = None,
    bounds: Mapping[str, Bounds] | None = None,
    join: Join | None = None,
    calendar: str | None = None,
    ticker: str | None = None,
    min_days: int | None = None,
    offline: bool | None = None,
    today: np.datetime64 | None = None,
) -> tuple[Panel, tuple[Finding, ...]]:
    """:func:`load_prices` with what was found as :class:`Finding` objects; a Panel is checked again."""
    raw = read_source(source, ticker=ticker, offline=offline)
    return assemble(raw, kinds=kinds, bounds=bounds, join=join, calendar=calendar, min_days=min_days, today=today)


def load_as(source: Source, space: Space, *, join: Join | str | None = None, min_days: int | None = None) -> Panel:
    """:func:`load_prices` with the kinds and bounds of ``space`` for the tickers that it knows."""
    raw = read_source(source)
    known = [i for i, asset in enumerate(space.assets) if asset in raw.assets]
    kinds: dict[str, Kind] = {space.assets[i]: space.kinds[i] for i in known}
    bounds = {space.assets[i]: space.bounds[i] for i in known}
    return assemble(raw, kinds=kinds, bounds=bounds, join=join, min_days=min_days)[0]


def read_source(source: Source, *, ticker: str | None = None, offline: bool | None = None) -> RawPrices:
    """Find out what ``source`` is and read it, unchecked.  Raises as :func:`load_prices` does."""
    if isinstance(source, Panel):
        return _of_panel(source)
    if (convert := getattr(source, "to_pandas", None)) is not None:  # Polars, Arrow
        source = convert()
    if isinstance(source, np.ndarray):
        raise DataError(
            "an array holds no dates and no tickers; give a DataFrame with a date index and a column a ticker, such as "
            "pandas.DataFrame(array, index=dates, columns=tickers)"
        )
    if isinstance(source, pd.DataFrame | pd.Series):
        return _described(read_layout(source, name=ticker or "ASSET"), source)
    if isinstance(source, os.PathLike):
        return _read_file(Path(source), ticker)
    if isinstance(source, str):
        parts = [source] if exists(Path(source)) else _PLUS.split(source)
        if len(parts) > 1:
            return RawPrices.merged(read_source(part, offline=offline) for part in parts)
        scheme, _, rest = source.partition(":")
        if scheme == "sample":
            return load_sample(rest)
        if scheme == "yahoo":
            from tsgan.data.yahoo import fetch_raw

            return fetch_raw(rest.split(","), offline=offline)
        return _read_file(Path(source), ticker)
    if isinstance(source, Sequence) and source and all(isinstance(part, str | os.PathLike) for part in source):
        return RawPrices.merged(read_source(part, ticker=None, offline=offline) for part in source)
    raise DataError(
        f"cannot load prices from {type(source).__name__}; give a CSV or Parquet file, sample:us-indices, "
        "yahoo:SPY,QQQ, a DataFrame, or a list of such strings"
    )


def _read_file(path: Path, ticker: str | None) -> RawPrices:
    table = read_table(path)
    stem = path.name.split(".")[0] if path.name.lower().endswith(".csv.gz") else path.stem
    raw = read_layout(table.frame, name=ticker or table.name or stem, source=str(path), first_line=table.first_line)
    return replace(_described(raw, table.frame), notes=(*table.notes, *raw.notes))


def _described(raw: RawPrices, frame: pd.DataFrame | pd.Series) -> RawPrices:
    """Calendar and currency that the table carries with it, as ``tsgan fetch`` writes them into Parquet files."""
    attributes: Mapping[Any, Any] = frame.attrs
    calendar = attributes.get("calendar")
    return replace(
        raw,
        calendar=calendar if isinstance(calendar, str) else None,
        currency=str(attributes.get("currency") or raw.currency),
    )


def _of_panel(panel: Panel) -> RawPrices:
    """A panel taken apart again."""
    index = pd.DatetimeIndex(panel.dates)
    assets = {
        asset: pd.DataFrame(
            {"close": panel.prices[:, i], **{name: values[:, i] for name, values in panel.bars.items()}}, index=index
        )
        for i, asset in enumerate(panel.assets)
    }
    return RawPrices(
        assets,
        panel.source or "panel",
        calendar=panel.calendar,
        currency=panel.currency,
        kinds=dict(zip(panel.assets, panel.kinds, strict=True)),
        bounds=dict(zip(panel.assets, panel.bounds, strict=True)),
    )
