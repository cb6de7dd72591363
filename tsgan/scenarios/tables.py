"""Scenario tables: Scenarios as DataFrames, CSV and Parquet files.

Layouts:
    long: ``scenario,date,ticker[,open,high,low],close[,volume],return[,weight]``, one row a path, day and asset.  The
        first day of every path is the start day, which has a close and nothing else.  ``return`` (float32, log return
        or difference) is exact.
    wide: ``date``, then one column a ticker and path, ``SPX|0017``, holding closes.
    shocks: one row a path, the move over the whole horizon of every ticker; see :mod:`tsgan.scenarios.shocks`.

Scenario numbers are ``first_path + i``.  CSV prices carry ten significant digits, start prices all of them; Parquet
prices are float64.  Reading is in :mod:`tsgan.scenarios.reading`, large jobs in :mod:`tsgan.scenarios.blocks`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow.csv import CSVWriter, WriteOptions
from pyarrow.parquet import ParquetWriter

from tsgan.errors import ScenarioError
from tsgan.files import atomic_path, check_file, clear, linked_to
from tsgan.formulas import guarded
from tsgan.outputs.commits import one_at_a_time
from tsgan.owned import check_free, sha256_of
from tsgan.scenarios.manifest import (
    TABLE,
    belongs_to,
    check_manifest_free,
    manifest_of,
    manifest_path,
    settle_manifest,
    to_text,
)
from tsgan.scenarios.pieces import in_groups
from tsgan.scenarios.reading import METADATA_KEY
from tsgan.scenarios.reading import read_scenarios as read_scenarios
from tsgan.scenarios.scenarios import BAR_FIELDS, Scenarios
from tsgan.scenarios.shocks import shock_columns

Layout = Literal["long", "wide", "shocks"]
Format = Literal["csv", "parquet"]

ROWS = 1_000_000
"""Rows of a long table that are laid out in memory at once."""

CSV_DIGITS = 10
"""Significant digits of prices in CSV files; returns and start prices are exact."""


def to_frame(scenarios: Scenarios, layout: Layout = "long") -> pd.DataFrame:
    """A table of ``scenarios``: ``long`` and ``shocks`` with the columns above, ``wide`` with the dates as index.

    Raises ScenarioError for another layout.
    """
    _choice("layout", layout, Layout)
    dates = scenarios.dates.astype("datetime64[s]")
    if layout == "wide":
        names, closes = _wide([scenarios])
        return pd.DataFrame(closes, index=pd.DatetimeIndex(dates, name="date"), columns=names)
    if layout == "shocks":
        frame = pa.table(shock_columns(scenarios, 0, scenarios.n_paths, 0)).to_pandas()
        return frame.assign(AsOfDate=pd.to_datetime(frame["AsOfDate"]))
    columns = _long(scenarios)
    columns["date"] = dates[columns["date"]]
    columns["ticker"] = np.array(scenarios.assets, dtype=object)[columns["ticker"]]
    return pd.DataFrame(columns)


def write(
    chunks: Iterable[Scenarios],
    path: str | os.PathLike[str],
    layout: Layout = "long",
    format: Format = "csv",
    *,
    overwrite: bool = False,
) -> None:
    """Write scenarios and, beside them, ``<name>.manifest.json`` with the hash of the table; both or neither.

    Args:
        chunks: the job in pieces, first paths first.  The long layout holds one piece in memory at a time; the wide
            one, a column a path, needs them all.
        path: the table.
        layout: ``long``, ``wide`` or ``shocks``.
        format: ``csv``, or ``parquet`` (zstd, page checksums, the manifest in the schema metadata as well).
        overwrite: replace an existing table and its manifest, when the new ones are complete.

    Weights are written as they are; reading makes them sum to 1 over the table.  Files hold no time stamps: the same
    scenarios give the same bytes.

    Raises:
        ScenarioError: an unknown layout or format, no chunks, or chunks that are not consecutive pieces of one job.
        OutputError: a path that cannot be written or exists, or the place of the manifest held by another file.
    """
    _choice("layout", layout, Layout)
    _choice("format", format, Format)
    check_table_free(path, overwrite)
    path = Path(path)
    with (
        ExitStack() as alone,
        atomic_path(manifest_path(path), follows=belongs_to(path)) as manifest_file,
        atomic_path(path) as table_file,
    ):
        pieces = Job(chunks)
        opened = _csv if format == "csv" else parquet_file
        if layout == "long":
            tables = long_tables(pieces, format)
        elif layout == "shocks":
            tables = (_shock_table(chunk, pieces.paths - chunk.n_paths) for chunk in pieces)
        else:
            tables = (_wide_table(job, format) for job in [list(pieces)] if job)
        first = next(tables, None)
        if first is None or pieces.first is None:
            raise ScenarioError("no paths to write; give at least one chunk of scenarios")
        with opened(table_file, first.schema) as (add, finish):
            add(first)
            for table in tables:
                add(table)
            manifest = {**manifest_of(pieces.first, pieces.paths, layout), **pieces.origin}
            finish(to_text(manifest))
        manifest_file.write_text(to_text(manifest, {TABLE: sha256_of(table_file)}), encoding="utf-8")
        alone.enter_context(one_at_a_time(path.parent))
        check_table_free(path, overwrite)  # somebody may have written there meanwhile


def check_table_free(path: str | os.PathLike[str], overwrite: bool) -> None:
    """OutputError where a table, or the manifest beside it, cannot be written or may not be replaced."""
    check_file(path)
    clear(linked_to(Path(path)))
    settle_manifest(Path(path))
    check_free(path, overwrite)
    check_manifest_free(path, overwrite)


class Job:
    """The chunks of one job, checked as they pass: the same market, one after the other.

    Attributes:
        first: the first chunk, cut to one path; None until it has passed.
        paths: how many have passed.
        origin: what chunks that were drawn elsewhere tell their manifest of where; nothing for others.
    """

    def __init__(self, chunks: Iterable[Scenarios]) -> None:
        self.first: Scenarios | None = None
        self.paths = 0
        self.origin: Mapping[str, Any] = getattr(chunks, "origin", {})
        self._chunks = chunks

    def __iter__(self) -> Iterator[Scenarios]:
        for chunk in self._chunks:
            first = self.first = self.first or _facts(chunk)
            same = (
                chunk.assets == first.assets
                and (chunk.kinds, chunk.bounds) == (first.kinds, first.bounds)
                and np.array_equal(chunk.dates, first.dates)
                and np.array_equal(chunk.start_prices, first.start_prices)
                and (chunk.weights is None) == (first.weights is None)
                and set(chunk.bars) == set(first.bars)
            )
            if not same:
                raise ScenarioError(
                    "the chunks differ in tickers, dates, start prices or bars; write each job to its own file"
                )
            if chunk.first_path != first.first_path + self.paths:
                raise ScenarioError(
                    f"expected a chunk that starts with path {first.first_path + self.paths}, not {chunk.first_path}"
                )
            self.paths += chunk.n_paths
            yield chunk


def _facts(chunk: Scenarios) -> Scenarios:
    """``chunk`` cut to one path, in memory of its own, so that long jobs do not hold on to their first chunk."""
    return replace(
        chunk,
        returns=chunk.returns[:1].copy(),
        weights=None if chunk.weights is None else np.ones(1),
        bars={name: values[:1].copy() for name, values in chunk.bars.items()},
    )


def long_tables(chunks: Iterable[Scenarios], format: Format | Literal["blocks"]) -> Iterator[pa.Table]:
    """The long table of consecutive chunks, about ROWS rows at a time; prices are float32 where it becomes one of many
    blocks.  Where it is cut depends on the first path and the size of paths only, not on the chunks."""
    chunks = iter(chunks)
    for first in chunks:
        step = max(1, ROWS // (len(first.dates) * len(first.assets)))
        for group in in_groups(chain([first], chunks), step):
            yield _long_table(group, format)


def _shock_table(chunk: Scenarios, before: int) -> pa.Table:
    return pa.table(shock_columns(chunk, 0, chunk.n_paths, before))


def _long(scenarios: Scenarios) -> dict[str, np.ndarray]:
    """The columns of the long layout; ``date`` and ``ticker`` are indices into dates and assets."""
    paths, days, assets = scenarios.n_paths, len(scenarios.dates), len(scenarios.assets)
    returns = np.full((paths, days, assets), np.nan, np.float32)
    returns[:, 1:] = scenarios.returns
    bars = {}
    for name in BAR_FIELDS:
        if name in scenarios.bars:
            bars[name] = np.full((paths, days, assets), np.nan)
            bars[name][:, 1:] = scenarios.bars[name]
    columns = {
        "scenario": np.repeat(np.arange(paths) + scenarios.first_path, days * assets),
        "date": np.tile(np.repeat(np.arange(days, dtype=np.int32), assets), paths),
        "ticker": np.tile(np.arange(assets, dtype=np.int32), paths * days),
        **{name: values.reshape(-1) for name, values in bars.items() if name != "volume"},
        "close": scenarios.prices.reshape(-1),
        **{name: values.reshape(-1) for name, values in bars.items() if name == "volume"},
        "return": returns.reshape(-1),
    }
    if scenarios.weights is not None:
        columns["weight"] = np.repeat(scenarios.weights, days * assets)
    return columns


def _long_table(scenarios: Scenarios, format: Format | Literal["blocks"]) -> pa.Table:
    columns: dict[str, Any] = dict(_long(scenarios))
    if format == "csv":
        closes = columns["close"].reshape(-1, len(scenarios.dates), len(scenarios.assets)).copy()
        closes[:, 1:] = _rounded(closes[:, 1:])
        columns["close"] = closes.reshape(-1)
        columns |= {name: _rounded(columns[name]) for name in BAR_FIELDS if name in columns}
    elif format == "blocks":
        with np.errstate(over="ignore"):
            columns |= {name: columns[name].astype(np.float32) for name in ("close", *BAR_FIELDS) if name in columns}
    dates = _dates(scenarios, format)
    columns["date"] = dates.take(pa.array(columns["date"]))
    columns["ticker"] = pa.array(scenarios.assets, pa.string()).take(pa.array(columns["ticker"]))
    for name in ("return", *scenarios.bars):
        columns[name] = pa.array(columns[name], from_pandas=True)  # NaN, as on the start day, becomes null
    return pa.table(columns)


def _wide(chunks: list[Scenarios]) -> tuple[list[str], np.ndarray]:
    """Column names and closes (date, column): all paths of the first ticker, then of the next."""
    first, last = chunks[0].first_path, chunks[-1].first_path + chunks[-1].n_paths
    digits = max(4, len(str(last - 1)))
    names = [f"{ticker}|{path:0{digits}d}" for ticker in chunks[0].assets for path in range(first, last)]
    closes = np.concatenate([chunk.prices for chunk in chunks])  # (path, day, asset)
    return names, closes.transpose(1, 2, 0).reshape(len(chunks[0].dates), -1)


def _wide_table(chunks: list[Scenarios], format: Format) -> pa.Table:
    if chunks[0].weights is not None:
        raise ScenarioError("the wide layout has no place for weights; write these scenarios in the long layout")
    if chunks[0].bars:
        raise ScenarioError("the wide layout holds closes only; write scenarios with bars in the long layout")
    names, closes = _wide(chunks)
    if format == "csv":
        closes[1:] = _rounded(closes[1:])
    return pa.Table.from_arrays(
        [_dates(chunks[0], format), *map(pa.array, np.ascontiguousarray(closes.T))], ["date", *names]
    )


def _dates(scenarios: Scenarios, format: str) -> pa.Array:
    """As plain dates in CSV (``2019-01-02``); as timestamps in Parquet, which pandas reads as datetime64."""
    days = pa.array(scenarios.dates.astype("datetime64[D]"), pa.date32())
    return days if format == "csv" else days.cast(pa.timestamp("ms"))


def _rounded(values: np.ndarray) -> np.ndarray:
    """Values to CSV_DIGITS significant digits, in their order, without ever rounding a small one to 0."""
    size = np.floor(np.log10(np.where(values == 0, 1.0, np.abs(values))))
    scale = 10.0 ** np.clip(CSV_DIGITS - 1 - np.nan_to_num(size, posinf=0.0), 0, 300)
    return np.round(values * scale) / scale


@contextmanager
def _csv(file: Path, schema: pa.Schema) -> Iterator[tuple[Callable[[pa.Table], None], Callable[[str], None]]]:
    """Ways to add a table to a CSV file and to finish it."""
    with file.open("wb") as sink:
        header, writer = ",".join(_quoted(guarded(name)) for name in schema.names), None
        sink.write(f"{header}\n".encode())

        def add(table: pa.Table) -> None:
            nonlocal writer
            table = _guarded(table)
            if writer is None:
                texts = [str(t) for column in table.columns if pa.types.is_string(column.type) for t in column.unique()]
                style = "none" if all(_quoted(text) == text for text in texts) else "needed"
                options = WriteOptions(include_header=False, quoting_style=style, batch_size=65_536)
                writer = CSVWriter(sink, schema, write_options=options)
            writer.write_table(table)

        try:
            yield add, lambda _: None
        finally:
            if writer is not None:
                writer.close()


def _guarded(table: pa.Table) -> pa.Table:
    """With its texts as a CSV file may hold them (:mod:`tsgan.formulas`)."""
    for i, name in enumerate(table.column_names):
        if pa.types.is_string(table.schema.field(i).type):
            texts = [str(text) for text in table.column(i).unique()]
            if any(guarded(text) != text for text in texts):
                codes = table.column(i).combine_chunks().dictionary_encode()
                safe = pa.array([guarded(str(text)) for text in codes.dictionary], pa.string())
                table = table.set_column(i, name, safe.take(codes.indices))
    return table


@contextmanager
def parquet_file(file: Path, schema: pa.Schema) -> Iterator[tuple[Callable[[pa.Table], None], Callable[[str], None]]]:
    """Ways to add a table to a Parquet file and to finish it with its manifest."""
    # Prices and returns hardly ever repeat: looking for those that do takes longer than all the rest.
    repeated = [name for name in ("scenario", "date", "ticker", "weight") if name in schema.names]
    writer = ParquetWriter(file, schema, compression="zstd", use_dictionary=repeated, write_page_checksum=True)  # type: ignore[arg-type]
    with writer:
        yield writer.write_table, lambda text: writer.add_key_value_metadata({METADATA_KEY: text})


def _quoted(text: str) -> str:
    """A CSV cell (RFC 4180)."""
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\r\n') else text


def _choice(name: str, value: str, choices: Any) -> None:
    if value not in get_args(choices):
        raise ScenarioError(f"unknown {name} {value!r}; choose one of {', '.join(get_args(choices))}")
