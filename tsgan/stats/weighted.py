"""Statistics of weighted samples, with the Monte Carlo error that they carry.

``weights`` are (path,) and sum to 1; None weighs all paths equally.  Losses are positive numbers.  Standard errors are
those of independent draws with self-normalized weights: sum w_i^2 f_i^2 with f the influence function (Owen 2013,
"Monte Carlo theory, methods and examples", ch. 9; Hong 2011 for VaR and ES).

Intervals hold the truth in 95 % of samples, or say that they cannot: an end that the sample does not tell is infinite.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats
from scipy.special import betainc

NORMAL_95 = 1.959963984540054


class Estimate(NamedTuple):
    """A number, its standard error where it has one of its own, and the 95 % interval for Monte Carlo error.

    An infinite end: too few paths to tell.
    """

    value: float
    error: float
    low: float
    high: float


class Tail(NamedTuple):
    """Value at risk and expected shortfall."""

    var: Estimate
    es: Estimate


def normalized(weights: np.ndarray | None, count: int) -> np.ndarray:
    """(path,) weights that sum to 1."""
    return np.full(count, 1 / count) if weights is None else weights / weights.sum()


def effective(weights: np.ndarray) -> float:
    """Kish's effective sample size, (sum w)^2 / sum w^2."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def _worth(w: np.ndarray, part: np.ndarray) -> float:
    """How many independent, equally weighted draws know the weight of a part as well; as :func:`effective` where all
    weights, or those in the part and outside it, are of one size."""
    p = float(w[part].sum())
    if part.all() or not 0 < p < 1 - 1e-12:
        return effective(w)
    return 1 / (p * float((w[~part] ** 2).sum()) / (1 - p) + (1 - p) * float((w[part] ** 2).sum()) / p)


def mean(x: np.ndarray, weights: np.ndarray | None = None, inflation: float = 1.0) -> Estimate:
    """Mean of x (path,); ``inflation`` multiplies the variance where paths are not independent."""
    w = normalized(weights, len(x))
    value = float(w @ x)
    return _symmetric(value, _error(w, x - value, inflation))


def mean_loss(losses: np.ndarray, weights: np.ndarray | None = None, inflation: float = 1.0) -> Estimate:
    """Mean of losses (path,), none of them negative and most of them often 0: a sample with few or heavy ones mostly
    misses the largest, so that the interval is one on a logarithmic scale, with Student's quantile for the draws that
    bring the losses, and open above where fewer than FEWEST_BEYOND do."""
    w = normalized(weights, len(losses))
    found = mean(losses, weights, inflation)
    if found.value <= 0:
        return Estimate(0.0, found.error, 0.0, np.inf)
    if found.error == 0:
        return found
    ratio, bringing = found.error / found.value, _excesses(losses, w, 0.0) / inflation
    low = found.value * float(np.exp(-NORMAL_95 * ratio))
    if bringing < FEWEST_BEYOND:
        return Estimate(found.value, found.error, low, np.inf)
    high = found.value * float(np.exp(stats.t.ppf(0.975, bringing - 1) * ratio))
    return Estimate(found.value, found.error, low, high)


def probability(hits: np.ndarray, weights: np.ndarray | None = None, inflation: float = 1.0) -> Estimate:
    """How often ``hits`` (path,) are true, with Wilson's (1927) interval at the effective number of paths."""
    w = normalized(weights, len(hits))
    p = float(w @ hits)
    return _wilson(p, _error(w, hits - p, inflation), _worth(w, np.asarray(hits, bool)) / inflation)


def estimate_of(p: float, error: float) -> Estimate:
    """A probability that is known with a standard error, by Wilson's interval at as many paths as would leave it."""
    return _wilson(p, error, p * (1 - p) / error**2 if error > 0 and 0 < p < 1 else np.inf)


def _wilson(p: float, error: float, n: float) -> Estimate:
    z = NORMAL_95
    middle, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low, high = max((middle - half) / scale, 0.0), min((middle + half) / scale, 1.0)
    return Estimate(p, error, 0.0 if p == 0 else float(low), 1.0 if p == 1 else float(high))


def quantiles(x: np.ndarray, levels: np.ndarray | list[float], weights: np.ndarray | None = None) -> np.ndarray:
    """Smallest values with at least ``levels`` of the weight at or below them: (path, ...) -> (level, ...)."""
    if x.ndim == 1:
        order = np.argsort(x, kind="stable")
        return x[order][_places(normalized(weights, len(x))[order], np.asarray(levels))]
    flat = x.reshape(len(x), -1)
    each = [quantiles(column, levels, weights) for column in flat.T]
    return np.stack(each, axis=-1).reshape(len(levels), *x.shape[1:])


def tail(losses: np.ndarray, level: float, weights: np.ndarray | None = None, inflation: float = 1.0) -> Tail:
    """VaR and ES of losses (path,) at ``level`` such as 0.99.

    VaR is the quantile, ES the mean of the worst ``1 - level`` of the weight (Acerbi and Tasche 2002).

    VaR's interval lies between two order statistics, by the binomial law of how many draws lie beyond the quantile; its
    upper end is infinite where fewer than about four are expected there.  That of ES is wider upwards than downwards,
    because a sample of a heavy tail mostly misses the largest losses: the mean excess over VaR has an interval on a
    logarithmic scale, with Student's quantile for the draws beyond.  With fewer than FEWEST_BEYOND of them, or few that
    bring all of the excess, nothing bounds it from above.
    """
    order = np.argsort(losses, kind="stable")
    x, w = losses[order], normalized(weights, len(losses))[order]
    var = float(x[_places(w, np.array([level]))[0]])
    beyond = _beyond(x, w, var, level)
    es = float(beyond @ x) / (1 - level)
    if es - var <= 1e-12 * abs(var):  # the same but for rounding
        es = var
    n = _worth(w, x >= var) / inflation
    low, high = _order_statistics(x, w, level, n)
    of_es = _error(w, var + np.maximum(x - var, 0) / (1 - level) - es, inflation)
    return Tail(
        Estimate(var, (high - low) / (2 * NORMAL_95), low, high),
        _of_shortfall(var, low, es, of_es, _excesses(x, w, var) / inflation, n * (1 - level)),
    )


FEWEST_BEYOND = 10
"""Draws beyond a level, from which on its shortfall is bounded from above."""


def _order_statistics(x: np.ndarray, w: np.ndarray, level: float, n: float) -> tuple[float, float]:
    """The 95 % interval of a quantile of ordered draws x with weights w, worth n independent ones.

    The number of draws beyond the quantile is binomial(n, 1 - level), continued to any n by the incomplete beta
    function: P(number >= j) = I(1 - level; j, n - j + 1).
    """
    counts = np.arange(1, int(n) + 1)
    at_least = betainc(counts, n - counts + 1, 1 - level)
    surely, hardly = counts[at_least >= 0.975], counts[at_least <= 0.025]
    high = float(x[_places(w, np.array([1 - (surely[-1] - 1) / n]))[0]]) if len(surely) else np.inf
    low = float(x[_places(w, np.array([1 - (hardly[0] - 1) / n]))[0]]) if len(hardly) else -np.inf
    return low, high


def _excesses(x: np.ndarray, w: np.ndarray, var: float) -> float:
    """How many draws bring the excess over VaR: (sum w e)^2 / sum (w e)^2, doubled, as exponential ones then count."""
    brought = w * np.maximum(x - var, 0)
    total = (brought**2).sum()
    return float(2 * brought.sum() ** 2 / total) if total > 0 else np.inf


def _of_shortfall(var: float, var_low: float, es: float, error: float, bringing: float, beyond: float) -> Estimate:
    """ES with its interval, from ``beyond`` independent draws beyond VaR, ``bringing`` of which bring the excess."""
    if es <= var:  # nothing lies beyond: all losses there are the same
        return Estimate(es, error, min(var_low, es), es if beyond >= FEWEST_BEYOND - 1e-9 else np.inf)
    if beyond < FEWEST_BEYOND - 1e-9 or bringing < FEWEST_BEYOND / 3:
        return Estimate(es, error, var_low, np.inf)
    wide = float(stats.t.ppf(0.975, beyond - 1)) * error / (es - var)
    return Estimate(es, error, es - NORMAL_95 * error, var + (es - var) * float(np.exp(wide)))


def euler(parts: np.ndarray, level: float, weights: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Components of VaR and ES, (position,) each, that add up to them (Tasche 1999).

    ``parts`` (path, position) are the losses of positions.  A component of ES is the mean loss of a position in the
    worst ``1 - level``; one of VaR its mean loss where the total is VaR, by linear regression on the total over the
    paths around it, which keeps the sum exact.
    """
    of_var, of_es = euler_weights(parts.sum(axis=-1), level, weights)
    return of_var @ parts, of_es @ parts


def euler_weights(losses: np.ndarray, level: float, weights: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Weights (path,) with which the losses of a position add up to its component of VaR and of ES (:func:`euler`);
    0 for most paths."""
    order = np.argsort(losses, kind="stable")
    x, w = losses[order], normalized(weights, len(losses))[order]
    var = float(x[_places(w, np.array([level]))[0]])
    below = np.cumsum(w) - w / 2
    width = max((1 - level) / 3, 30 / effective(w))
    near = np.where(np.abs(below - level) <= width, w, 0.0)
    near = near / near.sum() if near.sum() > 0 else w
    centre = near @ x
    spread = near @ (x - centre) ** 2
    slope = near * (x - centre) / spread if spread > 0 else np.zeros(len(x))
    of_var, of_es = np.empty(len(x)), np.empty(len(x))
    of_var[order] = near + (slope - near * slope.sum()) * (var - centre)
    of_es[order] = _beyond(x, w, var, level) / (1 - level)
    return of_var, of_es


def _places(ordered: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Positions of quantiles in a sample whose weights, ordered as it is, are ``ordered``."""
    total = np.cumsum(ordered)
    # Sums of weights are exact only up to rounding: without the slack 0.99 of 1,000 equal weights may miss its place.
    return np.minimum(np.searchsorted(total, levels - 1e-12), len(ordered) - 1)


def _beyond(x: np.ndarray, w: np.ndarray, var: float, level: float) -> np.ndarray:
    """The weight of every path in the worst ``1 - level``: all of it beyond VaR, a part of it at VaR."""
    at = x == var
    above = np.where(x > var, w, 0.0)
    return above + np.where(at, w, 0.0) * (1 - level - above.sum()) / w[at].sum()


def _error(w: np.ndarray, influence: np.ndarray, inflation: float) -> float:
    return float(np.sqrt(inflation * (w**2 @ np.asarray(influence, np.float64) ** 2)))


def _symmetric(value: float, error: float) -> Estimate:
    return Estimate(value, error, value - NORMAL_95 * error, value + NORMAL_95 * error)
