"""Plain sampling: the model's own paths, of which those with the event are kept.

Nothing beats it for an event that is not rare.  Its probability is a share of independent paths, whose error is known
exactly; weights, and chains of particles, only pay where hardly any path has the event.
"""

from __future__ import annotations

import numpy as np

from tsgan.models.conditioning.draws import FEWEST_EFFECTIVE, Draws
from tsgan.models.conditioning.events import Event
from tsgan.models.conditioning.noise_map import NoiseMap

PILOT = 512
"""Paths that say whether the event is common; no others depend on them, so the estimate stays unbiased."""

COMMON = 0.1
"""Share of the pilot with the event, from which on it is."""

DRAWS = 4
"""Paths drawn for each that is asked for: about what the other ways simulate."""


def plain_sampling(dynamics: NoiseMap, event: Event, count: int, horizon: int, seed: int) -> tuple[Draws | None, int]:
    """About ``count`` paths with the event, fewer for one below 25 %, or None where it is rare; and paths simulated."""
    rng = np.random.default_rng([seed, 0x9A1E, dynamics.member])

    def drawn(paths: int, days: int) -> tuple[np.ndarray, np.ndarray]:
        returns = dynamics.returns(dynamics.noise(paths, days, int(rng.integers(2**31))))
        return returns, event.happens(dynamics.prices(returns[:, : event.days]))

    share = drawn(PILOT, event.days)[1].mean()
    if share < COMMON or share * DRAWS * count < 2 * FEWEST_EFFECTIVE:
        return None, PILOT
    kept, hits, room = [], 0, count
    for _ in range(DRAWS):
        returns, happened = drawn(count, horizon)
        kept.append(returns[happened][:room])
        room -= len(kept[-1])
        hits += int(happened.sum())
    paths, simulated = np.concatenate(kept), PILOT + DRAWS * count
    if len(paths) < FEWEST_EFFECTIVE:
        return None, simulated
    p = hits / (DRAWS * count)
    error = float(np.sqrt(p * (1 - p) / (DRAWS * count)))
    weights = np.full(len(paths), p / len(paths))
    return Draws(paths, weights, error, float(len(paths)), simulated, "plain sampling", None), simulated
