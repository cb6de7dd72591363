"""GJR-GARCH(1,1) with skewed Student t innovations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tsgan.data.panel import Panel
from tsgan.models.classical import skewt
from tsgan.models.classical.gjr import GJR, filtered, filtered_each, fit_gjr, simulate, simulate_vjp
from tsgan.models.contract import MarketModel, ModelInfo, Moments
from tsgan.models.missing import correlation_of
from tsgan.models.moves import training_returns
from tsgan.models.random import correlated, factor_of, normals


@dataclass(frozen=True, eq=False, repr=False)
class GJRGarch(MarketModel):
    """Per asset a GJR-GARCH(1,1) with Hansen's skew-t innovations; across assets one constant Gaussian copula.

    The margins are fitted by maximum likelihood with arch, one by one; the copula's correlation is that of the normal
    scores of their standardized residuals (inference for margins, Joe and Xu, 1996).  It is a constant conditional
    correlation model (Bollerslev, 1990) with a copula: co-movement does not rise in crises beyond what the common
    volatility brings.  The paths carry the training mean return and start from the volatility that the history left.
    Margins are fitted to the days that each asset has, correlations to those that both assets of a pair have.

    Attributes:
        margins: the recursion's parameters.
        innovations: (asset, 2) tail (degrees of freedom) and skew.
        correlation: (asset, asset) of the copula.
    """

    info: ModelInfo
    recent: np.ndarray
    margins: GJR
    innovations: np.ndarray
    correlation: np.ndarray

    @classmethod
    def fit(cls, panel: Panel, *, seed: int = 0) -> GJRGarch:
        """Fit by maximum likelihood.

        Raises DataError for prices that never move; warns (TsganWarning) where the optimizer finds no maximum.
        """
        returns = training_returns(panel)
        margins, innovations = fit_gjr(returns, panel.assets, "skewt")
        correlation = correlation_of(normal_scores(returns, margins, innovations))
        config = {"mean": "training mean", "innovations": "skew-t", "dependence": "Gaussian copula"}
        info = ModelInfo.of("gjr-garch", panel, seed=seed, config=config, drift=margins.mean)
        return cls(info, returns[-cls.context_days :], margins, innovations, correlation)

    def encode(self, returns: np.ndarray) -> np.ndarray:
        """(asset,) tomorrow's variance."""
        return filtered(self.margins, returns)[-1]

    def encode_each(self, returns: np.ndarray, ends: np.ndarray) -> np.ndarray:
        return filtered_each(self.margins, returns, ends, self.context_days)

    def noise(self, paths: np.ndarray, horizon: int, seed: int) -> np.ndarray:
        return normals(seed, paths, horizon, len(self.innovations))

    def respond(self, states: np.ndarray, starts: np.ndarray, noise: np.ndarray, member: int = 0) -> np.ndarray:
        scores = correlated(noise, self._factor)
        return simulate(self.margins, states[starts], self._innovations_at(scores))

    def sensitivity(
        self, states: np.ndarray, starts: np.ndarray, noise: np.ndarray, slope: np.ndarray, member: int = 0
    ) -> np.ndarray:
        scores = correlated(noise, self._factor)
        of_innovations = simulate_vjp(self.margins, states[starts], self._innovations_at(scores), slope)
        steepness = np.stack([q.slope(scores[..., asset]) for asset, q in enumerate(self._quantiles)], axis=-1)
        return (of_innovations * steepness) @ self._factor

    def _innovations_at(self, scores: np.ndarray) -> np.ndarray:
        each = np.stack([q(scores[..., asset]) for asset, q in enumerate(self._quantiles)], axis=1)
        return each.swapaxes(1, 2)  # paths lie side by side, as the recursion reads them

    @cached_property
    def _factor(self) -> np.ndarray:
        return factor_of(self.correlation)

    @cached_property
    def _quantiles(self) -> list[skewt.SkewTQuantiles]:
        return [skewt.SkewTQuantiles(tail, skew) for tail, skew in self.innovations]

    def predictive_moments(self, returns: np.ndarray, ends: np.ndarray) -> Moments:
        variances = filtered_each(self.margins, returns, np.asarray(ends), self.context_days)
        return Moments(np.broadcast_to(self.margins.mean, variances.shape), np.sqrt(variances))

    def log_density(self, returns: np.ndarray, context: np.ndarray) -> np.ndarray:
        return log_densities(returns, context, self.margins, self.innovations)

    def arrays(self) -> dict[str, np.ndarray]:
        return {
            "recent": self.recent,
            "margins": np.stack(self.margins),
            "innovations": self.innovations,
            "correlation": self.correlation,
        }

    @classmethod
    def restore(cls, info: ModelInfo, arrays: Mapping[str, np.ndarray]) -> GJRGarch:
        return cls(info, arrays["recent"], GJR(*arrays["margins"]), arrays["innovations"], arrays["correlation"])


def normal_scores(returns: np.ndarray, margins: GJR, innovations: np.ndarray) -> np.ndarray:
    """(day, asset) what the copula joins: standardized residuals as standard normals; NaN where returns are missing."""
    residuals = (returns - margins.mean) / np.sqrt(filtered(margins, returns)[:-1])
    return skewt.normal_score(residuals, *innovations.T)


def log_densities(returns: np.ndarray, context: np.ndarray, margins: GJR, innovations: np.ndarray) -> np.ndarray:
    """:meth:`MarketModel.log_density` of GJR-GARCH margins with skew-t innovations."""
    variance = filtered(margins, np.concatenate([context, returns]))[len(context) : -1]
    residuals = (returns - margins.mean) / np.sqrt(variance)
    return skewt.log_density(residuals, *innovations.T) - np.log(variance) / 2
