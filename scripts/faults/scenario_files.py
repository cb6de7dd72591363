"""Tables of scenarios that tsgan did not write, as text and as Parquet with columns of any kind."""

from __future__ import annotations

import datetime
import decimal
import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import tsgan
from faults.reader import Reader, lines_reader, small_paths
from faults.spoiling import SAME, Spoiled


def scenario_files() -> list[Reader]:
    paths = small_paths(("AAA", "BBB"), 4, 3)
    frame = paths.to_frame()[["scenario", "date", "ticker", "close"]].assign(
        date=lambda f: f["date"].astype(str).str[:10]
    )
    long = frame.to_csv(index=False)
    wide = paths.to_frame("wide").to_csv(date_format="%Y-%m-%d")

    def read(file: Path) -> tuple[tsgan.Scenarios, tuple[str, ...]]:
        found = tsgan.read_scenarios(file)
        if not (np.isfinite(found.prices).all() and np.isfinite(found.returns).all()):
            raise FloatingPointError("paths that are no numbers")
        return found, ()

    days = paths.dates.tolist()

    def apart(found: tsgan.Scenarios, touched: frozenset[int]) -> str:
        """By scenario, day and ticker; of the days of a wide table only those of lines that were not touched."""
        order = [found.assets.index(a) if a in found.assets else i for i, a in enumerate(paths.assets)]
        there = found.dates.tolist()
        free = [day for i, day in enumerate(days) if i + 1 not in touched] if len(touched) < 5 else []
        if found.n_paths != paths.n_paths or sorted(order) != list(range(len(found.assets))):
            return "" if touched else f"{found.n_paths} paths of {', '.join(found.assets)}"
        if gone := [day for day in free if day not in there]:
            return "" if touched else f"{gone[0]} is gone"
        mine, theirs = [days.index(day) for day in free], [there.index(day) for day in free]
        near = np.isclose(found.prices[:, theirs][:, :, order], paths.prices[:, mine], rtol=1e-6)
        return "" if (~near).sum() <= 4 * len(touched) else f"{int((~near).sum())} closes are others"

    def spoiled_frame(draw: random.Random) -> Spoiled:
        how = draw.choice(list(FRAMES))
        buffer = io.BytesIO()
        pq.write_table(FRAMES[how](pa.Table.from_pandas(frame, preserve_index=False), draw), buffer)
        content = bytearray(buffer.getvalue())
        if how == "a bit":
            content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
        return Spoiled(how, bytes(content), frozenset() if how in UNCHANGED else None)

    return [
        lines_reader("long", long, read, apart),
        lines_reader("wide", wide, read, apart),
        Reader("frame", ".parquet", spoiled_frame, read, apart),
        lines_reader("same", long, read, apart, SAME),
    ]


def _with(name: str, values: Callable[[int, random.Random], Any]) -> Callable[[pa.Table, random.Random], pa.Table]:
    """A table with other cells in one column."""

    def changed(table: pa.Table, draw: random.Random) -> pa.Table:
        column = values(table.num_rows, draw)
        column = column if isinstance(column, pa.Array) else pa.array(column)
        return table.set_column(table.column_names.index(name), name, column)

    return changed


def _one(name: str, value: Any) -> Callable[[pa.Table, random.Random], pa.Table]:
    """A table with another value in one cell."""

    def changed(table: pa.Table, draw: random.Random) -> pa.Table:
        cells = table[name].to_pylist()
        cells[draw.randrange(len(cells))] = value
        return table.set_column(table.column_names.index(name), name, pa.array(cells))

    return changed


FRAMES: dict[str, Callable[[pa.Table, random.Random], pa.Table]] = {
    "nothing": lambda table, draw: table,
    "a bit": lambda table, draw: table,
    "rows out of order": lambda table, draw: table.take(draw.sample(range(table.num_rows), table.num_rows)),
    "closes as float32": lambda table, draw: table.set_column(3, "close", table["close"].cast(pa.float32())),
    "lists of closes": _with("close", lambda n, draw: [[1.0, 2.0]] * n),
    "lists of tickers": _with("ticker", lambda n, draw: [["AAA"]] * n),
    "structures": _with("close", lambda n, draw: [{"a": 1.0}] * n),
    "closes as text": lambda table, draw: table.set_column(3, "close", table["close"].cast(pa.string())),
    "words for closes": _with("close", lambda n, draw: ["much"] * n),
    "closes as bytes": _with("close", lambda n, draw: [b"1.0"] * n),
    "closes as truth": _with("close", lambda n, draw: [True, False] * (n // 2)),
    "closes as days": _with("close", lambda n, draw: [datetime.date(2020, 1, 1)] * n),
    "closes as intervals": _with("close", lambda n, draw: [datetime.timedelta(1)] * n),
    "closes as decimals": _with("close", lambda n, draw: [decimal.Decimal("1.5")] * n),
    "tickers as numbers": _with("ticker", lambda n, draw: list(range(n))),
    "tickers as bytes": _with("ticker", lambda n, draw: [b"\xff"] * n),
    "dates as numbers": _with("date", lambda n, draw: list(range(n))),
    "dates as words": _with("date", lambda n, draw: ["soon"] * n),
    "dates as clocks": _with("date", lambda n, draw: [datetime.time(1)] * n),
    "dates of all centuries": _with("date", lambda n, draw: [f"{draw.randrange(1, 9999):04d}-01-01" for _ in range(n)]),
    "scenarios as words": _with("scenario", lambda n, draw: ["one", "two"] * (n // 2)),
    "scenarios as halves": _with("scenario", lambda n, draw: [i / 2 for i in range(n)]),
    "scenarios beyond numbers": _with("scenario", lambda n, draw: [2**63 - 1] * n),
    "nothing but nulls": _with("close", lambda n, draw: pa.nulls(n)),
    "no scenario": _one("scenario", None),
    "no ticker": _one("ticker", None),
    "no date": _one("date", None),
    "no close": _one("close", None),
    "an infinite close": _one("close", float("inf")),
    "a close of 0": _one("close", 0.0),
    "a close of 1e308": _one("close", 1e308),
    "no rows": lambda table, draw: table.slice(0, 0),
    "one row": lambda table, draw: table.slice(0, 1),
    "half of it": lambda table, draw: table.slice(0, table.num_rows // 2),
    "a column twice": lambda table, draw: table.append_column(draw.choice(table.column_names), table["close"]),
    "a column less": lambda table, draw: table.drop_columns([draw.choice(table.column_names)]),
    "a nameless column": lambda table, draw: table.append_column("", table["close"]),
    "returns of text": lambda table, draw: table.append_column("return", pa.array(["x"] * table.num_rows)),
    "weights of lists": lambda table, draw: table.append_column("weight", pa.array([[1.0]] * table.num_rows)),
    "weights of nothing": lambda table, draw: table.append_column("weight", pa.nulls(table.num_rows)),
}
UNCHANGED = ("nothing", "rows out of order", "closes as float32", "closes as text")
