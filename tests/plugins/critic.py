"""A stranger's critic: it looks at a window's spectrum, and at that of the sizes of its moves.

Announced in the ``pyproject.toml`` of the package that it lives in::

    [project.entry-points."tsgan.critics"]
    spectrum = "critic:Spectrum"
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from tsgan.training import Critic, Verdict

PERIODS = jnp.array([2.0, 3.0, 5.0, 10.0, 20.0, 60.0])
"""Days a cycle."""


class Spectrum(Critic):
    """Power of returns and of their sizes at a few periods, and how large moves are: a small network judges those."""

    def __init__(self, n_assets: int, config: Any, *, rngs: nnx.Rngs):
        self.verdict = Verdict(2 * len(PERIODS) + 2, n_assets, config.training.critics, rngs=rngs)

    def __call__(self, p: jax.Array, weights: jax.Array) -> jax.Array:
        size = jnp.sqrt(p * p + 1e-3)  # |p| with a slope at 0, which penalties on slopes need
        series = jnp.stack([p, size - size.mean()])
        angle = 2 * jnp.pi * jnp.arange(len(p))[:, None] / PERIODS
        power = ((series @ jnp.cos(angle)) ** 2 + (series @ jnp.sin(angle)) ** 2) / len(p)
        moves = jnp.stack([size.mean(), jnp.log(jnp.mean(size**4))])
        return self.verdict(jnp.concatenate([jnp.log(power + 0.1).ravel(), moves]), weights)
