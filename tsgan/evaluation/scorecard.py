"""The scorecard: a model's paths beside the market and beside the classical models, on dates it has not seen."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from tsgan.data.calendars import period_of
from tsgan.data.join import Join
from tsgan.data.load import Source, load_as
from tsgan.data.panel import Panel
from tsgan.errors import ConfigError, InSampleWarning, LookAheadWarning
from tsgan.evaluation.baselines import BASELINES
from tsgan.evaluation.calibration import DRAWS, Calibration, calibrate
from tsgan.evaluation.candidates import Candidate, as_candidate
from tsgan.evaluation.curves import Curves
from tsgan.evaluation.documents import SCHEMA_VERSION
from tsgan.evaluation.hard_requirements import calendar, finite, gates, unique
from tsgan.evaluation.kept import Kept
from tsgan.evaluation.logscore import LogScore, log_scores
from tsgan.evaluation.measurements import REAL_VS_REAL, SourceMeasurements, Yardstick, measure, measure_real
from tsgan.evaluation.protocol import Case, Paths
from tsgan.evaluation.results import Evidence, Scorecard
from tsgan.evaluation.rows import Gate
from tsgan.fitting import ModelSource, fit
from tsgan.machine import platform_facts
from tsgan.models.contract import MarketModel
from tsgan.notebook import shows_progress
from tsgan.reports.doubts import doubts
from tsgan.reports.page import PLOTTED_ASSETS
from tsgan.reports.period import Period
from tsgan.runtime import prepare, versions
from tsgan.scenarios.scenarios import Scenarios

__all__ = ["BASELINES", "PATHS", "REAL_VS_REAL", "SCHEMA_VERSION", "Scorecard", "evaluate"]

PATHS = 300
FEWEST_PATHS = 20
"""Paths below which a band of 95 % means nothing."""
KEPT_PATHS = 200
"""Generated paths that a scorecard keeps for its plots."""

Tell = Callable[[str], None]
"""Takes one plain sentence on how things go."""


@shows_progress
def evaluate(
    model_or_scenarios: ModelSource | Scenarios,
    prices: Source,
    *,
    baselines: Sequence[str] = BASELINES,
    join: Join | str | None = None,
    paths: int = PATHS,
    seed: int = 0,
    full: bool = False,
    draws: int = DRAWS,
    progress: Callable[[str], None] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
) -> Scorecard:
    """Judge a fitted model, or finished paths, against real prices and beside classical models.

    A model is judged on the returns after its ``train_end``; finished paths on the returns after their start date.
    Where fewer than 250 returns lie there (60 of weeks and longer periods), the whole panel is used and everything says
    IN SAMPLE.  Paths are as long as the real slice and start where it starts; baselines are fitted on the dates that
    the model has seen.

    Args:
        model_or_scenarios: what to judge: a model or anything that :func:`tsgan.load_model` reads, scenarios or a file
            of them.
        prices: real ones with the same tickers, the training dates among them: a Panel, or anything that
            :func:`tsgan.load_prices` reads, taken in the kinds and bounds of what is judged.
        baselines: names that :func:`tsgan.fit` knows; empty for none.
        join: as for :func:`tsgan.load_prices`.
        paths: generated paths a source (finished paths: at most as many as there are).
        seed: of all randomness here.
        full: also train judges: a classifier two-sample test and TimeGAN's discriminative and predictive scores.
        draws: a day behind each forecast that is checked for calibration, at least 200.
        progress: called with one plain sentence as each stage begins; a notebook shows them by itself.
        checkpoint: a folder in which finished parts are kept, so that the same evaluation, if it is cut short, finds
            them there again; it stays.

    Returns:
        A Scorecard.

    Raises:
        ModelError, ScenarioError: tickers that do not match, paths with NaN, or prices in place of returns.
        DataError: prices that cannot be judged on.
        ConfigError: too few paths, or an unknown baseline.
    """
    if paths < FEWEST_PATHS:
        raise ConfigError(f"bands need at least {FEWEST_PATHS} paths, not {paths}")
    prepare()
    tell = progress or (lambda _: None)
    subject = as_candidate(model_or_scenarios, taken=(*baselines, REAL_VS_REAL))
    panel = prices if isinstance(prices, Panel) and join is None else load_as(prices, subject.space, join=join)
    case = subject.case(panel)
    if case.in_sample:
        why = f"IN SAMPLE: {subject.why_in_sample(case)} for an honest judgement"
        warnings.warn(why, InSampleWarning, stacklevel=3)
    parts = Kept(
        None if checkpoint is None else Path(checkpoint),
        {
            "subject": subject.fingerprint(),
            "prices": panel.data_hash,
            "numbers": [paths, seed, draws, full],
            "baselines": list(baselines),
            "versions": versions(),
            "platform": platform_facts(),
        },
        (_Shown,),
    )
    models = _models(subject, case, [name for name in baselines if name != subject.name], seed, tell, parts)
    case, models = _with_bars(subject, case, models, tell)
    yardstick = Yardstick.of(case, seed, full)
    kept, found = _measured(subject, models, yardstick, paths, tell, parts)
    calibration = None
    if subject.model is not None and not case.in_sample:
        tell("calibrating forecasts")
        last = case.train.dates[-1]
        calibration = parts.part("calibration", lambda: calibrate(models, panel, last, draws=draws, seed=seed))
    tell("scoring forecasts")
    logs = parts.part("log_scores", lambda: log_scores(models, case))
    card = _assembled(subject, models, panel, yardstick, kept, found, calibration, logs)
    if card.look_ahead:
        warnings.warn(
            f"LOOK-AHEAD: the law of {card.model} was learned on markets to {card.look_ahead}, and it is judged on "
            f"dates from {card.judged_start}; choose an earlier vintage for an honest judgement",
            LookAheadWarning,
            stacklevel=3,
        )
    return card


@dataclass(frozen=True, eq=False)
class _Shown:
    """What is left of the judged paths once they have been measured: their number, some for plots, and two gates."""

    n_paths: int
    shown: Paths
    finite: Gate
    unique: Gate
    calendar: Gate | None

    @classmethod
    def of(cls, paths: Paths, case: Case) -> _Shown:
        bars = None if paths.bars is None else paths.bars[:KEPT_PATHS, :, :PLOTTED_ASSETS].copy()
        rest = calendar(case.assets, case.known, paths.moves)
        shown = Paths(paths.moves[:KEPT_PATHS].copy(), bars)
        return cls(len(paths.moves), shown, finite(paths.moves), unique(paths.moves), rest)


def _models(
    subject: Candidate, case: Case, baselines: Sequence[str], seed: int, tell: Tell, parts: Kept
) -> dict[str, MarketModel]:
    """The judged model, where it is one, and the baselines, fitted on the dates that it has seen."""
    models = {} if subject.model is None else {subject.name: subject.model}
    for baseline in baselines:
        tell(f"fitting {baseline}")
        models[baseline] = parts.model(baseline, partial(fit, case.train, baseline, seed=seed))
    return models


def _with_bars(
    subject: Candidate, case: Case, models: Mapping[str, MarketModel], tell: Tell
) -> tuple[Case, Mapping[str, MarketModel]]:
    """Bars around the closes of every model, by one law; a case without bars where they are not judged."""
    law = subject.law_of_bars(case, tell)
    if law is None or case.bars is None:
        return replace(case, bars=None), models
    bars = np.where(law.modelled[:, None], case.bars, np.nan)
    return replace(case, bars=bars), {source: model.with_bars(law) for source, model in models.items()}


def _measured(
    subject: Candidate, models: Mapping[str, MarketModel], yardstick: Yardstick, paths: int, tell: Tell, parts: Kept
) -> tuple[_Shown, list[SourceMeasurements]]:
    """All that is measured, source by source, the judged one first, real-vs-real last; no two sources' paths are held
    at once."""
    tell(f"judging {subject.name}")

    def judged() -> tuple[_Shown, SourceMeasurements]:
        own = subject.paths(yardstick.case, paths, yardstick.seed)
        return _Shown.of(own, yardstick.case), measure(yardstick, subject.name, own)

    def beside(source: str) -> SourceMeasurements:
        return measure(yardstick, source, yardstick.case.sample(models[source], kept.n_paths, yardstick.seed))

    kept, first = parts.part("judged", judged)
    found = [first]
    for source in models:
        if source != subject.name:
            tell(f"judging {source}")
            found.append(parts.part(f"judged-{source}", partial(beside, source)))
    return kept, [*found, parts.part("judged-real", partial(measure_real, yardstick))]


def _assembled(
    subject: Candidate,
    models: Mapping[str, MarketModel],
    panel: Panel,
    yardstick: Yardstick,
    kept: _Shown,
    found: Sequence[SourceMeasurements],
    calibration: Calibration | None,
    logs: tuple[LogScore, ...],
) -> Scorecard:
    case, period = yardstick.case, Period.of(period_of(yardstick.case.train.periods_per_year))
    by_source = {part.source: part.judgements for part in found if part.source != REAL_VS_REAL}
    facts = tuple(
        row
        for i, of_asset in enumerate(yardstick.facts)
        for row in of_asset.rows({source: judgements[i] for source, judgements in by_source.items()}, period)
    )
    novelty = tuple(part.novelty for part in found)
    return Scorecard(
        model=subject.name,
        baselines=tuple(source for source in models if source != subject.name),
        assets=case.assets,
        in_sample=case.in_sample,
        train_start=str(case.train.dates[0]),
        train_end=str(case.train.dates[-1]),
        judged_start=str(case.dates[1]),
        judged_end=str(case.dates[-1]),
        days=case.days,
        paths=kept.n_paths,
        seed=yardstick.seed,
        lags=yardstick.lags,
        facts=facts,
        scores=tuple(row for part in found for row in part.scores),
        distances=tuple(row for part in found for row in part.distances),
        joint=tuple(part.joint for part in found if part.joint is not None),
        novelty=novelty,
        judges=tuple(part.judges for part in found if part.judges is not None),
        gates=gates(subject.name, kept.finite, kept.unique, facts, novelty, calibration, period, kept.calendar),
        calibration=calibration.tables if calibration is not None else {},
        log_scores=logs,
        provenance={
            "prices": panel.source,
            "prices_hash": panel.data_hash,
            "prices_start": str(panel.dates[0]),
            "prices_end": str(panel.dates[-1]),
            **subject.provenance(),
            "warnings": list(doubts(subject.warnings, panel.warnings)),
        },
        period=period,
        evidence=Evidence(
            real=case.real,
            dates=case.dates,
            start_prices=case.start_prices,
            kinds=case.kinds,
            space=case.space,
            generated=kept.shown.moves,
            curves={"real": Curves.of(case.real[None], case.known)}
            | {part.source: part.curves for part in found if part.curves is not None},
            calibration=calibration,
            training_history=None if subject.model is None else subject.model.training_history,
            bars=case.bars,
            generated_bars=kept.shown.bars,
        ),
    )
