"""Backtests of value at risk and expected shortfall.

Conventions: returns are plain log returns (0.01 is 1 %).  VaR and ES are POSITIVE losses at a level such as 0.975 or
0.99, and ``hits`` are True on days with a loss beyond VaR, which has probability 1 - level.  The statistics of hits
take (..., day), so a batch of simulated series costs one call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from scipy import special, stats

LEVELS = (0.975, 0.99)
LAGS = 4
"""Lagged hits in the regression of :func:`dynamic_quantile`."""
TRAFFIC_DAYS = 250


class Outcome(NamedTuple):
    """A statistic and its p-value."""

    statistic: float
    p_value: float


def var_es(draws: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """VaR and ES of SORTED draws (..., draw) -> (...) each.

    VaR is minus the quantile at position (n + 1) (1 - level), linearly interpolated (Weibull's plotting position): one
    more draw of the same law falls beyond it with probability 1 - level, however few draws there are.  ES is minus the
    mean of the draws strictly beyond that position, which are independent draws of the law beyond it.
    """
    position = (draws.shape[-1] + 1) * (1 - level)
    whole = int(position + 1e-9)
    if whole < 2:
        raise ValueError(f"VaR and ES at {level:.1%} need at least {int(np.ceil(2 / (1 - level)))} draws")
    low, high = draws[..., whole - 1], draws[..., whole]
    return -(low + (position - whole) * (high - low)), -draws[..., : whole - 1].mean(-1)


def pof_statistic(hits: np.ndarray, level: float) -> np.ndarray:
    """Kupiec's (1995) proportion-of-failures likelihood ratio: (..., day) -> (...).

    2 log [ (x/n)^x (1 - x/n)^(n-x) / (p^x (1-p)^(n-x)) ] for x hits in n days and p = 1 - level.
    """
    n, x = hits.shape[-1], hits.sum(-1)
    return 2 * (_log_likelihood(x, n - x, x / n) - _log_likelihood(x, n - x, 1 - level))


def independence_statistic(hits: np.ndarray, level: float = np.nan) -> np.ndarray:
    """Christoffersen's (1998) likelihood ratio of first-order dependence: (..., day) -> (...).

    Hits that follow a first-order Markov chain against hits that do not depend on the day before.
    """
    now, before = hits[..., 1:], hits[..., :-1]
    n11, n01 = (now & before).sum(-1), (now & ~before).sum(-1)
    n10, n00 = (~now & before).sum(-1), (~now & ~before).sum(-1)
    chain = _log_likelihood(n01, n00, _ratio(n01, n01 + n00)) + _log_likelihood(n11, n10, _ratio(n11, n11 + n10))
    return 2 * (chain - _log_likelihood(n01 + n11, n00 + n10, (n01 + n11) / now.shape[-1]))


def conditional_coverage_statistic(hits: np.ndarray, level: float) -> np.ndarray:
    """Christoffersen's (1998) joint statistic, the sum of the two above: (..., day) -> (...)."""
    return pof_statistic(hits, level) + independence_statistic(hits)


def dynamic_quantile_statistic(hits: np.ndarray, level: float, var: np.ndarray) -> np.ndarray:
    """Engle and Manganelli's (2004) DQ: (..., day) hits and VaR (day,) -> (...).

    Hit_t = I_t - p is regressed on a constant, its LAGS lags and VaR_t, X of size (n, 6); the statistic is
    b' X'X b / (p (1 - p)), chi-square(6) for hits that nothing known the day before predicts.
    """
    p, n = 1 - level, hits.shape[-1]
    centred = hits.astype(np.float64) - p
    spread = np.ptp(var)
    scaled = (var - var.mean()) / spread if spread > 0 else np.zeros(n)  # the statistic does not depend on the scale
    lags = [centred[..., LAGS - k : n - k] for k in range(1, LAGS + 1)]
    columns = [np.ones(n - LAGS), scaled[LAGS:], *lags]
    target = centred[..., LAGS:]
    gram = np.empty((*hits.shape[:-1], len(columns), len(columns)))
    moments = np.empty((*hits.shape[:-1], len(columns)))
    for i, a in enumerate(columns):
        moments[..., i] = np.einsum("...d,...d->...", a, target)
        for j, b in enumerate(columns[: i + 1]):
            gram[..., i, j] = gram[..., j, i] = np.einsum("...d,...d->...", a, b)
    inverse = np.linalg.pinv(gram, rcond=1e-10, hermitian=True)
    return np.einsum("...i,...ij,...j->...", moments, inverse, moments) / (p * (1 - p))


def kupiec(hits: np.ndarray, level: float) -> Outcome:
    """Unconditional coverage of hits (day,): :func:`pof_statistic`, chi-square(1)."""
    return _limit(pof_statistic(hits, level), 1)


def christoffersen(hits: np.ndarray) -> Outcome:
    """Independence of hits (day,): :func:`independence_statistic`, chi-square(1)."""
    return _limit(independence_statistic(hits), 1)


def conditional_coverage(hits: np.ndarray, level: float) -> Outcome:
    """Coverage and independence of hits (day,): :func:`conditional_coverage_statistic`, chi-square(2)."""
    return _limit(conditional_coverage_statistic(hits, level), 2)


def dynamic_quantile(hits: np.ndarray, level: float, var: np.ndarray) -> Outcome:
    """Hits (day,) predictable from their past and VaR: :func:`dynamic_quantile_statistic`, chi-square(6)."""
    return _limit(dynamic_quantile_statistic(hits, level, var), LAGS + 2)


def simulated(statistic: Callable[[np.ndarray], np.ndarray], hits: np.ndarray, null: np.ndarray) -> Outcome:
    """A statistic of hits (day,) with its Monte Carlo p-value among those of ``null`` (repetition, day).

    ``null`` are independent hits of the right probability, :func:`independent_hits`.  A handful of hits is far from the
    chi-square limit (Christoffersen and Pelletier 2004); this is exact whatever their number, and conservative where
    values tie (Dufour 2006).
    """
    value = float(statistic(hits))
    above = int((statistic(null) >= value - 1e-9 * max(1.0, abs(value))).sum())
    return Outcome(value, (1 + above) / (1 + len(null)))


def independent_hits(days: int, level: float, repetitions: int, rng: np.random.Generator) -> np.ndarray:
    """(repetition, day) hits as they should be: independent, of probability 1 - level."""
    return rng.random((repetitions, days)) < 1 - level


class Shortfall(NamedTuple):
    """Sums over days that Acerbi and Szekely's statistics are made of; add those of other days to them.

    Attributes:
        weighted: sum of r_t I_t / ES_t.
        hits: sum of I_t.
        days: number of days with a return.
    """

    weighted: np.ndarray
    hits: np.ndarray
    days: np.ndarray

    @classmethod
    def of(cls, returns: np.ndarray, var: np.ndarray, es: np.ndarray) -> Shortfall:
        """Of returns (day, ...) against VaR and ES that broadcast to them, summed over days; NaN is no day."""
        hits = returns < -var
        ratio = np.divide(returns, es, out=np.zeros(returns.shape), where=hits & (es > 0))
        return cls(ratio.sum(0), hits.sum(0), (~np.isnan(returns)).sum(0))

    @classmethod
    def of_draws(cls, draws: np.ndarray, level: float, known: np.ndarray | None = None) -> Shortfall:
        """Of each draw (day, ..., draw), taken for what came true, against VaR and ES of the others: sums (..., draw).

        Only days that are ``known`` (day, ...) count; all unless given.
        Under the right model the real sums are one more of these.  Leaving the draw itself out matters: VaR and ES of
        few draws are noisy, and a draw never lies far beyond an ES that it is part of.
        """
        count = int(draws.shape[-1] * (1 - level) + 1e-9)
        places = np.argpartition(draws, count - 1, axis=-1)[..., :count]
        tail = np.take_along_axis(draws, places, axis=-1)
        es = (tail - tail.sum(-1, keepdims=True)) / (count - 1)
        weighted, hits = np.zeros(draws.shape), np.zeros(draws.shape, np.int64)
        np.put_along_axis(weighted, places, np.divide(tail, es, out=np.zeros(tail.shape), where=es > 0), axis=-1)
        np.put_along_axis(hits, places, 1, axis=-1)
        counted = np.ones((*draws.shape[:-1], 1), bool) if known is None else known[..., None]
        return cls((weighted * counted).sum(0), (hits * counted).sum(0), counted.sum(0))

    def plus(self, other: Shortfall) -> Shortfall:
        return Shortfall(self.weighted + other.weighted, self.hits + other.hits, self.days + other.days)

    @property
    def z1(self) -> np.ndarray:
        """Acerbi and Szekely (2014), Z1 = sum_t (r_t I_t / ES_t) / (number of hits) + 1, NaN without hits.

        Zero in expectation; negative where losses beyond VaR are larger than ES said.
        """
        return np.where(self.hits > 0, self.weighted / np.maximum(self.hits, 1) + 1, np.nan)

    def z2(self, level: float) -> np.ndarray:
        """Acerbi and Szekely (2014), Z2 = sum_t r_t I_t / (n (1 - level) ES_t) + 1.

        Zero in expectation; negative where losses beyond VaR are too large or too many.
        """
        return self.weighted / (self.days * (1 - level)) + 1


def lower_p(value: float, null: np.ndarray) -> float:
    """One-sided Monte Carlo p-value: how often values of ``null`` (repetition,) are as low; NaN for a NaN value.

    For Z1 and Z2 ``null`` comes from paths drawn from the forecasts themselves; small means that risk was understated.
    """
    null = null[np.isfinite(null)]
    return (1 + int((null <= value).sum())) / (1 + len(null)) if np.isfinite(value) else float("nan")


def fz0(returns: np.ndarray, var: np.ndarray, es: np.ndarray, level: float) -> np.ndarray:
    """Fissler and Ziegel's (2016) joint loss of VaR and ES in its FZ0 form (Patton, Ziegel and Chen 2019, eq. 6).

    With v = -VaR, e = -ES, p = 1 - level: -1{r <= v} (v - r) / (p e) + v / e + log(-e) - 1.  Lower is better; NaN where
    ES is not positive.  Another unit of returns only adds a constant.
    """
    positive = es > 0
    es = np.where(positive, es, 1.0)
    loss = np.where(returns <= -var, -var - returns, 0.0) / ((1 - level) * es) + var / es + np.log(es) - 1
    return np.where(positive, loss, np.nan)


def rolling_hits(hits: np.ndarray, days: int = TRAFFIC_DAYS) -> np.ndarray:
    """Hits in the last ``days``, on each day that has so many behind it: (day,) -> (day - days + 1,)."""
    total = np.concatenate([[0], np.cumsum(hits)])
    return total[days:] - total[:-days]


def traffic_light(hits: int, level: float = 0.99, days: int = TRAFFIC_DAYS) -> Literal["green", "yellow", "red"]:
    """The Basel Committee's (1996) zone of a number of hits in ``days`` days.

    Yellow begins where so many or fewer have probability 95 % under the right model, red at 99.99 %: at 99 % and
    250 days 5 and 10 hits.  The Committee defined it for those; for other levels the same rule holds.
    """
    probability = stats.binom.cdf(hits, days, 1 - level)
    return "green" if probability < 0.95 else "yellow" if probability < 0.9999 else "red"


def _log_likelihood(hits: np.ndarray, misses: np.ndarray, probability: np.ndarray | float) -> np.ndarray:
    """Of independent hits; 0 log 0 is 0."""
    return special.xlogy(hits, probability) + special.xlog1py(misses, -np.asarray(probability))


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return top / np.maximum(bottom, 1)


def _limit(statistic: np.ndarray, freedom: int) -> Outcome:
    return Outcome(float(statistic), float(stats.chi2.sf(statistic, freedom)))
