"""Which mean return paths carry."""

import numpy as np
import pytest

from tsgan.applications.stress.drift import Drift, martingale_check
from tsgan.errors import ConfigError


def test_drift(fitted):
    model = fitted("gbm")
    paths = model.sample(4000, 20, seed=3)
    mean = paths.returns.mean(axis=(0, 1), dtype=np.float64)
    for text, wanted in (("zero", mean - model.info.drift), ("0.05", mean - model.info.drift + 0.05 / 252)):
        drift = Drift.parse(text)
        moved = drift.applied(paths, drift.shift(paths))
        np.testing.assert_allclose(moved.returns.mean(axis=(0, 1), dtype=np.float64), wanted, atol=1e-8)
        assert moved.provenance["drift"]["mode"] == drift.mode
    assert Drift.parse("historical").shift(paths) is None


@pytest.mark.parametrize("weighted", [False, True])
def test_risk_neutral_paths_are_martingales(fitted, weighted):
    from dataclasses import replace

    paths = fitted("gjr-garch").sample(3000, 20, seed=3)
    weights = np.random.default_rng(0).dirichlet(np.ones(3000)) if weighted else None
    paths, drift = replace(paths, weights=weights), Drift.parse("risk-neutral 0.03")
    for row in martingale_check(drift.applied(paths, drift.shift(paths)), 0.03):
        assert abs(row["deviation"]) < 1e-6
    assert max(abs(row["deviation"]) for row in martingale_check(paths, 0.03)) > 1e-4


@pytest.mark.parametrize("text", ["", "fast", "risk-neutral", "risk-neutral:x", "nan", "7"])
def test_bad_drift(text):
    with pytest.raises(ConfigError, match="cannot read the drift"):
        Drift.parse(text)
