"""The stranger's stress measure is what its definition says, with weights and with an error."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from stress_measure import drawdown_at_risk

import tsgan

# Of 1 each: gains 2 then loses 3 from there; falls straight; never falls.
PROFITS = np.array([[0.02, -0.01, 0.0], [-0.01, -0.02, -0.04], [0.01, 0.02, 0.03]])


def test_it_is_the_worst_fall_from_a_peak():
    test = SimpleNamespace(profits=PROFITS, usual=SimpleNamespace(weights=None))
    assert drawdown_at_risk(test, 3, 0.5).var.value == pytest.approx(0.03)
    assert drawdown_at_risk(test, 3, 2 / 3).es.value == pytest.approx(0.04)
    assert drawdown_at_risk(test, 2, 2 / 3).es.value == pytest.approx(0.03)
    weighty = SimpleNamespace(profits=PROFITS, usual=SimpleNamespace(weights=np.array([0.1, 0.1, 0.8])))
    assert drawdown_at_risk(weighty, 3, 0.5).var.value == 0


def test_it_reads_a_stress_test(indices):
    model = tsgan.fit(indices.before("2003-01-01"), "gbm", seed=0)
    test = tsgan.stress(model, n_paths=400, horizon=20, seed=1)
    found = drawdown_at_risk(test, 20)
    assert 0 < found.var.low < found.var.value < found.es.value and found.es.error > 0
    assert drawdown_at_risk(test, 5).es.value < found.es.value
    doubled = replace(test, profits=2 * test.profits)
    assert drawdown_at_risk(doubled, 20).es.value == pytest.approx(2 * found.es.value)
