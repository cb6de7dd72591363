"""Tomorrow's law: a sinh-arcsinh density for each asset, joined by a Gaussian copula with few common factors.

Jones and Pewsey (2009, "Sinh-arcsinh distributions"): y = sinh((arcsinh(z) + skew) / tail) with z standard normal;
tail < 1 is heavier than normal.  Map and inverse are closed forms, so a draw and its log density cost the same.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

CAP = 200.0
"""Innovations are clipped here, in units of the conditional scale.  A safeguard that keeps every path finite: at the
heaviest tail allowed it binds for a normal draw beyond 10, at a skew of 0.3 beyond 7.4: less than once in 10^12."""

TAIL_RANGE = (0.5, 1.4)
LOG_SCALE_RANGE = 4.0
LOCATION_RANGE = 0.5
"""Bounds of tail, log scale and location.  The last one keeps a trend from feeding itself in a free run."""
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(15)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
_LOG_2PI = 1.8378770664093453


class Density(NamedTuple):
    """Parameters of tomorrow's standardized return, (..., asset) each: x = location + exp(log_scale) * y."""

    location: jax.Array
    log_scale: jax.Array
    skew: jax.Array
    tail: jax.Array


def from_raw(raw: jax.Array) -> Density:
    """The density of a head's raw outputs (..., asset, 4), each squashed smoothly into its range."""
    low, high = TAIL_RANGE
    return Density(
        location=LOCATION_RANGE * jnp.tanh(raw[..., 0] / LOCATION_RANGE),
        log_scale=LOG_SCALE_RANGE * jnp.tanh(raw[..., 1] / LOG_SCALE_RANGE),
        skew=jnp.tanh(raw[..., 2]),
        tail=low + (high - low) * jax.nn.sigmoid(raw[..., 3]),
    )


def draw(density: Density, z: jax.Array | float) -> jax.Array:
    """The standardized return that standard normal noise z, (..., asset), becomes."""
    y = jnp.sinh((jnp.arcsinh(z) + density.skew) / density.tail)
    return density.location + jnp.exp(density.log_scale) * jnp.clip(y, -CAP, CAP)


def mean(density: Density) -> jax.Array:
    """The expected standardized return, (..., asset), by Gauss-Hermite quadrature."""
    return sum(float(w) * draw(density, float(z)) for z, w in zip(_NODES, _WEIGHTS, strict=True))  # type: ignore[return-value]


def invert(density: Density, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The noise z that ``draw`` would turn into x, and each asset's marginal log density of x, (..., asset)."""
    y = (x - density.location) * jnp.exp(-density.log_scale)
    u = density.tail * jnp.arcsinh(y) - density.skew
    z = jnp.sinh(u)
    log_slope = jnp.log(density.tail) + jnp.log(jnp.cosh(u)) - 0.5 * jnp.log1p(y * y)
    return z, -0.5 * (z * z + _LOG_2PI) + log_slope - density.log_scale


def bounded_loadings(raw: jax.Array) -> jax.Array:
    """Loadings (asset, factor) with row norms below 1, so that every asset keeps noise of its own."""
    return raw * jax.lax.rsqrt(1.0 + jnp.sum(raw * raw, axis=-1, keepdims=True))


def correlate(loadings: jax.Array, own: jax.Array, common: jax.Array) -> jax.Array:
    """Noise (..., asset) with unit variances and correlation B B' + diag(1 - |b|^2), from independent normals
    ``own`` (..., asset) and ``common`` (..., factor); loadings B are (asset, factor)."""
    rest = jnp.sqrt(1.0 - jnp.sum(loadings * loadings, axis=-1))
    return common @ loadings.T + rest * own


def copula_log_density(loadings: jax.Array, z: jax.Array) -> jax.Array:
    """(...,) log density of the Gaussian copula at normal scores z (..., asset): log N(z; 0, R) - sum log N(z; 0, 1).

    Woodbury's identity on the factors: the cost grows linearly with assets.
    """
    rest = 1.0 - jnp.sum(loadings * loadings, axis=-1)
    weighted = loadings / rest[:, None]
    inner = jnp.eye(loadings.shape[1]) + loadings.T @ weighted
    projected = z @ weighted
    quadratic = jnp.sum(z * z / rest, axis=-1) - jnp.sum(projected * jnp.linalg.solve(inner, projected.T).T, axis=-1)
    log_determinant = jnp.sum(jnp.log(rest)) + jnp.linalg.slogdet(inner)[1]
    return -0.5 * (log_determinant + quadratic - jnp.sum(z * z, axis=-1))
