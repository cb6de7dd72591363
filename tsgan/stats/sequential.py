"""Sequential tests of daily forecasts: may be looked at every day, and still raise a false alarm as rarely as they say.

A forecast that is right makes its probability integral transforms (PITs) independent and uniform, whatever the market
does.  A :class:`Chart` bets against that: on each day it multiplies a stake by ``bet(u)``, a density on [0, 1], so that
the stake is fair where forecasts are right.  As nobody knows the day on which they begin to be wrong, a new stake of 1
is laid down every day, and all of them are summed (Shiryaev and Roberts; an e-detector of Shin, Ramdas and Rinaldo
2023):

    R_t = (1 + R_{t-1}) bet(u_t),        alarm where log R_t > limit

R_t - t is a martingale, so that the probability of an alarm within n days is at most ``n exp(-limit)`` (Doob).  The
limits used here are lower: as the law of u is known they are simulated, for a year that another one went before; far
out that probability falls with ``exp(-limit)``, so that rare ones follow from common ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import special, stats

REPETITIONS, SEED = 4000, 0xC5
"""Years simulated for a limit, and their seed: limits are the same for everyone."""

COMMON = 0.2
"""Probability at which a limit is simulated."""

WILD, CALM = 1.3, 0.75
"""Sizes of moves, as multiples of the forecast ones, that charts bet on: more volatility, and less.  Models that follow
volatility soon answer most of a rise, so what is left to see is small, and lasts."""

SHIFT = 0.25
"""Shift of moves, in forecast standard deviations, that charts of drift bet on, either way."""

OFTEN = 3.0
"""How much more often, and further, than forecast losses go beyond VaR: what charts of exceptions bet on."""


@dataclass(frozen=True)
class Chart:
    """One way of betting.

    Attributes:
        name: what it looks for: ``wild``, ``calm``, ``up``, ``down`` or ``tail``.
        amount: by how much.
        freedom: numbers that the size of a day's moves is made of; 1 for one asset.
    """

    name: str
    amount: float
    freedom: int = 1

    def log_bet(self, u: np.ndarray) -> np.ndarray:
        """(...) log of the bet on PITs u (...); 0 where there is none (NaN)."""
        return np.nan_to_num(_BETS[self.name](np.asarray(u, np.float64), self), nan=0.0)

    def path(self, u: np.ndarray) -> np.ndarray:
        """(..., day) log R after each day of PITs u (..., day); a day without one changes nothing."""
        steps, there = self.log_bet(u), np.isfinite(u)
        result, now = np.empty_like(steps), np.full(steps.shape[:-1], -np.inf)
        for day in range(steps.shape[-1]):
            now = np.where(there[..., day], np.logaddexp(0.0, now) + steps[..., day], now)
            result[..., day] = now
        return result

    def limit(self, share: float, days: int) -> float:
        """What log R exceeds within ``days`` with probability ``share``, forecasts being right."""
        return _common_limit(self, days) + float(np.log(np.log1p(-COMMON) / np.log1p(-share)))


@lru_cache(maxsize=256)
def _common_limit(chart: Chart, days: int) -> float:
    """The limit for the probability COMMON, in a year that another one went before."""
    rng = np.random.default_rng([SEED, days])
    paths = chart.path(rng.random((REPETITIONS, 2 * days)))
    return float(np.quantile(paths[:, days:].max(axis=-1), 1 - COMMON))


def _sized(u: np.ndarray, chart: Chart) -> np.ndarray:
    """Density of the size of moves that are ``amount`` times as large as forecast, over that forecast: of the sum of
    ``freedom`` squared normal scores, whose PIT is u."""
    squares = _squares(chart.freedom)(u)
    return squares / 2 * (1 - chart.amount**-2) - chart.freedom * np.log(chart.amount)


@lru_cache(maxsize=64)
def _squares(freedom: int) -> Callable[[np.ndarray], np.ndarray]:
    """Quantiles of chi-square, interpolated: millions of them are simulated."""
    tail = np.linspace(0, 28 ** (1 / 3), 4001) ** 3  # -log(1 - u), dense where quantiles bend
    values = stats.chi2.isf(np.exp(-tail), freedom)
    return lambda u: np.interp(-np.log1p(-np.clip(u, 0, 1 - 1e-12)), tail, values)


def _shifted(u: np.ndarray, chart: Chart) -> np.ndarray:
    """The same of a normal score moved by ``amount``; a negative one is down."""
    score = special.ndtri(np.clip(u, 1e-12, 1 - 1e-12))
    return chart.amount * score - chart.amount**2 / 2


def _beyond(u: np.ndarray, chart: Chart, level: float = 0.975) -> np.ndarray:
    """A bet on losses beyond VaR, more of them and further out: the cumulative violations of Du and Escanciano (2017),
    which are to VaR's exceptions what expected shortfall is to VaR."""
    share = 1 - level
    violation = np.where(u < share, (share - u) / share, 0.0)  # mean share / 2
    stake = (chart.amount - 1) * share
    return np.where(np.isnan(u), np.nan, np.log1p(stake * (2 * violation / share - 1)))


_BETS: dict[str, Callable[[np.ndarray, Chart], np.ndarray]] = {
    "wild": _sized, "calm": _sized, "up": _shifted, "down": _shifted, "tail": _beyond,
}  # fmt: skip
