"""Learn a market, judge the model on later dates, fit it again on all of them, and write scenarios and a report."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from tsgan.config import GANConfig
from tsgan.data.calendars import period_of
from tsgan.data.join import Join
from tsgan.data.kinds import Bounds, Kind
from tsgan.data.load import Source, load_prices
from tsgan.data.panel import Panel
from tsgan.errors import ConfigError, ModelError
from tsgan.evaluation.card import write_model_card
from tsgan.evaluation.results import Scorecard
from tsgan.evaluation.scorecard import evaluate
from tsgan.files import linked_to
from tsgan.fitting import MODELS, fit, load_model
from tsgan.machine import platform_facts
from tsgan.models.contract import MarketModel
from tsgan.models.storage import ARRAYS, listing_of
from tsgan.outputs.failures import said_of
from tsgan.outputs.unfinished import Job, unfinished
from tsgan.reports.folder import ReportFolder
from tsgan.reports.period import Period
from tsgan.reports.result import Result, plain
from tsgan.runtime import prepare, versions
from tsgan.sampling import sample_chunks
from tsgan.scenarios.manifest import manifest_path
from tsgan.scenarios.writing import write_scenarios

if TYPE_CHECKING:
    from tsgan.reports.front import Front

logger = logging.getLogger(__name__)

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

MODELS_OF_RUN, TABLES = ("model", "model_evaluated"), ("scenarios.parquet", "scenarios_sample.csv")

NAMES = ("run.json", *(name for name in FILES if name != "run.json"), *(manifest_path(table).name for table in TABLES))
"""All that a run puts into its folder, ``run.json`` last where they come one by one."""

Progress = Callable[[Any], None]
"""Called with a plain sentence as each stage begins, and with a :class:`tsgan.training.progress.Progress` by fits."""


@dataclass(frozen=True, eq=False)
class Run(Result):
    """What a run made, all of it also in the files of its folder.  Made by :func:`run`.

    Attributes:
        out: the folder.
        facts: prices, settings, versions and times: what ``run.json`` holds.
        scorecard: how the judged model did on later dates.
        judged: the model fitted on the first 70 % of the dates.
        model: the model fitted on all dates, from which the scenarios come.
    """

    out: Path
    facts: Mapping[str, Any] = field(repr=False)
    scorecard: Scorecard = field(repr=False)
    judged: MarketModel
    model: MarketModel

    @property
    def front(self) -> Front:
        """The first screen of the scorecard."""
        return self.scorecard.front

    def summary(self) -> str:
        return "\n".join([*self.scorecard.verdict, *self.written()])

    def written(self) -> list[str]:
        """Which files there are, and how long each stage took, one a line."""
        width, stages = max(len(name) for name in FILES), self.facts["stages"]
        return [
            f"\nWritten to {self.out}:",
            *(f"  {name:<{width}}  {what}" for name, what in FILES.items()),
            "\nSeconds:",
            *(f"  {stage['seconds']:7.1f}  {stage['stage']}" for stage in stages),
            f"  {sum(stage['seconds'] for stage in stages):7.1f}  in all",
        ]

    def to_dict(self) -> dict[str, Any]:
        return dict(self.facts)

    def to_frame(self, table: str | None = None) -> pd.DataFrame:
        """``scores`` (the scorecard's) or ``stages`` (what was done, and the seconds that it took)."""
        if table not in (None, "scores", "stages"):
            raise ConfigError(f"a run has no table {table!r}; choose scores or stages")
        return pd.DataFrame(self.facts["stages"]) if table == "stages" else self.scorecard.to_frame()

    def render(self) -> str:
        """The report that the run has written."""
        return (self.out / "report.html").read_text(encoding="utf-8")


def run(
    prices: Source,
    out: str | os.PathLike[str],
    *,
    model: str | GANConfig = "gan",
    n_paths: int = 1000,
    horizon: int | None = None,
    kinds: Mapping[str, Kind] | None = None,
    bounds: Mapping[str, Bounds] | None = None,
    join: Join | None = None,
    bars: bool = False,
    seed: int = 0,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Run:
    """Learn a market, judge the model on later dates, and write scenarios and a report into a folder.

    Args:
        prices: anything that :func:`tsgan.load_prices` reads.
        out: the folder; what others keep there stays.
        model: what :func:`tsgan.fit` takes for one.
        n_paths: how many paths to write.
        horizon: periods a path, as of the prices; a year of them by default.
        kinds, bounds, join: as for :func:`tsgan.load_prices`.
        bars: also learn open, high, low and volume.
        seed: same seed, prices, options and platform give the same files, but for the times that ``run.json`` and the
            foot of the report state.
        overwrite: replace an earlier run in the folder, when the new one is complete.
        progress: called with a plain sentence as each stage begins, and with reports of training as :func:`tsgan.fit`.

    Returns:
        Run.  One that is cut short leaves the folder as it was; the same call carries it on, and checks and skips the
        stages that were finished, the steps of a training among them.

    Raises:
        OutputError: a folder that cannot be written, holds an earlier run and is not to be overwritten, or holds files
            of the same names that tsgan has not written.
        DataError, ConfigError: as :func:`tsgan.fit`.
    """
    out = Path(out)
    folder = ReportFolder(out, overwrite, dict.fromkeys(MODELS_OF_RUN, listing_of))
    folder.check(NAMES)
    name = "gan" if isinstance(model, GANConfig) else model
    if name not in MODELS:
        raise ConfigError(f"no model called {name!r}; choose one of {', '.join(MODELS)}")
    prepare()
    log = _Log(progress)
    with log.stage("load prices"):
        panel = load_prices(prices, kinds=kinds, bounds=bounds, join=join)
        for note in panel.notes:
            log.say(note)
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
        "model": name,
        "config": model.to_dict() if isinstance(model, GANConfig) else model,
        "bars": bars,
        "paths": n_paths,
        "horizon": horizon,
        "seed": seed,
        "versions": versions(),
    }
    settings = plain({**log.facts, "stages": None, "started_at": None, "platform": platform_facts()})
    with said_of(out), unfinished(linked_to(out), "run", settings) as job:
        log.begin(job)

        def fitted(where: str, prices: Panel, like: MarketModel | None) -> MarketModel:
            state = job.kept / f"{where}.checkpoint.safetensors"
            one = fit(prices, model, seed=seed, progress=progress, bars=bars, like=like, checkpoint=state, resume=True)
            one.save(job.new / where, overwrite=True)
            return one

        def kept(where: str, what: str, prices: Panel, like: MarketModel | None = None) -> MarketModel:
            return log.step(what, lambda: fitted(where, prices, like), job.new / where)

        judged = kept("model_evaluated", f"fit {name} on dates before {cut}", earlier)
        with log.stage(f"evaluate on dates from {cut}"):
            card = evaluate(judged, panel, seed=seed, progress=progress, checkpoint=job.kept / "evaluation")
            card.write_into(job.new)
        final = kept("model", "fit again on all dates", panel, judged)
        length = f"{horizon} {Period.of(period_of(panel.periods_per_year)).many}"
        with log.stage(f"draw {n_paths:,} paths x {length}"):
            for table, count in zip(TABLES, (n_paths, min(n_paths, SAMPLE_PATHS)), strict=True):
                write_scenarios(sample_chunks(final, count, horizon, seed=seed), job.new / table, overwrite=True)
        write_model_card(card, judged.info, job.new / "model_evaluated")
        log.finish(out)
        (job.new / "run.json").write_text(dumps(plain(log.facts), indent=2) + "\n", encoding="utf-8")
        folder.take(job.new, NAMES)
    return Run(out, log.facts, card, judged, final)


class _Log:
    """What a run has done so far; steps of an earlier run that was cut short are among it."""

    def __init__(self, progress: Progress | None) -> None:
        self.progress, self.job = progress, cast(Job, None)
        self.facts: dict[str, Any] = {"finished": False, "started_at": _now(), "stages": []}

    def begin(self, job: Job) -> None:
        """Where steps are kept; the run may have begun earlier than this."""
        self.job = job
        if (before := job.facts("began")) is not None:
            self.say("carrying on the run that was begun at " + before["at"])
            self.facts["started_at"] = before["at"]
        else:
            job.finish("began", facts={"at": self.facts["started_at"]})

    def say(self, sentence: str) -> None:
        logger.info(sentence)
        if self.progress is not None:
            self.progress(sentence)

    @contextmanager
    def stage(self, what: str) -> Iterator[None]:
        """A stage that is always gone through."""
        self.say(what)
        began = time.perf_counter()
        yield
        self.facts["stages"].append({"stage": what, "seconds": round(time.perf_counter() - began, 2)})

    def step(self, what: str, make: Callable[[], MarketModel], folder: Path) -> MarketModel:
        """The model that a stage makes, or that it has made before and saved to ``folder``."""
        if (done := self.job.facts(folder.name)) is not None:
            with suppress(ModelError):  # a damaged one is made again
                found = load_model(folder)
                self.say(f"{what}: done before")
                self.facts["stages"].append(done)
                return found
        with self.stage(what):
            made = make()
        self.job.finish(folder.name, [folder / ARRAYS], self.facts["stages"][-1])
        return made

    def finish(self, out: Path) -> None:
        self.facts |= {"finished": True, "finished_at": _now(), "files": {name: out / name for name in FILES}}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
