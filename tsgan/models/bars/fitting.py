"""Fitting the law of bars by maximum likelihood, one conditional law after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from tsgan.models.bars import state as barstate
from tsgan.models.bars.heads import Head, fit_head, fit_logistic, invert, least_squares
from tsgan.models.bars.law import (
    STAGES,
    BarLaw,
    ChainState,
    Weights,
    before,
    forecast_inputs,
    gap_inputs,
    known_days,
    response_inputs,
    trajectory,
    volume_inputs,
    wick_inputs,
    wick_score,
)
from tsgan.models.bars.shapes import Shapes
from tsgan.models.bars.state import FLOOR, Past, Units, mapped, past_of
from tsgan.models.random import factor_of
from tsgan.models.states import stacked

ROWS = 100_000
"""Bars that the shared weights are fitted to; of larger panels every so many days are taken."""

HALF_LIFE = 1250
"""Days after which a day counts half for gaps and wicks: what happens overnight and in auctions drifts over decades.

Fitted to the Nasdaq up to 2005, 2007, 2009 and 2011, five years predicted the next two years better than equal weights
each time, and three or ten years no better than five on the whole.  For volume equal weights were better.
"""

REVERSION = 0.01
"""Volume returns to its long-run level by this share a day at least, or long paths would leave it for good."""

BURN_IN = 250
"""First days that only fill the averages, or a quarter of a shorter history."""


class _AssetHistory(NamedTuple):
    """Those days of one asset that have a return, (day,) each."""

    units: Units
    returns: np.ndarray
    shapes: Shapes
    volume: np.ndarray
    weight: np.ndarray


class _BarSample(NamedTuple):
    """Bars (n,) of one asset or several and the averages before them: x is the return over s, the others likewise.

    The deviation of volume from its response is NaN where there is no volume.
    """

    past: Past
    x: np.ndarray
    gap: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    surprise: np.ndarray
    deviation: np.ndarray
    weight: np.ndarray


def fit_law(returns: np.ndarray, shapes: Shapes, volume: np.ndarray) -> BarLaw:
    """The law of bars.

    Args:
        returns: (day, asset) log returns, NaN where an asset has none.
        shapes: (day, asset), NaN where a day has no bar.
        volume: (day, asset) log volume without trend, NaN where there is none.
    """
    units = barstate.units_of(returns, shapes)
    listed = np.isfinite(returns)
    weight = np.repeat(0.5 ** (np.arange(len(returns))[::-1, None] / HALF_LIFE), returns.shape[1], axis=1)
    panel = _AssetHistory(units, returns, shapes, volume, weight)
    histories = [
        mapped(lambda a, i=i: a[listed[:, i], i] if a.ndim > 1 else a[i], panel) for i in range(returns.shape[1])
    ]
    common = _fit(histories)
    own = [_fit([h], common) for h in histories] if len(histories) > 1 else [common]
    scores = np.full((len(STAGES), *returns.shape), np.nan)
    for i, (w, h) in enumerate(zip(own, histories, strict=True)):
        days = np.flatnonzero(listed[:, i])[_first(h) :]
        scores[:, days, i] = _scores(w, _bars(_centred(w, h), w))[:, _first(h) :]
    return BarLaw(stacked(own), units, _factors(scores))


def _fit(histories: list[_AssetHistory], prior: Weights | None = None) -> Weights:
    """The weights of histories taken together, shrunk to ``prior``."""
    stride = max(1, -(-sum(len(h.returns) for h in histories) // ROWS))

    def pooled(read: Callable[[_AssetHistory], Any], histories: list[_AssetHistory]) -> Any:
        """What ``read`` makes of every history, the days that only fill the averages left out, every so many taken."""
        parts = [
            mapped(lambda a, i=i, h=h: a[_first(h) + i % stride :: stride], read(h)) for i, h in enumerate(histories)
        ]
        return mapped(lambda *arrays: np.concatenate(arrays), *parts)

    w = _fit_chain(pooled(_bars, histories), prior)
    w = w._replace(response=_fit_response(pooled(lambda h: _within(w, h), histories), prior))
    centred = [_centred(w, h) for h in histories]
    return w._replace(volume=_fit_volume(w, pooled(lambda h: _bars(h, w), centred), prior))


def _first(h: _AssetHistory) -> int:
    """Days of a history that only fill its averages."""
    return min(BURN_IN, len(h.returns) // 4)


def _bars(h: _AssetHistory, w: Weights | None = None) -> _BarSample:
    """Without weights there is no response yet, and nothing is said of volume."""
    nothing = np.zeros_like(h.returns)
    averages = (
        trajectory(w, *h[:-1]) if w else barstate.trajectory(barstate.observed(h.units, h.returns, h.shapes, nothing))
    )
    wick = h.units.returns * np.sqrt(h.units.ranges)
    return _BarSample(
        past_of(averages[:-1]),
        h.returns / h.units.returns,
        h.shapes.gap / h.units.returns,
        h.shapes.upper / wick,
        h.shapes.lower / wick,
        known_days(w.forecast, *h[:3]).surprise if w else nothing,
        _deviation(w, h) if w else nothing,
        h.weight,
    )


def _deviation(w: Weights, h: _AssetHistory) -> np.ndarray:
    return h.volume - response_inputs(known_days(w.forecast, h.units, h.returns, h.shapes)) @ w.response


def _fit_chain(bars: _BarSample, prior: Weights | None) -> Weights:
    """Everything but volume."""
    p = prior if prior else Weights(*[None] * len(Weights._fields))  # type: ignore[arg-type]
    known = np.isfinite(bars.gap)
    bars = mapped(lambda a: a[known], bars)
    logs = 0.5 * np.log(bars.upper**2 + bars.lower**2 + FLOOR)
    forecast = least_squares(forecast_inputs(bars.past), logs, bars.weight, p.forecast)
    d = before(forecast, bars.past, bars.x)
    unit = np.exp(-d.h)
    gap = fit_head(bars.gap * unit, *gap_inputs(d), bars.weight, p.gap)
    d = d._replace(gap=bars.gap * unit)
    upper, bare_upper = _fit_wick(bars.upper * unit, d, bars.weight, (p.upper, p.bare_upper), lower=False)
    d = _with_upper(d, upper, bars.upper * unit)
    lower, bare_lower = _fit_wick(bars.lower * unit, d, bars.weight, (p.lower, p.bare_lower), lower=True)
    silent = Head(*(np.zeros(part.shape[-1]) for part in volume_inputs(d)), shape=np.array([0.0, 1.0]))
    return Weights(forecast, gap, upper, lower, silent, bare_upper, bare_lower, np.zeros(response_inputs(d).shape[-1]))


def _within(w: Weights, h: _AssetHistory) -> tuple[np.ndarray, np.ndarray]:
    """Inputs of the response and log volume, each less its average over the year before; NaN without volume."""
    inputs = response_inputs(known_days(w.forecast, h.units, h.returns, h.shapes))
    filled = pd.Series(h.volume).ffill().bfill().to_numpy()
    values = np.column_stack([inputs, filled])
    year = barstate.averaged(values, values[: barstate.FIRST].mean(axis=0))[:-1, :, -1]
    return inputs - year[:, :-1], h.volume - year[:, -1]


def _fit_response(parts: tuple[np.ndarray, np.ndarray], prior: Weights | None) -> np.ndarray:
    """Least squares of volume on volatility, not on its own past as well.

    A regression on both predicts tomorrow better, and gives too little to volatility: what volume's past predicts of
    volatility, paths whose returns do not know volume cannot have.  This one keeps the covariance of the two.
    """
    inputs, volume = parts
    known = np.isfinite(volume)
    if not known.any():
        return prior.response if prior else np.zeros(inputs.shape[1])
    equal = np.ones(known.sum())
    return least_squares(inputs[known], volume[known], equal, prior.response if prior else None)


def _centred(w: Weights, h: _AssetHistory) -> _AssetHistory:
    """The history with deviations of mean 0."""
    known = np.isfinite(h.volume)
    return h._replace(volume=h.volume - _deviation(w, h)[known].mean()) if known.any() else h


def _fit_volume(w: Weights, bars: _BarSample, prior: Weights | None) -> Head:
    d = before(w.forecast, bars.past, bars.x)
    d = d._replace(surprise=bars.surprise)
    known = np.isfinite(bars.deviation)
    if not known.any():
        return prior.volume if prior else w.volume
    location, scale = volume_inputs(d)
    moved, equal = (bars.deviation - d.past.level)[known], np.ones(known.sum())
    head = fit_head(moved, location[known], scale[known], equal, prior.volume if prior else None)
    head.location[-1] = min(head.location[-1], -REVERSION)  # the level is the last input
    return head


def _fit_wick(
    wick: np.ndarray, d: ChainState, weight: np.ndarray, prior: tuple[Any, Any], lower: bool
) -> tuple[Head, np.ndarray]:
    location, scale = wick_inputs(d, lower)
    there = wick > 0
    head = fit_head(np.log(wick[there]), location[there], scale[there], weight[there], prior[0])
    return head, fit_logistic((~there).astype(float), location, weight, prior[1])


def _with_upper(d: ChainState, head: Head, wick: np.ndarray) -> ChainState:
    """The day with its upper wick drawn."""
    return d._replace(
        upper=np.where(wick > 0, _inside(head, wick, d, lower=False), 0.0), wick=wick, bare=(wick == 0).astype(float)
    )


def _inside(head: Head, wick: np.ndarray, d: ChainState, lower: bool) -> np.ndarray:
    return invert(head, np.log(np.where(wick > 0, wick, 1.0)), *wick_inputs(d, lower))[0]


def _scores(w: Weights, bars: _BarSample) -> np.ndarray:
    """The noises (stage, n) that the shared laws would turn into these bars; NaN where missing."""
    d = before(w.forecast, bars.past, bars.x)
    unit = np.exp(-d.h)
    scores: list[Any] = [invert(w.gap, bars.gap * unit, *gap_inputs(d))[0]]
    d = d._replace(gap=bars.gap * unit)
    wick = bars.upper * unit
    scores.append(wick_score(w.bare_upper, wick, _inside(w.upper, wick, d, False), wick_inputs(d, False)[0]))
    d = _with_upper(d, w.upper, wick)
    wick = bars.lower * unit
    scores.append(wick_score(w.bare_lower, wick, _inside(w.lower, wick, d, True), wick_inputs(d, True)[0]))
    d = d._replace(surprise=bars.surprise)
    scores.append(invert(w.volume, bars.deviation - d.past.level, *volume_inputs(d))[0])
    missing = ~np.isfinite(bars.gap)
    return np.where(missing, np.nan, np.stack(scores))


def _factors(scores: np.ndarray) -> np.ndarray:
    """Correlation factors (stage, asset, asset) of noises (stage, day, asset)."""
    from statsmodels.stats.correlation_tools import corr_clipped  # slow to import

    known = np.isfinite(scores)
    z = np.where(known, np.clip(scores, -5, 5), 0.0)
    size = np.sqrt((z**2).sum(axis=1, keepdims=True) / np.maximum(known.sum(axis=1, keepdims=True), 1))
    z = z / np.where(size > 0, size, 1.0)
    days, assets = z.shape[1:]
    both = known.transpose(0, 2, 1).astype(float) @ known
    correlation = z.transpose(0, 2, 1) @ z / np.maximum(both, 1)
    # Shrunk to independence: with as many assets as days, a sample correlation matrix is half noise.
    correlation *= days / (days + assets)
    correlation[:, np.arange(assets), np.arange(assets)] = 1.0
    # Missing days can bring about negative eigenvalues.
    return np.stack([factor_of(np.asarray(corr_clipped(c, threshold=1e-8))) for c in correlation])
