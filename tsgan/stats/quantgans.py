"""The scores of Quant GANs (Wiese, Knobloch, Korn and Kretschmer 2020, section 7), as pinned down here.

The paper leaves constants open; these definitions come close to its GARCH(1,1) column.  Lower is better.
"""

from __future__ import annotations

import numpy as np

from tsgan.stats.aggregation import aggregate
from tsgan.stats.autocorrelation import acf, leverage_correlation
from tsgan.stats.distances import DY_BINS, dy, wasserstein

LAGS = 250
HORIZONS = (1, 5, 20, 100)


def score_lags(days: int) -> int:
    """Lags scored for a real series of so many days: 250, or half of a series shorter than 500 days."""
    return max(min(LAGS, days // 2), 1)


def quantgans_scores(
    real: np.ndarray,
    generated: np.ndarray,
    *,
    lags: int | None = None,
    horizons: tuple[int, ...] = HORIZONS,
    bins: int = DY_BINS,
) -> dict[str, float]:
    """Scores of generated paths (path, day) against one real series (day,), raw log returns.

    - ``acf``, ``acf_abs``, ``acf_sq``: root mean square over lags 1 .. ``lags`` of the real autocorrelation of r,
      abs r, r^2 minus the mean one of the paths.
    - ``leverage``: Euclidean norm over the same lags of the difference of Corr(r_t, r_{t+k}^2).
    - ``emd_k``: Wasserstein distance of overlapping k-day returns, paths pooled.
    - ``dy_k``: DY metric of overlapping k-day returns, edges at real quantiles.

    ``lags`` defaults to :func:`score_lags` of the shorter of both; a horizon longer than half of either is left out.
    """
    days = min(real.shape[-1], generated.shape[-1])
    lags = score_lags(days) if lags is None else lags

    def gap(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
        defined = np.all(np.isfinite(theirs), axis=-1)  # a constant path has no correlations and counts as having none
        return ours - np.where(np.expand_dims(defined, -1), theirs, 0.0).mean(0)

    scores = {}
    for name, transform in (("acf", np.positive), ("acf_abs", np.abs), ("acf_sq", np.square)):
        difference = gap(acf(transform(real), lags), acf(transform(generated), lags))
        scores[name] = float(np.sqrt(np.mean(difference**2)))
    difference = gap(leverage_correlation(real, lags), leverage_correlation(generated, lags))
    scores["leverage"] = float(np.sqrt(np.sum(difference**2)))
    for days_ahead in (h for h in horizons if 2 * h <= days):
        ours, theirs = aggregate(real, days_ahead), aggregate(generated, days_ahead)
        scores[f"emd_{days_ahead}"] = wasserstein(ours, theirs)
        scores[f"dy_{days_ahead}"] = dy(ours, theirs, bins)
    return scores
