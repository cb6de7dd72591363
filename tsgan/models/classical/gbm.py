"""Geometric Brownian motion: independent days, one Gaussian law."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tsgan.data.panel import Panel
from tsgan.models.contract import MarketModel, ModelInfo, Moments
from tsgan.models.missing import correlation_of
from tsgan.models.moves import mean_move, training_returns
from tsgan.models.random import correlated, factor_of, normals


@dataclass(frozen=True, eq=False, repr=False)
class GBM(MarketModel):
    """Moves are independent over days and jointly Gaussian: ``r ~ N(mean, covariance)``, both of the training data.

    Log prices are then a Brownian motion with drift (Black and Scholes, 1973); levels and rates without bounds, whose
    moves are differences, follow an arithmetic one (Bachelier, 1900).  The paths carry the training mean move.  Where
    moves are missing, each asset's mean and variance are those of its own days, each correlation that of the days which
    both have (:func:`tsgan.models.missing.correlation_of`).

    Attributes:
        mean: (asset,) mean return a period.
        covariance: (asset, asset) of one period's returns, divided by the number of days (maximum likelihood).
    """

    context_days = 1  # the past does not matter

    info: ModelInfo
    recent: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray

    @classmethod
    def fit(cls, panel: Panel, *, seed: int = 0) -> GBM:
        """Mean and covariance of the panel's returns.  Raises DataError for prices that never move."""
        returns = training_returns(panel)
        mean, scale = mean_move(returns), np.nanstd(returns, axis=0)
        covariance = correlation_of(returns) * scale[:, None] * scale
        info = ModelInfo.of("gbm", panel, seed=seed, config={}, drift=mean)
        return cls(info, returns[-cls.context_days :], mean, covariance)

    def encode(self, returns: np.ndarray) -> None:
        return None

    def encode_each(self, returns: np.ndarray, ends: np.ndarray) -> None:
        return None

    def noise(self, paths: np.ndarray, horizon: int, seed: int) -> np.ndarray:
        return normals(seed, paths, horizon, len(self.mean))

    def respond(self, states: None, starts: np.ndarray, noise: np.ndarray, member: int = 0) -> np.ndarray:
        return (self.mean + correlated(noise, self._factor)).astype(np.float32).transpose(1, 0, 2)

    def sensitivity(
        self, states: None, starts: np.ndarray, noise: np.ndarray, slope: np.ndarray, member: int = 0
    ) -> np.ndarray:
        return slope.transpose(1, 0, 2) @ self._factor

    @cached_property
    def _factor(self) -> np.ndarray:
        return factor_of(self.covariance)

    def predictive_moments(self, returns: np.ndarray, ends: np.ndarray) -> Moments:
        shape = (len(ends), len(self.mean))
        return Moments(np.broadcast_to(self.mean, shape), np.broadcast_to(np.sqrt(np.diag(self.covariance)), shape))

    def log_density(self, returns: np.ndarray, context: np.ndarray) -> np.ndarray:
        variance = np.diag(self.covariance)
        return -0.5 * (np.log(2 * np.pi * variance) + (returns - self.mean) ** 2 / variance)

    def arrays(self) -> dict[str, np.ndarray]:
        return {"recent": self.recent, "mean": self.mean, "covariance": self.covariance}

    @classmethod
    def restore(cls, info: ModelInfo, arrays: Mapping[str, np.ndarray]) -> GBM:
        return cls(info, arrays["recent"], arrays["mean"], arrays["covariance"])
