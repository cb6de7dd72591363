"""Paths GIVEN an event, and how likely the event is.

Where returns are a smooth function of normal noise (the GAN, GJR-GARCH, geometric Brownian motion): particles find the
event (:mod:`splitting`), gradients lead some of them to its most likely forms (:mod:`design`), and importance sampling
around these gives the probability and weighted paths (:mod:`mixture`).  Where they are not, or importance weights
degenerate, particles alone do it, in independent runs whose disagreement is the error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np
from scipy import stats

from tsgan.applications.stress.design import DesignPoints, design_points
from tsgan.applications.stress.dynamics import Dynamics
from tsgan.applications.stress.events import Event
from tsgan.applications.stress.measures import EFFECTIVE
from tsgan.applications.stress.mixture import Mixture
from tsgan.applications.stress.splitting import split
from tsgan.data.calendars import future_sessions
from tsgan.errors import ScenarioError
from tsgan.scenarios.scenarios import Scenarios
from tsgan.stats.weighted import NORMAL_95, Estimate, effective, normalized
from tsgan.stats.weighted import probability as estimate_probability

SCOUTS = 512
"""Particles that look for the event before gradients refine what they found."""
PARTIES = 3
"""Sets of scouts, each sent where proposals fitted to those before do not do."""
POINTS = 24
"""Searches for design points."""
ROUNDS = 4
"""Steps in which proposals are fitted to the scouts."""
RUNS = 10
"""Independent runs where particles alone do the work."""
FEWEST = 50
"""Effective paths below which nothing is said."""
ENOUGH = 2 * FEWEST
"""Effective paths that a trial must promise, or importance sampling is given up."""


Method = Literal["importance sampling", "subset simulation", "selection"]


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


@dataclass(frozen=True, eq=False)
class _Draws:
    """Of one member: returns (path, day, asset) of paths with the event, and what they count for.

    ``weights`` (path,) are such that their sum estimates the probability, with standard error ``error``.
    """

    returns: np.ndarray
    weights: np.ndarray
    error: float
    effective: float
    simulated: int
    method: Method
    design: DesignPoints | None


class _Attempt(NamedTuple):
    """Importance sampling: draws, None where weights degenerate; design points, where any is; what it simulated."""

    draws: _Draws | None
    design: DesignPoints | None
    simulated: int


def condition(dynamics: Dynamics, event: Event, n_paths: int, horizon: int, seed: int = 0) -> Conditional:
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
    each = max(n_paths // len(members), 2 * FEWEST)
    drawn = []
    for member in members:
        guided = _guided(member, event, each, horizon, seed) if member.differentiable else _Attempt(None, None, 0)
        drawn.append(guided.draws or _particles(member, event, each, horizon, seed, guided))
    weights = np.concatenate([draws.weights for draws in drawn]) / len(members)
    total = weights.sum()
    error = float(np.sqrt(sum(draws.error**2 for draws in drawn))) / len(members)
    inflated = sum((draws.weights.sum() / len(members) / total) ** 2 / draws.effective for draws in drawn)
    likeliest = min(
        (i for i, draws in enumerate(drawn) if draws.design is not None),
        key=lambda i: drawn[i].design.norms.min(),  # type: ignore[union-attr]
        default=0,
    )
    probability = Estimate(float(total), error, max(total - NORMAL_95 * error, 0.0), total + NORMAL_95 * error)
    simulated = sum(draws.simulated for draws in drawn)
    particles = any(draws.method == "subset simulation" for draws in drawn)
    method = "subset simulation" if particles else "importance sampling"
    first = dynamics.first
    facts = first.provenance
    dates = future_sessions(facts["calendar"], first.dates[0], horizon, facts["periods_per_year"])
    paths = dynamics.scenarios(np.concatenate([draws.returns for draws in drawn]), dates)
    provenance = {**facts, "seed": seed, "conditioning": _facts(event, probability, 1 / inflated, simulated, method)}
    given = replace(paths, weights=weights / total, provenance=provenance)
    return Conditional(event, probability, given, 1 / inflated, simulated, method, drawn[likeliest].design, likeliest)


def select(scenarios: Scenarios, event: Event) -> Conditional:
    """Those of finished paths on which an event happens; their weights stay as they are.

    Raises ScenarioError where fewer than FEWEST of them are left, and for an event after their last day.
    """
    if scenarios.horizon < event.days:
        raise ScenarioError(f"{event} is decided on day {event.days}, but the paths have {scenarios.horizon} days")
    hits = event.happens(scenarios.prices[:, 1:])
    weights = normalized(scenarios.weights, scenarios.n_paths)
    worth = effective(weights[hits]) if weights[hits].any() else 0.0
    if worth < FEWEST:
        raise ScenarioError(
            f"{event}: {hits.sum()} of {scenarios.n_paths:,} paths do this, too few to say anything; ask for less, "
            f"give more paths, or give the model itself, which can draw such paths"
        )
    probability = estimate_probability(hits, scenarios.weights)
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
        EFFECTIVE: worth,
        "simulated": simulated,
        "method": method,
    }


def _guided(dynamics: Dynamics, event: Event, count: int, horizon: int, seed: int) -> _Attempt:
    """Importance sampling around design points."""
    rng = np.random.default_rng([seed, 0x6D1D, dynamics.member])
    trial = max(3 * count // 8, 24 * FEWEST)
    known, points, simulated = np.empty((0, 0)), None, 0
    for party in range(PARTIES):
        scouts = split(dynamics, event, SCOUTS, seed * PARTIES + party)
        simulated += scouts.simulated + trial
        if points is None:
            points = design_points(dynamics, event, scouts.noise[:, rng.permutation(SCOUTS)[:POINTS]])
            simulated += points.simulated
            if len(points.noise) == 0:
                return _Attempt(None, None, simulated)
        known = np.concatenate([known.reshape(-1, scouts.noise[:, 0].size), _flat(scouts.noise)])
        mixture = Mixture.around(points.noise.reshape(len(points.noise), -1), points.directions, known)
        for _ in range(ROUNDS):
            mixture = mixture.refitted(known, np.full(len(known), 1 / len(known)))
        weights = _proposals(dynamics, event, mixture, trial, event.days, rng)[1]
        # Trials decide, not the sample itself: dropping samples with a large weight would leave low estimates.
        if weights.any() and effective(weights) * count >= ENOUGH * trial:
            break
    else:
        return _Attempt(None, points, simulated)
    returns, weights = _proposals(dynamics, event, mixture, count, horizon, rng)
    happened = weights > 0
    simulated += count
    if not happened.any():
        return _Attempt(None, points, simulated)
    error = float(weights.std() / np.sqrt(count))
    draws = _Draws(
        returns[happened],
        weights[happened] / count,
        error,
        effective(weights),
        simulated,
        "importance sampling",
        points,
    )
    return _Attempt(draws, points, simulated)


def _proposals(
    dynamics: Dynamics, event: Event, mixture: Mixture, count: int, days: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Returns (path, day, asset) of proposals, and weights (path,), 0 where the event did not happen."""
    noise = dynamics.noise(count, days, int(rng.integers(2**31)))
    z = mixture.draw(_flat(noise[: event.days]), rng)
    noise[: event.days] = z.reshape(count, event.days, -1).transpose(1, 0, 2)
    returns = dynamics.returns(noise)
    happened = event.happens(dynamics.prices(returns[:, : event.days]))
    return returns, np.where(happened, np.exp(mixture.log_weights(z)), 0.0)


def _particles(dynamics: Dynamics, event: Event, count: int, horizon: int, seed: int, before: _Attempt) -> _Draws:
    """Particles alone, in RUNS independent runs, after an attempt that failed."""
    each = max(count // RUNS, FEWEST)
    runs = [split(dynamics, event, each, seed * RUNS + run) for run in range(RUNS)]
    noise = dynamics.noise(RUNS * each, horizon, seed)
    noise[: event.days] = np.concatenate([run.noise for run in runs], axis=1)
    returns = dynamics.returns(noise)
    weights = np.concatenate([np.full(each, run.probability / each / RUNS) for run in runs])
    families = np.concatenate([run.family + i * each for i, run in enumerate(runs)])
    worth = effective(np.bincount(families, weights))
    if worth < FEWEST:
        raise ScenarioError(
            f"{event}: only {worth:.0f} effective paths reach this, too few to say anything; "
            f"ask for more paths, or for less"
        )
    probabilities = np.array([run.probability for run in runs])
    # So few runs know their own spread badly: wider, so that normal intervals have Student's coverage.
    error = float(probabilities.std(ddof=1) / np.sqrt(RUNS) * stats.t.ppf(0.975, RUNS - 1) / NORMAL_95)
    simulated = before.simulated + sum(run.simulated for run in runs)
    return _Draws(returns, weights, error, worth, simulated, "subset simulation", before.design)


def _flat(noise: np.ndarray) -> np.ndarray:
    """(day, path, number) -> (path, day * number)."""
    return noise.transpose(1, 0, 2).reshape(noise.shape[1], -1)
