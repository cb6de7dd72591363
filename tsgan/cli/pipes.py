"""``-`` in place of a file: prices from stdin, paths to stdout."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from tsgan.errors import DataError

STANDARD = "-"
PARQUET = b"PAR1"
"""What files of this format begin with."""


def from_stdin(ctx: typer.Context, prices: str) -> str:
    """``-`` as the name of a file that holds what came through stdin, for as long as the command runs.

    Raises DataError where nothing came.
    """
    if prices != STANDARD or ctx.resilient_parsing:
        return prices
    content = sys.stdin.buffer.read()
    if not content.strip():
        raise DataError("no prices came through stdin; pipe a CSV or Parquet file into the command, or name one")
    folder = tempfile.TemporaryDirectory(prefix="tsgan-")
    ctx.call_on_close(folder.cleanup)
    file = Path(folder.name) / ("stdin.parquet" if content.startswith(PARQUET) else "stdin.csv")
    file.write_bytes(content)
    return str(file)


@contextmanager
def to_stdout(out: Path) -> Iterator[Path]:
    """Yield ``out``; of ``-`` a file of CSV whose content goes to stdout when the block succeeds."""
    if str(out) != STANDARD:
        yield out
        return
    with tempfile.TemporaryDirectory(prefix="tsgan-") as folder:
        file = Path(folder) / "stdout.csv"
        yield file
        with file.open("rb") as opened:
            shutil.copyfileobj(opened, sys.stdout.buffer)
        sys.stdout.buffer.flush()
