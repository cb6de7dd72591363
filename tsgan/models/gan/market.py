"""The market as one asset sees it: the average of all assets' features beside its own."""

from __future__ import annotations

import jax
import jax.numpy as jnp


def average(features: jax.Array, listed: jax.Array | None) -> jax.Array:
    """The market's features (..., 1, F): the mean over the assets that are ``listed`` (..., asset), or over all."""
    if listed is None:
        return jnp.mean(features, axis=-2, keepdims=True)
    weight = listed[..., None].astype(features.dtype)
    return jnp.sum(weight * features, axis=-2, keepdims=True) / jnp.maximum(weight.sum(axis=-2, keepdims=True), 1.0)


def with_market(features: jax.Array, listed: jax.Array | None = None) -> jax.Array:
    """Own features (..., asset, F) beside how far the market's (their average) lie from them, (..., asset, 2 F).

    The second half is zero for a single asset.
    """
    return jnp.concatenate([features, average(features, listed) - features], axis=-1)
