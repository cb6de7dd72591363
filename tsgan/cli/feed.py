"""``tsgan feed``: scenarios as files that a backtesting engine reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer
from tsgan.errors import ConfigError


def feed(
    scenarios: common.ScenarioTable,
    engine: Annotated[
        str,
        typer.Option("--engine", metavar="NAME", help="backtesting|backtrader|vectorbt|bt|zipline|nautilus|lean|qlib."),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="A new folder.")],
    tick: Annotated[float, typer.Option("--tick", metavar="STEP", help="Prices are rounded to it.")] = 0.01,
    symbol_prefix: Annotated[str, typer.Option("--symbol-prefix", metavar="TEXT", help="What symbols begin with.")] = (
        "SYN"
    ),
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a feed that is already there.")] = False,
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Write scenarios as a backtesting engine reads them: a symbol for every path and ticker."""
    from tsgan.feeds.write import ENGINES, check_folder, write_feed
    from tsgan.scenarios.blocks import read_blocks
    from tsgan.scenarios.reading import read_scenarios

    if engine not in ENGINES:
        raise ConfigError(f"no engine called {engine!r}; choose one of {', '.join(ENGINES)}")
    check_folder(out, overwrite)
    chunks = read_blocks(scenarios) if scenarios.is_dir() else iter([read_scenarios(scenarios)])
    symbols = write_feed(chunks, engine, out, tick=tick, prefix=symbol_prefix, overwrite=overwrite)
    Answer(quiet, json).give(
        {"out": out, "engine": engine, "symbols": len(symbols), "first": symbols[0], "last": symbols[-1], "tick": tick},
        f"{out}: {len(symbols):,} symbols for {engine}, {symbols[0]} to {symbols[-1]}; HOWTO.md says how to load them",
    )
