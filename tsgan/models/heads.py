"""Linear heads: a number's conditional law, sinh-arcsinh with location and log scale linear in inputs.

Jones and Pewsey (2009, "Sinh-arcsinh distributions"), as in :mod:`tsgan.models.density`, but on numpy and fitted by
exact gradients: x = location + scale * sinh((arcsinh(z) + skew) / tail), with z standard normal.  ``x`` increases in
``z``, so dependence between several numbers can be put into their z.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

RIDGE = 1.0
"""Weights have a Gaussian prior of this precision, intercepts none: keeps short histories from extremes."""

TAIL_RANGE = (0.4, 3.0)
CAP = 12.0
"""Innovations are clipped here, in conditional scales, so that a draw is never absurd; practically never binds."""


class Head(NamedTuple):
    """A conditional law.

    Attributes:
        location: (input,) weights of the location.
        log_scale: (input,) weights of the log scale.
        shape: (2,) skew and tail.
    """

    location: np.ndarray
    log_scale: np.ndarray
    shape: np.ndarray


def draw(head: Head, z: np.ndarray, location: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """The numbers (...,) that noise z (...,) becomes, given the inputs (..., input) of location and log scale."""
    skew, tail = head.shape
    y = np.sinh((np.arcsinh(z) + skew) / tail)
    return location @ head.location + np.exp(scale @ head.log_scale) * np.clip(y, -CAP, CAP)


def invert(head: Head, x: np.ndarray, location: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The noise z that ``draw`` would turn into x, and the log density of x, (...,) each."""
    skew, tail = head.shape
    log_scale = scale @ head.log_scale
    y = (x - location @ head.location) * np.exp(-log_scale)
    v = tail * np.arcsinh(y) - skew
    z = np.sinh(v)
    log_density = -0.5 * (z**2 + np.log(2 * np.pi)) + np.log(tail) + np.log(np.cosh(v)) - 0.5 * np.log1p(y**2)
    return z, log_density - log_scale


def fit_head(x: np.ndarray, location: np.ndarray, scale: np.ndarray) -> Head:
    """The head of highest likelihood for numbers x (n,) given inputs (n, input); column 0 of both is the intercept."""
    n, width = location.shape
    start = np.linalg.lstsq(location, x, rcond=None)[0]
    spread = float(np.log(np.std(x - location @ start) + 1e-12))
    begin = np.concatenate([start, [spread], np.zeros(scale.shape[1] - 1), [0.0, 0.0]])
    ridge = np.full(len(begin), RIDGE / n)
    ridge[[0, width, -2, -1]] = 0.0

    def loss(p: np.ndarray) -> tuple[float, np.ndarray]:
        weights, logs, (skew, log_tail) = p[:width], p[width:-2], p[-2:]
        tail, log_scale = np.exp(log_tail), scale @ logs
        inverse = np.exp(-log_scale)
        y = (x - location @ weights) * inverse
        a, root = np.arcsinh(y), np.sqrt(1 + y**2)
        v = np.clip(tail * a - skew, -20, 20)
        z = np.sinh(v)
        value = (0.5 * z**2 - np.log(np.cosh(v)) + np.log(root) + log_scale).mean() - log_tail
        dv = z * np.cosh(v) - np.tanh(v)
        dy = dv * tail / root + y / root**2
        slope = np.concatenate(
            [location.T @ (-dy * inverse), scale.T @ (1 - y * dy), [-dv.sum(), (dv * a * tail).sum() - n]]
        )
        return value + 0.5 * (ridge * p**2).sum(), slope / n + ridge * p

    low, high = np.log(TAIL_RANGE)
    bounds = [(None, None)] * width + [(-12.0, 12.0)] * scale.shape[1] + [(-3.0, 3.0), (low, high)]
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500}).x
    return Head(found[:width], found[width:-2], np.array([found[-2], np.exp(found[-1])]))


def fit_logistic(hit: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """(input,) weights of the log odds of ``hit`` (n,) given inputs (n, input), column 0 the intercept."""
    n = len(hit)
    ridge = np.full(inputs.shape[1], RIDGE / n)
    ridge[0] = 0.0
    rate = np.clip(hit.mean(), 1e-6, 1 - 1e-6)
    begin = np.zeros(inputs.shape[1])
    begin[0] = np.log(rate / (1 - rate))

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        logit = inputs @ w
        value = (np.logaddexp(0.0, logit) - hit * logit).mean()
        return value + 0.5 * (ridge * w**2).sum(), inputs.T @ (expit(logit) - hit) / n + ridge * w

    bounds = [(-14.0, 14.0)] * len(begin)
    return minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=bounds).x
