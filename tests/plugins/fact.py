"""A stranger's fact: how often the largest moves come.

Announced in the ``pyproject.toml`` of the package that it lives in::

    [project.entry-points."tsgan.facts"]
    jumps = "fact:JUMPS"
"""

from __future__ import annotations

import numpy as np

from tsgan.evaluation import Fact


def jumps(returns: np.ndarray) -> np.ndarray:
    """Share of days beyond four standard deviations: (..., day) -> (...)."""
    return (np.abs(returns) > 4 * returns.std(-1, keepdims=True)).mean(-1)


JUMPS = Fact(
    name="jumps",
    group="jumps",
    label="Share of {days} beyond 4 standard deviations",
    note="0.0001 is Gaussian",
    statistic=jumps,
    null=0.0001,
)
