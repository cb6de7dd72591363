"""A stranger's model: RiskMetrics, exponentially weighted covariance and Gaussian days (J.P. Morgan and Reuters, 1996).

Announced in the ``pyproject.toml`` of the package that it lives in::

    [project.entry-points."tsgan.models"]
    riskmetrics = "market_model:RiskMetrics"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tsgan import MarketModel, Panel
from tsgan.models import ModelInfo, Moments, mean_move, normals, training_returns


@dataclass(frozen=True, eq=False, repr=False)
class RiskMetrics(MarketModel):
    """Moves are Gaussian around the training mean; their covariance forgets by ``decay`` a day."""

    info: ModelInfo
    recent: np.ndarray
    mean: np.ndarray
    start: np.ndarray
    decay: float

    @classmethod
    def fit(cls, panel: Panel, *, seed: int = 0, decay: float = 0.94) -> RiskMetrics:
        moves = training_returns(panel)
        info = ModelInfo.of("riskmetrics", panel, seed=seed, config={"decay": decay})
        start = np.atleast_2d(np.cov(moves[~np.isnan(moves).any(axis=1)].T))
        return cls(info, moves[-cls.context_days :], mean_move(moves), start, decay)

    def encode(self, returns: np.ndarray) -> np.ndarray:
        """(asset, asset) covariance of the next day."""
        covariance = self.start
        for shock in np.where(np.isnan(returns), 0.0, returns - self.mean):
            covariance = self.decay * covariance + (1 - self.decay) * np.outer(shock, shock)
        return covariance

    def noise(self, paths: np.ndarray, horizon: int, seed: int) -> np.ndarray:
        return normals(seed, paths, horizon, len(self.mean))

    def respond(self, states: np.ndarray, starts: np.ndarray, noise: np.ndarray, member: int = 0) -> np.ndarray:
        covariance, days = states[starts], []
        for normal in noise:
            shock = (np.linalg.cholesky(covariance) @ normal[..., None])[..., 0]
            days.append(self.mean + shock)
            covariance = self.decay * covariance + (1 - self.decay) * shock[..., None] * shock[..., None, :]
        return np.stack(days, axis=1).astype(np.float32)

    def predictive_moments(self, returns: np.ndarray, ends: np.ndarray) -> Moments:
        variances = np.einsum("...ii->...i", self.encode_each(returns, ends))
        return Moments(np.broadcast_to(self.mean, variances.shape), np.sqrt(variances))

    def arrays(self) -> dict[str, np.ndarray]:
        return {"recent": self.recent, "mean": self.mean, "start": self.start, "decay": np.array([self.decay])}

    @classmethod
    def restore(cls, info: ModelInfo, arrays: Mapping[str, np.ndarray]) -> RiskMetrics:
        return cls(info, arrays["recent"], arrays["mean"], arrays["start"], float(arrays["decay"][0]))
