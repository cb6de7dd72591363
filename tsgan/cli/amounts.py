"""What a large job of paths will take, told before it begins: hours, gigabytes, and a question where they are many."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from tsgan.cli.common import Answer
from tsgan.errors import ConfigError, OutputError

if TYPE_CHECKING:
    from tsgan.data.panel import Panel
    from tsgan.models.contract import MarketModel

LARGE = 500_000_000
"""Prices (paths x days x assets) from which on a job is estimated first."""

HOURS = 8.0
"""From which on it is asked whether they are meant."""

SHARE = 0.5
"""Of the free disk space, from which on likewise."""

TRIED_PATHS, TRIED_DAYS = 1024, 252
"""What is drawn and written to see how long it takes."""


class Amount(NamedTuple):
    """What a job takes, about.

    Attributes:
        hours: on this machine.
        size: bytes on disk.
        free: bytes that the disk has left.
    """

    hours: float
    size: float
    free: int

    def __str__(self) -> str:
        time_ = f"{self.hours:,.0f} hours" if self.hours >= 2 else f"{60 * self.hours:,.0f} minutes"
        return f"about {time_} and {self.size / 1e9:,.0f} GB, of {self.free / 1e9:,.0f} GB that are free"


def check_amount(
    model: MarketModel, panels: Sequence[Panel] | None, paths: int, horizon: int, out: Path, layout: str, answer: Answer
) -> Amount | None:
    """Say what a large job takes; None for a small one.

    Raises OutputError where the disk cannot hold it, and ConfigError where it is long or large and nobody says that it
    is meant: it is asked for on a terminal, and by ``--yes`` elsewhere.
    """
    if paths * (horizon + 1) * len(model.info.assets) < LARGE:
        return None
    amount = estimated(model, panels, paths, horizon, out, layout)
    answer.note(f"{paths:,} paths of {horizon:,} days and {len(model.info.assets)} assets take {amount}")
    if amount.size > amount.free:
        raise OutputError(
            f"{out}: {paths:,} paths of {horizon:,} days take {amount}; ask for fewer --paths or a shorter --horizon, "
            "or choose an --out on a larger disk"
        )
    return amount


def confirm(amount: Amount | None, yes: bool) -> None:
    """Go on with an amount that is small, or that somebody says is meant."""
    if amount is None or yes or (amount.hours < HOURS and amount.size < SHARE * amount.free):
        return
    if not sys.stdin.isatty():
        raise ConfigError(f"this takes {amount}; --yes says that it is meant")
    if not typer.confirm("Carry on?", err=True):
        raise typer.Exit(1)


def estimated(
    model: MarketModel, panels: Sequence[Panel] | None, paths: int, horizon: int, out: Path, layout: Any
) -> Amount:
    """What a job takes, told from a small one of the same kind that is drawn and written twice: the first compiles."""
    from tsgan.sampling import sample_chunks
    from tsgan.scenarios.writing import write_scenarios

    some, days, seconds, size = min(paths, TRIED_PATHS), min(horizon, TRIED_DAYS), 0.0, 0
    place = out.parent
    while not place.exists():
        place = place.parent
    with tempfile.TemporaryDirectory() as folder:
        for number in range(2):
            file = Path(folder) / f"{number}{out.suffix}"
            began = time.perf_counter()
            write_scenarios(sample_chunks(model, some, days, history=panels), file, layout=layout)
            seconds = time.perf_counter() - began
            size = sum(one.stat().st_size for one in (file, *file.rglob("*")) if one.is_file())
    times = paths * horizon / (some * days)
    return Amount(seconds * times / 3600, size * times, shutil.disk_usage(place).free)
