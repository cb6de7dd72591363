"""Drift: which mean return paths carry, as a shift of what a model gives them.

``historical`` leaves the model's own; ``zero`` takes its long-run mean away; a number is the mean log return a year of
every price; ``risk-neutral:RATE`` makes discounted prices martingales, by matching the mean of the paths on every day
(empirical martingale simulation: Duan and Simonato 1998).  The last two leave levels and rates, which cannot be held,
as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from tsgan.errors import ConfigError
from tsgan.scenarios.scenarios import Scenarios
from tsgan.stats import weighted

Mode = Literal["historical", "zero", "value", "risk-neutral"]


@dataclass(frozen=True)
class Drift:
    """A choice of drift; ``rate`` is a year's, where the mode needs one."""

    mode: Mode = "historical"
    rate: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Drift:
        """``historical``, ``zero``, ``0.05``, ``risk-neutral:0.03`` (or with a space); else ConfigError."""
        word, _, rest = text.strip().replace(":", " ").partition(" ")
        try:
            if word in ("historical", "zero") and not rest:
                return cls("historical" if word == "historical" else "zero")
            rate = float(rest if word == "risk-neutral" else text)
        except ValueError:
            rate = np.nan
        if not abs(rate) < 1:
            raise ConfigError(
                f"cannot read the drift {text!r}; choose historical, zero, a mean log return a year such as 0.05, or "
                f"risk-neutral:RATE with a rate a year such as 0.03"
            )
        return cls("risk-neutral" if word == "risk-neutral" else "value", rate)

    def __str__(self) -> str:
        return {"value": f"{self.rate:.2%} a year", "risk-neutral": f"risk-neutral at {self.rate:.2%} a year"}.get(
            self.mode, self.mode
        )

    def shift(self, scenarios: Scenarios) -> np.ndarray | None:
        """(day, asset) what to add to the returns of these paths, or of others of the same model and start; None for
        nothing.

        Raises ConfigError where the paths do not say what their own drift is, or how many days make a year.
        """
        if self.mode == "historical":
            return None
        facts = scenarios.provenance
        priced = np.array([kind == "price" for kind in scenarios.kinds])
        if self.mode == "risk-neutral":
            growth = np.log(_mean_growth(scenarios))
            days = np.arange(1, scenarios.horizon + 1)[:, None]
            sums = np.where(priced, self.rate * days / _year(facts) - growth, 0.0)
            return np.diff(sums, axis=0, prepend=0.0)
        own = (facts.get("drift") or {}).get("per_period")
        if not own:
            raise ConfigError(
                f"these paths do not say what drift they carry, so it cannot become {self}; leave --drift out, give a "
                f"model instead of a table, or choose risk-neutral:RATE"
            )
        own = np.array([own[asset] for asset in scenarios.assets])
        wanted = 0.0 if self.mode == "zero" else np.where(priced, self.rate / _year(facts), own)
        return np.broadcast_to(wanted - own, (scenarios.horizon, len(scenarios.assets)))

    def summed(
        self, steps: int, own: np.ndarray, moves: np.ndarray, priced: np.ndarray, periods_per_year: float
    ) -> np.ndarray:
        """(asset,) what to add to moves over ``steps``, as :meth:`shift` does to returns.

        Args:
            own: (asset,) mean move a step that they carry.
            moves: (path, asset) over the steps; prices move by log returns.
            priced: (asset,) True for prices.
        """
        if self.mode == "historical":
            return np.zeros(len(own))
        if self.mode == "risk-neutral":
            growth = np.log(np.exp(np.where(priced, moves, 0.0)).mean(axis=0))
            return np.where(priced, self.rate * steps / periods_per_year - growth, 0.0)
        wanted = 0.0 if self.mode == "zero" else np.where(priced, self.rate / periods_per_year, own)
        return steps * (wanted - own)

    def applied(self, scenarios: Scenarios, shift: np.ndarray | None) -> Scenarios:
        """The paths with ``shift`` added, bars and all, and the drift named in their provenance."""
        if shift is None:
            return scenarios
        sums = np.cumsum(shift, axis=0)
        logs = np.array([kind == "price" for kind in scenarios.kinds])
        bars = {
            name: values
            if name == "volume"
            else np.where(logs, values * np.exp(np.where(logs, sums, 0)), values + sums)
            for name, values in scenarios.bars.items()
        }
        return replace(
            scenarios,
            returns=(scenarios.returns + shift).astype(np.float32),
            bars=bars,
            provenance=self.stated(scenarios.provenance),
        )

    def stated(self, provenance: Mapping[str, Any]) -> dict[str, Any]:
        """``provenance`` with this drift in it."""
        if self.mode == "historical":
            return dict(provenance)
        rate = {} if self.mode == "zero" else {"per_year": self.rate}
        return {**provenance, "drift": {"mode": self.mode, **rate}}


HISTORICAL = Drift()


def martingale_check(scenarios: Scenarios, rate: float) -> list[dict[str, Any]]:
    """How far the mean of discounted prices lies from today's, on the last day, with its Monte Carlo error."""
    days, rows = scenarios.horizon, []
    discount = np.exp(-rate * days / _year(scenarios.provenance))
    for i, (asset, kind) in enumerate(zip(scenarios.assets, scenarios.kinds, strict=True)):
        if kind == "price":
            ratio = discount * scenarios.prices[:, -1, i] / scenarios.start_prices[i]
            found = weighted.mean(ratio, scenarios.weights)
            rows.append({"asset": asset, "days": days, "deviation": found.value - 1, "error": found.error})
    return rows


def _mean_growth(scenarios: Scenarios) -> np.ndarray:
    """(day, asset) weighted mean of prices over start prices; 1 for what is no price."""
    weights = weighted.normalized(scenarios.weights, scenarios.n_paths)
    priced = [kind == "price" for kind in scenarios.kinds]
    ratios = np.where(priced, scenarios.prices[:, 1:] / np.where(priced, scenarios.start_prices, 1.0), 1.0)
    return np.einsum("p,pda->da", weights, ratios)


def _year(facts: Mapping[str, Any]) -> float:
    days = facts.get("periods_per_year")
    if not days:
        raise ConfigError(
            "these paths do not say how many days make a year; give a model, or paths with their manifest"
        )
    return float(days)
