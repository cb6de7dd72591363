"""Fitting the law of bars by maximum likelihood, one conditional law after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from tsgan.models import barstate
from tsgan.models.barlaw import (
    STAGES,
    BarLaw,
    Day,
    Weights,
    before,
    forecast_inputs,
    gap_inputs,
    known_days,
    response_inputs,
    surprise_of,
    trajectory,
    volume_inputs,
    wick_inputs,
    wick_score,
)
from tsgan.models.barstate import FLOOR, Past, Units, past_of
from tsgan.models.draws import factor_of
from tsgan.models.heads import Head, fit_head, fit_logistic, invert
from tsgan.transforms.bars import Shapes

ROWS = 100_000
"""Bars that the shared weights are fitted to; of larger panels every so many days are taken."""

BURN_IN = 250
"""First days that only fill the averages, or a quarter of a shorter history."""

PRIOR_DAYS = 100
"""An asset's own centre and spread are shrunk to the shared law as by so many days of it."""


class _History(NamedTuple):
    """Those days of one asset that have a return, (day,) each."""

    units: Units
    returns: np.ndarray
    shapes: Shapes
    volume: np.ndarray


class _Bars(NamedTuple):
    """Bars (n,) of one asset or several and the averages before them: x is the return over s, the others likewise.

    The deviation of volume from its response is NaN where there is no volume.
    """

    past: Past
    x: np.ndarray
    gap: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    deviation: np.ndarray


def fit_law(returns: np.ndarray, shapes: Shapes, volume: np.ndarray) -> BarLaw:
    """The law of bars.

    Args:
        returns: (day, asset) log returns, NaN where an asset has none.
        shapes: (day, asset), NaN where a day has no bar.
        volume: (day, asset) log volume without trend, NaN where there is none.
    """
    units = barstate.units_of(returns, shapes)
    listed = np.isfinite(returns)
    histories = [
        _mapped(lambda a, i=i: a[listed[:, i], i] if a.ndim > 1 else a[i], _History(units, returns, shapes, volume))
        for i in range(returns.shape[1])
    ]
    firsts = [min(BURN_IN, len(h.returns) // 4) for h in histories]
    stride = max(1, -(-int(listed.sum()) // ROWS))

    def pooled(read: Callable[[_History], Any]) -> Any:
        """What ``read`` makes of every history, the days that only fill the averages left out, every so many taken."""
        parts = [_mapped(lambda a, i=i: a[firsts[i] + i % stride :: stride], read(h)) for i, h in enumerate(histories)]
        return _mapped(lambda *arrays: np.concatenate(arrays), *parts)

    w = _fit_chain(pooled(_bars))
    w = w._replace(response=_fit_response(pooled(lambda h: _within(w, h))))
    histories = [_centred(w, h) for h in histories]
    w = w._replace(volume=_fit_volume(w, pooled(lambda h: _bars(h, w))))
    scores = np.full((len(STAGES), *returns.shape), np.nan)
    for i, h in enumerate(histories):
        days = np.flatnonzero(listed[:, i])[firsts[i] :]
        scores[:, days, i] = _scores(w, _bars(h, w))[:, firsts[i] :]
    return BarLaw(w, units, *_own(scores))


def _bars(h: _History, w: Weights | None = None) -> _Bars:
    """Without weights there is no response yet, and nothing is said of volume."""
    nothing = np.zeros_like(h.returns)
    averages = trajectory(w, *h) if w else barstate.trajectory(barstate.observed(h.units, h.returns, h.shapes, nothing))
    wick = h.units.returns * np.sqrt(h.units.ranges)
    return _Bars(
        past_of(averages[:-1]),
        h.returns / h.units.returns,
        h.shapes.gap / h.units.returns,
        h.shapes.upper / wick,
        h.shapes.lower / wick,
        _deviation(w, h) if w else nothing,
    )


def _deviation(w: Weights, h: _History) -> np.ndarray:
    return h.volume - response_inputs(known_days(w.forecast, h.units, h.returns, h.shapes)) @ w.response


def _fit_chain(bars: _Bars) -> Weights:
    """Everything but volume."""
    known = np.isfinite(bars.gap)
    bars = _mapped(lambda a: a[known], bars)
    logs = 0.5 * np.log(bars.upper**2 + bars.lower**2 + FLOOR)
    forecast = np.linalg.lstsq(forecast_inputs(bars.past), logs, rcond=None)[0]
    d = before(forecast, bars.past, bars.x)
    unit = np.exp(-d.h)
    gap = fit_head(bars.gap * unit, *gap_inputs(d))
    d = d._replace(gap=bars.gap * unit)
    upper, bare_upper = _fit_wick(bars.upper * unit, d, lower=False)
    d = _with_upper(d, upper, bars.upper * unit)
    lower, bare_lower = _fit_wick(bars.lower * unit, d, lower=True)
    silent = Head(*(np.zeros(part.shape[-1]) for part in volume_inputs(d)), shape=np.array([0.0, 1.0]))
    return Weights(forecast, gap, upper, lower, silent, bare_upper, bare_lower, np.zeros(response_inputs(d).shape[-1]))


def _within(w: Weights, h: _History) -> tuple[np.ndarray, np.ndarray]:
    """Inputs of the response and log volume, each less its average over the year before; NaN without volume."""
    inputs = response_inputs(known_days(w.forecast, h.units, h.returns, h.shapes))
    filled = pd.Series(h.volume).ffill().bfill().to_numpy()
    values = np.column_stack([inputs, filled])
    year = barstate.averaged(values, values[: barstate.FIRST].mean(axis=0))[:-1, :, -1]
    return inputs - year[:, :-1], h.volume - year[:, -1]


def _fit_response(parts: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Least squares of volume on volatility, not on its own past as well.

    A regression on both foretells tomorrow better, and gives too little to volatility: what volume's past foretells of
    volatility, paths whose returns do not know volume cannot have.  This one keeps the covariance of the two.
    """
    inputs, volume = parts
    known = np.isfinite(volume)
    if not known.any():
        return np.zeros(inputs.shape[1])
    return np.linalg.lstsq(inputs[known], volume[known], rcond=None)[0]


def _centred(w: Weights, h: _History) -> _History:
    """The history with deviations of mean 0."""
    known = np.isfinite(h.volume)
    return h._replace(volume=h.volume - _deviation(w, h)[known].mean()) if known.any() else h


def _fit_volume(w: Weights, bars: _Bars) -> Head:
    d = before(w.forecast, bars.past, bars.x)
    d = d._replace(surprise=surprise_of(bars.upper**2 + bars.lower**2, d))
    known = np.isfinite(bars.deviation) & np.isfinite(bars.gap)
    if not known.any():
        return w.volume
    inputs = (part[known] for part in volume_inputs(d))
    return fit_head((bars.deviation - d.past.level)[known], *inputs)


def _fit_wick(wick: np.ndarray, d: Day, lower: bool) -> tuple[Head, np.ndarray]:
    location, scale = wick_inputs(d, lower)
    there = wick > 0
    head = fit_head(np.log(wick[there]), location[there], scale[there])
    return head, fit_logistic((~there).astype(float), location)


def _with_upper(d: Day, head: Head, wick: np.ndarray) -> Day:
    """The day with its upper wick drawn."""
    return d._replace(
        upper=np.where(wick > 0, _inside(head, wick, d, lower=False), 0.0), bare=(wick == 0).astype(float)
    )


def _inside(head: Head, wick: np.ndarray, d: Day, lower: bool) -> np.ndarray:
    return invert(head, np.log(np.where(wick > 0, wick, 1.0)), *wick_inputs(d, lower))[0]


def _scores(w: Weights, bars: _Bars) -> np.ndarray:
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
    d = d._replace(surprise=surprise_of(bars.upper**2 + bars.lower**2, d))
    scores.append(invert(w.volume, bars.deviation - d.past.level, *volume_inputs(d))[0])
    missing = ~np.isfinite(bars.gap)
    return np.where(missing, np.nan, np.stack(scores))


def _own(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centre, spread (stage, asset) and correlation factors (stage, asset, asset) of noises (stage, day, asset)."""
    known = np.isfinite(scores)
    count = known.sum(axis=1)
    filled = np.where(known, np.clip(scores, -5, 5), 0.0)
    mean = filled.sum(axis=1) / np.maximum(count, 1)
    variance = (np.where(known, filled - mean[:, None], 0.0) ** 2).sum(axis=1) / np.maximum(count, 1)
    trust = count / (count + PRIOR_DAYS)
    centre, spread = trust * mean, np.sqrt(trust * variance + 1 - trust)
    z = np.where(known, (filled - centre[:, None]) / spread[:, None], 0.0)
    days, assets = z.shape[1:]
    both = np.einsum("sda,sdb->sab", known.astype(float), known.astype(float))
    correlation = np.einsum("sda,sdb->sab", z, z) / np.maximum(both, 1)
    # Shrunk to independence: with as many assets as days, a sample correlation matrix is half noise.
    correlation *= days / (days + assets)
    correlation[:, np.arange(assets), np.arange(assets)] = 1.0
    return centre, spread, np.stack([factor_of(_nearest(c)) for c in correlation])


def _nearest(correlation: np.ndarray) -> np.ndarray:
    """A correlation matrix without negative eigenvalues, which missing days can bring about."""
    values, vectors = np.linalg.eigh(correlation)
    if values[0] >= 1e-8:
        return correlation
    repaired = (vectors * np.maximum(values, 1e-8)) @ vectors.T
    size = np.sqrt(np.diag(repaired))
    return repaired / np.outer(size, size)


def _mapped(function: Callable[..., np.ndarray], *trees: Any) -> Any:
    """``function`` of the arrays at the same places of nested tuples."""
    first = trees[0]
    if isinstance(first, np.ndarray):
        return function(*trees)
    parts = [_mapped(function, *same) for same in zip(*trees, strict=True)]
    return type(first)(*parts) if hasattr(first, "_fields") else tuple(parts)
