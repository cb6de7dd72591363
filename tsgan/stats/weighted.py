"""Statistics of weighted samples, with the Monte Carlo error that they carry.

``weights`` are (path,) and sum to 1; None weighs all paths equally.  Losses are positive numbers.  Standard errors are
those of independent draws with self-normalized weights: sum w_i^2 f_i^2 with f the influence function (Owen 2013,
"Monte Carlo theory, methods and examples", ch. 9; Hong 2011 for VaR and ES).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

NORMAL_95 = 1.959963984540054


class Estimate(NamedTuple):
    """A number, its standard error where it has one of its own, and the 95 % interval for Monte Carlo error."""

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


def mean(x: np.ndarray, weights: np.ndarray | None = None, inflation: float = 1.0) -> Estimate:
    """Mean of x (path,); ``inflation`` multiplies the variance where paths are not independent."""
    w = normalized(weights, len(x))
    value = float(w @ x)
    return _symmetric(value, _error(w, x - value, inflation))


def probability(hits: np.ndarray, weights: np.ndarray | None = None, inflation: float = 1.0) -> Estimate:
    """How often ``hits`` (path,) are true, with Wilson's (1927) interval at the effective number of paths."""
    w = normalized(weights, len(hits))
    p, n, z = float(w @ hits), effective(w) / inflation, NORMAL_95
    middle, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low, high = max((middle - half) / scale, 0.0), min((middle + half) / scale, 1.0)
    return Estimate(p, _error(w, hits - p, inflation), 0.0 if p == 0 else low, 1.0 if p == 1 else high)


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

    VaR is the quantile, ES the mean of the worst ``1 - level`` of the weight (Acerbi and Tasche 2002).  VaR's interval
    lies between the quantiles whose levels are two standard errors of the distribution function apart.
    """
    order = np.argsort(losses, kind="stable")
    x, w = losses[order], normalized(weights, len(losses))[order]
    var = float(x[_places(w, np.array([level]))[0]])
    beyond = _beyond(x, w, var, level)
    es = float(beyond @ x) / (1 - level)
    of_level = _error(w, (x <= var) - level, inflation)
    edges = np.clip([level - NORMAL_95 * of_level, level + NORMAL_95 * of_level], 0, 1)
    low, high = x[_places(w, edges)]
    of_es = _error(w, var + np.maximum(x - var, 0) / (1 - level) - es, inflation)
    return Tail(
        Estimate(var, float(high - low) / (2 * NORMAL_95), float(low), float(high)),
        _symmetric(es, of_es),
    )


def euler(parts: np.ndarray, level: float, weights: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Components of VaR and ES, (position,) each, that add up to them (Tasche 1999).

    ``parts`` (path, position) are the losses of positions.  A component of ES is the mean loss of a position in the
    worst ``1 - level``; one of VaR its mean loss where the total is VaR, by linear regression on the total over the
    paths around it, which keeps the sum exact.
    """
    losses = parts.sum(axis=-1)
    order = np.argsort(losses, kind="stable")
    x, p, w = losses[order], parts[order], normalized(weights, len(losses))[order]
    var = float(x[_places(w, np.array([level]))[0]])
    es_parts = _beyond(x, w, var, level) @ p / (1 - level)
    below = np.cumsum(w) - w / 2
    width = max((1 - level) / 3, 30 / effective(w))
    near = np.where(np.abs(below - level) <= width, w, 0.0)
    near = near / near.sum() if near.sum() > 0 else w
    centre, middle = near @ x, near @ p
    spread = near @ (x - centre) ** 2
    slope = near @ ((x - centre)[:, None] * (p - middle)) / spread if spread > 0 else np.zeros(p.shape[1])
    return middle + slope * (var - centre), es_parts


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
