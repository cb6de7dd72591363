"""``tsgan sample``: draw paths from a fitted model into a table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from tsgan.cli import common
from tsgan.cli.accelerator import prepare_jax
from tsgan.cli.common import Answer
from tsgan.cli.outputs import check_file, scenario_format
from tsgan.errors import ConfigError

if TYPE_CHECKING:
    from tsgan.data.panel import Panel
    from tsgan.models.contract import MarketModel
    from tsgan.scenarios.scenarios import Scenarios

CHUNK_PATHS, CHUNK_VALUES = 4096, 4_000_000
"""Paths and returns drawn at once, so that memory stays constant however many paths are asked for."""


def sample(
    model: common.ModelFolder,
    paths: common.Paths,
    horizon: common.Horizon,
    out: Annotated[
        Path,
        typer.Option(
            "--out", metavar="FILE|DIR", help="A .csv or .parquet file, or a folder of Parquet files for large jobs."
        ),
    ],
    history: Annotated[
        str | None,
        typer.Option("--history", metavar="PRICES", help="Prices to carry on from."),
    ] = None,
    layout: Annotated[
        str,
        typer.Option(
            "--layout",
            metavar="long|wide|shocks",
            help="A row a path and day, a column a path, or a row a path with its moves over the horizon.",
        ),
    ] = "long",
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Draw price paths from a model into a CSV or Parquet file, or a folder of Parquet files."""
    answer = Answer(quiet, json)
    kind = scenario_format(out)
    if layout not in ("long", "wide", "shocks"):
        raise ConfigError(f"unknown layout {layout!r}; choose long, wide or shocks")
    if kind == "folder" and layout != "long":
        raise ConfigError(f"a folder of Parquet files has the long layout; give a .csv or .parquet file for {layout}")
    check_file(out / "paths" if kind == "folder" else out)
    prepare_jax()
    import tsgan
    from tsgan.scenarios.blocks import write_blocks
    from tsgan.scenarios.tables import write

    fitted = tsgan.load_model(model)
    start = None if history is None else fitted.aligned(tsgan.load_prices(history))
    chunks = in_chunks(fitted, paths, horizon, seed, start)
    if kind == "folder":
        write_blocks(chunks, out)
    else:
        write(chunks, out, cast(Literal["long", "wide", "shocks"], layout), kind)
    files = [file for file in out.rglob("*") if file.is_file()] if kind == "folder" else [out]
    assets, size = fitted.info.assets, sum(file.stat().st_size for file in files)
    answer.give(
        {
            "out": out,
            "paths": paths,
            "horizon": horizon,
            "assets": assets,
            "layout": layout,
            "seed": seed,
            "bytes": size,
        },
        f"{out}: {paths:,} paths x {horizon} days x {len(assets)} assets ({', '.join(assets)}), {size / 1e6:.1f} MB",
    )


def in_chunks(
    model: MarketModel, paths: int, horizon: int, seed: int, history: Panel | None = None
) -> Iterator[Scenarios]:
    """The paths of one job, piece by piece, so that any number of them needs the same memory."""
    from tsgan.models.contract import BLOCK

    # Members of an ensemble take turns, so it draws in blocks that many times as wide; a cut within one is work twice.
    block = BLOCK * model.info.config.get("population", 1)
    values = block * horizon * len(model.info.assets)
    chunk = block * min(max(CHUNK_VALUES // values, 1), max(CHUNK_PATHS // block, 1))
    for first in range(0, paths, chunk):
        yield model.sample(min(chunk, paths - first), horizon, seed=seed, history=history, first_path=first)
