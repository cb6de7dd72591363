"""The market as one asset sees it: the average of all assets' features beside its own."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float


def average(
    features: Float[Array, "*batch asset feature"],
    listed: Bool[Array, "*batch asset"] | None,
    apart: tuple[int, ...] = (),
) -> Float[Array, "*batch 1 feature"]:
    """The market's features (..., 1, F): the mean over the assets that are ``listed`` (..., asset), or over all; those
    ``apart`` are none of its."""
    if apart:
        kept = np.setdiff1d(np.arange(features.shape[-2]), apart)
        features, listed = features[..., kept, :], None if listed is None else listed[..., kept]
    if listed is None:
        return jnp.mean(features, axis=-2, keepdims=True)
    weight = listed[..., None].astype(features.dtype)
    return jnp.sum(weight * features, axis=-2, keepdims=True) / jnp.maximum(weight.sum(axis=-2, keepdims=True), 1.0)


def with_market(
    features: Float[Array, "*batch asset feature"],
    listed: Bool[Array, "*batch asset"] | None = None,
    apart: tuple[int, ...] = (),
) -> Float[Array, "*batch asset 2*feature"]:
    """Own features (..., asset, F) beside how far the market's (their average) lie from them, (..., asset, 2 F).

    The second half is zero for a single asset.
    """
    return jnp.concatenate([features, average(features, listed, apart) - features], axis=-1)
