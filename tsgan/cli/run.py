"""``tsgan run``: the whole story, from prices to scenarios and a report."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from json import dumps
from pathlib import Path
from typing import Annotated, Any

import typer

from tsgan.cli import common
from tsgan.cli.common import Answer, chosen_model, read_prices
from tsgan.cli.info import versions
from tsgan.cli.outputs import check_file, check_model_folder
from tsgan.cli.progress import progress_shown
from tsgan.cli.sample import in_chunks
from tsgan.errors import OutputError
from tsgan.files import atomic_path
from tsgan.reports.result import plain
from tsgan.runtime import prepare

TRAIN_FRACTION = 0.7
"""Share of the dates that the judged model learns from; the rest judges it."""

SAMPLE_PATHS = 20
"""Paths in the CSV that people open to have a look."""

FILES = {
    "model": "fitted on everything; scenarios come from it",
    "model_evaluated": "fitted on the first 70 % of the dates; for honest backtests",
    "scenarios.parquet": "all paths",
    "scenarios_sample.csv": f"the first {SAMPLE_PATHS} paths",
    "scorecard.json": "how the evaluated model did on later dates",
    "report.html": "the same with plots; open it in a browser",
    "run.json": "what was done, with versions, seeds and times",
}


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
    generator: common.Generator = None,
    critic: common.Critic = None,
    objective: common.ObjectiveName = None,
    penalty: common.PenaltyName = None,
    optimizer: common.OptimizerName = None,
    population: common.Population = None,
    steps: common.Steps = None,
    seed: common.Seed = 0,
    quiet: common.Quiet = False,
    json: common.Json = False,
) -> None:
    """Learn a market, judge the model on later dates, and write scenarios and a report."""
    answer = Answer(quiet, json)
    chosen = chosen_model(model, config, ctx.params)
    _check(out)
    prepare()
    import tsgan
    from tsgan.data.calendars import period_of
    from tsgan.evaluation.card import write_model_card
    from tsgan.scenarios.tables import write

    log = _Log(out, answer)
    with log.stage("load prices"):
        panel = read_prices(prices, answer, kind, join)
        cut = panel.cut_date(TRAIN_FRACTION)
        earlier = panel.before(cut)
    horizon = horizon or panel.periods_per_year
    log.facts |= {
        "prices": panel.source,
        "data_hash": panel.data_hash,
        "assets": panel.assets,
        "first_date": panel.dates[0],
        "last_date": panel.dates[-1],
        "judged_from": cut,
        "model": model,
        "config": chosen if isinstance(chosen, str) else chosen.to_dict(),
        "bars": bars,
        "paths": paths,
        "horizon": horizon,
        "seed": seed,
        "versions": versions(),
    }
    with log.stage(f"fit {model} on dates before {cut}"), progress_shown(quiet) as progress:
        judged = tsgan.fit(earlier, chosen, seed=seed, progress=progress, bars=bars)
        judged.save(out / "model_evaluated")
    with log.stage(f"evaluate on dates from {cut}"):
        card = tsgan.evaluate(judged, panel, seed=seed, progress=answer.note)
        card.to_json(out / "scorecard.json")
        card.to_html(out / "report.html")
        write_model_card(card, judged.info, out / "model_evaluated")
    with log.stage("fit again on all dates"), progress_shown(quiet) as progress:
        final = tsgan.fit(panel, chosen, seed=seed, progress=progress, bars=bars, like=judged)
        final.save(out / "model")
    with log.stage(f"draw {paths:,} paths x {horizon} {period_of(panel.periods_per_year)}s"):
        write(in_chunks(final, paths, horizon, seed), out / "scenarios.parquet", "long", "parquet")
        write(in_chunks(final, min(paths, SAMPLE_PATHS), horizon, seed), out / "scenarios_sample.csv", "long", "csv")
    log.finish()
    answer.give(log.facts, card, *_summary(out, log.facts["stages"]))


class _Log:
    """What a run has done so far, kept in ``run.json``, so that an interrupted run can be told from a finished one."""

    def __init__(self, out: Path, answer: Answer) -> None:
        self.path, self.answer = out / "run.json", answer
        self.facts: dict[str, Any] = {"finished": False, "started_at": _now(), "stages": []}

    @contextmanager
    def stage(self, what: str) -> Iterator[None]:
        self.answer.note(what)
        began = time.perf_counter()
        yield
        self.facts["stages"].append({"stage": what, "seconds": round(time.perf_counter() - began, 2)})
        self._write()

    def finish(self) -> None:
        self.facts |= {"finished": True, "finished_at": _now(), "files": {n: self.path.with_name(n) for n in FILES}}
        self._write()

    def _write(self) -> None:
        with atomic_path(self.path) as temporary:
            temporary.write_text(dumps(plain(self.facts), indent=2) + "\n")


def _check(out: Path) -> None:
    """OutputError, before any work, where ``out`` cannot be written or holds files of the same names from elsewhere."""
    check_file(out / "run.json")
    for name in ("model", "model_evaluated"):
        check_model_folder(out / name)
    foreign = [name for name in FILES if (out / name).exists()]
    if foreign and not (out / "run.json").exists():
        raise OutputError(f"{out} holds {', '.join(foreign)} that no run of tsgan has written; choose another --out")


def _summary(out: Path, stages: list[Mapping[str, Any]]) -> Iterator[str]:
    width = max(len(name) for name in FILES)
    yield f"\nWritten to {out}:"
    yield from (f"  {name:<{width}}  {what}" for name, what in FILES.items())
    yield "\nSeconds:"
    yield from (f"  {stage['seconds']:7.1f}  {stage['stage']}" for stage in stages)
    yield f"  {sum(stage['seconds'] for stage in stages):7.1f}  in all"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
