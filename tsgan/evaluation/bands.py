"""Is a real statistic among those of generated histories, and is that worth anything?

The statistic of ONE history is noisy.  So it is compared with those of many generated histories of the same length:
a fact passes where the real value lies in their central 95 %, and where that band is not so wide that anything would
pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tsgan.evaluation.band_width_limits import widest
from tsgan.evaluation.facts import VOLUME, Fact
from tsgan.stats.resample import stationary_indices
from tsgan.stats.tails import generalized_pareto

Mark = Literal["in band", "out of band", "too wide", "not present in this series", "needs volume"]
IN_BAND: Mark = "in band"
OUT_OF_BAND: Mark = "out of band"
TOO_WIDE: Mark = "too wide"
NOT_PRESENT: Mark = "not present in this series"
NEEDS_VOLUME: Mark = "needs volume"
MARKS = (IN_BAND, OUT_OF_BAND, TOO_WIDE, NOT_PRESENT, NEEDS_VOLUME)

LEVEL = 0.95
BOOTSTRAPS = 300
FEW_BEYOND = 10
"""Generated values beyond the real one below which a tail is extrapolated rather than counted."""


@dataclass(frozen=True)
class Band:
    """Central 95 % and median of a statistic over many histories; NaN where the statistic is mostly undefined."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: np.ndarray) -> Band:
        finite = values[np.isfinite(values)]
        if 2 * len(finite) < len(values) or not len(finite):
            return cls(float("nan"), float("nan"), float("nan"))
        low, median, high = np.quantile(finite, [(1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2])
        return cls(float(low), float(median), float(high))

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def moved(self, centre: float) -> Band:
        """The same band around another middle: blocks cut memory, which pulls resampled serial statistics towards 0."""
        return Band(self.low - self.median + centre, centre, self.high - self.median + centre)

    def width(self, offset: float | None = None) -> float:
        """High minus low, on the scale log(x + offset) where an offset is given."""
        if offset is None:
            return self.high - self.low
        floor = 1e-12
        return float(np.log(max(self.high + offset, floor)) - np.log(max(self.low + offset, floor)))


@dataclass(frozen=True)
class Judgement:
    """One source's paths judged on one fact.

    Attributes:
        band: of the generated values.
        p_value: two-sided Monte Carlo p-value of the real value among them.
        mark: what to make of it.
        width: width of the band over the widest that is allowed; above 1 is too wide.
        tail_p: the p-value with its tail extrapolated, for Holm's correction.
        holm_p: ``tail_p`` after Holm's correction over all facts of this asset and source.
    """

    band: Band
    p_value: float
    mark: Mark
    width: float
    tail_p: float
    holm_p: float = float("nan")


def p_value(real: float, generated: np.ndarray) -> float:
    """Two-sided Monte Carlo p-value of ``real`` among the ``generated`` values (Davison and Hinkley 1997, eq. 4.11)."""
    finite = generated[np.isfinite(generated)]
    if not np.isfinite(real) or not len(finite):
        return float("nan")
    below, above = np.sum(finite <= real), np.sum(finite >= real)
    return float(min(1.0, 2.0 * (1 + min(below, above)) / (1 + len(finite))))


def tail_p_value(real: float, generated: np.ndarray) -> float:
    """:func:`p_value`, finer than one over the number of paths where the real value is far out.

    Where fewer than ``FEW_BEYOND`` generated values lie beyond the real one, a generalized Pareto law is fitted to the
    outermost quarter by probability-weighted moments (Hosking and Wallis 1987) and read off there, as Knijnenburg et
    al. (2009) do for permutation tests; never below a hundredth of what counting could give.
    """
    values = generated[np.isfinite(generated)]
    counted = p_value(real, generated)
    if not np.isfinite(real) or len(values) < 40 or np.ptp(values) == 0:
        return counted
    if np.sum(values >= real) > np.sum(values <= real):
        values, real = -values, -real
    if np.sum(values >= real) >= FEW_BEYOND:
        return counted
    share = 0.25
    threshold = float(np.quantile(values, 1.0 - share))
    scale, shape = map(float, generalized_pareto(values[values > threshold] - threshold))
    if np.isnan(shape):
        return counted
    z = (real - threshold) / scale
    tail = np.exp(-z) if abs(shape) < 1e-6 else max(1.0 + shape * z, 0.0) ** (-1.0 / shape)
    return float(min(counted, max(2.0 * share * tail, 0.01 * 2.0 / (1 + len(values)))))


def holm(p_values: np.ndarray) -> np.ndarray:
    """Holm's (1979) step-down adjusted p-values, valid under any dependence; NaN stays NaN and is not counted."""
    p = np.asarray(p_values, np.float64)
    tested = np.flatnonzero(np.isfinite(p))
    order = tested[np.argsort(p[tested])]
    factors = len(order) - np.arange(len(order))
    result = np.full(p.shape, np.nan)
    result[order] = np.minimum(np.maximum.accumulate(p[order] * factors), 1.0)
    return result


def resampled(returns: np.ndarray, seed: int, series: int = BOOTSTRAPS) -> np.ndarray:
    """Stationary-bootstrap histories of the real one: (day, asset) -> (series, day, asset), whole days drawn together.

    The mean block is the square root of the length, so that clustering survives inside blocks.
    """
    days = len(returns)
    rng = np.random.default_rng([seed, 0xB007])
    return returns[stationary_indices(days, series, max(20.0, np.sqrt(days)), rng)]


def is_present(fact: Fact, interval: Band) -> bool:
    """Whether the real series shows the fact: its bootstrap interval, around the real value, lies beyond the null."""
    if fact.null is None:
        return True
    above, below = interval.low > fact.null, interval.high < fact.null
    return {"above": above, "below": below, "either": above or below}[fact.side]


def judge(fact: Fact, real: float, generated: np.ndarray, bootstrap: Band, present: bool, days: int) -> Judgement:
    """Place a real value among those of generated paths (path,) of so many days; NaN bands count as out of band."""
    band = Band.of(generated)
    limit = widest(fact.name, days) if fact.limit is None else fact.limit
    width, allowed = band.width(fact.offset), limit * bootstrap.width(fact.offset)
    relative = width / allowed if allowed > 0 else float("nan")
    if fact.name == VOLUME and not np.isfinite(generated).any():
        mark = NEEDS_VOLUME
    elif real not in band and np.isfinite(real):
        mark = OUT_OF_BAND
    elif not np.isfinite(real):
        mark = NOT_PRESENT
    elif relative > 1:
        mark = TOO_WIDE
    elif not present:
        mark = NOT_PRESENT
    else:
        mark = IN_BAND
    return Judgement(band, p_value(real, generated), mark, relative, tail_p_value(real, generated))
