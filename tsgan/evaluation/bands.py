"""Is a real statistic among those of generated histories, and is that worth anything?

The statistic of ONE history is noisy.  So it is compared with those of many generated histories of the same length:
a fact passes where the real value lies in their central 95 %, and where that band is not so wide that anything would
pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tsgan.evaluation.facts import Fact
from tsgan.stats.resample import stationary_indices

Mark = Literal["in band", "out of band", "too wide", "not present in this series"]
IN_BAND: Mark = "in band"
OUT_OF_BAND: Mark = "out of band"
TOO_WIDE: Mark = "too wide"
NOT_PRESENT: Mark = "not present in this series"

LEVEL = 0.95
BOOTSTRAPS = 300


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
    """One source's paths judged on one fact: their band, the place of the real value among them, and a mark."""

    band: Band
    p_value: float
    mark: Mark


def p_value(real: float, generated: np.ndarray) -> float:
    """Two-sided Monte Carlo p-value of ``real`` among the ``generated`` values (Davison and Hinkley 1997, eq. 4.11)."""
    finite = generated[np.isfinite(generated)]
    if not np.isfinite(real) or not len(finite):
        return float("nan")
    below, above = np.sum(finite <= real), np.sum(finite >= real)
    return float(min(1.0, 2.0 * (1 + min(below, above)) / (1 + len(finite))))


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


def judge(fact: Fact, real: float, generated: np.ndarray, bootstrap: Band, present: bool) -> Judgement:
    """Place a real value among those of generated paths (path,); NaN bands count as out of band."""
    band = Band.of(generated)
    if real not in band and np.isfinite(real):
        mark = OUT_OF_BAND
    elif not present or not np.isfinite(real):
        mark = NOT_PRESENT
    elif band.width(fact.offset) > fact.wide * bootstrap.width(fact.offset):
        mark = TOO_WIDE
    else:
        mark = IN_BAND
    return Judgement(band, p_value(real, generated), mark)
