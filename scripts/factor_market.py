"""A market whose law is known, of any number of assets: what other scripts test models with.

    r_i = loading_i m + own_i

The common factor m is a GJR-GARCH(1,1) with Student t innovations, so that falls raise its volatility (leverage) and
extremes are joint (tail dependence); the own parts are independent GARCH(1,1) with Student t innovations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import tsgan

BURN_IN = 500
COMMON = {"alpha": 0.0, "gamma": 0.26, "beta": 0.82}
OWN = {"alpha": 0.06, "gamma": 0.0, "beta": 0.90}


@dataclass(frozen=True)
class FactorMarket:
    """Parameters.

    Attributes:
        loadings: (asset,) on the factor.
        own: (asset,) daily volatilities of the own parts.
        factor: daily volatility of the factor.
        freedom: degrees of freedom of all innovations.
    """

    loadings: np.ndarray
    own: np.ndarray
    factor: float = 0.012
    freedom: float = 6.0

    @classmethod
    def of(cls, assets: int) -> FactorMarket:
        """Loadings from 0.7 to 1.5 and own volatilities from 0.6 to 1.2 %, in an order that mixes them."""
        place = np.arange(assets) * 0.618 % 1
        return cls(loadings=0.7 + 0.8 * place, own=0.006 + 0.006 * ((np.arange(assets) * 0.382 + 0.3) % 1))

    @property
    def correlation(self) -> np.ndarray:
        """(asset, asset) of the returns, exactly."""
        common = self.loadings * self.factor
        total = np.sqrt(common**2 + self.own**2)
        result = np.outer(common / total, common / total)
        np.fill_diagonal(result, 1.0)
        return result

    def histories(self, paths: int, days: int, seed: int) -> np.ndarray:
        """(path, day, asset) independent histories of log returns."""
        rng = np.random.default_rng([seed, 0xFAC7])
        common = self._garch(rng, (days, paths, 1), self.factor, **COMMON)
        own = self._garch(rng, (days, paths, len(self.own)), self.own, **OWN)
        return (self.loadings * common + own).transpose(1, 0, 2)

    def _garch(self, rng: np.random.Generator, shape: tuple[int, ...], size, alpha: float, gamma: float, beta: float):
        days, rest = shape[0], shape[1:]
        level = np.broadcast_to(np.square(size), rest)
        variance, returns = level.copy(), np.empty(shape)
        unit = np.sqrt((self.freedom - 2) / self.freedom)
        for day in range(-BURN_IN, days):
            shock = np.sqrt(variance) * unit * rng.standard_t(self.freedom, rest)
            variance = (
                (1 - alpha - gamma / 2 - beta) * level + (alpha + gamma * (shock < 0)) * shock**2 + beta * variance
            )
            if day >= 0:
                returns[day] = shock
        return returns


def panel_of(returns: np.ndarray, source: str) -> tsgan.Panel:
    """A panel of prices whose log returns are ``returns`` (day, asset); days before an asset's first return are NaN."""
    listed = np.isfinite(returns)
    level = np.cumsum(np.where(listed, returns, 0.0), axis=0)
    prices = 100 * np.exp(np.concatenate([np.zeros((1, returns.shape[1])), level]))
    prices[:-1][~listed] = np.nan  # the price on the day before the first return stays
    dates = np.busday_offset("2000-01-03", np.arange(len(prices)), roll="forward")
    assets = tuple(f"A{i:03d}" for i in range(returns.shape[1]))
    return tsgan.Panel(dates, assets, prices, ("price",) * len(assets), calendar="weekdays", source=source)
