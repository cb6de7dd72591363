"""A market whose law is a generator that we know: strong leverage, left-skewed, heavy-tailed."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from tsgan.config import GANConfig
from tsgan.models.gan import memory as vol
from tsgan.models.gan.generator import LOG_SCALE
from tsgan.models.gan.recurrent import Recurrent
from tsgan.models.gan.rollout import asset_ids, path_noise, rollout

CONFIG = GANConfig(width=4)


@pytest.fixture(scope="session")
def truth() -> Recurrent:
    """One asset.  Log scale loads 0.12 on each log volatility and -0.15 on the trends of 3.5 to 20 days."""
    generator = Recurrent(1, CONFIG, rngs=nnx.Rngs(0))
    count = len(CONFIG.law.memory.scales)
    skip = np.zeros(generator.skip.shape, np.float32)
    skip[:count, LOG_SCALE] = 0.12
    skip[count + 1 : count + 4, LOG_SCALE] = -0.15
    generator.skip[...] = jnp.asarray(skip)
    generator.offsets[...] = jnp.array([[0.1, -0.3, -0.3, 0.0]])
    return generator


@pytest.fixture(scope="session")
def simulated(truth) -> np.ndarray:
    """(day, asset): 3,000 days of it, after 300 to settle."""
    state = jax.tree.map(lambda a: a[None], truth.begin(jnp.zeros((0, 1, 0)), vol.initial(1, CONFIG.law.memory)))
    noise = path_noise(jax.random.key(3), jnp.zeros(1, jnp.uint32), 0, 3300, jnp.asarray(asset_ids("A")), truth.commons)
    return np.asarray(jax.jit(rollout)(truth, state, *noise)[1])[300:, 0]
