"""How assets that are modelled apart hang on the others: by regression of their normal scores on those of the others.

The factors of the copula are those of the assets that share a fit.  An asset apart has the normal score

    z_i = w_i' z + sqrt(1 - w_i' R w_i) e_i,

with z the scores of the others, R their correlation at the day's strength of the factors, and e_i its own noise, which
is correlated with that of other assets apart.  So its margin is exact whatever the strength, and nothing of it reaches
the others: as in the likelihood of histories that differ in length (Stambaugh 1997), where the long ones are told by
themselves and the short ones by regression on them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import no_type_check

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from tsgan.models.missing import correlation_of

MOST = 0.9999
"""Share of the variance of a normal score that the others may tell."""


@jax.tree_util.register_dataclass
@no_type_check  # jax rebuilds pytrees with placeholders in place of arrays
@dataclass(frozen=True)
class Ties:
    """Of the assets apart.

    Attributes:
        weights: (apart, asset) of the regression, 0 for assets apart.
        mixing: (apart, apart) rows of norm 1, which make independent noises the correlated ones of assets apart.
        places: of the assets apart among all.
    """

    weights: Float[Array, "apart asset"]
    mixing: Float[Array, "apart apart"]
    places: tuple[int, ...] = field(metadata={"static": True})


def tied(
    ties: Ties,
    z: Float[Array, "*batch asset"],
    own: Float[Array, "*batch asset"],
    loadings: Float[Array, "*batch asset factor"],
) -> Float[Array, "*batch asset"]:
    """Normal scores (..., asset), those of the assets apart from those of the others and from their ``own`` noises;
    ``loadings`` are those of the day, which are bounded."""
    weights, explained = limited(ties, loadings)
    places = np.array(ties.places)
    noise = own[..., places] @ ties.mixing.T
    mean = jnp.einsum("...pa,...a->...p", weights, z)
    return z.at[..., places].set(mean + jnp.sqrt(1.0 - explained) * noise)


def limited(
    ties: Ties, loadings: Float[Array, "*batch asset factor"]
) -> tuple[Float[Array, "*batch apart asset"], Float[Array, "*batch apart"]]:
    """Weights, and the share of the scores' variance that they tell; days of high strength would have it exceed 1."""
    rest = 1.0 - jnp.sum(loadings**2, axis=-1)
    common = jnp.sum(jnp.einsum("pa,...af->...pf", ties.weights, loadings) ** 2, axis=-1)
    explained = common + jnp.einsum("pa,...a->...p", ties.weights**2, rest)
    shrink = jnp.minimum(1.0, jnp.sqrt(MOST / jnp.maximum(explained, 1e-6)))
    return ties.weights * shrink[..., None], explained * shrink**2


def ties_from(
    scores: Float[np.ndarray, "day asset"], places: tuple[int, ...]
) -> tuple[Float[np.ndarray, "apart asset"], Float[np.ndarray, "apart apart"]]:
    """Weights and mixing, as :class:`Ties` has them, from past normal scores (day, asset), NaN where there is none.

    A ridge of one observation an asset holds weights back where days are few.
    """
    count = scores.shape[1]
    others = np.setdiff1d(np.arange(count), places)
    correlation = correlation_of(scores)
    weights = np.zeros((len(places), count))
    known = np.isfinite(scores)
    for row, place in enumerate(places):
        days = int((known[:, place] & known[:, others].any(axis=1)).sum())
        ridge = len(others) / max(days, 1)
        matrix = correlation[np.ix_(others, others)] + ridge * np.eye(len(others))
        weights[row, others] = np.linalg.solve(matrix, correlation[others, place])
    left = scores[:, list(places)] - np.where(known, scores, 0.0) @ weights.T
    between = correlation_of(left) if len(places) > 1 else np.eye(1)
    shrunk = (1 - 1e-4) * np.nan_to_num(between) + 1e-4 * np.eye(len(places))
    np.fill_diagonal(shrunk, 1.0)
    return weights, np.linalg.cholesky(shrunk)
