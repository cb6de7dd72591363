"""Pools of many small loans: losses over simulated histories of default rates, or by Vasicek's one-factor model.

Vasicek (2002, "Loan portfolio value"): given the factor X, a large pool loses the fraction
Phi((Phi^-1(pd) - sqrt(rho) X) / sqrt(1 - rho)).  Here X is the standardized move of a series over the horizon, turned
so that a rise is good: the return of a price, or the FALL of a level or rate such as a credit spread.  Where X is not
normal, the threshold Phi^-1(pd) moves so that the mean of the loss stays at pd.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy import optimize
from scipy.special import ndtr, ndtri

from tsgan.applications.lending.books import Pool
from tsgan.applications.lending.losses import Losses, Row, clustering
from tsgan.errors import ScenarioError
from tsgan.scenarios.scenarios import Scenarios
from tsgan.scenarios.worth import Worth
from tsgan.stats import weighted


class Vasicek(NamedTuple):
    """Default probability and asset correlation of a pool."""

    pd: float
    correlation: float

    def default_rate(self, factor: Any) -> Any:
        """Fraction of the pool that defaults given the factor."""
        rho = self.correlation
        return ndtr((ndtri(self.pd) - np.sqrt(rho) * factor) / np.sqrt(1 - rho))

    def quantile(self, level: float) -> float:
        """The fraction of defaults that is not exceeded with probability ``level``, for a normal factor."""
        return float(self.default_rate(ndtri(1 - level)))

    @classmethod
    def fit(cls, rates: np.ndarray, weights: np.ndarray | None = None) -> Vasicek:
        """The parameters of a history of default rates, each of a year of its own, by maximum likelihood.

        Phi^-1 of a rate is normal with mean Phi^-1(pd) / sqrt(1 - rho) and variance rho / (1 - rho).
        """
        scores = ndtri(np.asarray(rates, np.float64))
        middle = weighted.mean(scores, weights).value
        spread = weighted.mean((scores - middle) ** 2, weights).value
        rho = spread / (1 + spread)
        return cls(float(ndtr(middle * np.sqrt(1 - rho))), rho)


@dataclass(frozen=True, eq=False)
class PoolOutcome:
    """Made by :func:`lend_to_pools`.

    Attributes:
        pools: the book.
        losses: over the horizon.
        rows: one a pool, JSON-ready: ``loan, series, method`` (``history`` or ``Vasicek``), ``mean_rate`` (of default
            over the horizon), ``rate_99, rate_999`` (its quantiles over paths), ``vasicek_99, vasicek_999`` (those of a
            normal factor with the same parameters), ``pd, correlation`` (given, or implied by the simulated rates) and
            ``factor_1`` (what the factor exceeds on 99 % of the paths, in standard deviations: -2.33 of a normal one),
            beside what :meth:`tsgan.applications.lending.losses.Losses.rows` says.
        clustering: how pools lose more than usual together: events are losses above each pool's own 95 % quantile.
    """

    pools: list[Pool]
    losses: Losses
    rows: list[Row]
    clustering: Row


def lend_to_pools(pools: list[Pool], scenarios: Scenarios) -> PoolOutcome:
    """Losses of pools over the paths, whose weights are honoured.

    A pool without ``pd`` and ``correlation`` follows its series, which must be a yearly rate, in fractions, or in
    percent where its cap is 100: over the horizon the surviving part shrinks by the rate of each period.

    Raises ScenarioError for series that the paths lack, prices as rates, or rates outside [0, 1] (0 to 100 %).
    """
    rates = np.stack([_rates(pool, scenarios) for pool in pools], axis=1)  # (path, pool)
    weights, rows = scenarios.weights, []
    for i, pool in enumerate(pools):
        given = not np.isnan(pool.pd)
        law = (
            Vasicek(pool.pd, pool.correlation) if given else Vasicek.fit(np.clip(rates[:, i], 1e-9, 1 - 1e-9), weights)
        )
        row: Row = {"loan": pool.loan, "series": pool.series, "method": "Vasicek" if given else "history"}
        row |= {"mean_rate": weighted.mean(rates[:, i], weights).value, "pd": law.pd, "correlation": law.correlation}
        for level, name in ((0.99, "99"), (0.999, "999")):
            row[f"rate_{name}"] = float(weighted.quantiles(rates[:, i], [level], weights)[0])
            row[f"vasicek_{name}"] = law.quantile(level)
        row["factor_1"] = float(weighted.quantiles(_factor(rates[:, i], weights), [0.01], weights)[0])
        rows.append(row)
    exposures = np.array([pool.exposure for pool in pools])
    losses = Losses(
        tuple(pool.loan for pool in pools),
        exposures,
        rates * exposures * np.array([pool.lgd for pool in pools]),
        Worth.of(scenarios),
    )
    rows = [first | second for first, second in zip(rows, losses.rows(), strict=True)]
    high = np.stack([column > weighted.quantiles(column, [0.95], weights)[0] for column in rates.T], axis=1)
    return PoolOutcome(pools, losses, rows, clustering(high, weights))


def _factor(rates: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """(path,) the factor that makes such rates of default, standardized over the paths: in Vasicek's model the scores
    Phi^-1 of the rates fall with it in a straight line."""
    scores = -ndtri(np.clip(rates, 1e-12, 1 - 1e-12))
    centred = scores - weighted.mean(scores, weights).value
    spread = np.sqrt(weighted.mean(centred**2, weights).value)
    return centred / spread if spread > 0 else np.zeros(len(rates))


def systematic_factor(series: str, scenarios: Scenarios) -> np.ndarray:
    """(path,) standardized move of a series over the horizon, a rise being good; see the module."""
    column = _column(series, scenarios)
    moves = scenarios.returns[:, :, column].sum(axis=1, dtype=np.float64)
    centred = moves - weighted.mean(moves, scenarios.weights).value
    spread = np.sqrt(weighted.mean(centred**2, scenarios.weights).value)
    if not spread > 0:
        raise ScenarioError(f"{series} never moves in these paths, so it is no factor")
    return (1 if scenarios.kinds[column] == "price" else -1) * centred / spread


def calibrated_default_rates(law: Vasicek, x: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """(path,) fractions of defaults given factors x, whose threshold keeps their mean at ``law.pd``."""
    rho = law.correlation

    def given(threshold: float) -> np.ndarray:
        return ndtr((threshold - np.sqrt(rho) * x) / np.sqrt(1 - rho))

    reach = 40 + float(np.abs(x).max())
    threshold = optimize.brentq(lambda c: weighted.mean(given(c), weights).value - law.pd, -reach, reach, xtol=1e-12)
    return given(float(threshold))  # type: ignore[arg-type]


def _rates(pool: Pool, scenarios: Scenarios) -> np.ndarray:
    """(path,) fraction of a pool that defaults over the horizon."""
    if not np.isnan(pool.pd):
        return calibrated_default_rates(
            Vasicek(pool.pd, pool.correlation), systematic_factor(pool.series, scenarios), scenarios.weights
        )
    column = _column(pool.series, scenarios)
    if scenarios.kinds[column] == "price":
        raise ScenarioError(
            f"pool {pool.loan}: {pool.series} is a price, no rate of default; give pd and correlation beside it"
        )
    levels = scenarios.prices[:, 1:, column] / (100 if scenarios.space.bounds[column][1] == 100 else 1)
    if levels.min() < 0 or levels.max() > 1:
        raise ScenarioError(
            f"pool {pool.loan}: {pool.series} runs from {levels.min():.3g} to {levels.max():.3g}, but a rate of "
            f"default lies between 0 and 1; fit it with --kind {pool.series}=rate:0:1 where it is in fractions, "
            f"{pool.series}=rate:0:100 where it is in percent, or give pd and correlation"
        )
    periods = scenarios.periods_per_year
    return 1 - np.prod(1 - levels / periods, axis=1) if periods > 1 else 1 - np.prod(1 - levels, axis=1)


def _column(series: str, scenarios: Scenarios) -> int:
    if series not in scenarios.assets:
        raise ScenarioError(f"no series {series} in the paths; they have {', '.join(scenarios.assets)}")
    return scenarios.assets.index(series)
