"""Learn a market, judge the model on later dates, fit it again on all of them, and write scenarios and a report."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from tsgan.config import GANConfig
from tsgan.data.calendars import period_of
from tsgan.data.join import Join
from tsgan.data.kinds import Bounds, Kind
from tsgan.data.load import Source, load_prices
from tsgan.errors import ConfigError
from tsgan.evaluation.card import write_model_card
from tsgan.evaluation.results import Scorecard
from tsgan.evaluation.scorecard import evaluate
from tsgan.fitting import MODELS, fit
from tsgan.models.contract import MarketModel
from tsgan.models.storage import check_model_folder
from tsgan.owned import ReportFolder
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
        overwrite: replace an earlier run in the folder, file by file.
        progress: called with a plain sentence as each stage begins, and with reports of training as :func:`tsgan.fit`.

    Returns:
        Run; ``run.json`` in the folder says after every stage how far it has come.

    Raises:
        OutputError: a folder that cannot be written, holds an earlier run and is not to be overwritten, or holds files
            of the same names that tsgan has not written.
        DataError, ConfigError: as :func:`tsgan.fit`.
    """
    out = Path(out)
    folder = _check(out, overwrite)
    name = "gan" if isinstance(model, GANConfig) else model
    if name not in MODELS:
        raise ConfigError(f"no model called {name!r}; choose one of {', '.join(MODELS)}")
    prepare()
    log = _Log(folder, progress)
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
    with log.stage(f"fit {name} on dates before {cut}"):
        judged = fit(earlier, model, seed=seed, progress=progress, bars=bars)
        judged.save(out / "model_evaluated", overwrite=overwrite)
    with log.stage(f"evaluate on dates from {cut}"):
        card = evaluate(judged, panel, seed=seed, progress=progress)
        folder.write("scorecard.json", card.to_json())
        folder.write("report.html", card.to_html())
        write_model_card(card, judged.info, out / "model_evaluated")
    with log.stage("fit again on all dates"):
        final = fit(panel, model, seed=seed, progress=progress, bars=bars, like=judged)
        final.save(out / "model", overwrite=overwrite)
    with log.stage(f"draw {n_paths:,} paths x {horizon} {Period.of(period_of(panel.periods_per_year)).many}"):
        for table, count in zip(TABLES, (n_paths, min(n_paths, SAMPLE_PATHS)), strict=True):
            write_scenarios(sample_chunks(final, count, horizon, seed=seed), out / table, overwrite=overwrite)
            folder.adopt(table, manifest_path(table).name)
    log.finish()
    return Run(out, log.facts, card, judged, final)


class _Log:
    """What a run has done so far, kept in ``run.json``, so that an interrupted run can be told from a finished one."""

    def __init__(self, folder: ReportFolder, progress: Progress | None) -> None:
        # Checked by now, and written after every stage.
        self.folder, self.progress = ReportFolder(folder.folder, overwrite=True), progress
        self.facts: dict[str, Any] = {"finished": False, "started_at": _now(), "stages": []}

    def say(self, sentence: str) -> None:
        logger.info(sentence)
        if self.progress is not None:
            self.progress(sentence)

    @contextmanager
    def stage(self, what: str) -> Iterator[None]:
        self.say(what)
        began = time.perf_counter()
        yield
        self.facts["stages"].append({"stage": what, "seconds": round(time.perf_counter() - began, 2)})
        self._write()

    def finish(self) -> None:
        self.facts |= {"finished": True, "finished_at": _now(), "files": {n: self.folder.folder / n for n in FILES}}
        self._write()

    def _write(self) -> None:
        self.folder.write("run.json", dumps(plain(self.facts), indent=2) + "\n")


def _check(out: Path, overwrite: bool) -> ReportFolder:
    """OutputError, before any work, where ``out`` cannot be written or may not be replaced."""
    folder = ReportFolder(out, overwrite)
    folder.check((*(name for name in FILES if name not in MODELS_OF_RUN), *(manifest_path(t).name for t in TABLES)))
    for name in MODELS_OF_RUN:
        check_model_folder(out / name, overwrite)
    return folder


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
