"""One-day log scores: how well a model's density of tomorrow foresaw the later returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tsgan.evaluation.baselines import REFERENCE
from tsgan.evaluation.facts import ALL_ASSETS
from tsgan.evaluation.protocol import Case
from tsgan.models.contract import MarketModel
from tsgan.stats.inference import hac_mean, mean_interval

CONTEXT = 250
"""Days that an in-sample log score leaves to the filters before the first day that counts."""


@dataclass(frozen=True)
class LogScore:
    """Mean log density of a day's return; higher is better.

    Attributes:
        asset: a ticker, or ``all assets`` for the mean over assets.
        source: the model's name.
        days: how many days were scored.
        score: natural log, of returns as plain numbers.
        difference: score minus that of the reference on the same days (GJR-GARCH; of a comparison the first model with
            a density); None where there is none.
        t: t-statistic of the difference, with Newey-West standard errors.
        error: half of the 95 % interval of the difference, which may remember for weeks
            (:func:`tsgan.stats.inference.mean_interval`).
    """

    asset: str
    source: str
    days: int
    score: float
    difference: float | None
    t: float | None
    error: float | None = None


def log_scores(models: Mapping[str, MarketModel], case: Case) -> tuple[LogScore, ...]:
    """Log scores of every model that has an exact density, asset by asset and over all."""
    if case.in_sample:
        first = min(CONTEXT, case.days // 4)
        context, returns = case.real[:first], case.real[first:]
    else:
        context, returns = case.train.moves, case.real
    daily = {}
    for name, model in models.items():
        density = model.log_density(returns, context)
        if density is not None:
            daily[name] = np.asarray(density, np.float64)
    return differences(daily, case.assets, REFERENCE)


def differences(daily: Mapping[str, np.ndarray], assets: tuple[str, ...], reference: str) -> tuple[LogScore, ...]:
    """Log scores from daily log densities (day, asset), by source, and their differences to those of a reference."""
    rows = []
    columns = [(asset, slice(i, i + 1)) for i, asset in enumerate(assets)]
    if len(assets) > 1:
        columns.append((ALL_ASSETS, slice(None)))
    for asset, column in columns:
        for name, density in daily.items():
            scores = mean_over_assets(density[:, column])
            difference, t, error = None, None, None
            if reference in daily and name != reference:
                gap = scores - mean_over_assets(daily[reference][:, column])
                # Without a t where margins are the reference's own (dcc-garch), or a density is 0 somewhere.
                difference, t = hac_mean(gap) if np.isfinite(gap).all() and gap.any() else (float(gap.mean()), None)
                error = None if t is None else mean_interval(gap)[1]
            rows.append(LogScore(asset, name, len(scores), float(scores.mean()), difference, t, error))
    return tuple(rows)


def mean_over_assets(values: np.ndarray) -> np.ndarray:
    """(day, asset) -> the mean of every day over the assets that have a value, days without any left out."""
    there = ~np.isnan(values)
    days = there.any(axis=1)
    return np.where(there, values, 0.0)[days].sum(axis=1) / there[days].sum(axis=1)
