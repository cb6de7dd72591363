"""Free runs are brought to the market's volatility, at next to no cost in likelihood."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from tsgan.config import GANConfig
from tsgan.models.gan.generator import LOG_SCALE
from tsgan.training.data import training_data
from tsgan.training.likelihood import negative_log_likelihood
from tsgan.training.variance_targeting import free_run_size, variance_targeted

CONFIG = GANConfig()
RULES = CONFIG.training.targeting


def test_free_runs_come_to_the_level_of_the_market(truth, simulated):
    data, key = training_data(simulated, np.ones(1), CONFIG), jax.random.key(0)
    target = np.abs(simulated).mean()
    wild = jax.tree.map(lambda a: a[None], truth)
    wild.offsets[...] = wild.offsets[...].at[..., LOG_SCALE].add(0.05)
    before = float(free_run_size(wild, data, key, RULES)[0, 0])
    after = variance_targeted(wild, data, key, RULES)
    off = abs(np.log(before / target))
    assert off > 3 * RULES.tolerance
    assert abs(np.log(float(free_run_size(after, data, key, RULES)[0, 0]) / target)) < off / 2
    assert float(wild.offsets[0, 0, LOG_SCALE]) == float(truth.offsets[0, LOG_SCALE] + jnp.float32(0.05))  # not touched
    for start, end in zip(jax.tree.leaves(wild), jax.tree.leaves(after), strict=True):  # or all compiles again
        assert (start.dtype, start.weak_type) == (end.dtype, end.weak_type)
    nll = jax.jit(negative_log_likelihood)
    cost = float(nll(jax.tree.map(lambda a: a[0], after), data)) - float(nll(truth, data))
    assert cost < 0.003


def test_persistence_is_the_slope_in_past_volatility(truth):
    together, apart = (float(slope) for slope in truth.persistence()[:2])
    own, market = truth.levels
    assert together == float(truth.skip[own, LOG_SCALE].sum())
    assert apart == together - float(truth.skip[market, LOG_SCALE].sum())
