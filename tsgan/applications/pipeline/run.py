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
from typing import Any

import pandas as pd

from tsgan.config import GANConfig
from tsgan.data.calendars import period_of
from tsgan.data.join import Join
from tsgan.data.kinds import Bounds, Kind
from tsgan.data.load import Source, load_prices
from tsgan.errors import ConfigError, OutputError
from tsgan.evaluation.card import write_model_card
from tsgan.evaluation.results import Scorecard
from tsgan.evaluation.scorecard import evaluate
from tsgan.files import atomic_path, check_file
from tsgan.fitting import MODELS, fit
from tsgan.models.contract import MarketModel
from tsgan.models.storage import check_model_folder
from tsgan.reports.period import Period
from tsgan.reports.result import Result, plain
from tsgan.runtime import prepare, versions
from tsgan.sampling import sample_chunks
from tsgan.scenarios.writing import write_scenarios

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
    progress: Progress | None = None,
) -> Run:
    """Learn a market, judge the model on later dates, and write scenarios and a report into a folder.

    Args:
        prices: anything that :func:`tsgan.load_prices` reads.
        out: the folder; an earlier run in it is replaced, file by file.
        model: what :func:`tsgan.fit` takes for one.
        n_paths: how many paths to write.
        horizon: periods a path, as of the prices; a year of them by default.
        kinds, bounds, join: as for :func:`tsgan.load_prices`.
        bars: also learn open, high, low and volume.
        seed: same seed, prices, options and platform give the same files.
        progress: called with a plain sentence as each stage begins, and with reports of training as :func:`tsgan.fit`.

    Returns:
        Run; ``run.json`` in the folder says after every stage how far it has come.

    Raises:
        OutputError: a folder that cannot be written, or holds files of the same names that no run has written.
        DataError, ConfigError: as :func:`tsgan.fit`.
    """
    out = Path(out)
    _check(out)
    name = "gan" if isinstance(model, GANConfig) else model
    if name not in MODELS:
        raise ConfigError(f"no model called {name!r}; choose one of {', '.join(MODELS)}")
    prepare()
    log = _Log(out, progress)
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
        judged.save(out / "model_evaluated")
    with log.stage(f"evaluate on dates from {cut}"):
        card = evaluate(judged, panel, seed=seed, progress=progress)
        card.to_json(out / "scorecard.json")
        card.to_html(out / "report.html")
        write_model_card(card, judged.info, out / "model_evaluated")
    with log.stage("fit again on all dates"):
        final = fit(panel, model, seed=seed, progress=progress, bars=bars, like=judged)
        final.save(out / "model")
    with log.stage(f"draw {n_paths:,} paths x {horizon} {Period.of(period_of(panel.periods_per_year)).many}"):
        write_scenarios(sample_chunks(final, n_paths, horizon, seed=seed), out / "scenarios.parquet")
        few = min(n_paths, SAMPLE_PATHS)
        write_scenarios(sample_chunks(final, few, horizon, seed=seed), out / "scenarios_sample.csv")
    log.finish()
    return Run(out, log.facts, card, judged, final)


class _Log:
    """What a run has done so far, kept in ``run.json``, so that an interrupted run can be told from a finished one."""

    def __init__(self, out: Path, progress: Progress | None) -> None:
        self.path, self.progress = out / "run.json", progress
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


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
