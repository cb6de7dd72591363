"""``tsgan train``: fit one model to a price history."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer, chosen_model, read_prices
from tsgan.cli.outputs import check_file
from tsgan.cli.progress import progress_shown
from tsgan.errors import ConfigError
from tsgan.outputs.unfinished import told_if_interrupted
from tsgan.runtime import prepare


def train(
    ctx: typer.Context,
    prices: common.Prices,
    out: Annotated[Path, typer.Option("--out", metavar="MODEL", help="Folder for the model.")],
    model: common.Fitter = "gan",
    until: Annotated[
        datetime | None,
        typer.Option(
            "--until", metavar="DATE", formats=["%Y-%m-%d"], help="Last date that the model may see (YYYY-MM-DD)."
        ),
    ] = None,
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
    resume: Annotated[
        bool, typer.Option("--resume", rich_help_panel="GAN options", help="Carry on an interrupted training.")
    ] = False,
    devices: Annotated[
        int, typer.Option("--devices", metavar="N", min=1, rich_help_panel="GAN options", help="Train on so many.")
    ] = 1,
    overwrite: common.Overwrite = False,
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Fit a model to prices and save it as a folder."""
    answer = Answer(quiet, json)
    chosen = chosen_model(model, config, ctx.params)
    checkpoint = out.with_name(f"{out.name}.checkpoint.safetensors")
    prepare()
    if devices > 1 and model != "gan":
        raise ConfigError(f"--devices is for --model gan only; leave it out for {model}")
    from tsgan import fitting
    from tsgan.models.storage import check_model_folder
    from tsgan.training.checkpoint import check_free_for

    check_model_folder(out, overwrite)
    check_file(checkpoint)
    if resume and not checkpoint.exists():
        answer.note(f"no checkpoint {checkpoint}: training begins at the beginning")
    elif model == "gan" and not resume:
        check_free_for(checkpoint, overwrite)
    panel = read_prices(prices, answer, kind, join, fitting.FEWEST_DAYS if model == "base" else None)
    if until is not None:
        panel = panel.through(until)
    answer.note(f"fitting {model} to {panel}")
    began = time.perf_counter()

    def kept() -> str | None:
        return f"the state of training is in {checkpoint}: carry on with --resume" if checkpoint.exists() else None

    with told_if_interrupted(kept), progress_shown(quiet) as progress:
        fitted = fitting.fit(
            panel,
            chosen,
            seed=seed,
            checkpoint=checkpoint,
            resume=resume,
            overwrite=overwrite,
            progress=progress,
            bars=bars,
            **cast(Any, {"devices": devices} if devices > 1 else {}),
        )
    seconds = time.perf_counter() - began
    if why := fitted.info.config.get("from_scratch"):
        answer.note(f"everything was trained from scratch, for {why}")
    for sentence in getattr(fitted, "words", ()):
        answer.note(sentence)
    fitted.save(out, overwrite=overwrite)
    if model == "gan":
        checkpoint.unlink(missing_ok=True)
    answer.give(
        {"out": out, "seconds": round(seconds, 2), **fitted.info.to_json()},
        f"{out}: {fitted.info.model} fitted to {', '.join(fitted.info.assets)}, {fitted.info.train_start} to "
        f"{fitted.info.train_end}, in {seconds:.1f} s",
    )
