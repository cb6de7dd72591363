"""Paths that training differentiates are those of a rollout, and so are their slopes."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tsgan.config import GANConfig
from tsgan.models.gan.members import new_generator
from tsgan.models.gan.rollout import rollout
from tsgan.training.data import training_data
from tsgan.training.paths import paths_with_slopes

PATHS, DAYS, ASSETS = 16, 12, 2


@pytest.mark.parametrize("name", ["recurrent", "tcn"])
def test_paths_and_slopes_are_those_of_a_rollout(name):
    config = GANConfig(generator=name, width=4, channels=4)
    rng = np.random.default_rng(0)
    data = training_data(0.01 * rng.standard_t(5, (400, ASSETS)), np.full(ASSETS, 0.013), config)
    generator = new_generator(config, ASSETS, 1)
    generator.out[...] = 0.1 * jax.random.normal(jax.random.key(1), generator.out.shape)  # the hidden layer speaks
    state = jax.vmap(generator.begin)(*data.past(np.arange(300, 300 + PATHS)))
    own = jax.random.normal(jax.random.key(2), (DAYS, PATHS, ASSETS))
    common = jax.random.normal(jax.random.key(3), (DAYS, PATHS, generator.commons))
    weight = jax.random.normal(jax.random.key(4), own.shape)

    def both(carry):
        def value(generator):
            end, x = carry(generator, state, own, common)
            return jnp.sum(weight * x), (end, x)

        return jax.jit(jax.grad(value, has_aux=True))(generator)

    slopes, drawn = both(paths_with_slopes)
    wanted, paths = both(rollout)
    for one, other in zip(jax.tree.leaves(drawn), jax.tree.leaves(paths), strict=True):
        assert np.array_equal(one, other)
    size = max(float(jnp.abs(leaf).max()) for leaf in jax.tree.leaves(wanted))
    assert size > 0.1
    for one, other in zip(jax.tree.leaves(slopes), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5 * size)
