"""Dynamic conditional correlation, DCC(1,1) of Engle (2002), written once.

    Q[t+1] = (1 - news - memory) * target + news * x[t] x[t]' + memory * Q[t],    R[t] = Q[t] with its diagonal made 1

The scores ``x`` (day, asset) are multivariate t with mean 0, variances 1 and correlation ``R[t]``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import optimize, signal, special

from tsgan.models.classical import skewt
from tsgan.models.missing import correlation_of

MOST_PAIRS = 200
"""Pairs that the likelihood is composed of: all of them up to 20 assets."""

MOST_PERSISTENT = 0.999
"""Largest ``news + memory``, so that correlations return to their target."""

TAILS = (2.5, 50.0)
"""Degrees of freedom that the fit may choose from; 50 is Gaussian for all purposes."""

START = np.array([3.5, -3.9, -2.0])
"""Persistence .97, of it a fiftieth news, and eight degrees of freedom, in the coordinates of :func:`_parameters`: near
what daily returns of most markets come to."""

MOST_NUMBERS = 2**22
"""Numbers of ``Q`` that are worked on at once: 32 MiB."""

RIDGE = 1e-6
"""Share of the identity in the target: perfectly correlated assets still have a Cholesky factor."""


class DCC(NamedTuple):
    """Parameters.

    Attributes:
        news, memory: of the recursion.
        tail: degrees of freedom of the scores.
        target: (asset, asset) correlation that ``Q`` returns to.
    """

    news: float
    memory: float
    tail: float
    target: np.ndarray


def fit_dcc(normal_scores: np.ndarray) -> DCC:
    """Fit to standardized residuals as normal scores (day, asset), NaN where there are none.

    The target is the correlation of the scores (correlation targeting); the other three parameters maximize the sum of
    the bivariate likelihoods of pairs on the days that both have (composite likelihood; Engle, Shephard and Sheppard,
    2008, who show that the full likelihood of many assets is biased towards constant correlations).  Margins do not
    depend on the tail, so only the copula's part of each likelihood counts.
    """
    assets = normal_scores.shape[1]
    if assets == 1:
        return DCC(0.0, 0.0, TAILS[1], np.ones((1, 1)))
    pairs = _pairs(assets)

    @lru_cache(maxsize=2)  # numerical gradients move one parameter at a time
    def scores(tail: float) -> tuple[np.ndarray, np.ndarray]:
        x = skewt.SkewTQuantiles(tail, 0.0)(normal_scores)
        return x, target_of(x)

    def loss(free: np.ndarray) -> float:
        news, memory, tail = _parameters(free)
        x, target = scores(tail)
        return -_composite(DCC(news, memory, tail, target), x, pairs)

    best = optimize.minimize(loss, START, method="L-BFGS-B", bounds=[(-10, 10)] * 3, tol=1e-8)
    news, memory, tail = _parameters(best.x)
    return DCC(news, memory, tail, scores(tail)[1])


def target_of(x: np.ndarray) -> np.ndarray:
    """(asset, asset) correlations of scores (day, asset), strictly positive definite."""
    return (1 - RIDGE) * correlation_of(x) + RIDGE * np.eye(x.shape[1])


def filtered_q(p: DCC, x: np.ndarray) -> np.ndarray:
    """(asset, asset) ``Q`` of the day after scores (day, asset), which started from the target.

    The recursion is linear, so that its end is one weighted sum of outer products.
    """
    days, total = len(x), p.target * 1.0
    weights = p.news * p.memory ** np.arange(days - 1, -1, -1)
    filled, unknown = _filled(p.target, x)
    total += (filled.T * weights) @ filled - weights.sum() * p.target
    for rows, uncertainty in unknown:
        total += weights[rows].sum() * uncertainty
    return (total + total.T) / 2


def next_q(p: DCC, q: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Tomorrow's ``Q`` (..., asset, asset) after today's and today's scores (..., asset)."""
    return (1 - p.news - p.memory) * p.target + p.news * (x[..., :, None] * x[..., None, :]) + p.memory * q


def factor_of_q(q: np.ndarray) -> np.ndarray:
    """Lower Cholesky factors (..., asset, asset) of the correlations that ``q`` stands for."""
    # Rows of a factor of Q, scaled to length 1, are the factor of R.
    factor = np.linalg.cholesky(q)
    return factor / np.sqrt(np.einsum("...ii->...i", q))[..., None]


def factor_vjp(q: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Vector-Jacobian product of :func:`factor_of_q`: the gradient in ``q`` (symmetric) of ``(slope * factor).sum()``.

    Both are (..., asset, asset).  Reverse mode of the Cholesky factor: Murray (2016), "Differentiation of the Cholesky
    decomposition", eq. 8.
    """
    root = np.sqrt(np.einsum("...ii->...i", q))
    factor = np.linalg.cholesky(q)
    of_root = -(slope * factor).sum(axis=-1) / root**2
    inner = np.swapaxes(factor, -1, -2) @ (slope / root[..., None])
    inner = np.tril(inner)
    diagonal = np.einsum("...ii->...i", inner)
    diagonal /= 2
    inverse = np.linalg.inv(factor)
    gradient = np.swapaxes(inverse, -1, -2) @ inner @ inverse
    gradient = (gradient + np.swapaxes(gradient, -1, -2)) / 2
    np.einsum("...ii->...i", gradient)[...] += of_root / (2 * root)
    return gradient


def simulate(p: DCC, q: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Scores (day, path, asset) from tomorrow's ``Q`` (path, asset, asset) and normal noise (day, path, asset + 1).

    The last number of a day is the common shock of the t: it moves all scores of the day away from 0, or closer.
    """
    x = np.empty((*noise.shape[:2], noise.shape[2] - 1))
    spread = common_shock(p, noise[..., -1])
    for lanes in _lanes(len(q), q[0].size):
        running = q[lanes]
        for day, normal in enumerate(noise[:, lanes, :-1]):
            x[day, lanes] = spread[day, lanes, None] * (factor_of_q(running) @ normal[..., None])[..., 0]
            running = next_q(p, running, x[day, lanes])
    return x


def simulate_vjp(p: DCC, q: np.ndarray, noise: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Vector-Jacobian product of :func:`simulate`: gradient (day, path, asset + 1) of ``(slope * scores).sum()``.

    In the noise, by reverse mode.
    """
    gradient = np.empty(noise.shape)
    spread, steepness = common_shock(p, noise[..., -1]), common_shock_slope(p, noise[..., -1])
    x = simulate(p, q, noise)
    for lanes in _lanes(len(q), len(noise) * q[0].size):
        before = [q[lanes]]
        for today in x[:-1, lanes]:
            before.append(next_q(p, before[-1], today))
        tomorrow = np.zeros_like(before[0])  # derivative in tomorrow's Q
        for day in reversed(range(len(noise))):
            of_x = slope[day, lanes] + 2 * p.news * (tomorrow @ x[day, lanes, :, None])[..., 0]
            of_normal = spread[day, lanes, None] * of_x
            factor, normal = factor_of_q(before[day]), noise[day, lanes, :-1]
            gradient[day, lanes, :-1] = (of_normal[..., None, :] @ factor)[..., 0, :]
            gradient[day, lanes, -1] = (of_x * x[day, lanes]).sum(axis=-1) / spread[day, lanes] * steepness[day, lanes]
            of_factor = of_normal[..., :, None] * normal[..., None, :]
            tomorrow = p.memory * tomorrow + factor_vjp(before[day], np.tril(of_factor))
    return gradient


def common_shock(p: DCC, normal: np.ndarray) -> np.ndarray:
    """What normal scores are multiplied by, to be t of variance 1: root of (tail - 2) over a chi squared."""
    return np.sqrt((p.tail - 2) / _chi_squared(p, normal))


def common_shock_slope(p: DCC, normal: np.ndarray) -> np.ndarray:
    """Derivative of :func:`common_shock`."""
    chi, half = _chi_squared(p, normal), p.tail / 2
    log_density = (half - 1) * np.log(chi) - chi / 2 - half * np.log(2) - special.gammaln(half)
    of_chi = np.exp(-(normal**2) / 2 - log_density) / np.sqrt(2 * np.pi)
    return -np.sqrt((p.tail - 2) / chi) / (2 * chi) * of_chi


def _chi_squared(p: DCC, normal: np.ndarray) -> np.ndarray:
    """Its quantiles at the probabilities of ``normal``."""
    return 2 * special.gammaincinv(p.tail / 2, special.ndtr(normal))


def _lanes(paths: int, numbers: int) -> list[slice]:
    """Slices of the paths, each of which holds at most MOST_NUMBERS where one holds ``numbers``."""
    width = max(1, MOST_NUMBERS // numbers)
    return [slice(first, first + width) for first in range(0, paths, width)]


def _filled(target: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, list[tuple[np.ndarray, np.ndarray]]]:
    """Scores with the missing ones at what the present ones say of them, and what that leaves open.

    So that a missing day adds to ``Q`` what it is expected to add, which keeps ``Q`` positive definite.  Returns
    (day, asset), and by pattern of what is missing its days and the (asset, asset) covariance of the unknown part.
    """
    there = np.isfinite(x)
    if there.all():
        return x, []
    filled, unknown = np.where(there, x, 0.0), []
    patterns, which = np.unique(there, axis=0, return_inverse=True)
    for i, known in enumerate(patterns):
        if known.all():
            continue
        rows, open_ = np.flatnonzero(which == i), ~known
        slopes = np.linalg.solve(target[np.ix_(known, known)], target[np.ix_(known, open_)])
        filled[np.ix_(rows, open_)] = filled[np.ix_(rows, known)] @ slopes
        uncertainty = np.zeros_like(target)
        uncertainty[np.ix_(open_, open_)] = target[np.ix_(open_, open_)] - target[np.ix_(open_, known)] @ slopes
        unknown.append((rows, uncertainty))
    return filled, unknown


def _pairs(assets: int) -> np.ndarray:
    """(2, pair): neighbours first, then those two apart, ...: every asset is in about as many pairs as any other."""
    every = [(i, i + apart) for apart in range(1, assets) for i in range(assets - apart)]
    return np.array(every[: max(MOST_PAIRS, assets - 1)]).T


def _parameters(free: np.ndarray) -> tuple[float, float, float]:
    """(news, memory, tail) inside their limits, from three numbers that have none."""
    persistence, share, place = (float(value) for value in special.expit(free))
    persistence *= MOST_PERSISTENT
    return persistence * share, persistence * (1 - share), TAILS[0] + (TAILS[1] - TAILS[0]) * place


def _composite(p: DCC, x: np.ndarray, pairs: np.ndarray) -> float:
    """Mean over pairs and days of the copula's log density."""
    both = np.isfinite(x).T[pairs].all(axis=0)  # (pair, day)
    first, second = np.where(both, x.T[pairs], 0.0)
    alone = np.where(np.isfinite(x), skewt.log_density(x, p.tail, 0.0), 0.0).T[pairs].sum(axis=0)
    diagonal = np.arange(x.shape[1])
    own = _running(p, x, np.array([diagonal, diagonal]))
    rho = _running(p, x, pairs) / np.sqrt(own[pairs[0]] * own[pairs[1]])
    joint = _pair_log_density(first, second, rho, p.tail)
    return float((joint - alone).mean(where=both))


def _running(p: DCC, x: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """(pair, day) entries of ``Q`` before each day's scores (day, asset)."""
    filled, unknown = _filled(p.target, x)
    news = filled.T[pairs[0]] * filled.T[pairs[1]]
    for rows, uncertainty in unknown:
        news[:, rows] += uncertainty[tuple(pairs)][:, None]
    level = p.target[tuple(pairs)][:, None]
    return level + signal.lfilter([0.0, p.news], [1.0, -p.memory], news - level)


def _pair_log_density(a: np.ndarray, b: np.ndarray, rho: np.ndarray, tail: float) -> np.ndarray:
    """Log density of two scores of variance 1 and correlation ``rho`` under the bivariate t."""
    rest = 1 - rho**2
    distance = (a**2 - 2 * rho * a * b + b**2) / (rest * (tail - 2))
    constant = special.gammaln(tail / 2 + 1) - special.gammaln(tail / 2) - np.log(np.pi * (tail - 2))
    return constant - np.log(rest) / 2 - (tail / 2 + 1) * np.log1p(distance)
