"""Paths GIVEN an event, and how likely the event is.

Of an event that is not rare plain paths of the model are kept.  Else:
Where returns are a smooth function of normal noise (the GAN, GJR-GARCH, geometric Brownian motion), importance sampling
around design points gives the probability and weighted paths.  Where they are not, or importance weights degenerate,
subset simulation does it alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tsgan.data.calendars import future_sessions
from tsgan.errors import ScenarioError
from tsgan.models.conditioning.design_points import DesignPoints
from tsgan.models.conditioning.draws import FEWEST_EFFECTIVE, Draws, Method
from tsgan.models.conditioning.events import Event
from tsgan.models.conditioning.importance_sampling import importance_sampling
from tsgan.models.conditioning.noise_map import NoiseMap
from tsgan.models.conditioning.plain_sampling import plain_sampling
from tsgan.models.conditioning.subset_simulation import repeated_subset_simulation
from tsgan.scenarios.scenarios import Scenarios
from tsgan.scenarios.worth import EFFECTIVE, Worth
from tsgan.stats.weighted import Estimate, effective, estimate_of, normalized


@dataclass(frozen=True, eq=False)
class Conditional:
    """Paths given an event.

    Attributes:
        event: what happens on every path.
        probability: of the event under the model.
        scenarios: weighted paths, all of them with the event.
        effective: how many independent, equally weighted paths they are worth.
        simulated: paths and gradients computed in all, trials included.
        method: how they were drawn.
        design: the most likely noise of the event, of the member given; None without gradients.
        member: of an ensemble, the one whose design points these are.
    """

    event: Event
    probability: Estimate
    scenarios: Scenarios
    effective: float
    simulated: int
    method: Method
    design: DesignPoints | None
    member: int = 0

    def restated(self, provenance: Mapping[str, Any]) -> Conditional:
        """The same with another provenance of the paths."""
        return replace(self, scenarios=replace(self.scenarios, provenance=provenance))


def condition(dynamics: NoiseMap, event: Event, n_paths: int, horizon: int, seed: int = 0) -> Conditional:
    """Draw paths of ``horizon`` days on which ``event`` happens.

    Args:
        dynamics: a model at the day from which to go on.
        event: decided by its first ``event.days`` days; later ones follow freely.
        n_paths: how many proposals; those on which the event happens come back, weighted.
        horizon: days a path, at least those of the event.
        seed: same arguments, same paths.

    Raises:
        ScenarioError: an event that ends after the horizon, or beyond what the model can tell anything about.
    """
    if horizon < event.days:
        raise ScenarioError(
            f"{event} is decided on day {event.days}, after the last of {horizon} days; ask for more days"
        )
    members = dynamics.members()
    each = max(n_paths // len(members), 2 * FEWEST_EFFECTIVE)
    drawn = [_drawn(member, event, each, horizon, seed) for member in members]
    weights = np.concatenate([draws.weights for draws in drawn]) / len(members)
    total = weights.sum()
    error = float(np.sqrt(sum(draws.error**2 for draws in drawn))) / len(members)
    inflated = sum((draws.weights.sum() / len(members) / total) ** 2 / draws.effective for draws in drawn)
    likeliest = min(
        (i for i, draws in enumerate(drawn) if draws.design is not None),
        key=lambda i: drawn[i].design.norms.min(),  # type: ignore[union-attr]
        default=0,
    )
    probability = estimate_of(float(total), error)
    simulated = sum(draws.simulated for draws in drawn)
    used = {draws.method for draws in drawn}  # of an ensemble the most roundabout one speaks for all
    ways: tuple[Method, ...] = ("subset simulation", "importance sampling", "plain sampling")
    method: Method = next(way for way in ways if way in used)
    first = dynamics.first
    facts = first.provenance
    dates = future_sessions(facts["calendar"], first.dates[0], horizon, facts["periods_per_year"])
    paths = dynamics.scenarios(np.concatenate([draws.returns for draws in drawn]), dates)
    provenance = {**facts, "seed": seed, "conditioning": _facts(event, probability, 1 / inflated, simulated, method)}
    given = replace(paths, weights=weights / total, provenance=provenance)
    return Conditional(event, probability, given, 1 / inflated, simulated, method, drawn[likeliest].design, likeliest)


def _drawn(member: NoiseMap, event: Event, count: int, horizon: int, seed: int) -> Draws:
    """Plain paths of a common event, else importance sampling where that succeeds, else subset simulation; the paths
    simulated include those of the attempts."""
    plain, simulated = plain_sampling(member, event, count, horizon, seed)
    if plain is not None:
        return plain
    design = None
    if member.differentiable:
        attempt = importance_sampling(member, event, count, horizon, seed)
        if attempt.draws is not None:
            return replace(attempt.draws, simulated=simulated + attempt.draws.simulated)
        simulated, design = simulated + attempt.simulated, attempt.design
    draws = repeated_subset_simulation(member, event, count, horizon, seed)
    return replace(draws, simulated=simulated + draws.simulated, design=design)


def select(scenarios: Scenarios, event: Event) -> Conditional:
    """Those of finished paths on which an event happens; their weights stay as they are.

    Raises ScenarioError where fewer than FEWEST_EFFECTIVE of them are left, and for an event after their last day.
    """
    if scenarios.horizon < event.days:
        raise ScenarioError(f"{event} is decided on day {event.days}, but the paths have {scenarios.horizon} days")
    hits = event.happens(scenarios.prices[:, 1:])
    weights = normalized(scenarios.weights, scenarios.n_paths)
    worth = effective(weights[hits]) if weights[hits].any() else 0.0
    if worth < FEWEST_EFFECTIVE:
        raise ScenarioError(
            f"{event}: {hits.sum()} of {scenarios.n_paths:,} paths do this, too few to say anything; ask for less, "
            f"give more paths, or give the model itself, which can draw such paths"
        )
    probability = Worth.of(scenarios).probability(hits)
    conditioning = _facts(event, probability, worth, scenarios.n_paths, "selection")
    given = replace(
        scenarios,
        returns=scenarios.returns[hits],
        weights=weights[hits] / weights[hits].sum(),
        bars={name: values[hits] for name, values in scenarios.bars.items()},
        provenance={**scenarios.provenance, "conditioning": conditioning},
    )
    return Conditional(event, probability, given, worth, scenarios.n_paths, "selection", None)


def _facts(event: Event, probability: Estimate, worth: float, simulated: int, method: Method) -> dict[str, Any]:
    """What the provenance says of the conditioning."""
    return {
        "event": str(event),
        "probability": probability.value,
        "probability_error": probability.error,
        "probability_low": probability.low,
        "probability_high": probability.high,
        EFFECTIVE: worth,
        "simulated": simulated,
        "method": method,
    }
