"""Adversarial objectives: what critic and generator minimize, given scores of paired real and generated windows.

Every objective is a pair of pure functions ``(real scores, fake scores) -> loss``, scores (pair,).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
from jaxtyping import Array, Float

Scores = Float[Array, " pair"]

softplus, relu = jax.nn.softplus, jax.nn.relu


class Objective(NamedTuple):
    critic: Callable[[Scores, Scores], Float[Array, ""]]
    generator: Callable[[Scores, Scores], Float[Array, ""]]


def _log_loss(real: Scores, fake: Scores) -> Float[Array, ""]:
    """Of a classifier whose scores are logits of "real"."""
    return softplus(-real).mean() + softplus(fake).mean()


OBJECTIVES: dict[str, Objective] = {
    # Relativistic pairing (Jolicoeur-Martineau 2018; Huang et al. 2024, "R3GAN"): real must beat ITS fake.
    "relativistic": Objective(
        critic=lambda real, fake: softplus(fake - real).mean(),
        generator=lambda real, fake: softplus(real - fake).mean(),
    ),
    # The log-loss game of Goodfellow et al. (2014), eq. 1: the generator minimizes log(1 - D(fake)), the minimax form
    # itself.
    "minimax": Objective(critic=_log_loss, generator=lambda real, fake: -softplus(fake).mean()),
    # Their section 3: -log D(fake) instead, whose slope does not vanish where the critic is sure of a fake.
    "non-saturating": Objective(critic=_log_loss, generator=lambda real, fake: softplus(-fake).mean()),
    # Difference of mean scores (Arjovsky, Chintala and Bottou 2017, eq. 2), an earth mover's distance for critics whose
    # slope is bounded: give it a penalty.
    "wasserstein": Objective(
        critic=lambda real, fake: fake.mean() - real.mean(), generator=lambda real, fake: -fake.mean()
    ),
    # Scores beyond a margin of 1 count no further (Lim and Ye 2017).
    "hinge": Objective(
        critic=lambda real, fake: relu(1.0 - real).mean() + relu(1.0 + fake).mean(),
        generator=lambda real, fake: -fake.mean(),
    ),
}
