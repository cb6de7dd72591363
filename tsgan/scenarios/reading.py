"""Reading scenario tables, our own and other people's."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow.csv import ConvertOptions, ReadOptions, read_csv
from pyarrow.parquet import ParquetFile

from tsgan.data.panel import Kind
from tsgan.errors import ScenarioError
from tsgan.scenarios.arrays import array_table
from tsgan.scenarios.block_files import BLOCK_FILE, block_files, checked_block
from tsgan.scenarios.columns import check_types, codes_of, numbers_of, ordered_dates, without_guards
from tsgan.scenarios.foreign import TableHints, Values, long_table
from tsgan.scenarios.manifest import manifest_beside, manifest_path, read_manifest
from tsgan.scenarios.orientation import PathsIn
from tsgan.scenarios.scenarios import BAR_FIELDS, Scenarios
from tsgan.scenarios.shocks import COLUMNS, from_shocks

METADATA_KEY = "tsgan.manifest"
"""Key of the manifest in a Parquet file's metadata."""

TABLES = (".parquet", ".csv", ".npy")
"""Endings of tables of paths; whatever else has a name is a model."""

LARGEST_LOG_RETURN = 5.0
"""A daily log return beyond this (a price times 150) is taken for something else in the return column of a foreign
table; tables with a manifest are believed."""

_NUMBER = re.compile(r"[-+]?(\d+\.\d*|\.\d+|\d+(?=e))(e[-+]?\d+)?", re.IGNORECASE)
"""A number that no path bears: whole ones may."""
_WIDE = re.compile(r"(?P<ticker>.+)\|(?P<path>\d+)")


def read_scenarios(
    path: str | os.PathLike[str],
    *,
    ticker: str | None = None,
    start: Any = None,
    values: Values = "prices",
    paths_in: PathsIn | None = None,
) -> Scenarios:
    """Read scenarios: a CSV or Parquet table, an array (.npy) or a folder (layouts: :mod:`tsgan.scenarios.tables`).

    A long table that tsgan wrote gives back its returns, dates, start prices, weights and provenance bit for bit (bars
    of CSV files to ten digits, of folders to float32); a wide one gives the returns to about 1e-9, recomputed from
    closes; shock vectors give scenarios of one step.  Tables from elsewhere have ``scenario,date,ticker,close`` (and
    may have ``open``, ``high``, ``low``, ``volume``, ``return`` and ``weight``), ``date`` and columns ``TICKER|0001``,
    or a layout of :mod:`tsgan.scenarios.foreign`.  Without a manifest every ticker is taken for a price, the first date
    for the start day, and scenarios that are not consecutive numbers are counted from 0.

    Args:
        path: the table.
        ticker: whose paths these are, where a foreign table does not name it.
        start: the day before the first step, where a foreign table numbers its steps or holds returns.
        values: what the numbers of a foreign table are that has a column a path or an asset.
        paths_in: whether ``rows`` or ``columns`` are paths, where a table or an array of numbers does not show it.

    Raises:
        ScenarioError: a missing file, a table that is not one of scenarios, tickers or dates that differ between
            paths, missing or impossible numbers, bars that contradict their closes, or a manifest that belongs to
            another table.
    """
    path = Path(path)
    hints = TableHints(ticker, start, values, paths_in)
    if path.suffix.lower() == ".npy":
        frame = array_table(path, hints)
        return _assemble(path, None, _from_long(path, pa.Table.from_pandas(frame, preserve_index=False)))
    table, manifest = _blocks(path) if _is_blocks(path) else _table(path)
    names = table.column_names
    if hints and manifest is not None:
        raise ScenarioError(
            f"{path} has a manifest, which says whose paths it holds, when they start and what its numbers are; "
            "leave ticker, start and values out"
        )
    if set(COLUMNS) <= set(names):
        return from_shocks(path, table, manifest)
    if all(_NUMBER.fullmatch(name.strip()) for name in names):
        raise ScenarioError(
            f"{path} has no header: its first line holds numbers, {', '.join(names[:3])}; add one that numbers the "
            "paths, such as 0,1,2, or names tickers too, such as date,SPX_0,SPX_1"
        )
    wide = [_WIDE.fullmatch(name) for name in names if name != "date"]
    is_wide = "date" in names and bool(wide) and all(wide)
    missing = [name for name in ("scenario", "date", "ticker", "close") if name not in names]
    if manifest is None and (hints or (missing and not is_wide)):
        frame = long_table(path, table.to_pandas(), hints)
        if frame is not None:
            return _assemble(path, None, _from_long(path, pa.Table.from_pandas(frame, preserve_index=False)))
    if is_wide:
        return _assemble(path, manifest, _from_wide(path, table))
    if missing:
        shown = ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
        raise ScenarioError(
            f"{path} is not a table of scenarios: no column {', '.join(missing)} (it has {shown}); "
            f"scenario,date,ticker,close or scenario,date and a column a ticker, or date and TICKER|0001 columns are "
            f"needed"
        )
    return _assemble(path, manifest, _from_long(path, table))


def read_block(folder: Path, file: Path, manifest: dict[str, Any] | None = None) -> Scenarios:
    """One block of a folder of scenarios, its weights as written; ``manifest`` is the folder's, where it has been read
    already.  Raises ScenarioError as read_scenarios does."""
    if not folder.is_dir():  # a table
        table, manifest = _table(file)
    else:
        manifest = read_manifest(folder) if manifest is None else manifest
        table, _ = _table(checked_block(folder, file, manifest), manifest_wanted=False)
    if manifest is None:
        raise ScenarioError(
            f"{folder} has no manifest ({manifest_path(folder).name} beside it), so its blocks lack facts"
        )
    return of_manifest(file, table, manifest)


def of_manifest(file: Path, table: pa.Table, manifest: dict[str, Any]) -> Scenarios:
    """The paths of a long table of tsgan's own, weights as written."""
    grid = _from_long(file, table)
    return replace(_assemble(file, manifest, grid), weights=grid.weights)


def holds_paths(path: Path) -> bool:
    """Whether there are finished paths: a table by its ending, or a folder of blocks; no file is opened."""
    return _is_blocks(path) if path.is_dir() else path.suffix.lower() in TABLES


def _is_blocks(path: Path) -> bool:
    return any(path.glob(f"block=*/{BLOCK_FILE}"))


def _blocks(folder: Path) -> tuple[pa.Table, dict[str, Any] | None]:
    """All blocks of a folder as one table, and the manifest beside the folder."""
    manifest = read_manifest(folder)
    files = [checked_block(folder, file, manifest) for file in block_files(folder)]
    table = pa.concat_tables(_table(file, manifest_wanted=False)[0] for file in files)
    found = len(table["scenario"].unique())
    if manifest is not None and found != manifest["paths"]:
        raise ScenarioError(f"{folder} holds {found:,} paths of the {manifest['paths']:,} that its manifest tells of")
    return table, manifest


def _table(path: Path, manifest_wanted: bool = True) -> tuple[pa.Table, dict[str, Any] | None]:
    """The raw table and its manifest, if any; the format is told by the first bytes, not by the name."""
    types = {"date": pa.dictionary(pa.int32(), pa.string()), "ticker": pa.dictionary(pa.int32(), pa.string())}
    types |= {name: pa.float64() for name in (*BAR_FIELDS, "close", "weight")} | {"return": pa.float32()}
    try:
        manifest = manifest_beside(path) if manifest_wanted else None
        with path.open("rb") as file:
            parquet = file.read(4) == b"PAR1"
        if not parquet:
            read = ReadOptions(block_size=1 << 26)
            # A ticker may be called NA, so only these are missing values.
            convert = ConvertOptions(column_types=types, strings_can_be_null=True, null_values=["", "nan", "NaN"])
            table = without_guards(read_csv(path, read_options=read, convert_options=convert))
            return check_types(path, table), manifest or read_manifest(path)
        opened = ParquetFile(path, page_checksum_verification=True)
        text = (opened.metadata.metadata or {}).get(METADATA_KEY.encode())
        inside = None if text is None else text.decode("utf-8", "replace")
        if manifest is None and manifest_wanted:
            manifest = read_manifest(path, inside)
        return check_types(path, opened.read()), manifest
    except FileNotFoundError:
        raise ScenarioError(f"there is no file {path}; 'tsgan sample MODEL --out {path}' makes one") from None
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ScenarioError(f"{path} cannot be read as a table of scenarios: {reason}") from None


class _Grid:
    """What a table holds, as arrays over (path, day, asset).

    Attributes:
        scenarios: (path,) names of the paths.
        dates: (day,), the start day first.
        tickers: one an asset.
        closes: float64.
        returns: float32 with NaN on the start day, or None.
        weights: (path,) or None.
        bars: fields as in Scenarios, the start day (which they leave out) included.
    """

    def __init__(self, scenarios: Any, dates: np.ndarray, tickers: list[str], closes: np.ndarray) -> None:
        self.scenarios, self.dates, self.tickers, self.closes = scenarios, dates, tickers, closes
        self.returns: np.ndarray | None = None
        self.weights: np.ndarray | None = None
        self.bars: dict[str, np.ndarray] = {}

    def where(self, bad: np.ndarray, day: int = 0) -> str:
        """The first bad cell, in words; ``day`` is the first day that ``bad`` covers."""
        path, row, asset = np.argwhere(bad)[0]
        return f"scenario {self.scenarios[path]}, {self.tickers[asset]} on {self.dates[row + day]}"


def _from_long(path: Path, table: pa.Table) -> _Grid:
    codes, values = zip(*(codes_of(path, table, name) for name in ("scenario", "date", "ticker")), strict=True)
    shape = tuple(map(len, values))
    dates, order = ordered_dates(path, values[1])
    if np.prod(shape, dtype=float) > 4 * table.num_rows:
        needed = " x ".join(f"{n:,} {what}" for n, what in zip(shape, ("scenarios", "dates", "tickers"), strict=True))
        raise ScenarioError(f"{path}: {needed} need a row each, but there are only {table.num_rows:,} rows")
    flat = np.ravel_multi_index((codes[0], order[codes[1]], codes[2]), shape)
    count = np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape)
    grid = _Grid(values[0], dates, [str(t) for t in values[2]], np.empty(shape))
    if (count != 1).any():
        rows = int(count[count != 1][0])
        raise ScenarioError(
            f"{path}: {rows or 'no'} rows for {grid.where(count != 1)}; "
            f"every scenario needs one row for each ticker and date"
        )

    def column(name: str, dtype: Any) -> np.ndarray:
        out = np.empty(int(np.prod(shape)), dtype)
        out[flat] = numbers_of(path, table, name, dtype)
        return out.reshape(shape)

    grid.closes = column("close", np.float64)
    if "return" in table.column_names:
        grid.returns = column("return", np.float32)
    grid.bars = {name: column(name, np.float64) for name in BAR_FIELDS if name in table.column_names}
    if "weight" in table.column_names:
        weights = column("weight", np.float64)
        differ = ~(weights == weights[:, :1, :1])
        if differ.any():
            raise ScenarioError(
                f"{path}: the weight of {grid.where(differ)} is missing or not that of the path's start"
            )
        grid.weights = weights[:, 0, 0].copy()
    return grid


def _from_wide(path: Path, table: pa.Table) -> _Grid:
    date_codes, values = codes_of(path, table, "date")
    dates, order = ordered_dates(path, values)
    if len(dates) != table.num_rows:
        raise ScenarioError(f"{path} has a date twice; a wide table needs one row a date")
    names = [name for name in table.column_names if name != "date"]
    keys = [(m["ticker"], int(m["path"])) for m in map(_WIDE.fullmatch, names) if m]
    tickers, numbers = list(dict.fromkeys(t for t, _ in keys)), sorted({n for _, n in keys})
    if len(set(keys)) != len(keys) or len(keys) != len(tickers) * len(numbers):
        raise ScenarioError(f"{path}: the tickers have different paths; each needs a column for every path, once")
    place = {number: row for row, number in enumerate(numbers)}
    closes = np.empty((len(numbers), len(dates), len(tickers)))
    for (ticker, number), name in zip(keys, names, strict=True):
        closes[place[number], order[date_codes], tickers.index(ticker)] = numbers_of(path, table, name, np.float64)
    return _Grid(np.array(numbers), dates, tickers, closes)


def _assemble(path: Path, manifest: dict[str, Any] | None, grid: _Grid) -> Scenarios:
    """Scenarios from a grid and its manifest, after every check that needs both."""
    if len(grid.dates) < 2:
        raise ScenarioError(f"{path} has one date only; a scenario needs its start day and at least one more")
    if manifest is not None:
        _check_manifest(path, manifest, grid)
        columns = [grid.tickers.index(t) for t in manifest["tickers"]]
        grid.tickers, grid.closes = manifest["tickers"], grid.closes[:, :, columns]
        grid.returns = None if grid.returns is None else grid.returns[:, :, columns]
        grid.bars = {name: values[:, :, columns] for name, values in grid.bars.items()}
    kinds: tuple[Kind, ...] = ("price",) * len(grid.tickers) if manifest is None else tuple(manifest["kinds"])
    start = grid.closes[0, 0] if manifest is None else np.array(manifest["start_prices"], np.float64)
    if manifest is None or grid.returns is None:
        _check_closes(path, grid, kinds)
    apart = ~np.isclose(grid.closes[:, :1], start, rtol=1e-6, atol=1e-12)  # float32 closes
    if apart.any():
        raise ScenarioError(f"{path}: another start price for {grid.where(apart)}; paths start from the same prices")
    returns = _returns(path, grid, kinds, foreign=manifest is None)
    numbers = grid.scenarios
    counted = np.issubdtype(np.asarray(numbers).dtype, np.integer) and numbers[0] >= 0 and (np.diff(numbers) == 1).all()
    closes = Scenarios(
        returns=returns,
        assets=tuple(grid.tickers),
        kinds=kinds,
        dates=grid.dates,
        start_prices=start.copy(),
        weights=_weights(path, grid),
        first_path=int(numbers[0]) if counted else 0,
        provenance={"source": path.name} if manifest is None else manifest["provenance"],
        bounds=() if manifest is None else manifest["bounds"],
    )
    return replace(closes, bars=_bars(path, grid, closes)) if grid.bars else closes


def _bars(path: Path, grid: _Grid, scenarios: Scenarios) -> dict[str, np.ndarray]:
    """The bars of a grid: checked against its closes, then put around the scenarios' own, which differ in last bits."""
    logs = np.array([kind == "price" for kind in scenarios.kinds])
    top, bottom = _body(grid.bars, grid.closes)
    slack = 1e-6 * np.abs(grid.closes)
    for name, values in grid.bars.items():
        bad = (values < 0) if name == "volume" else logs & (values <= 0)
        if not bad.any():
            bad = (name == "high") & (values < top - slack) | (name == "low") & (values > bottom + slack)
        if bad.any():
            reason = "contradicts open or close" if (values[bad] > 0).all() else "is not positive"
            raise ScenarioError(f"{path}: the {name} of {grid.where(bad)} {reason}; correct it, or drop the column")
    bars = {name: np.ascontiguousarray(values[:, 1:]) for name, values in grid.bars.items()}
    top, bottom = _body(bars, scenarios.prices[:, 1:])
    bars |= {name: np.maximum(bars[name], top) for name in bars if name == "high"}
    return bars | {name: np.minimum(bars[name], bottom) for name in bars if name == "low"}


def _body(bars: dict[str, np.ndarray], closes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The higher and the lower of open and close."""
    opens = bars.get("open", closes)
    return np.fmax(opens, closes), np.fmin(opens, closes)


def _check_manifest(path: Path, manifest: dict[str, Any], grid: _Grid) -> None:
    told = (sorted(manifest["tickers"]), manifest.get("as_of_date"), manifest.get("last_date"))
    found = (sorted(grid.tickers), str(grid.dates[0]), str(grid.dates[-1]))
    if told != found:
        raise ScenarioError(
            f"{manifest_path(path)} belongs to another table: "
            f"it says {', '.join(told[0])} from {told[1]} to {told[2]}, "
            f"but {path} has {', '.join(found[0])} from {found[1]} to {found[2]}; "
            f"delete the manifest to read the table without it"
        )


def _returns(path: Path, grid: _Grid, kinds: tuple[Kind, ...], foreign: bool) -> np.ndarray:
    """Returns (path, day, asset) float32: the column, checked, or computed from closes where there is none."""
    if grid.returns is None:
        return _moves(path, grid, kinds)
    returns = np.ascontiguousarray(grid.returns[:, 1:])
    started, missing = np.isfinite(grid.returns[:, :1]), ~np.isfinite(returns)
    if started.any():
        raise ScenarioError(f"{path}: {grid.where(started)} is the start day of a path, so its return must be empty")
    if missing.any():
        raise ScenarioError(f"{path}: no return for {grid.where(missing, 1)}; only the start day of a path has none")
    if not foreign:
        _check_agreement(path, grid, kinds, returns)
        return returns
    large = np.abs(returns) > LARGEST_LOG_RETURN
    if large.any():
        raise ScenarioError(
            f"{path}: the return of {grid.where(large, 1)} is {returns[large][0]:g}; "
            f"log returns are expected (0.01 is 1 %), not prices or percent"
        )
    # Closes rounded to cents move a log return by up to a cent over the price; simple returns soon differ by more.
    slack = 1e-3 + 0.011 / np.abs(grid.closes).min(axis=1, keepdims=True)
    apart = ~(np.abs(_moves(path, grid, kinds) - returns) <= slack)
    if apart.any():
        raise ScenarioError(
            f"{path}: the return of {grid.where(apart, 1)} is not the log return of its closes; "
            f"leave the return column out to have it computed"
        )
    return returns


def _check_agreement(path: Path, grid: _Grid, kinds: tuple[Kind, ...], returns: np.ndarray) -> None:
    """ScenarioError where returns and closes of a table of tsgan's own say different things."""
    size = np.abs(grid.closes)
    exact = (size > 1e-30) & (size < 1e30)  # closes of blocks are float32, which hold no others
    with np.errstate(all="ignore"):
        moves = _moves(path, grid, kinds)
        # float32 closes and the ten digits of a CSV; differences of levels lose digits where the levels are large.
        logs = np.array([kind == "price" for kind in kinds])
        slack = 1e-6 * (1.0 + np.abs(returns)) * np.where(logs, 1.0, np.maximum(size[:, 1:], size[:, :-1]))
        apart = exact[:, 1:] & exact[:, :-1] & ~(np.abs(moves - returns) <= slack)
    if apart.any():
        raise ScenarioError(
            f"{path}: the return of {grid.where(apart, 1)} is not that of its closes, so one of them was changed; "
            "restore the table, or draw the paths again"
        )


def _moves(path: Path, grid: _Grid, kinds: tuple[Kind, ...]) -> np.ndarray:
    """Returns (path, day, asset) float32 from closes: log returns of prices, differences of levels and rates."""
    logs = np.array([kind == "price" for kind in kinds])
    levels = np.where(logs, np.log(np.where(logs, grid.closes, 1.0)), grid.closes)
    return np.diff(levels, axis=1).astype(np.float32)


def _check_closes(path: Path, grid: _Grid, kinds: tuple[Kind, ...]) -> None:
    logs = np.array([kind == "price" for kind in kinds])
    missing, negative = ~np.isfinite(grid.closes), logs & (grid.closes <= 0)
    if missing.any():
        raise ScenarioError(f"{path}: no close for {grid.where(missing)}")
    if negative.any():
        raise ScenarioError(
            f"{path}: the close of {grid.where(negative)} is not positive, so it has no log return; "
            f"levels and rates need the manifest, and log returns in place of prices values='returns' (--returns)"
        )


def _weights(path: Path, grid: _Grid) -> np.ndarray | None:
    if grid.weights is None:
        return None
    total = grid.weights.sum()
    if not (grid.weights >= 0).all() or not 0 < total < np.inf:
        raise ScenarioError(f"{path}: weights must be at least 0 and not all 0")
    return grid.weights if abs(total - 1) < 1e-9 else grid.weights / total
