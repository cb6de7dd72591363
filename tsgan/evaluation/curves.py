"""Curves behind the plots: what is drawn of every source, with its spread over paths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tsgan.reports.page import PLOTTED_ASSETS
from tsgan.stats.aggregation import HORIZONS, aggregated_kurtosis
from tsgan.stats.autocorrelation import acf, leverage_correlation
from tsgan.stats.volatility import coarse_fine, first_passage

PASSAGE = 5.0
"""Size of the moves whose first passage is drawn, in daily volatilities of the real series' own."""


@dataclass(frozen=True, eq=False)
class Curves:
    """For one source; each array is (low, middle, high) x asset x lag or horizon, a real series having no spread.

    ``coarse_fine`` runs over lags -k .. k; ``losses`` and ``gains`` are the shares of starts from which a move of
    ``PASSAGE`` volatilities down or up was reached, by days.  Only the first ``PLOTTED_ASSETS`` assets have curves.

    Low and high are the central 95 % over paths; the middle is the mean, or the median for kurtosis.
    """

    acf: np.ndarray
    acf_abs: np.ndarray
    leverage: np.ndarray
    kurtosis: np.ndarray
    coarse_fine: np.ndarray
    losses: np.ndarray
    gains: np.ndarray
    horizons: tuple[int, ...]

    @classmethod
    def of(cls, returns: np.ndarray, known: np.ndarray) -> Curves:
        """Curves of (path, day, asset) returns, each asset on the days on which it is ``known`` (day, asset)."""
        days = int(known.sum(axis=0).min())
        lags = max(min(100, days // 4), 5)
        horizons = tuple(h for h in HORIZONS if 4 * h <= days)

        def spread(
            statistic: Callable[[np.ndarray], np.ndarray], middle: Callable[..., np.ndarray] = np.nanmean
        ) -> np.ndarray:
            columns = []
            for asset in range(min(returns.shape[2], PLOTTED_ASSETS)):
                own = returns[:, known[:, asset], asset]
                values = np.nan_to_num(statistic(np.ascontiguousarray(own, np.float64)))
                low, high = np.quantile(values, [0.025, 0.975], axis=0)
                columns.append(np.stack([low, middle(values, axis=0), high]))
            return np.stack(columns, axis=1)

        return cls(
            acf=spread(lambda r: acf(r, lags)),
            acf_abs=spread(lambda r: acf(np.abs(r), lags)),
            leverage=spread(lambda r: leverage_correlation(r, min(lags, 50))),
            kurtosis=spread(lambda r: aggregated_kurtosis(r, horizons), np.nanmedian),
            coarse_fine=spread(lambda r: coarse_fine(r, max(min(8, days // 30), 1))),
            losses=spread(lambda r: _passage(r, -1.0, days)),
            gains=spread(lambda r: _passage(r, 1.0, days)),
            horizons=horizons,
        )


def _passage(returns: np.ndarray, sign: float, days: int, paths: int = 60) -> np.ndarray:
    """(path, day) -> (path, day after): share of starts from which a move of ``PASSAGE`` volatilities was reached."""
    r = returns[:paths]
    limit = min(100, days // 3)
    r = (r - r.mean(-1, keepdims=True)) / np.where(r.std(-1, keepdims=True) > 0, r.std(-1, keepdims=True), 1.0)
    reached = first_passage(r, sign * PASSAGE, limit)
    return np.stack([np.bincount(d, minlength=limit + 2)[1 : limit + 1].cumsum() / len(d) for d in reached])
