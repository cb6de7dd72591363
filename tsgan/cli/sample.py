"""``tsgan sample``: draw paths from a fitted model into a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer
from tsgan.cli.outputs import check_file, scenario_format
from tsgan.cli.progress import progress_shown
from tsgan.errors import ConfigError
from tsgan.runtime import prepare
from tsgan.training.progress import Progress

if TYPE_CHECKING:
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
    until: Annotated[
        list[datetime] | None,
        typer.Option(
            "--until",
            metavar="DATE",
            formats=["%Y-%m-%d"],
            help="Last date of the history; given several times, the paths take turns.",
        ),
    ] = None,
    start_date: Annotated[
        datetime | None,
        typer.Option("--start-date", metavar="DATE", formats=["%Y-%m-%d"], help="Day on which the paths start."),
    ] = None,
    start_price: Annotated[
        list[str] | None,
        typer.Option("--start-price", metavar="TICKER=PRICE", help="Where they start; may be repeated."),
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
    prepare()
    import tsgan
    from tsgan.data.calendars import period_of
    from tsgan.data.load import load_as
    from tsgan.scenarios.blocks import write_blocks
    from tsgan.scenarios.tables import write

    fitted = tsgan.load_model(model)
    start: dict[str, Any] = {"start_date": start_date, "start_prices": _start_prices(start_price)}
    if history is not None:
        panel = fitted.aligned(load_as(history, fitted.info.space))
        start["history"] = [panel.through(date) for date in until] if until else panel
    elif until:
        raise ConfigError("--until cuts the prices of --history, but there are none; give both")
    with progress_shown(quiet) as progress:
        chunks = _counted(in_chunks(fitted, paths, horizon, seed, **start), paths, progress)
        if kind == "folder":
            write_blocks(chunks, out)
        else:
            write(chunks, out, cast(Literal["long", "wide", "shocks"], layout), kind)
    files = [file for file in out.rglob("*") if file.is_file()] if kind == "folder" else [out]
    length = f"{horizon} {period_of(fitted.info.periods_per_year)}s"
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
        f"{out}: {paths:,} paths x {length} x {len(assets)} assets ({', '.join(assets)}), {size / 1e6:.1f} MB",
    )


def in_chunks(model: MarketModel, paths: int, horizon: int, seed: int, **start: Any) -> Iterator[Scenarios]:
    """The paths of one job, piece by piece, so that any number of them needs the same memory: one piece is drawn while
    the one before is written.

    ``start`` is what ``MarketModel.sample`` takes beside: ``history``, ``start_prices``, ``start_date``.
    """
    from tsgan.models.contract import BLOCK

    # Members of an ensemble take turns, so it draws in blocks that many times as wide; a cut within one is work twice.
    block = BLOCK * model.info.config.get("population", 1)
    values = block * horizon * len(model.info.assets)
    chunk = block * min(max(CHUNK_VALUES // values, 1), max(CHUNK_PATHS // block, 1))

    def draw(first: int) -> Scenarios:
        return model.sample(min(chunk, paths - first), horizon, seed=seed, first_path=first, **start)

    with ThreadPoolExecutor(1) as pool:
        ready = pool.submit(draw, 0)
        for following in range(chunk, paths, chunk):
            drawn, ready = ready.result(), pool.submit(draw, following)
            yield drawn
        yield ready.result()


def _counted(
    chunks: Iterator[Scenarios], paths: int, progress: Callable[[Progress], None] | None
) -> Iterator[Scenarios]:
    """The same chunks, counted for ``progress`` where there are several of them."""
    done = 0
    for chunk in chunks:
        done += chunk.n_paths
        if progress is not None and chunk.n_paths < paths:
            progress(Progress("drawing paths", done, paths, {}))
        yield chunk


def _start_prices(texts: list[str] | None) -> dict[str, float] | None:
    prices = {}
    for text in texts or ():
        ticker, equals, price = text.rpartition("=")
        try:
            prices[ticker] = float(price)
        except ValueError:
            equals = ""
        if not (equals and ticker):
            raise ConfigError(f"cannot read the start price {text!r}; write it as TICKER=PRICE, as in SPX=5000")
    return prices or None
