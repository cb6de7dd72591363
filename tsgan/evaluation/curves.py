"""Curves behind the plots: what is drawn of every source, with its spread over paths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tsgan.stats.aggregation import HORIZONS, aggregated_kurtosis
from tsgan.stats.autocorrelation import acf, leverage_correlation


@dataclass(frozen=True, eq=False)
class Curves:
    """For one source; each array is (low, middle, high) x asset x lag or horizon, a real series having no spread.

    Low and high are the central 95 % over paths; the middle is the mean, or the median for kurtosis.
    """

    acf: np.ndarray
    acf_abs: np.ndarray
    leverage: np.ndarray
    kurtosis: np.ndarray
    horizons: tuple[int, ...]

    @classmethod
    def of(cls, returns: np.ndarray) -> Curves:
        """Curves of (path, day, asset) returns."""
        days = returns.shape[1]
        lags = max(min(100, days // 4), 5)
        horizons = tuple(h for h in HORIZONS if 4 * h <= days)

        def spread(
            statistic: Callable[[np.ndarray], np.ndarray], middle: Callable[..., np.ndarray] = np.nanmean
        ) -> np.ndarray:
            columns = []
            for asset in range(returns.shape[2]):
                values = np.nan_to_num(statistic(returns[:, :, asset]))
                low, high = np.quantile(values, [0.025, 0.975], axis=0)
                columns.append(np.stack([low, middle(values, axis=0), high]))
            return np.stack(columns, axis=1)

        return cls(
            acf=spread(lambda r: acf(r, lags)),
            acf_abs=spread(lambda r: acf(np.abs(r), lags)),
            leverage=spread(lambda r: leverage_correlation(r, min(lags, 50))),
            kurtosis=spread(lambda r: aggregated_kurtosis(r, horizons), np.nanmedian),
            horizons=horizons,
        )
