"""Linear heads: a number's conditional law, sinh-arcsinh with location and log scale linear in inputs.

Jones and Pewsey (2009, "Sinh-arcsinh distributions"), on numpy and fitted by exact gradients: x = location + scale *
sinh((arcsinh(z) + skew) / tail), with z standard normal.  ``x`` increases in ``z``, so dependence between several
numbers can be put into their z.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

RIDGE = 1.0
"""Weights have a Gaussian prior of this precision, intercepts none: keeps short histories from extremes."""

PRIOR = 30.0
"""Precision of the prior around the weights of others, where these are given."""

TAIL_RANGE = (0.4, 3.0)
CAP = 12.0
"""Innovations are clipped here, in conditional scales, so that a draw is never absurd; practically never binds."""


class Head(NamedTuple):
    """A conditional law.

    Attributes:
        location: (input,) weights of the location.
        log_scale: (input,) weights of the log scale.
        shape: (2,) skew and tail.

    Laws of several assets have (asset, ...) each, for inputs (..., asset, input).
    """

    location: np.ndarray
    log_scale: np.ndarray
    shape: np.ndarray


def draw(head: Head, z: np.ndarray, location: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """The numbers (...,) that noise z (...,) becomes, given the inputs (..., input) of location and log scale."""
    skew, tail = head.shape[..., 0], head.shape[..., 1]
    y = np.sinh((np.arcsinh(z) + skew) / tail)
    return dot(location, head.location) + np.exp(dot(scale, head.log_scale)) * np.clip(y, -CAP, CAP)


def dot(inputs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(...,) sums of inputs (..., input) by weights (input,) or (asset, input)."""
    return np.einsum("...i,...i->...", inputs, weights)


def invert(head: Head, x: np.ndarray, location: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The noise z that ``draw`` would turn into x, and the log density of x, (...,) each."""
    skew, tail = head.shape[..., 0], head.shape[..., 1]
    log_scale = dot(scale, head.log_scale)
    y = (x - dot(location, head.location)) * np.exp(-log_scale)
    v = tail * np.arcsinh(y) - skew
    z = np.sinh(v)
    log_density = -0.5 * (z**2 + np.log(2 * np.pi)) + np.log(tail) + np.log(np.cosh(v)) - 0.5 * np.log1p(y**2)
    return z, log_density - log_scale


def fit_head(
    x: np.ndarray, location: np.ndarray, scale: np.ndarray, weight: np.ndarray, prior: Head | None = None
) -> Head:
    """The head of highest likelihood for numbers x (n,) given inputs (n, input); column 0 of both is the intercept.

    The likelihood of each number is taken to the power of its weight (n,).  ``prior`` is what weights are shrunk to.
    """
    n, width = weight.sum(), location.shape[1]
    start = least_squares(location, x, weight)
    spread = float(np.log(np.std(x - location @ start) + 1e-12))
    begin = np.concatenate([start, [spread], np.zeros(scale.shape[1] - 1), [0.0, 0.0]])
    ridge, centre = np.full(len(begin), RIDGE / n), np.zeros(len(begin))
    ridge[[0, width, -2, -1]] = 0.0
    if prior is not None:
        begin = centre = np.concatenate([prior.location, prior.log_scale, [prior.shape[0], np.log(prior.shape[1])]])
        ridge = np.full(len(begin), PRIOR / n)

    def loss(p: np.ndarray) -> tuple[float, np.ndarray]:
        weights, logs, (skew, log_tail) = p[:width], p[width:-2], p[-2:]
        tail, log_scale = np.exp(log_tail), scale @ logs
        inverse = np.exp(-log_scale)
        y = (x - location @ weights) * inverse
        a, root = np.arcsinh(y), np.sqrt(1 + y**2)
        v = np.clip(tail * a - skew, -20, 20)
        z = np.sinh(v)
        value = weight @ (0.5 * z**2 - np.log(np.cosh(v)) + np.log(root) + log_scale) / n - log_tail
        dv = weight * (z * np.cosh(v) - np.tanh(v))
        dy = dv * tail / root + weight * y / root**2
        slope = np.concatenate(
            [location.T @ (-dy * inverse), scale.T @ (weight - y * dy), [-dv.sum(), (dv * a * tail).sum() - n]]
        )
        away = p - centre
        return value + 0.5 * (ridge * away**2).sum(), slope / n + ridge * away

    low, high = np.log(TAIL_RANGE)
    bounds = [(None, None)] * width + [(-12.0, 12.0)] * scale.shape[1] + [(-3.0, 3.0), (low, high)]
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500}).x
    return Head(found[:width], found[width:-2], np.array([found[-2], np.exp(found[-1])]))


def least_squares(inputs: np.ndarray, x: np.ndarray, weight: np.ndarray, prior: np.ndarray | None = None) -> np.ndarray:
    """(input,) coefficients of x (n,) on inputs (n, input), each row weighted (n,), shrunk to ``prior``."""
    if prior is not None:
        noise = np.average((x - inputs @ prior) ** 2, weights=weight)  # the precision is one of noise of variance 1
        inputs, x = np.concatenate([inputs, np.eye(len(prior))]), np.concatenate([x, prior])
        weight = np.concatenate([weight, np.full(len(prior), PRIOR * noise)])
    root = np.sqrt(weight)
    return np.linalg.lstsq(inputs * root[:, None], x * root, rcond=None)[0]


def fit_logistic(
    hit: np.ndarray, inputs: np.ndarray, weight: np.ndarray, prior: np.ndarray | None = None
) -> np.ndarray:
    """(input,) coefficients of the log odds of ``hit`` (n,) given inputs (n, input), column 0 the intercept.

    Weights and prior are those of :func:`fit_head`.
    """
    n = weight.sum()
    ridge, centre = np.full(inputs.shape[1], RIDGE / n), np.zeros(inputs.shape[1])
    ridge[0] = 0.0
    rate = np.clip(weight @ hit / n, 1e-6, 1 - 1e-6)
    begin = np.zeros(inputs.shape[1])
    begin[0] = np.log(rate / (1 - rate))
    if prior is not None:
        begin, centre, ridge = prior, prior, np.full(inputs.shape[1], PRIOR / n)

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        logit = inputs @ w
        value = weight @ (np.logaddexp(0.0, logit) - hit * logit) / n
        away = w - centre
        return value + 0.5 * (ridge * away**2).sum(), inputs.T @ (weight * (expit(logit) - hit)) / n + ridge * away

    bounds = [(-14.0, 14.0)] * len(begin)
    return minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=bounds).x
