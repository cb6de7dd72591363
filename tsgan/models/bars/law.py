"""The law of a bar given the close-to-close return and the bars before: gap, upper wick, lower wick, volume.

A chain of four conditional laws, each with inputs from the return, from what came before in the chain and from averages
of past bars:

    gap | return      heavy-tailed, its location a share of the return, its scale that of past gaps and ranges
    upper, lower wick bridge wicks (:mod:`tsgan.models.bars.shapes`): zero with a probability, else log-linear
    volume            a response to volatility, today's and that of days past, and a deviation from it that is
                      autoregressive on several scales

All share one forecast ``h`` of the day's log volatility: a heterogeneous autoregression (Corsi 2009, "A simple
approximate long-memory model of realized volatility") of log ranges, moves and losses.  Each asset has its own scales
and weights, these shrunk to common ones, and the noises of one law are correlated across assets (Gaussian copula).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import expit, ndtr, ndtri

from tsgan.models.bars import state as barstate
from tsgan.models.bars.heads import Head, dot, draw
from tsgan.models.bars.shapes import Shapes
from tsgan.models.bars.state import FLOOR, Past, Units, mapped, past_of
from tsgan.models.random import correlated

STAGES = ("gap", "upper", "lower", "volume")
"""The laws in the order of the chain."""

WICK_CAP = 3.0
"""Log bridge wicks stop this far above the forecast volatility (at twenty times it)."""

FORECAST_CAP = 6.0
"""The forecast log volatility lies within this of that in training."""

LARGEST = 3.0
"""No gap or wick is larger, in logs (a factor of twenty): bars stay finite around any closes."""


class ChainState(NamedTuple):
    """How far the chain has come on some days, (...,) each: the forecast, and what has been drawn so far.

    Attributes:
        past: averages before the day.
        h: forecast log volatility of the day.
        y: return over s exp(h).
        gap: gap over s exp(h).
        upper: standardized upper wick: its noise, 0 where there is none.
        wick: upper bridge wick over its forecast scale.
        bare: 1 where there is no upper wick.
        surprise: half the log of q, less h.
    """

    past: Past
    h: np.ndarray
    y: np.ndarray
    gap: np.ndarray
    upper: np.ndarray
    wick: np.ndarray
    bare: np.ndarray
    surprise: np.ndarray


class Weights(NamedTuple):
    """Weights of one asset, or of several with a leading axis.

    Attributes:
        forecast: of h.
        gap, upper, lower, volume: heads; volume's is that of its deviation.
        bare_upper, bare_lower: of the log odds that there is no wick.
        response: of log volume to volatility.
    """

    forecast: np.ndarray
    gap: Head
    upper: Head
    lower: Head
    volume: Head
    bare_upper: np.ndarray
    bare_lower: np.ndarray
    response: np.ndarray


def _columns(like: np.ndarray, *parts: np.ndarray) -> np.ndarray:
    """An intercept and the parts, each (...,) or (..., input), as inputs (..., input)."""
    columns = [part if part.ndim > like.ndim else part[..., None] for part in parts]
    return np.concatenate([np.ones((*like.shape, 1)), *columns], axis=-1)


def _bent(x: np.ndarray) -> np.ndarray:
    """x, bounded by 1."""
    return x / np.sqrt(1 + x**2)


def _size(x: np.ndarray) -> np.ndarray:
    """The log of |x| where it is large, 0 at 0."""
    return 0.5 * np.log1p(x**2)


def forecast_inputs(past: Past) -> np.ndarray:
    return _columns(past.level, past.ranges, past.moves, past.losses[..., :3])


def gap_inputs(d: ChainState) -> tuple[np.ndarray, np.ndarray]:
    relative = d.past.gaps - d.h[..., None]
    return (
        _columns(d.h, d.y, _bent(d.y), d.y * np.abs(_bent(d.y))),
        _columns(d.h, _size(d.y), _size(2 * d.y), relative, d.h),
    )


def wick_inputs(d: ChainState, lower: bool) -> tuple[np.ndarray, np.ndarray]:
    """Inputs of location (and of having no wick), and of the log scale."""
    move = d.y - d.gap
    recent = d.past.ranges[..., :2] - d.h[..., None]
    parts = (_size(move), _size(2 * move), _bent(move), _size(d.gap), _bent(d.gap), d.h, recent)
    scale = (_size(move), _size(2 * move), _size(d.gap), d.h)
    if lower:
        reach = np.hypot(move, d.wick)  # what the day has covered: where it is little the other wick makes up for it
        parts += (d.upper, _size(d.upper), d.bare, _size(2 * reach), _size(4 * reach))
        scale += (d.upper, _size(d.upper), d.bare, _size(2 * reach))
    return _columns(d.h, *parts), _columns(d.h, *scale)


def response_inputs(d: ChainState) -> np.ndarray:
    """Without an intercept: the level of volume is its own."""
    relative = d.past.ranges - d.h[..., None]
    return _columns(d.h, d.surprise, d.h, relative, _size(d.y), _size(d.gap), _bent(d.y))[..., 1:]


def volume_inputs(d: ChainState) -> tuple[np.ndarray, np.ndarray]:
    return _columns(d.h, d.past.volumes, d.past.level), _columns(d.h, np.abs(d.surprise), _size(d.y))


class BarLaw(NamedTuple):
    """A fitted law of bars.

    Attributes:
        weights: of the four laws, (asset, ...) each.
        units: what each asset's bars are measured in.
        factors: (stage, asset, asset) Cholesky factors of the correlation of noises across assets.
    """

    weights: Weights
    units: Units
    factors: np.ndarray

    def encode(self, returns: np.ndarray, shapes: Shapes, volume: np.ndarray) -> np.ndarray:
        """Averages (asset, series, scale) after a history (day, asset) with gaps."""
        known = np.isfinite(returns)

        def last(a: int) -> np.ndarray:
            days = known[:, a]
            own, unit = mapped(lambda part: part[a], self.weights), mapped(lambda part: part[a], self.units)
            shape = mapped(lambda part: part[days, a], shapes)
            return trajectory(own, unit, returns[days, a], shape, volume[days, a])[-1]

        return np.stack([last(a) for a in range(known.shape[1])])

    def simulate(
        self, averages: np.ndarray, returns: np.ndarray, noise: Iterator[np.ndarray]
    ) -> Iterator[tuple[Shapes, np.ndarray]]:
        """Shapes and log volumes (path, asset) of bars around given returns, day by day.

        Args:
            averages: (path, asset, series, scale) where each path starts.
            returns: (day, path, asset) close-to-close log returns.
            noise: a day's independent standard normals (stage, path, asset), for every day; or (stage, block, path,
                asset), with the paths of the first block first.
        """
        for r, raw in zip(returns, noise, strict=False):
            # Block by block: the last bits of a product depend on how many rows it has.
            z = [correlated(noise, factor).reshape(r.shape) for noise, factor in zip(raw, self.factors, strict=True)]
            shapes, response, deviation = self._bar(averages, r / self.units.returns, z)
            averages = barstate.update(averages, barstate.observed(self.units, r, shapes, deviation))
            yield shapes, response + deviation

    def _bar(self, averages: np.ndarray, x: np.ndarray, z: list[np.ndarray]) -> tuple[Shapes, np.ndarray, np.ndarray]:
        """One day's shapes and log volume, the response and the deviation from it, (path, asset) each, from the
        averages before it, x, and the stages' noises."""
        w = self.weights
        d = before(w.forecast, past_of(averages), x)
        unit = self.units.returns * np.exp(d.h)
        d = d._replace(gap=draw(w.gap, z[0], *gap_inputs(d)))
        upper, noise = _wick(w.upper, w.bare_upper, z[1], *wick_inputs(d, lower=False))
        d = d._replace(upper=noise, wick=upper, bare=(upper == 0).astype(float))
        lower, _ = _wick(w.lower, w.bare_lower, z[2], *wick_inputs(d, lower=True))
        d = d._replace(surprise=surprise_of((upper**2 + lower**2) * np.exp(2 * d.h), d))
        deviation = d.past.level + draw(w.volume, z[3], *volume_inputs(d))
        wick = unit * np.sqrt(self.units.ranges)
        gap = np.clip(unit * d.gap, -LARGEST, LARGEST)
        return (
            Shapes(gap, np.minimum(wick * upper, LARGEST), np.minimum(wick * lower, LARGEST)),
            dot(response_inputs(d), w.response),
            deviation,
        )


def before(forecast: np.ndarray, past: Past, x: np.ndarray) -> ChainState:
    """What is known once the standardized return x has come: the chain has drawn nothing yet."""
    h = np.clip(dot(forecast_inputs(past), forecast), -FORECAST_CAP, FORECAST_CAP)
    none = np.zeros_like(h)
    return ChainState(past, h, x * np.exp(-h), none, none, none, none, none)


def known_days(forecast: np.ndarray, units: Units, returns: np.ndarray, shapes: Shapes) -> ChainState:
    """The days (day,) of one asset's history, but for volume, with the bars that they had.

    Where a bar is missing its return stands in for it, and there is no gap.
    """
    seen = barstate.observed(units, returns, shapes, np.zeros_like(returns))
    x = returns / units.returns
    d = before(forecast, past_of(barstate.trajectory(seen)[:-1]), x)
    squares = (shapes.upper**2 + shapes.lower**2) / (units.returns**2 * units.ranges)
    squares, gap = (np.where(np.isfinite(a), a, b) for a, b in ((squares, x**2), (shapes.gap / units.returns, 0.0)))
    return d._replace(gap=gap * np.exp(-d.h), surprise=surprise_of(squares, d))


def trajectory(w: Weights, units: Units, returns: np.ndarray, shapes: Shapes, volume: np.ndarray) -> np.ndarray:
    """One asset's averages before each day of a history (day,), and after the last: (day + 1, series, scale).

    On days without volume its deviation from the response is that of the day before; without any, 0.
    """
    deviation = volume - response_inputs(known_days(w.forecast, units, returns, shapes)) @ w.response
    filled = pd.Series(deviation).ffill().bfill().fillna(0.0).to_numpy()
    return barstate.trajectory(barstate.observed(units, returns, shapes, filled))


def surprise_of(squares: np.ndarray, d: ChainState) -> np.ndarray:
    """Half the log of q, the ``squares`` of both wicks, less the forecast."""
    return 0.5 * np.log(squares + FLOOR) - d.h


def _wick(
    head: Head, bare: np.ndarray, z: np.ndarray, location: np.ndarray, scale: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """A bridge wick over its forecast scale, and the noise it came from (0 where there is no wick)."""
    none = expit(dot(location, bare))
    share = (ndtr(z) - none) / (1 - none)
    inside = ndtri(np.clip(share, 1e-12, 1 - 1e-12))
    wick = np.exp(np.minimum(draw(head, inside, location, scale), WICK_CAP))
    return np.where(share <= 0, 0.0, wick), np.where(share <= 0, 0.0, inside)


def wick_score(bare: np.ndarray, wick: np.ndarray, inside: np.ndarray, location: np.ndarray) -> np.ndarray:
    """The noise that :func:`_wick` turns into a given wick, ``inside`` being its noise among wicks; where there is no
    wick, the middle of the noises that give none."""
    none = expit(dot(location, bare))
    share = np.where(wick > 0, none + (1 - none) * ndtr(inside), none / 2)
    return ndtri(np.clip(share, 1e-12, 1 - 1e-12))
