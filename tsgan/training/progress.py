"""What training tells the outside world as it goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Progress(NamedTuple):
    """One report of a long fit.

    Attributes:
        phase: what is going on, for people: ``likelihood``, ``adversarial: choosing the step count``, ...
        step: steps of this phase that are done, counted from 1.
        total: steps of this phase.
        metrics: losses and norms by name, as plain numbers.
    """

    phase: str
    step: int
    total: int
    metrics: Mapping[str, float]
