"""``tsgan sample``: draw paths from a fitted model into a table."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from tsgan.cli import common
from tsgan.cli.amounts import check_amount, confirm
from tsgan.cli.common import Answer
from tsgan.cli.outputs import table_format
from tsgan.cli.pipes import STANDARD, to_stdout
from tsgan.cli.progress import progress_shown
from tsgan.errors import ConfigError
from tsgan.runtime import prepare


def sample(
    model: common.ModelFolder,
    paths: common.Paths,
    horizon: common.Horizon,
    out_: Annotated[
        str,
        typer.Option(
            "--out",
            metavar="FILE|DIR|-",
            help="A .csv or .parquet file, a folder of Parquet files for large jobs, or - for CSV on stdout; "
            "with --cluster an address such as s3://bucket/paths as well.",
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
    shard: Annotated[
        str | None,
        typer.Option(
            "--shard",
            metavar="K/N",
            help="Draw the K-th of N parts of the paths; 'tsgan merge' joins what N machines have drawn.",
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster",
            metavar="local|ADDRESS",
            help="Draw on the workers of dask.distributed, of this machine or of tcp://scheduler:8786.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Begin long jobs unasked.")] = False,
    overwrite: common.Overwrite = False,
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Draw price paths from a model into a CSV or Parquet file, or a folder of Parquet files."""
    piped, out = out_ == STANDARD, Path(out_)
    if piped and json:
        raise ConfigError("--json and --out - both write to stdout; choose one")
    answer = Answer(quiet or piped, json)
    elsewhere = cluster is not None and "://" in out_
    if cluster is not None:
        check_cluster(out_, layout, shard)
    elif out.suffix:
        table_format(out)
    shards = 1 if shard is None else check_shard(shard, layout, piped)
    prepare()
    from tsgan.data.calendars import period_of
    from tsgan.models.sampling import check_job
    from tsgan.reports.period import Period
    from tsgan.sampling import sample_chunks, with_histories
    from tsgan.scenarios.writing import scenario_format, write_scenarios

    form = "csv" if piped else "folder" if elsewhere else scenario_format(out, layout, overwrite)
    prices = _start_prices(start_price)
    if until and history is None:
        raise ConfigError("--until cuts the prices of --history, but there are none; give both")
    fitted, panels = with_histories(model, history, until or ())
    check_job(1, horizon)
    each = -(-paths // shards)
    amount = None if elsewhere else check_amount(fitted, panels, each, horizon, out, layout, answer)
    check_job(paths, horizon)
    confirm(amount, yes)
    with to_stdout(out) as file, progress_shown(quiet) as progress:
        start: dict[str, Any] = {"history": panels, "start_prices": prices, "start_date": start_date}
        chunks = sample_chunks(fitted, paths, horizon, seed=seed, shard=shard, progress=progress, **start)
        if cluster is None:
            write_scenarios(chunks, file, layout=cast(Any, layout), overwrite=overwrite)
        else:
            from tsgan.cluster.sampling import sample_on_cluster

            options: dict[str, Any] = {"cluster": cluster, "overwrite": overwrite, "progress": progress}
            sample_on_cluster(fitted, paths, horizon, out_ if elsewhere else out, seed=seed, **start, **options)
    if piped:
        return
    files = [file for file in out.rglob("*") if file.is_file()] if form == "folder" else [out]  # none at an address
    length = f"{horizon} {Period.of(period_of(fitted.info.periods_per_year)).many}"
    part = "" if shard is None else f" from path {chunks.first_path:,} on, shard {shard} of {paths:,},"
    assets, size = fitted.info.assets, sum(file.stat().st_size for file in files)
    answer.give(
        {
            "out": out_,
            "paths": chunks.n_paths,
            **({} if shard is None else {"shard": shard, "first_path": chunks.first_path}),
            "horizon": horizon,
            "assets": assets,
            "layout": layout,
            "seed": seed,
            **({} if elsewhere else {"bytes": size}),
        },
        f"{out_}: {chunks.n_paths:,} paths{part} x {length} x {len(assets)} assets ({', '.join(assets)})"
        + ("" if elsewhere else f", {size / 1e6:.1f} MB"),
    )


def check_cluster(out: str, layout: str, shard: str | None) -> None:
    """ConfigError for what the workers of a cluster cannot write."""
    if shard is not None:
        raise ConfigError("--shard and --cluster are two ways to share the work; choose one")
    if out == STANDARD or layout != "long" or Path(out).suffix.lower() in (".csv", ".parquet"):
        raise ConfigError(
            "the workers of a cluster write a folder of Parquet files in the long layout; give --out a name without "
            "an ending"
        )


def check_shard(shard: str, layout: str, piped: bool) -> int:
    """How many shards there are; ConfigError for what is none, or cannot be joined with others."""
    from tsgan.scenarios.shards import Shard

    shards = Shard.parse(shard).of
    if piped:
        raise ConfigError("a shard is written to a file or a folder, whose manifest says which it is; give an --out")
    if layout != "long":
        raise ConfigError(f"shards have the long layout; give --layout {layout} to 'tsgan merge'")
    return shards


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
