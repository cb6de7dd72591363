"""``tsgan fetch`` and ``tsgan inspect``: prices before anything is fitted to them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer
from tsgan.cli.outputs import check_file, table_format

if TYPE_CHECKING:
    from rich.table import Table

    from tsgan.data.inspection import Inspection

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
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Download daily prices from Yahoo Finance into a file (for your own use: Yahoo forbids passing them on)."""
    table_format(out)
    check_file(out)
    from tsgan.data.yahoo import fetch_to_file

    panel = fetch_to_file(tickers, out, start, end)
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
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Print what was read from PRICES and what is suspicious about it."""
    from tsgan.data.inspection import inspect as inspect_prices

    found = inspect_prices(prices, **common.price_options(kind, join))
    lines = [f"{finding.severity}: {finding}" for finding in found.findings] or ["nothing suspicious"]
    Answer(quiet, json).give(found.to_dict(), _table(found), *lines)
    if strict and found.warnings:
        raise typer.Exit(1)


def _table(found: Inspection) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from tsgan.data.calendars import period_of

    panel = found.panel
    described = panel.space.described()
    period = period_of(panel.periods_per_year)
    title = (
        f"{panel.source}: {len(panel):,} {period}s, calendar {panel.calendar}, currency {panel.currency or 'unknown'}"
    )
    table = Table(title=Text(title, style="bold"), box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for header in ("asset", "kind", "first", "last"):
        table.add_column(header)
    numbers = ("prices", "missing", "first price", "last price", "mean a year", "volatility")
    for header in (*numbers, f"worst {period}", f"best {period}"):
        table.add_column(header, justify="right")
    for facts in found.assets:
        table.add_row(
            Text(facts.asset),
            Text(described[facts.asset]),
            facts.first,
            facts.last,
            f"{facts.rows:,}",
            f"{facts.missing:,}",
            f"{facts.start_price:,.6g}",
            f"{facts.end_price:,.6g}",
            f"{facts.mean:.3f}",
            f"{facts.volatility:.3f}",
            f"{facts.lowest:.3f} on {facts.lowest_date}",
            f"{facts.highest:.3f} on {facts.highest_date}",
        )
    return table
