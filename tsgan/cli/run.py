"""``tsgan run``: from prices to scenarios and a report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer, chosen_model, price_options
from tsgan.cli.progress import stages_shown
from tsgan.runtime import prepare


def run(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for all outputs.")],
    prices: common.Prices = "sample:us-indices",
    model: common.Fitter = "gan",
    paths: common.Paths = 1000,
    horizon: common.YearOrHorizon = None,
    kind: common.Kinds = None,
    join: common.JoinName = None,
    bars: common.Bars = False,
    config: common.Config = None,
    base: common.Base = None,
    generator: common.Generator = None,
    critic: common.Critic = None,
    objective: common.ObjectiveName = None,
    penalty: common.PenaltyName = None,
    optimizer: common.OptimizerName = None,
    population: common.Population = None,
    steps: common.Steps = None,
    details: common.Details = False,
    overwrite: common.Overwrite = False,
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Learn a market, judge the model on later dates, and write scenarios and a report."""
    answer = Answer(quiet, json)
    chosen = chosen_model(model, config, ctx.params)
    prepare()
    from tsgan.applications.pipeline import run as run_everything

    with stages_shown(answer) as progress:
        found = run_everything(
            prices,
            out,
            model=chosen,
            n_paths=paths,
            horizon=horizon,
            bars=bars,
            seed=seed,
            overwrite=overwrite,
            progress=progress,
            **price_options(kind, join),
        )
    answer.tell(found, details, lambda: [found.scorecard], *found.written())
