"""``tsgan evaluate``: judge one model, or finished paths, on prices."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer
from tsgan.errors import ConfigError, OutputError
from tsgan.files import linked_to
from tsgan.outputs.unfinished import unfinished
from tsgan.reports.folder import ReportFolder
from tsgan.runtime import prepare

REPORT, SCORECARD, CARD = "report.html", "scorecard.json", "MODEL_CARD.md"
"""What :meth:`tsgan.Scorecard.save` writes; told here too, so that ``--help`` imports nothing."""
_FOREIGN = "Paths of other generators"


def evaluate(
    model: Annotated[
        Path,
        typer.Argument(metavar="MODEL|SCENARIOS", help=f"{common.MODEL}; or any paths as .parquet, .csv or .npy."),
    ],
    prices: common.Prices,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for scorecard.json and report.html.")],
    join: common.JoinName = None,
    paths: common.JudgedPaths = 300,
    ticker: Annotated[
        str | None,
        typer.Option(
            "--ticker", metavar="TICKER", rich_help_panel=_FOREIGN, help="Whose paths a table without it holds."
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--start", metavar="DATE", rich_help_panel=_FOREIGN, help="Day before the first step that a table numbers."
        ),
    ] = None,
    returns: Annotated[
        bool, typer.Option("--returns", rich_help_panel=_FOREIGN, help="The table holds log returns, not prices.")
    ] = False,
    paths_in: Annotated[
        str | None,
        typer.Option(
            "--paths-in", metavar="rows|columns", rich_help_panel=_FOREIGN, help="Where the paths of bare numbers are."
        ),
    ] = None,
    baselines: Annotated[
        str | None,
        typer.Option("--baselines", metavar="NAMES", help="Models to judge beside it, with commas; 'none' for none."),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Also train judges; takes longer.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 when a hard requirement is not met.")] = False,
    xlsx: common.Excel = None,
    details: common.Details = False,
    overwrite: common.Overwrite = False,
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Judge a model on the dates after its training, or finished paths, beside the classical models."""
    answer = Answer(quiet, json)
    common.check_excel(xlsx, overwrite)
    chosen = _baselines(baselines)
    from tsgan.models.bundled import is_bundled

    reports = ReportFolder(out, overwrite)
    names = (SCORECARD, REPORT, CARD) if is_bundled(model) else (SCORECARD, REPORT)
    reports.check(names)
    from tsgan.scenarios.reading import holds_paths

    finished = holds_paths(model)
    if paths_in not in (None, "rows", "columns"):
        raise ConfigError(f"--paths-in is {paths_in!r}; choose rows or columns")
    if not finished and (ticker or start or returns or paths_in):
        told_of = "--ticker, --start, --returns and --paths-in"
        raise ConfigError(f"{told_of} describe a table of paths; leave them out for a model")
    prepare()
    import tsgan
    from tsgan.evaluation.card import card_text, write_model_card

    told: dict[str, Any] = {"ticker": ticker, "start": start, "values": "returns" if returns else "prices"}
    told["paths_in"] = paths_in
    judged = tsgan.read_scenarios(model, **told) if finished else tsgan.load_model(model)
    asked = {"model": str(model), "prices": prices, "join": join, "seed": seed, "paths": paths, "full": full}
    job_of = unfinished(linked_to(out), "evaluate", asked | {"baselines": list(chosen)})
    with job_of as job, answer.working() as note:
        card = tsgan.evaluate(
            judged,
            prices,
            join=join,
            baselines=chosen,
            paths=paths,
            seed=seed,
            full=full,
            progress=note,
            checkpoint=job.kept,
        )
        for sentence in card.provenance.get("warnings", ()):
            note(sentence)
        with reports.together(names) as place:
            card.write_into(place)
            if CARD in names and isinstance(judged, tsgan.MarketModel):
                (place / CARD).write_text(card_text(card, judged.info), encoding="utf-8")
    written = [f"{out / REPORT}: open it in a browser", f"{out / SCORECARD}: the same as JSON"]
    if isinstance(judged, tsgan.MarketModel):
        if is_bundled(model):
            written.append(f"{out / CARD}: the model's card, with these scores")
        else:
            try:
                written.append(f"{write_model_card(card, judged.info, model)}: the model's card, with these scores")
            except OutputError as error:
                answer.note(f"the card of the model stays as it is: {error}")
    answer.tell(card, details, lambda: [card], "\n".join(written), xlsx=xlsx)
    failed = card.failed_gates()
    if strict and failed:
        for gate in failed:
            answer.note(f"not met: {gate.name}: {gate.reason}")
        raise typer.Exit(1)


def _baselines(names: str | None) -> tuple[str, ...]:
    from tsgan.evaluation.scorecard import BASELINES
    from tsgan.fitting import BASELINES as CLASSICAL
    from tsgan.fitting import MODELS

    if names is None:
        return BASELINES
    chosen = tuple(dict.fromkeys(name.strip() for name in names.split(",") if name.strip() and name.strip() != "none"))
    known = (*CLASSICAL, *MODELS.plugins())
    unknown = [name for name in chosen if name not in known]
    if unknown:
        raise ConfigError(f"no baseline called {', '.join(unknown)}; choose from {', '.join(known)}, or none")
    return chosen
