"""GJR-GARCH margins whose correlations move: DCC-GARCH."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from tsgan.data.panel import Panel
from tsgan.models.classical import dcc, skewt
from tsgan.models.classical.dcc import DCC
from tsgan.models.classical.gjr import GJR, filtered, filtered_each, fit_gjr, simulate, simulate_vjp
from tsgan.models.classical.gjr_garch import log_densities, normal_scores
from tsgan.models.contract import MarketModel, ModelInfo, Moments
from tsgan.models.moves import training_returns
from tsgan.models.random import normals


class DCCState(NamedTuple):
    """What a history leaves behind: tomorrow's variances (asset,) and ``Q`` (asset, asset)."""

    variance: np.ndarray
    q: np.ndarray


@dataclass(frozen=True, eq=False, repr=False)
class DCCGarch(MarketModel):
    """Per asset a GJR-GARCH(1,1) with skew-t innovations; across assets a t copula whose correlation is a DCC(1,1).

    Engle (2002) for the correlation, Jondeau and Rockinger (2006) for the copula.  The margins, and with them the
    one-day densities of single assets, are those of :class:`tsgan.models.classical.gjr_garch.GJRGarch`; what it adds is
    co-movement that rises and falls, and assets that crash on the same day (the t copula has tail dependence).  Missing
    returns move a correlation as they are expected to (:func:`tsgan.models.classical.dcc.filtered_q`).

    Attributes:
        margins: the recursion's parameters.
        innovations: (asset, 2) tail (degrees of freedom) and skew.
        dependence: of the copula.
    """

    info: ModelInfo
    recent: np.ndarray
    margins: GJR
    innovations: np.ndarray
    dependence: DCC

    @classmethod
    def fit(cls, panel: Panel, *, seed: int = 0) -> DCCGarch:
        """Fit by maximum likelihood, margins first.

        Raises DataError for prices that never move; warns (TsganWarning) where the optimizer finds no maximum.
        """
        returns = training_returns(panel)
        margins, innovations = fit_gjr(returns, panel.assets, "skewt")
        dependence = dcc.fit_dcc(normal_scores(returns, margins, innovations))
        config = {
            "mean": "training mean",
            "innovations": "skew-t",
            "dependence": "t copula, DCC(1,1)",
            **{name: float(getattr(dependence, name)) for name in ("news", "memory", "tail")},
        }
        info = ModelInfo.of("dcc-garch", panel, seed=seed, config=config, drift=margins.mean)
        return cls(info, returns[-cls.context_days :], margins, innovations, dependence)

    def encode(self, returns: np.ndarray) -> DCCState:
        scores = self._common(normal_scores(returns, self.margins, self.innovations))
        return DCCState(filtered(self.margins, returns)[-1], dcc.filtered_q(self.dependence, scores))

    def encode_each(self, returns: np.ndarray, ends: np.ndarray) -> DCCState:
        begins = np.maximum(ends - self.context_days, 0)
        first = int(begins.min())
        # One pass: from where the variances of a history start makes no difference to its last scores.
        scores = self._common(normal_scores(returns[first : int(ends.max())], self.margins, self.innovations))
        spans = zip(begins - first, ends - first, strict=True)
        q = np.stack([dcc.filtered_q(self.dependence, scores[begin:end]) for begin, end in spans])
        return DCCState(filtered_each(self.margins, returns, ends, self.context_days), q)

    def noise(self, paths: np.ndarray, horizon: int, seed: int) -> np.ndarray:
        """(day, path, [asset ..., the common shock of all])"""
        return normals(seed, paths, horizon, len(self.innovations) + 1)

    def respond(self, states: DCCState, starts: np.ndarray, noise: np.ndarray, member: int = 0) -> np.ndarray:
        scores = dcc.simulate(self.dependence, states.q[starts], noise)
        return simulate(self.margins, states.variance[starts], self._innovations_at(scores))

    def sensitivity(
        self, states: DCCState, starts: np.ndarray, noise: np.ndarray, slope: np.ndarray, member: int = 0
    ) -> np.ndarray:
        scores = dcc.simulate(self.dependence, states.q[starts], noise)
        of_innovations = simulate_vjp(self.margins, states.variance[starts], self._innovations_at(scores), slope)
        normal = self._common.inverse(scores)
        steepness = [own.slope(normal[..., i]) for i, own in enumerate(self._own)]
        of_scores = of_innovations * np.stack(steepness, axis=-1) / self._common.slope(normal)
        return dcc.simulate_vjp(self.dependence, states.q[starts], noise, of_scores)

    def _innovations_at(self, scores: np.ndarray) -> np.ndarray:
        normal = self._common.inverse(scores)
        return np.stack([own(normal[..., i]) for i, own in enumerate(self._own)], axis=1).swapaxes(1, 2)

    @cached_property
    def _common(self) -> skewt.SkewTQuantiles:
        """The t that the scores of all assets have."""
        return skewt.SkewTQuantiles(self.dependence.tail, 0.0)

    @cached_property
    def _own(self) -> list[skewt.SkewTQuantiles]:
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
            "target": self.dependence.target,
            "dynamics": np.array([self.dependence.news, self.dependence.memory, self.dependence.tail]),
        }

    @classmethod
    def restore(cls, info: ModelInfo, arrays: Mapping[str, np.ndarray]) -> DCCGarch:
        news, memory, tail = map(float, arrays["dynamics"])
        dependence = DCC(news, memory, tail, arrays["target"])
        return cls(info, arrays["recent"], GJR(*arrays["margins"]), arrays["innovations"], dependence)
