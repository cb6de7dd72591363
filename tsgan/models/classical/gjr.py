"""The GJR-GARCH(1,1) recursion of Glosten, Jagannathan and Runkle (1993), written once.

    variance[t+1] = omega + (alpha + gamma * [shock[t] < 0]) * shock[t]^2 + beta * variance[t]

Units: returns as plain numbers, so variances are daily and of the size 1e-4.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from tsgan.errors import DataError, TsganWarning
from tsgan.models.moves import mean_move

VARIANCE_CAP = 1e4
"""Variances stop at this multiple of the training variance (volatility at a hundred times), so that paths of a fit at
the edge of stationarity stay finite.  It practically never binds (in 1987 the ratio was about forty)."""

_STARTS = ((0.05, 0.05, 0.90), (0.02, 0.15, 0.85), (0.10, 0.10, 0.75), (0.01, 0.02, 0.97))
"""(alpha, gamma, beta) tried in turn where the optimizer does not converge from its own start."""

SLACK = 1e-6
"""By which the optimizer may miss a bound of the parameters."""

FAR_OUT = 20.0
"""A move of this many robust standard deviations is named as the likely cause where a fit does not converge."""


class GJR(NamedTuple):
    """Parameters of every asset, each of shape (asset,).

    Attributes:
        mean: mean return a period.
        omega, alpha, gamma, beta: of the recursion.
        level: variance of the training returns; the recursion starts from it and is capped at VARIANCE_CAP times it.
    """

    mean: np.ndarray
    omega: np.ndarray
    alpha: np.ndarray
    gamma: np.ndarray
    beta: np.ndarray
    level: np.ndarray


def next_variance(p: GJR, variance: np.ndarray, shock: np.ndarray) -> np.ndarray:
    """Tomorrow's variance (..., asset) after today's variance and shock (return less mean)."""
    news = (p.alpha + p.gamma * (shock < 0)) * shock**2
    return np.minimum(p.omega + news + p.beta * variance, VARIANCE_CAP * p.level)


def filtered(p: GJR, returns: np.ndarray, start: np.ndarray | None = None) -> np.ndarray:
    """(day + 1, asset) variances of ``returns`` (day, asset): one a day, then tomorrow's.

    On a day without a return (NaN) the variance stays as it is: a market that is closed tells nothing, and its next
    return is its next observation, as it was to the fit.

    ``start`` is the first day's variance, the training variance unless given; its influence dies out like
    ``(alpha + gamma / 2 + beta) ** day``.
    """
    variances = np.empty((len(returns) + 1, len(p.mean)))
    variances[0] = p.level if start is None else start
    known = np.isfinite(returns)
    complete = np.asarray(known.all(axis=1))
    for day, shock in enumerate(returns - p.mean):
        after = next_variance(p, variances[day], shock)
        variances[day + 1] = after if complete[day] else np.where(known[day], after, variances[day])
    return variances


def filtered_each(p: GJR, returns: np.ndarray, ends: np.ndarray, days: int) -> np.ndarray:
    """(history, asset) tomorrow's variances after the last ``days`` of ``returns[:end]``, for each of ``ends``.

    One pass over all of them.  Given the shocks the recursion is linear in the variance that it starts from, with slope
    ``beta`` a day with a return, so starting it later, from the training variance, corrects what one pass gives.
    """
    begins = np.maximum(ends - days, 0)
    first = int(begins.min())
    part = returns[first : int(ends.max())]
    variances = filtered(p, part)
    seen = np.concatenate([np.zeros((1, len(p.mean))), np.cumsum(np.isfinite(part), axis=0)])
    correction = p.beta ** (seen[ends - first] - seen[begins - first]) * (variances[begins - first] - p.level)
    return variances[ends - first] - correction


def simulate(p: GJR, variance: np.ndarray, innovations: np.ndarray) -> np.ndarray:
    """Returns (path, day, asset) float32 from tomorrow's variances (path, asset) and innovations (day, path, asset)."""
    # Paths lie side by side: one parameter then multiplies a whole row of numbers, not one asset's place in many rows.
    p = GJR(*(parameter[:, None] for parameter in p))
    variance, innovations = np.ascontiguousarray(variance.T), np.ascontiguousarray(innovations.transpose(0, 2, 1))
    out = np.empty(innovations.shape, np.float32)
    for day, innovation in enumerate(innovations):
        shock = np.sqrt(variance) * innovation
        out[day] = p.mean + shock
        variance = next_variance(p, variance, shock)
    return out.transpose(2, 0, 1)


def simulate_vjp(p: GJR, variance: np.ndarray, innovations: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Vector-Jacobian product of :func:`simulate`: gradient (day, path, asset) of its ``(slope * returns).sum()``.

    In the innovations: the recursion run backwards (reverse-mode differentiation).  ``slope`` is (path, day, asset).
    """
    variances = []
    for innovation in innovations:
        variances.append(variance)
        variance = next_variance(p, variance, np.sqrt(variance) * innovation)
    gradient = np.empty(innovations.shape)
    tomorrow = np.zeros(variance.shape)  # derivative in tomorrow's variance
    for day in reversed(range(len(innovations))):
        today, capped = variances[day], variance >= VARIANCE_CAP * p.level
        root, innovation = np.sqrt(today), innovations[day]
        shock = root * innovation
        tomorrow = np.where(capped, 0.0, tomorrow)
        of_shock = slope[:, day] + tomorrow * 2 * (p.alpha + p.gamma * (shock < 0)) * shock
        gradient[day] = of_shock * root
        tomorrow = p.beta * tomorrow + of_shock * innovation / (2 * root)
        variance = today
    return gradient


def fit_gjr(returns: np.ndarray, assets: Sequence[str], law: Literal["normal", "skewt"]) -> tuple[GJR, np.ndarray]:
    """Fit every asset of ``returns`` (day, asset) by maximum likelihood with arch, on the days that it has.

    The mean is the training mean, not a free parameter: freeing it gains less than one unit of log likelihood on
    thousands of days of an index but moves the drift by up to 4 % a year, and scenarios carry the historical drift.

    Returns:
        The parameters, and (asset, k) parameters of the innovations: none for ``normal``, tail and skew for ``skewt``.

    Warns:
        TsganWarning: an asset whose likelihood had no maximum that the optimizer could find from any start.
    """
    mean, level = mean_move(returns), np.nanvar(returns, axis=0)
    scale = np.sqrt(level)  # arch is happiest with variances near 1, whatever the units of the prices
    standardized = ((returns - mean) / scale).T
    fits = np.array([_fit_one(x[np.isfinite(x)], asset, law) for x, asset in zip(standardized, assets, strict=True)])
    omega, alpha, gamma, beta = fits[:, :4].T
    return GJR(mean, omega * level, alpha, gamma, beta, level), fits[:, 4:]


def _fit_one(x: np.ndarray, asset: str, law: Literal["normal", "skewt"]) -> np.ndarray:
    """(omega, alpha, gamma, beta, innovation parameters...) of one standardized series."""
    from arch import arch_model

    spec = arch_model(x, mean="Zero", vol="GARCH", p=1, o=1, q=1, dist=law, rescale=False)
    innovations = [8.0, -0.05] if law == "skewt" else []
    starts = [np.array([max(0.01, 1 - a - g / 2 - b), a, g, b, *innovations]) for a, g, b in _STARTS]
    best: tuple[tuple[bool, float], np.ndarray] | None = None
    for start in (None, *starts):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # arch's and scipy's own; what matters is said below
            result = spec.fit(disp="off", show_warning=False, starting_values=start)
        found = np.asarray(result.params, np.float64)
        if not (np.isfinite(result.loglikelihood) and np.isfinite(found).all()):
            continue
        rank = (_lasts(found), float(result.loglikelihood))
        if best is None or rank > best[0]:
            best = rank, found
            if result.convergence_flag == 0 and _lasts(found):
                return _inside(found)
    if best is None:
        raise DataError(
            f"no GJR-GARCH can be fitted to {asset}: its likelihood is nowhere finite; "
            f"look at its prices with 'tsgan inspect'"
        )
    size = np.abs(x)
    times = float(size.max() / (1.4826 * np.median(size))) if np.median(size) > 0 else np.inf
    jump = f"One move is {times:,.0f} times the usual one: look at it first, with 'tsgan inspect'"
    warnings.warn(
        f"the GJR-GARCH fit of {asset} did not converge from {len(starts) + 1} starts; the best of them is used. "
        + (jump if FAR_OUT < times < np.inf else "A longer history usually helps"),
        TsganWarning,
        stacklevel=4,
    )
    return _inside(best[1])


def _lasts(params: np.ndarray) -> bool:
    """Whether (omega, alpha, gamma, beta, ...) keep every variance positive and do not let it grow without end.

    The optimizer may leave these bounds where one move outweighs all the others.
    """
    omega, alpha, gamma, beta = params[:4]
    signs = min(omega, alpha, alpha + gamma, beta) > -SLACK
    return bool(signs and alpha + gamma / 2 + beta < 1 + 100 * SLACK)


def _inside(params: np.ndarray) -> np.ndarray:
    """The same, or the nearest with (:func:`_lasts`): news count no less than nothing, and beta gives way."""
    omega, alpha, gamma, beta = params[:4]
    alpha = max(alpha, 0.0)
    gamma = max(gamma, -alpha)
    if alpha + gamma / 2 + beta >= 1 + 100 * SLACK:
        alpha, gamma = (share / max(alpha + gamma / 2, 1.0) for share in (alpha, gamma))
        beta = min(beta, 1 - alpha - gamma / 2)
    return np.array([max(omega, 0.0), alpha, gamma, max(beta, 0.0), *params[4:]])
