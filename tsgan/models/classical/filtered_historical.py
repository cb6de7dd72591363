"""Filtered historical simulation: yesterday's surprises at today's volatility."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tsgan.data.panel import Panel
from tsgan.models.classical.gjr import GJR, filtered, filtered_each, fit_gjr, simulate
from tsgan.models.contract import MarketModel, ModelInfo, Moments
from tsgan.models.missing import completed
from tsgan.models.moves import training_returns
from tsgan.models.random import rows, uniforms


@dataclass(frozen=True, eq=False, repr=False)
class FilteredHistoricalSimulation(MarketModel):
    """Standardized residuals of whole days, drawn with replacement and scaled by a simulated GJR-GARCH volatility.

    Barone-Adesi, Giannopoulos and Vosper (1999).  Per asset the filter is a Gaussian quasi-maximum-likelihood
    GJR-GARCH(1,1); the residuals of a day are drawn jointly, so dependence and tails are those of the history.
    Residuals are centred and scaled to variance 1, so that the paths carry the training mean return and the filter's
    own long-run variance.  The law is discrete: it has no density.  Days on which an asset has none are completed from
    days like them (:func:`tsgan.models.missing.completed`).

    Attributes:
        margins: the recursion's parameters.
        residuals: (day, asset) standardized residuals of the training days.
    """

    law = "uniform"

    info: ModelInfo
    recent: np.ndarray
    margins: GJR
    residuals: np.ndarray

    @classmethod
    def fit(cls, panel: Panel, *, seed: int = 0) -> FilteredHistoricalSimulation:
        """Fit the filter and keep its residuals.

        Raises DataError for prices that never move; warns (TsganWarning) where the optimizer finds no maximum.
        """
        returns = training_returns(panel)
        margins, _ = fit_gjr(returns, panel.assets, "normal")
        raw = completed((returns - margins.mean) / np.sqrt(filtered(margins, returns)[:-1]), seed)
        residuals = (raw - raw.mean(axis=0)) / raw.std(axis=0)
        config = {"mean": "training mean", "filter": "Gaussian GJR-GARCH(1,1)"}
        info = ModelInfo.of("fhs", panel, seed=seed, config=config, drift=margins.mean)
        return cls(info, returns[-cls.context_days :], margins, residuals)

    def encode(self, returns: np.ndarray) -> np.ndarray:
        """(asset,) tomorrow's variance."""
        return filtered(self.margins, returns)[-1]

    def encode_each(self, returns: np.ndarray, ends: np.ndarray) -> np.ndarray:
        return filtered_each(self.margins, returns, ends, self.context_days)

    def noise(self, paths: np.ndarray, horizon: int, seed: int) -> np.ndarray:
        return uniforms(seed, paths, horizon, 1)

    def respond(self, states: np.ndarray, starts: np.ndarray, noise: np.ndarray, member: int = 0) -> np.ndarray:
        return simulate(self.margins, states[starts], self.residuals[rows(noise[..., 0], len(self.residuals))])

    def predictive_moments(self, returns: np.ndarray, ends: np.ndarray) -> Moments:
        variances = filtered_each(self.margins, returns, np.asarray(ends), self.context_days)
        return Moments(np.broadcast_to(self.margins.mean, variances.shape), np.sqrt(variances))

    def arrays(self) -> dict[str, np.ndarray]:
        return {"recent": self.recent, "margins": np.stack(self.margins), "residuals": self.residuals}

    @classmethod
    def restore(cls, info: ModelInfo, arrays: Mapping[str, np.ndarray]) -> FilteredHistoricalSimulation:
        return cls(info, arrays["recent"], GJR(*arrays["margins"]), arrays["residuals"])
