"""The scorecard: a model's paths beside the market and beside the classical models, on dates it has not seen."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tsgan.errors import ConfigError, DataError, InSampleWarning
from tsgan.evaluation.calibration import DRAWS, calibrate
from tsgan.evaluation.gates import finite, gates, unique
from tsgan.evaluation.logscore import log_scores
from tsgan.evaluation.protocol import Case, case_of_model, case_of_scenarios, drawn_from, enough
from tsgan.evaluation.results import SCHEMA_VERSION, Evidence, Gate, Scorecard
from tsgan.evaluation.tables import REAL_VS_REAL, Tables
from tsgan.fitting import fit
from tsgan.models.bars.model import FittedBars
from tsgan.models.contract import BarModel, MarketModel
from tsgan.notebook import told
from tsgan.reports.page import PLOTTED_ASSETS
from tsgan.scenarios.scenarios import Scenarios

if TYPE_CHECKING:
    from tsgan.data.panel import Panel

__all__ = ["BASELINES", "PATHS", "REAL_VS_REAL", "SCHEMA_VERSION", "Scorecard", "evaluate"]

BASELINES = ("gjr-garch", "fhs", "stationary-bootstrap", "iid-bootstrap", "gbm")
PATHS = 300
KEPT_PATHS = 200
"""Generated paths that a scorecard keeps for its plots."""


@told
def evaluate(
    model_or_scenarios: MarketModel | Scenarios,
    panel: Panel,
    *,
    baselines: Sequence[str] = BASELINES,
    paths: int = PATHS,
    seed: int = 0,
    full: bool = False,
    draws: int = DRAWS,
    progress: Callable[[str], None] | None = None,
) -> Scorecard:
    """Judge a fitted model, or finished paths, against real prices and beside classical models.

    A model is judged on the returns after its ``train_end``; finished paths on the returns after their start date.
    Where fewer than 250 returns lie there (60 of weeks and longer periods), the whole panel is used and everything says
    IN SAMPLE.  Paths are as long as the real slice and start where it starts; baselines are fitted on the dates that
    the model has seen.

    Args:
        model_or_scenarios: what to judge.
        panel: real prices with the same tickers, the training dates among them.
        baselines: names that :func:`tsgan.fit` knows; empty for none.
        paths: generated paths a source (finished paths: at most as many as there are).
        seed: of all randomness here.
        full: also train judges: a classifier two-sample test and TimeGAN's discriminative and predictive scores.
        draws: a day behind each forecast that is checked for calibration, at least 200.
        progress: called with one plain sentence as each stage begins; a notebook shows them by itself.

    Returns:
        A Scorecard.

    Raises:
        ModelError, ScenarioError: tickers that do not match, paths with NaN, or prices in place of returns.
        DataError: prices that cannot be judged on.
        ConfigError: too few paths, or an unknown baseline.
    """
    if paths < 20:
        raise ConfigError(f"bands need at least 20 paths, not {paths}")
    tell = progress or (lambda _: None)
    models: dict[str, MarketModel] = {}
    if isinstance(model_or_scenarios, MarketModel):
        name = model_or_scenarios.info.model
        case = case_of_model(model_or_scenarios, panel)
        models[name] = model_or_scenarios
        baselines = tuple(b for b in baselines if b != name)
    else:
        case = case_of_scenarios(model_or_scenarios, panel)
        told = model_or_scenarios.provenance
        name = str(told.get("model") or told.get("source") or "scenarios")
        name = f"{name} (paths)" if name in (*baselines, REAL_VS_REAL) else name
    if case.in_sample:
        needed = enough(panel.periods_per_year)
        why = (
            f"fewer than {needed} returns of the panel lie after {case.train.dates[-1]}, so {name} is judged on dates "
            "it was trained on; fit it on panel.before(an earlier date)"
            if models
            else f"the panel has fewer than {needed} returns on one side of the start of {name}, so all of it is used; "
            "start the paths at a date with more on both sides"
        )
        warnings.warn(
            f"IN SAMPLE: {why} for an honest judgement",
            InSampleWarning,
            stacklevel=3,
        )
    for baseline in baselines:
        tell(f"fitting {baseline}")
        models[baseline] = fit(case.train, baseline, seed=seed)

    law = _law_of_bars(model_or_scenarios, case, tell)
    if law is None or case.bars is None:
        case = replace(case, bars=None)
    else:
        case = replace(case, bars=np.where(law.modelled[:, None], case.bars, np.nan))
        models = {source: model.with_bars(law) for source, model in models.items()}
    tables = Tables(case, seed, full)
    kept, kept_bars, sound, once = np.empty(0), None, Gate("finite", None, ""), Gate("copying", None, "")
    for source in (name, *baselines):
        tell(f"judging {source}")
        if source in models:
            generated, bars = case.sample(models[source], paths, seed)
        else:
            assert isinstance(model_or_scenarios, Scenarios)
            generated, bars = drawn_from(model_or_scenarios, case, paths, seed)
        if source == name:
            kept, paths, sound, once = (
                generated[:KEPT_PATHS].copy(),
                len(generated),
                finite(generated),
                unique(generated),
            )
            kept_bars = None if bars is None else bars[:KEPT_PATHS, :, :PLOTTED_ASSETS].copy()
        tables.add(source, generated, bars)
    tables.add_real()
    calibration = None
    if isinstance(model_or_scenarios, MarketModel) and not case.in_sample:
        tell("calibrating forecasts")
        calibration = calibrate(models, panel, case.train.dates[-1], draws=draws, seed=seed)
    tell("scoring forecasts")
    return Scorecard(
        model=name,
        baselines=tuple(baselines),
        assets=case.assets,
        in_sample=case.in_sample,
        train_start=str(case.train.dates[0]),
        train_end=str(case.train.dates[-1]),
        judged_start=str(case.dates[1]),
        judged_end=str(case.dates[-1]),
        days=case.days,
        paths=paths,
        seed=seed,
        lags=tables.lags,
        facts=tables.facts,
        scores=tuple(tables.scores),
        distances=tuple(tables.distances),
        joint=tuple(tables.joint),
        novelty=tuple(tables.novelty),
        judges=tuple(tables.judges),
        gates=gates(name, sound, once, tables.facts, tables.novelty, calibration),
        calibration=calibration.tables if calibration is not None else {},
        log_scores=log_scores(models, case),
        provenance=_provenance(model_or_scenarios, panel),
        evidence=Evidence(
            real=case.real,
            dates=case.dates,
            start_prices=case.start_prices,
            kinds=case.kinds,
            space=case.space,
            generated=kept,
            curves=tables.curves,
            calibration=calibration,
            training_history=model_or_scenarios.training_history
            if isinstance(model_or_scenarios, MarketModel)
            else None,
            bars=case.bars,
            generated_bars=kept_bars,
        ),
    )


def _law_of_bars(judged: MarketModel | Scenarios, case: Case, tell: Callable[[str], None]) -> BarModel | None:
    """What puts bars around every source's closes: the model's own law, or for finished paths one fitted to what the
    baselines see; None where bars are not judged."""
    if isinstance(judged, MarketModel):
        return judged.bars
    if not judged.bars or case.bars is None:
        return None
    try:
        return FittedBars.fit(case.train)
    except DataError as error:
        tell(f"the bars of the paths are not judged, for the baselines can have none: {error}")
        return None


def _provenance(judged: MarketModel | Scenarios, panel: Panel) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "prices": panel.source,
        "prices_hash": panel.data_hash,
        "prices_start": str(panel.dates[0]),
    }
    facts["prices_end"] = str(panel.dates[-1])
    if isinstance(judged, MarketModel):
        info = judged.info
        facts |= {
            "fit_seed": info.seed,
            "config": dict(info.config),
            "data_hash": info.data_hash,
            "trained_on": info.source,
        }
    else:
        facts["paths"] = dict(judged.provenance)
    return facts
