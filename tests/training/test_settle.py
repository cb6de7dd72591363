"""Free runs are brought to the market's volatility, at next to no cost in likelihood."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tsgan.models.gan.generators import persistence
from tsgan.training.data import history
from tsgan.training.likelihood import negative_log_likelihood
from tsgan.training.settle import CLOSE, LOG_SCALE, free_run_size, settled


@pytest.mark.usefixtures("all_rounds")
def test_free_runs_settle_at_the_level_of_the_market(truth, simulated):
    data, key = history(simulated, np.ones(1)), jax.random.key(0)
    target = np.abs(simulated).mean()
    wild = jax.tree.map(lambda a: a[None], truth)
    wild.offsets[...] = wild.offsets[...].at[..., LOG_SCALE].add(0.05)
    before = float(free_run_size(wild, data, key)[0, 0])
    after = settled(wild, data, key)
    off = abs(np.log(before / target))
    assert off > 3 * CLOSE
    assert abs(np.log(float(free_run_size(after, data, key)[0, 0]) / target)) < off / 2
    assert float(wild.offsets[0, 0, LOG_SCALE]) == float(truth.offsets[0, LOG_SCALE] + jnp.float32(0.05))  # not touched
    for start, end in zip(jax.tree.leaves(wild), jax.tree.leaves(after), strict=True):  # or all compiles again
        assert (start.dtype, start.weak_type) == (end.dtype, end.weak_type)
    nll = jax.jit(negative_log_likelihood)
    cost = float(nll(jax.tree.map(lambda a: a[0], after), data)) - float(nll(truth, data))
    assert cost < 0.003


def test_persistence_is_the_slope_in_past_volatility(truth):
    together, apart = (float(slope) for slope in persistence(truth)[:2])
    own, market = truth.levels
    assert together == float(truth.skip[own, LOG_SCALE].sum())
    assert apart == together - float(truth.skip[market, LOG_SCALE].sum())
