"""Subset simulation: a rare event as the last of a sequence of less rare ones.

Particles drawn from the model's own noise are led to an event in levels: the share nearest to it survives, multiplies
and moves on under a Markov chain that leaves the law of the noise, restricted to the level, as it is (Au and Beck 2001;
sequential Monte Carlo of Cerou et al. 2012).  The product of the shares is the event's probability, the last particles
are draws of the noise GIVEN the event.  It needs no gradient, so it works for resampled history too.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from tsgan.errors import ScenarioError
from tsgan.models.conditioning.draws import FEWEST_EFFECTIVE, Draws
from tsgan.models.conditioning.events import Event
from tsgan.models.conditioning.noise_map import NoiseMap
from tsgan.stats.weighted import NORMAL_95, effective

SHARE = 0.25
"""Of the particles, those that survive a level."""
MOVES = 4
"""Steps of the chain a level."""
RAREST = 1e-12
"""Events rarer than this are refused."""
RUNS = 10
"""Independent runs, whose disagreement is the error."""


class Particles(NamedTuple):
    """Noise of paths on which the event happens.

    Attributes:
        noise: (day, path, number).
        probability: of the event, by this run alone.
        family: (path,) particles of one ancestor at the last level share a number.
        simulated: how many paths the run has simulated.
        levels: how many levels it took.
    """

    noise: np.ndarray
    probability: float
    family: np.ndarray
    simulated: int
    levels: int


def subset_simulation(dynamics: NoiseMap, event: Event, count: int, seed: int) -> Particles:
    """Lead ``count`` particles to an event.

    Raises ScenarioError where no path comes nearer any more, or the event is rarer than RAREST.
    """
    rng = np.random.default_rng([seed, 0x5917, dynamics.member])
    noise = dynamics.noise(count, event.days, int(rng.integers(2**31)))
    scale: np.ndarray | None = None

    def far(noise: np.ndarray) -> np.ndarray:
        nonlocal scale
        gaps = event.nearest(dynamics.prices(dynamics.returns(noise)))[1]
        if scale is None:  # targets in different units count alike
            scale = np.maximum(gaps.std(axis=0), 1e-12)
        return (gaps / scale).max(axis=1).astype(np.float64)

    distance, family = far(noise), np.arange(count)
    kept, probability, simulated, level, step = int(SHARE * count), 1.0, count, 0, 0.5
    while True:
        threshold = float(np.partition(distance, kept)[kept])
        final = threshold == 0
        if not final:
            # The particle that marks a level dies with those beyond it: `kept` of `count` live on, the share for which
            # E[share / P(nearer than the marker)] = 1.  Were the marker kept, each level would add 1 / kept.
            alive = distance < threshold
            if not alive.any():  # ties: the next value marks the level
                threshold = float(np.min(distance, where=distance > threshold, initial=np.inf))
                alive = distance < threshold if np.isfinite(threshold) else alive
            threshold = float(np.nextafter(threshold, 0))  # nearer than the marker, itself excluded
        else:
            alive = distance == 0
        probability *= float(alive.mean())
        if probability < RAREST:
            raise ScenarioError(
                f"{event}: {dynamics.name} gives this a probability below {RAREST:.0e}, or none at all, "
                f"so it has nothing to say about it; ask for less, or for more days"
            )
        chosen = rng.permutation(np.resize(rng.permutation(np.flatnonzero(alive)), count))
        noise, distance, family = noise[:, chosen], distance[chosen], chosen
        for _ in range(MOVES):
            proposal = _proposed(dynamics.law, noise, step, rng)
            reached = far(proposal)
            accepted = reached <= threshold
            noise = np.where(accepted[None, :, None], proposal, noise)
            distance = np.where(accepted, reached, distance)
            # Half as bold when too little is accepted, bolder when too much: near 30 % is about best.
            step = float(np.clip(step * np.exp(accepted.mean() - 0.3), 0.02, 1.0))
        simulated += MOVES * count
        level += 1
        if final:
            return Particles(noise, probability, family, simulated, level)


def repeated_subset_simulation(dynamics: NoiseMap, event: Event, count: int, horizon: int, seed: int) -> Draws:
    """Draw about ``count`` paths of ``horizon`` days in RUNS independent runs.

    Raises ScenarioError as :func:`subset_simulation` does, and where too few independent paths reach the event.
    """
    each = max(count // RUNS, FEWEST_EFFECTIVE)
    runs = [subset_simulation(dynamics, event, each, seed * RUNS + run) for run in range(RUNS)]
    noise = dynamics.noise(RUNS * each, horizon, seed)
    noise[: event.days] = np.concatenate([run.noise for run in runs], axis=1)
    returns = dynamics.returns(noise)
    weights = np.concatenate([np.full(each, run.probability / each / RUNS) for run in runs])
    families = np.concatenate([run.family + i * each for i, run in enumerate(runs)])
    worth = effective(np.bincount(families, weights))
    if worth < FEWEST_EFFECTIVE:
        raise ScenarioError(
            f"{event}: only {worth:.0f} effective paths reach this, too few to say anything; "
            f"ask for more paths, or for less"
        )
    probabilities = np.array([run.probability for run in runs])
    # So few runs know their own spread badly: wider, so that normal intervals have Student's coverage.
    error = float(probabilities.std(ddof=1) / np.sqrt(RUNS) * stats.t.ppf(0.975, RUNS - 1) / NORMAL_95)
    simulated = sum(run.simulated for run in runs)
    return Draws(returns, weights, error, worth, simulated, "subset simulation", None)


def _proposed(law: str, noise: np.ndarray, step: float, rng: np.random.Generator) -> np.ndarray:
    """A move that leaves the law of the noise as it is.

    Normal noise keeps sqrt(1 - step^2) of itself (preconditioned Crank-Nicolson, Cotter et al. 2013); uniform noise,
    whose neighbours may mean any other day of history, is drawn anew on a share ``step`` of the days.
    """
    if law == "normal":
        return np.sqrt(1 - step**2) * noise + step * rng.standard_normal(noise.shape)
    anew = rng.random((*noise.shape[:2], 1)) < step
    return np.where(anew, rng.random(noise.shape), noise)
