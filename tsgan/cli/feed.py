"""``tsgan feed``: scenarios as files that a backtesting engine reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer


def feed(
    scenarios: common.ScenarioTable,
    engine: Annotated[
        str,
        typer.Option(
            "--engine",
            metavar="NAME",
            help="backtesting|backtrader|vectorbt|bt|zipline|nautilus|lean|qlib, or a plug-in's.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="A new folder.")],
    tick: Annotated[
        list[str] | None,
        typer.Option(
            "--tick",
            metavar="STEP|TICKER=STEP",
            help="Prices are rounded to it; a cent by default, less where a ticker moves less. Repeatable.",
        ),
    ] = None,
    symbol_prefix: Annotated[str, typer.Option("--symbol-prefix", metavar="TEXT", help="What symbols begin with.")] = (
        "SYN"
    ),
    overwrite: common.Overwrite = False,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Write scenarios as a backtesting engine reads them: a symbol for every path and ticker."""
    import tsgan
    from tsgan.feeds.ticks import parse_ticks

    written = tsgan.feed(
        scenarios, engine, out, tick=parse_ticks(tick or ()), prefix=symbol_prefix, overwrite=overwrite
    )
    Answer(quiet, json).give(written.to_dict(), written.summary())
