"""What paths are worth: how far a mean over them is known less well than one over as many independent ones."""

from __future__ import annotations

from tsgan.models.conditioning import EFFECTIVE
from tsgan.scenarios.scenarios import Scenarios
from tsgan.stats import weighted


def inflation(scenarios: Scenarios) -> float:
    """Variance of a mean over these paths relative to independent ones of the same weights, at least 1."""
    stated = (scenarios.provenance.get("conditioning") or {}).get(EFFECTIVE)
    weights = weighted.normalized(scenarios.weights, scenarios.n_paths)
    return max(1.0, weighted.effective(weights) / stated) if stated else 1.0
