"""``tsgan update``: new days into a model's state at once, and whether it is time to fit again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer
from tsgan.errors import ConfigError, OutputError


def update(
    model: common.ModelFolder,
    prices: common.Prices,
    out: Annotated[Path, typer.Option("--out", metavar="MODEL", help="Folder for the new model; the old one is kept.")],
    refit: Annotated[bool, typer.Option("--refit", help="Fit the model again on PRICES, whatever it says.")] = False,
    refit_if_due: Annotated[
        bool, typer.Option("--refit-if-due", help="Fit it again where that is due by its age or by an alarm.")
    ] = False,
    take_revised: Annotated[
        bool, typer.Option("--take-revised", help="Believe PRICES where earlier ones are others than the model knows.")
    ] = False,
    judge: Annotated[
        bool, typer.Option("--judge/--no-judge", help="Also monitor the model on the days since its training.")
    ] = True,
    overwrite: common.Overwrite = False,
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Take new days into a model's state without fitting it again, and say whether a refit is due."""
    answer = Answer(quiet, json)
    if refit and refit_if_due:
        raise ConfigError("--refit fits again in any case, --refit-if-due only where it is due; give one of them")
    if os.path.realpath(out) == os.path.realpath(model):
        raise OutputError(f"the old model is kept: choose another --out than {out}")
    import tsgan
    from tsgan.models.storage import check_model_folder

    check_model_folder(out, overwrite)
    when = "now" if refit else "due" if refit_if_due else None
    with answer.working() as note:
        found = tsgan.update(
            model,
            prices,
            refit_when=when,
            take_revised=take_revised,
            judge=judge,
            seed=seed,
            progress=note,
        )
        found.model.save(out, overwrite=overwrite)
    answer.give({"out": out, **found.to_dict()}, found.summary(), f"{out}: the new model; the old one is as it was")
