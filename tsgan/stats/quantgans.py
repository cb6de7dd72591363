"""The scores of Quant GANs (Wiese, Knobloch, Korn and Kretschmer 2020, section 7), as pinned down here.

The paper leaves constants open; these definitions come close to its GARCH(1,1) column.  Lower is better.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tsgan.stats.aggregation import aggregate
from tsgan.stats.autocorrelation import acf, leverage_correlation
from tsgan.stats.distances import DY_BINS, ascending, dy, wasserstein

LAGS = 250
HORIZONS = (1, 5, 20, 100)


CORRELATIONS: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "acf": acf,
    "acf_abs": lambda r, lags: acf(np.abs(r), lags),
    "acf_sq": lambda r, lags: acf(np.square(r), lags),
    "leverage": leverage_correlation,
}


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
    return compare(real, summarize(generated, lags, tuple(h for h in horizons if 2 * h <= days)), bins)


class Summary(NamedTuple):
    """What the scores need to know of generated paths, so that many real series can be compared with them.

    Attributes:
        correlations: mean over paths of each autocorrelation and of the leverage correlation, (lag,).
        sums: horizon -> all overlapping sums of so many days, sorted.
    """

    correlations: dict[str, np.ndarray]
    sums: dict[int, np.ndarray]


def summarize(generated: np.ndarray, lags: int, horizons: tuple[int, ...] = HORIZONS) -> Summary:
    """The summary of paths (path, day)."""

    def mean(values: np.ndarray) -> np.ndarray:
        defined = np.all(np.isfinite(values), axis=-1)  # a constant path has no correlations and counts as having none
        return np.where(defined[:, None], values, 0.0).mean(0)

    correlations = {name: mean(correlation(generated, lags)) for name, correlation in CORRELATIONS.items()}
    return Summary(correlations, {h: ascending(aggregate(generated, h)) for h in horizons})


def compare(real: np.ndarray, summary: Summary, bins: int = DY_BINS) -> dict[str, float]:
    """Scores of one real series (day,) against summarized paths."""
    scores = {}
    for name, theirs in summary.correlations.items():
        squares = (CORRELATIONS[name](real, len(theirs)) - theirs) ** 2
        scores[name] = float(np.sqrt(np.sum(squares) if name == "leverage" else np.mean(squares)))
    for days, theirs in summary.sums.items():
        ours = aggregate(real, days)
        scores[f"emd_{days}"] = wasserstein(ours, theirs)
        scores[f"dy_{days}"] = dy(ours, theirs, bins)
    return scores
