"""What paths are worth: how far a mean over them is known less well than one over as many independent ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from tsgan.models.conditioning import EFFECTIVE
from tsgan.stats import weighted


class Weighted(Protocol):
    """Scenarios, or what is known of the weights of paths that are not in memory."""

    @property
    def n_paths(self) -> int: ...

    @property
    def weights(self) -> np.ndarray | None: ...

    @property
    def provenance(self) -> Mapping[str, Any]: ...


def inflation(scenarios: Weighted) -> float:
    """Variance of a mean over these paths relative to independent ones of the same weights, at least 1."""
    stated = (scenarios.provenance.get("conditioning") or {}).get(EFFECTIVE)
    weights = weighted.normalized(scenarios.weights, scenarios.n_paths)
    return max(1.0, weighted.effective(weights) / stated) if stated else 1.0
