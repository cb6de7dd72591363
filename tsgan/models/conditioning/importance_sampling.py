"""Importance sampling around the design points of an event.

Scouts drawn by subset simulation find the event, gradients lead some of them to its most likely forms, a mixture of
normal laws is fitted around both, and paths are proposed from it and weighted back to the model's own law.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tsgan.models.conditioning.design_points import DesignPoints, design_points
from tsgan.models.conditioning.draws import FEWEST_EFFECTIVE, Draws
from tsgan.models.conditioning.events import Event
from tsgan.models.conditioning.noise_map import NoiseMap
from tsgan.models.conditioning.proposals import Mixture
from tsgan.models.conditioning.subset_simulation import subset_simulation
from tsgan.stats.weighted import effective

SCOUTS = 512
"""Particles that look for the event before gradients refine what they found."""
PARTIES = 3
"""Sets of scouts, each sent where proposals fitted to those before do not do."""
POINTS = 24
"""Searches for design points."""
ROUNDS = 4
"""Steps in which proposals are fitted to the scouts."""
ENOUGH = 2 * FEWEST_EFFECTIVE
"""Effective paths that a trial must promise, or importance sampling is given up."""


class Attempt(NamedTuple):
    """Importance sampling: draws, None where weights degenerate; design points, where any is; what it simulated."""

    draws: Draws | None
    design: DesignPoints | None
    simulated: int


def importance_sampling(dynamics: NoiseMap, event: Event, count: int, horizon: int, seed: int) -> Attempt:
    """Draw ``count`` proposals of ``horizon`` days, ``event`` being decided by the first of them."""
    rng = np.random.default_rng([seed, 0x6D1D, dynamics.member])
    trial = max(3 * count // 8, 24 * FEWEST_EFFECTIVE)
    known, points, simulated = np.empty((0, 0)), None, 0
    for party in range(PARTIES):
        scouts = subset_simulation(dynamics, event, SCOUTS, seed * PARTIES + party)
        simulated += scouts.simulated + trial
        if points is None:
            points = design_points(dynamics, event, scouts.noise[:, rng.permutation(SCOUTS)[:POINTS]])
            simulated += points.simulated
            if len(points.noise) == 0:
                return Attempt(None, None, simulated)
        known = np.concatenate([known.reshape(-1, scouts.noise[:, 0].size), _flat(scouts.noise)])
        mixture = Mixture.around(points.noise.reshape(len(points.noise), -1), points.directions, known)
        for _ in range(ROUNDS):
            mixture = mixture.refitted(known, np.full(len(known), 1 / len(known)))
        weights = _proposals(dynamics, event, mixture, trial, event.days, rng)[1]
        # Trials decide, not the sample itself: dropping samples with a large weight would leave low estimates.
        if weights.any() and effective(weights) * count >= ENOUGH * trial:
            break
    else:
        return Attempt(None, points, simulated)
    returns, weights, component = _proposals(dynamics, event, mixture, count, horizon, rng)
    happened = weights > 0
    simulated += count
    if not happened.any():
        return Attempt(None, points, simulated)
    error = stratified_error(weights, component)
    draws = Draws(
        returns[happened],
        weights[happened] / count,
        error,
        effective(weights),
        simulated,
        "importance sampling",
        points,
    )
    return Attempt(draws, points, simulated)


def _proposals(
    dynamics: NoiseMap, event: Event, mixture: Mixture, count: int, days: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns (path, day, asset) of proposals, weights (path,), 0 where the event did not happen, and the component of
    the mixture (path,) that each was drawn from."""
    noise = dynamics.noise(count, days, int(rng.integers(2**31)))
    z, component = mixture.draw(_flat(noise[: event.days]), rng)
    noise[: event.days] = z.reshape(count, event.days, -1).transpose(1, 0, 2)
    returns = dynamics.returns(noise)
    happened = event.happens(dynamics.prices(returns[:, : event.days]))
    return returns, np.where(happened, np.exp(mixture.log_weights(z)), 0.0), component


FEWEST_OF_ONE = 10
"""Draws of a component, from which on they know their own variance; those of smaller ones are taken together."""


def stratified_error(weights: np.ndarray, component: np.ndarray) -> float:
    """Standard error of the mean of weights (path,), where each component (path,) has its exact share of the draws.

    What components differ by is no error then, and counting it would make intervals too wide.
    """
    size = np.bincount(component)
    stratum = np.where(size[component] < FEWEST_OF_ONE, len(size), component)
    squares = sum(float(weights[stratum == k].var() * (stratum == k).sum()) for k in np.unique(stratum))
    return float(np.sqrt(squares)) / len(weights)


def _flat(noise: np.ndarray) -> np.ndarray:
    """(day, path, number) -> (path, day * number)."""
    return noise.transpose(1, 0, 2).reshape(noise.shape[1], -1)
