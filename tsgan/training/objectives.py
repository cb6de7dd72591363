"""Adversarial objectives: what critic and generator minimize, given scores of paired real and generated windows.

Every objective is a pair of pure functions ``(real scores, fake scores) -> loss``, scores (pair,).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

softplus = jax.nn.softplus


class Objective(NamedTuple):
    critic: Callable[[jax.Array, jax.Array], jax.Array]
    generator: Callable[[jax.Array, jax.Array], jax.Array]


OBJECTIVES: dict[str, Objective] = {
    # Relativistic pairing (Jolicoeur-Martineau 2018; Huang et al. 2024, "R3GAN"): real must beat ITS fake.
    "relativistic": Objective(
        critic=lambda real, fake: softplus(fake - real).mean(),
        generator=lambda real, fake: softplus(real - fake).mean(),
    ),
    # The log-loss game of Goodfellow et al. (2014), eq. 1: scores are logits of "real".  The generator minimizes
    # log(1 - D(fake)), the minimax form itself.
    "minimax": Objective(
        critic=lambda real, fake: softplus(-real).mean() + softplus(fake).mean(),
        generator=lambda real, fake: -softplus(fake).mean() + 0.0 * jnp.sum(real),
    ),
}
