"""``tsgan compare``: the scorecards of several models side by side, on dates that none of them has seen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer
from tsgan.errors import ConfigError
from tsgan.runtime import prepare


def compare(
    models: Annotated[list[Path], typer.Argument(metavar="MODEL MODEL ...", help="Two or more model folders.")],
    prices: common.Prices,
    join: common.JoinName = None,
    paths: common.JudgedPaths = 300,
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Judge several models on the same dates, after the last training date of any of them."""
    answer = Answer(quiet, json)
    if len(set(models)) < 2 or len(set(models)) < len(models):
        raise ConfigError("give two or more different model folders, then PRICES: tsgan compare MODEL MODEL PRICES")
    prepare()
    import tsgan

    found = tsgan.compare(models, prices, join=join, paths=paths, seed=seed, progress=answer.note)
    answer.give(found.to_dict(), found)
