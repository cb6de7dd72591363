"""``tsgan fetch`` and ``tsgan inspect``: prices before anything is fitted to them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer
from tsgan.cli.outputs import table_format
from tsgan.owned import check_free
from tsgan.reports.terminal import Rows

FORMATS = ["%Y-%m-%d"]


def fetch(
    tickers: Annotated[list[str], typer.Argument(metavar="TICKER ...", help="Symbols such as SPY or ^GSPC.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A .csv or .parquet file.")],
    start: Annotated[
        datetime | None, typer.Option("--start", metavar="DATE", formats=FORMATS, help="First day, YYYY-MM-DD.")
    ] = None,
    end: Annotated[
        datetime | None, typer.Option("--end", metavar="DATE", formats=FORMATS, help="The day after the last.")
    ] = None,
    overwrite: common.Overwrite = False,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Download daily prices from Yahoo Finance into a file (for your own use: Yahoo forbids passing them on)."""
    table_format(out)
    check_free(out, overwrite)
    from tsgan.data.yahoo import fetch as fetch_prices

    panel = fetch_prices(tickers, out, start, end, overwrite=overwrite)
    answer = Answer(quiet, json)
    for line in panel.notes:
        answer.note(line)
    first, last = panel.dates[[0, -1]]
    answer.give(
        {"out": out, "assets": panel.assets, "first": first, "last": last, "days": len(panel), "notes": panel.notes},
        f"{out}: {', '.join(panel.assets)}, {len(panel):,} days, {first} to {last}",
    )


def inspect(
    prices: common.Prices,
    kind: common.Kinds = None,
    join: common.JoinName = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 where anything is suspicious.")] = False,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Print what was read from PRICES and what is suspicious about it."""
    from tsgan.inspection import inspect as inspect_prices

    found = inspect_prices(prices, **common.price_options(kind, join))
    table = Rows(found.title, found.headers, found.rows, words=4)
    Answer(quiet, json).give(found.to_dict(), table, *found.remarks)
    if strict and found.warnings:
        raise typer.Exit(1)
