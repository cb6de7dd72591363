"""A stranger's application: the leverage at which capital grows fastest (Kelly 1956), and what it costs to be wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
import pandas as pd

import tsgan
from tsgan.reports import Result
from tsgan.stats import normalized


@dataclass(frozen=True, eq=False)
class Leverage(Result):
    """Growth by leverage, position kept at that multiple of the capital every day.  Made by :func:`leverage`.

    Attributes:
        asset: what is held.
        multiples: (multiple,) of the capital.
        growth: (multiple,) expected log growth a year; -inf where some path ruins.
    """

    asset: str
    multiples: np.ndarray = field(repr=False)
    growth: np.ndarray = field(repr=False)

    @property
    def best(self) -> float:
        return float(self.multiples[self.growth.argmax()])

    def summary(self) -> str:
        return f"Capital in {self.asset} grows fastest at {self.best:.1f} times itself: {self.growth.max():.1%} a year."

    def to_dict(self) -> dict[str, Any]:
        return {"asset": self.asset, "best": self.best, "multiples": self.multiples, "growth": self.growth}

    def to_frame(self, table: str | None = None) -> pd.DataFrame:
        return pd.DataFrame({"multiple": self.multiples, "growth": self.growth})

    def render(self) -> str:
        table = self.to_frame().to_html(index=False, float_format="%.3f")
        return f"<!DOCTYPE html><title>Leverage</title><p>{escape(self.summary())}</p>{table}"


def leverage(scenarios: tsgan.Scenarios, asset: str, most: float = 5.0, steps: int = 51) -> Leverage:
    """Expected log growth of a daily rebalanced position in ``asset``, for multiples from 0 to ``most``."""
    moves = np.expm1(scenarios.returns[:, :, scenarios.assets.index(asset)].astype(np.float64))
    multiples, years = np.linspace(0, most, steps), scenarios.horizon / scenarios.periods_per_year
    weights = normalized(scenarios.weights, scenarios.n_paths)
    with np.errstate(divide="ignore"):
        logs = [weights @ np.log(np.maximum(1 + multiple * moves, 0)).sum(axis=1) for multiple in multiples]
    return Leverage(asset, multiples, np.array(logs) / years)
