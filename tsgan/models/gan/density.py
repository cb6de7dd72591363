"""Tomorrow's law: a skewed, power-tailed density for each asset, joined by a Gaussian copula of random strength.

Margins.  With z standard normal, three closed forms in a row, each with a closed inverse, so that a draw and its exact
log density cost the same:

    h = sign(z) sqrt(tail (exp(c z^2 / tail) - 1)),  c = ((8 tail + 3) / (8 tail + 1))^2
    y = h + skew (sqrt(1 + h^2) - 1 - m(tail))
    x = location + exp(log_scale) y

The first is Wallace's (1959, "Bounds on normal approximations to Student's and the chi-square distributions") map
between normal and Student t with ``tail`` degrees of freedom, here the definition of a law with power tails; the second
stretches one side and shrinks the other, and m(tail), the mean of sqrt(1 + h^2) - 1, makes the location the mean: skew
and volatility then move no drift.

Dependence.  Normal scores are z = b_i f + sqrt(1 - |b_i|^2) e_i, whose loadings are those of the assets times a
strength exp(s + spread n): s follows the market's state, n is a normal shock of its own.  Whatever the strength, every
score stays standard normal, so margins are exact; days of high strength bring the joint extremes that one Gaussian
copula lacks (random factor loadings, after Andersen and Sidenius 2004).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import no_type_check

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from tsgan.config import DensityConfig
from tsgan.models.gan.ties import Ties, tied

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(21)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
_STRENGTHS, _MASSES = np.polynomial.hermite_e.hermegauss(5)
_MASSES = _MASSES / _MASSES.sum()
_LOG_2PI = 1.8378770664093453


@jax.tree_util.register_dataclass
@no_type_check  # jax rebuilds pytrees with placeholders in place of arrays
@dataclass(frozen=True)
class Density:
    """Parameters of tomorrow's standardized return, (..., asset) each: x = location + exp(log_scale) * y.

    Attributes:
        cap: y is clipped to it, see :class:`tsgan.config.DensityConfig`.
    """

    location: Float[Array, "*batch asset"]
    log_scale: Float[Array, "*batch asset"]
    skew: Float[Array, "*batch asset"]
    tail: Float[Array, "*batch asset"]
    cap: float = field(metadata={"static": True})


def from_raw(raw: Float[Array, "*batch asset 4"], law: DensityConfig) -> Density:
    """The density of a head's raw outputs (..., asset, 4), each squashed smoothly into its range."""
    return from_parts(raw[..., 0], raw[..., 1], raw[..., 2], raw[..., 3], law)


def from_parts(
    location: jax.Array, log_scale: jax.Array, skew: jax.Array, tail: jax.Array, law: DensityConfig
) -> Density:
    """The same of raw outputs one by one, (...,) each."""
    return Density(
        location=_within(law.location_range, location),
        log_scale=_within(law.log_scale_range, log_scale),
        skew=_within(law.skew_range, skew),
        tail=law.tail_least + jnp.exp(law.tail_middle + _within(law.tail_range, tail)),
        cap=law.cap,
    )


def _within(bound: float, raw: jax.Array) -> jax.Array:
    return bound * jnp.tanh(raw / bound)


def draw(density: Density, z: Float[Array, " ..."] | float) -> Float[Array, "*batch asset"]:
    """The standardized return that standard normal noise z, (..., asset), becomes."""
    exponent = _wallace(density.tail) * z * z / density.tail
    # sqrt(expm1(q) / q) is smooth at q = 0, where a series stands in for it; beyond 60 the cap has long been reached.
    small, q = exponent < 1e-3, jnp.clip(exponent, 1e-3, 60.0)
    stretch = jnp.where(small, 1.0 + exponent / 2.0, jnp.expm1(q) / q)
    limited = jnp.clip(z, -1e4, 1e4)
    h = limited * jnp.sqrt(_wallace(density.tail) * stretch)
    y = h + density.skew * (jnp.sqrt(1.0 + h * h) - 1.0 - _stretched_mean(density.tail))
    return density.location + jnp.exp(density.log_scale) * jnp.clip(y, -density.cap, density.cap)


def mean(density: Density) -> Float[Array, "*batch asset"]:
    """The expected standardized return, (..., asset), by Gauss-Hermite quadrature."""
    return sum(float(w) * draw(density, float(z)) for z, w in zip(_NODES, _WEIGHTS, strict=True))  # type: ignore[return-value]


def invert(
    density: Density, x: Float[Array, "*batch asset"]
) -> tuple[Float[Array, "*batch asset"], Float[Array, "*batch asset"]]:
    """The noise z that ``draw`` would turn into x, and each asset's marginal log density of x, (..., asset)."""
    skew, tail = density.skew, density.tail
    y = (x - density.location) * jnp.exp(-density.log_scale)
    a, rest = y + skew * (1.0 + _stretched_mean(tail)), 1.0 - skew * skew
    h = (a - skew * jnp.sqrt(a * a + rest)) / rest
    w = h * h / tail
    power = jnp.log1p(w)
    # log(w / log1p(w)) is smooth at w = 0, where a series stands in for it.
    small, safe = w < 1e-3, jnp.maximum(w, 1e-3)
    log_stretch = jnp.where(small, w / 2.0, jnp.log(safe / jnp.log1p(safe)))
    log_c = jnp.log(_wallace(tail))
    z = h * jnp.exp(-0.5 * (log_stretch + log_c))
    log_slope = 0.5 * (log_stretch - log_c) - power - jnp.log1p(skew * h * jax.lax.rsqrt(1.0 + h * h))
    return z, -0.5 * (z * z + _LOG_2PI) + log_slope - density.log_scale


def _stretched_mean(tail: jax.Array) -> jax.Array:
    """m(tail), a cubic in 1 / tail fitted to numerical integrals; off by less than 3e-4 over the whole range."""
    u = 1.0 / tail
    return 0.35391 + u * (0.50959 + u * (0.24662 + u * 2.07895))


def _wallace(tail: jax.Array) -> jax.Array:
    return ((8.0 * tail + 3.0) / (8.0 * tail + 1.0)) ** 2


@jax.tree_util.register_dataclass
@no_type_check  # jax rebuilds pytrees with placeholders in place of arrays
@dataclass(frozen=True)
class Copula:
    """How tomorrow's normal scores hang together.

    Attributes:
        loadings: (asset, factor) at strength 1, before they are bounded.
        log_strength: (...) of the day.
        spread: () of the random part of the log strength.
        strength_range: bound of the log strength.
        ties: of the assets that are modelled apart, whose loadings are 0; None where there are none.
    """

    loadings: Float[Array, "asset factor"]
    log_strength: Float[Array, "*batch"]
    spread: Float[Array, ""]
    strength_range: float = field(metadata={"static": True})
    ties: Ties | None = None


def strength(copula: Copula, shock: Float[Array, " ..."] | float) -> Float[Array, " ..."]:
    """(...) strength of the day under a standard normal shock (...)."""
    log = copula.log_strength + copula.spread * shock
    return jnp.exp(_within(copula.strength_range, log))


def bounded(raw: Float[Array, "asset factor"]) -> Float[Array, "asset factor"]:
    """Loadings (asset, factor) whose row norms stay below 1, of any numbers."""
    return raw * jax.lax.rsqrt(1.0 + jnp.sum(raw * raw, axis=-1, keepdims=True))


def correlate(
    copula: Copula, own: Float[Array, "*batch asset"], common: Float[Array, "*batch common"]
) -> Float[Array, "*batch asset"]:
    """Normal scores (..., asset) from independent normals ``own`` (..., asset) and ``common`` (..., factor + 1), the
    last of which is the shock to the strength."""
    a = strength(copula, common[..., -1])[..., None]
    rest = jax.lax.rsqrt(1.0 + a * a * jnp.sum(copula.loadings**2, axis=-1))  # sqrt(1 - |b_i|^2)
    z = rest * (a * (common[..., :-1] @ copula.loadings.T) + own)
    if copula.ties is None:
        return z
    return tied(copula.ties, z, own, (a * rest)[..., None] * copula.loadings)


def copula_log_density(
    copula: Copula, z: Float[Array, "*batch asset"], present: Bool[Array, "*batch asset"] | None = None
) -> Float[Array, "*batch"]:
    """(...) log density of the copula at normal scores z (..., asset): log joint - sum log N(z; 0, 1).

    The shock to the strength is integrated out by Gauss-Hermite quadrature.  Assets that are not ``present``
    (..., asset) are left out, which is exact: the margins of a factor copula are factor copulas.  Assets that are
    modelled apart count as independent: nothing is trained on how they hang on the others.
    """
    here = jnp.ones_like(z) if present is None else present.astype(z.dtype)
    shock = jnp.asarray(_STRENGTHS, z.dtype).reshape(-1, *[1] * copula.log_strength.ndim)
    at_each = _at_strength(copula.loadings, strength(copula, shock), z, here)
    return jax.nn.logsumexp(at_each, axis=0, b=jnp.asarray(_MASSES, z.dtype).reshape(-1, *[1] * (at_each.ndim - 1)))


def _at_strength(raw: jax.Array, a: jax.Array, z: jax.Array, here: jax.Array) -> jax.Array:
    """(node, ...) Gaussian copula log density at strengths a (node, ...), for z and here (..., asset).

    With b = a raw / sqrt(1 + a^2 |raw|^2), Woodbury's inner matrix is I + a^2 sum_i raw_i raw_i' over the assets that
    are here, so the cost grows linearly with assets; it is factorized by hand because batches of tiny solves are slow.
    """
    factors = raw.shape[1]
    stretch = 1.0 + (a * a)[..., None] * jnp.sum(raw * raw, axis=-1)  # 1 / (1 - |b_i|^2)
    projected = a[..., None] * ((here * z * jnp.sqrt(stretch)) @ raw)
    gram = (here @ (raw[:, :, None] * raw[:, None, :]).reshape(len(raw), -1)).reshape(
        *here.shape[:-1], factors, factors
    )
    inner = jnp.eye(factors) + (a * a)[..., None, None] * gram
    log_determinant, quadratic = _cholesky_forms(inner, projected)
    own = jnp.sum(here * (z * z * (stretch - 1.0) - jnp.log(stretch)), axis=-1)
    return 0.5 * (quadratic - log_determinant - own)


def _cholesky_forms(matrix: jax.Array, vector: jax.Array) -> tuple[jax.Array, jax.Array]:
    """log det M and v' M^-1 v of positive definite M (..., k, k), v (..., k), by an unrolled Cholesky factorization."""
    k = vector.shape[-1]
    lower: dict[tuple[int, int], jax.Array] = {}
    solved: list[jax.Array] = []
    log_determinant = jnp.zeros(())
    for i in range(k):
        for j in range(i + 1):
            rest = matrix[..., i, j] - sum(lower[i, m] * lower[j, m] for m in range(j))
            lower[i, j] = jnp.sqrt(rest) if i == j else rest / lower[j, j]
        solved.append((vector[..., i] - sum(lower[i, m] * solved[m] for m in range(i))) / lower[i, i])
        log_determinant += 2.0 * jnp.log(lower[i, i])
    return log_determinant, sum(s * s for s in solved)  # type: ignore[return-value]
