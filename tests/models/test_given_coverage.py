"""Probabilities of events lie within their stated intervals as often as these say: against a closed form.

For common events (plain paths), less common and rare ones (importance sampling), and a model without gradients.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tsgan.models.conditioning.conditional import condition
from tsgan.models.conditioning.grammar import parse_event
from tsgan.models.dynamics import Dynamics

DAYS = 10


class WithoutGradients(Dynamics):
    """The same map from noise to paths, of which nobody knows the slope."""

    differentiable = False  # type: ignore[assignment]


def covered(dynamics: Dynamics, probability: float, repetitions: int, paths: int) -> tuple[float, float, str]:
    """Share of the intervals that hold the truth, mean of the estimates over it, and how paths were drawn."""
    model, first = dynamics.model, dynamics.first
    place, scale = DAYS * model.mean[0], np.sqrt(DAYS * model.covariance[0, 0])  # type: ignore[attr-defined]
    edge = float(np.expm1(place + scale * stats.norm.ppf(probability)))
    event = parse_event(f"{first.assets[0]}<={edge!r}", first.assets, first.kinds, first.start_prices, at=DAYS)
    found = [condition(dynamics, event, paths, DAYS, seed=i) for i in range(repetitions)]
    held = np.mean([one.probability.low <= probability <= one.probability.high for one in found])
    means = np.mean([one.probability.value for one in found]) / probability
    return float(held), float(means), found[0].method


CASES = [(0.6, "plain sampling"), (0.3, "plain sampling"), (0.03, "importance sampling"), (1e-4, "importance sampling")]


@pytest.mark.parametrize(("probability", "method"), CASES)
def test_intervals_hold_the_truth(fitted, probability: float, method: str):
    held, ratio, used = covered(Dynamics.after(fitted("gbm")), probability, 40, 600)
    assert used == method and held >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 40) and abs(ratio - 1) < 0.05


@pytest.mark.slow
@pytest.mark.parametrize(("probability", "method"), CASES)
def test_intervals_hold_the_truth_in_400_repetitions(fitted, probability: float, method: str):
    held, ratio, used = covered(Dynamics.after(fitted("gbm")), probability, 400, 600)
    assert used == method and abs(held - 0.95) <= 3 * np.sqrt(0.95 * 0.05 / 400), held
    assert abs(ratio - 1) < 0.02


@pytest.mark.slow
@pytest.mark.parametrize("probability", [0.3, 0.03, 1e-3])
def test_without_gradients(fitted, probability: float):
    one = Dynamics.after(fitted("gbm"))
    held, ratio, _ = covered(WithoutGradients(one.model, one.state, one.first), probability, 400, 1000)
    assert abs(held - 0.95) <= 3 * np.sqrt(0.95 * 0.05 / 400), held
    assert abs(ratio - 1) < 0.02
