"""The command line: ``tsgan COMMAND ...``.  Each module beside this one holds one group of commands."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from tsgan.cli import (
    compare,
    data,
    dossier,
    evaluate,
    explain,
    feed,
    forecast,
    info,
    lend,
    measure,
    merge,
    monitor,
    robustness,
    sample,
    stress,
    train,
    update,
)
from tsgan.cli import run as run_command
from tsgan.cli.guard import GuardedGroup
from tsgan.cli.interrupts import end_promptly, ending_as_asked

app = typer.Typer(
    name="tsgan",
    cls=GuardedGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Learn how markets move from price history, generate scenarios, and see how far they can be trusted.",
    epilog="Environment: TSGAN_CACHE (folder of caches), TSGAN_OFFLINE=1 (never ask the network), TSGAN_DEBUG=1 "
    "(tracebacks), JAX_PLATFORMS=cpu (the device), SOURCE_DATE_EPOCH (the time that pages state, in seconds).",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        import tsgan

        typer.echo(f"tsgan {tsgan.__version__}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")]


@app.callback()
def _options(version: Version = False) -> None:
    """Options of tsgan itself."""


for command in (
    run_command.run,
    data.fetch,
    data.inspect,
    train.train,
    sample.sample,
    merge.merge,
    evaluate.evaluate,
    compare.compare,
    compare.runs,
    forecast.forecast,
    update.update,
    monitor.monitor,
    dossier.dossier,
    explain.explain,
    stress.stress,
    measure.measure,
    feed.feed,
    robustness.robustness,
    lend.lend,
    info.info,
):
    app.command()(command)


def run() -> None:
    """Entry point of ``tsgan`` and ``python -m tsgan``."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # signs that a terminal lacks stay distinct
    end_promptly()
    with ending_as_asked():
        app(prog_name="tsgan")
