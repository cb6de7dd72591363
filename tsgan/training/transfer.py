"""A trained GAN for assets that it was not trained on, from their histories alone."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from tsgan.config import GANConfig
from tsgan.data.panel import Panel
from tsgan.models.contract import ModelInfo
from tsgan.models.gan.generators import GENERATORS, REVERTING, WANDERING
from tsgan.models.gan.model import GAN
from tsgan.models.missing import correlation_of
from tsgan.models.moves import training_returns
from tsgan.training.calibrate import drift_shift, lasting_drift
from tsgan.training.units import units


def transferred(model: GAN, panel: Panel, *, seed: int = 0) -> GAN:
    """The networks of ``model`` for the assets of ``panel``; nothing is fitted to these.

    Of their histories are taken the standard deviations and means, which set units and drift, and the correlation,
    from which the common factors start.  What belongs to an asset in the network, its offsets, is the mean over the
    assets that the model was trained on, and how levels differ from prices that over its levels.

    Args:
        model: of any assets.
        panel: the histories of others (or of the same); paths carry on from its end.
        seed: of the free runs that set the drift.
    """
    returns = training_returns(panel)
    prices, count = panel.space.logs, len(panel.assets)
    scale = units(returns, prices)
    config = GANConfig.from_dict({k: v for k, v in model.info.config.items() if k in GANConfig.__dataclass_fields__})
    fresh = GENERATORS[config.generator](count, config, rngs=nnx.Rngs(0))
    fresh.set_correlation(correlation_of((returns / scale).astype(np.float32)))
    members = jax.tree.map(lambda leaf: leaf, model.members)  # a copy: the model given stays what it is
    offsets = members.offsets[...].mean(axis=1, keepdims=True)
    loadings = fresh.raw_loadings[...]
    members.offsets[...] = jnp.broadcast_to(offsets, (model.population, count, offsets.shape[-1]))
    members.raw_loadings[...] = jnp.broadcast_to(loadings, (model.population, *loadings.shape))
    members.reversion[...] = _of_levels(model, model.members.reversion[...], ~prices, REVERTING, WANDERING)
    members.own_slope[...] = _of_levels(model, model.members.own_slope[...], ~prices, 0.0, 0.0)
    drift, key = lasting_drift(panel), jax.random.fold_in(jax.random.key(seed), 0)
    shift = drift_shift(members, returns, scale, drift, key, panel.assets)
    info = ModelInfo.of(
        "gan", panel, seed=model.info.seed, config={**model.info.config, "transferred": True}, drift=drift
    )
    return GAN(info, returns[-GAN.context_days :].copy(), members, scale, shift)


def _of_levels(model: GAN, theirs: jax.Array, levels: np.ndarray, usual: float, prices: float) -> jax.Array:
    """(member, asset): what levels have of a model's parameter (member, asset), its mean over the model's own levels or
    the ``usual`` where it has none, and what ``prices`` have."""
    known = np.asarray(theirs)[:, ~model.info.space.logs]
    mean = known.mean(axis=1, keepdims=True) if known.size else np.full((model.population, 1), usual)
    return jnp.asarray(np.where(levels, mean, prices), jnp.float32)
