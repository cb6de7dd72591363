"""``tsgan evaluate``: judge one model on prices."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tsgan.cli import common
from tsgan.cli.accelerator import prepare_jax
from tsgan.cli.common import Answer
from tsgan.cli.outputs import check_file

REPORT, SCORECARD = "report.html", "scorecard.json"


def evaluate(
    model: common.ModelFolder,
    prices: common.Prices,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for scorecard.json and report.html.")],
    paths: common.JudgedPaths = 300,
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Judge a model on the dates after its training, beside the classical models."""
    answer = Answer(quiet, json)
    check_file(out / SCORECARD)
    check_file(out / REPORT)
    prepare_jax()
    import tsgan

    fitted = tsgan.load_model(model)
    card = tsgan.evaluate(fitted, tsgan.load_prices(prices), paths=paths, seed=seed, progress=answer.note)
    card.to_json(out / SCORECARD)
    card.to_html(out / REPORT)
    answer.give(card.to_dict(), card, f"\n{out / REPORT}: open it in a browser\n{out / SCORECARD}: the same as JSON")
