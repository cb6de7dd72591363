"""What every way of conditioning comes to: weighted paths of one member of an ensemble."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tsgan.models.conditioning.design_points import DesignPoints

Method = Literal["plain sampling", "importance sampling", "subset simulation", "selection"]

FEWEST_EFFECTIVE = 50
"""Effective paths below which nothing is said."""


@dataclass(frozen=True, eq=False)
class Draws:
    """Of one member: returns (path, day, asset) of paths with the event, and what they count for.

    Attributes:
        returns: (path, day, asset).
        weights: (path,) such that their sum estimates the probability, with standard error ``error``.
        effective: how many independent, equally weighted paths they are worth.
        simulated: paths and gradients computed in all.
        design: the design points, where there are any.
    """

    returns: np.ndarray
    weights: np.ndarray
    error: float
    effective: float
    simulated: int
    method: Method
    design: DesignPoints | None
