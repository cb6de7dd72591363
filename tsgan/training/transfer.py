"""A trained GAN for assets that it was not trained on, from their histories alone."""

from __future__ import annotations

import jax
import numpy as np

from tsgan.config import GANConfig
from tsgan.data.panel import Panel
from tsgan.models.contract import ModelInfo
from tsgan.models.gan.members import new_generator
from tsgan.models.gan.model import APART, GAN
from tsgan.models.missing import correlation_of
from tsgan.models.moves import check_unsteady, training_returns
from tsgan.runtime import with_own_settings
from tsgan.training.drift import drift_shift, lasting_drift
from tsgan.training.units import units


@with_own_settings
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
    returns, prices = training_returns(panel), panel.space.logs
    check_unsteady(panel, returns)
    config = GANConfig.from_saved(model.info.config)
    theirs = {name: value for name, value in model.info.config.items() if name != APART}
    scale = units(returns, prices, config=config.training.units)
    fresh = new_generator(config, len(panel.assets), 0)
    fresh.set_correlation(correlation_of((returns / scale).astype(np.float32)))
    members = model.members.for_assets(fresh, ~model.info.space.logs, ~prices)
    drift, key = lasting_drift(panel), jax.random.fold_in(jax.random.key(seed), 0)
    shift = drift_shift(members, returns, scale, drift, key, panel.assets, config.training.drift)
    info = ModelInfo.of("gan", panel, seed=model.info.seed, config={**theirs, "transferred": True}, drift=drift)
    return GAN(info, returns[-GAN.context_days :].copy(), members, scale, shift)
