"""Figures of one asset since training, as a row that is ready for JSON (numbers that do not exist are None).

::

    asset, kind, days                     days with a move
    coverage_50, coverage_90, coverage_99 share of days inside the central interval
    coverage_*_low, coverage_*_high       95 % interval of it (Wilson)
    pit_mean, pit_std                     0.5 and 0.289 where forecasts are right
    exceptions_975, exceptions_99         losses beyond VaR; expected_975, expected_99: how many there should be
    exceptions_*_p                        exact binomial probability of so many or more
    shortfall_975                         mean loss beyond VaR as a multiple of the expected shortfall foreseen
    ratio, ratio_low, ratio_high          realised over foreseen volatility, with a 95 % interval, the shape of the
                                          forecasts being right
    realised, foreseen, training          volatility a year, of the days since and of the training
    drift, drift_low, drift_high          mean move a year, with a 95 % interval
    foreseen_drift                        the mean that the model carried
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from tsgan.data.panel import Panel
from tsgan.evaluation.watching import Watched
from tsgan.reports.result import plain
from tsgan.stats import calibration as cal

Row = dict[str, Any]

COVERED = (0.5, 0.9, 0.99)


def of_asset(watched: Watched, moves: np.ndarray, known: np.ndarray, panel: Panel, i: int) -> Row:
    """The row of asset ``i``: ``moves`` (day, asset) of the judged days, ``known`` of those of training."""
    there = np.isfinite(moves[:, i])
    came, pit, days = moves[there, i], watched.pit[there, i], int(there.sum())
    volatility, a_year = watched.volatility[there, i], panel.periods_per_year
    row: Row = {"asset": panel.assets[i], "kind": panel.kinds[i], "days": days}
    if not days:
        return row
    for level in COVERED:
        inside, name = cal.covered(pit, level), f"coverage_{100 * level:.0f}"
        interval = stats.binomtest(int(inside.sum()), days).proportion_ci(0.95, "wilson")
        row |= {name: inside.mean(), f"{name}_low": interval.low, f"{name}_high": interval.high}
    row |= {"pit_mean": pit.mean(), "pit_std": pit.std()}
    for level, name in ((0.975, "975"), (0.99, "99")):
        hits = came < -watched.var[level][there, i]
        row |= {f"exceptions_{name}": int(hits.sum()), f"expected_{name}": days * (1 - level)}
        row[f"exceptions_{name}_p"] = stats.binom.sf(hits.sum() - 1, days, 1 - level)
    hits, es = came < -watched.var[0.975][there, i], watched.es[0.975][there, i]
    row["shortfall_975"] = float((-came[hits] / es[hits]).mean()) if hits.any() and (es[hits] > 0).all() else None
    row |= _level(came - watched.mean[there, i], volatility, watched.squares[:, i])
    scale = np.sqrt(a_year)
    row |= {"realised": scale * came.std(), "foreseen": scale * np.sqrt((volatility**2).mean())}
    row["training"] = scale * np.nanstd(known[:, i]) if np.isfinite(known[:, i]).sum() > 1 else None
    error = 1.96 * came.std(ddof=1) / np.sqrt(days) if days > 1 else np.nan
    row |= {"drift": a_year * came.mean(), "foreseen_drift": a_year * watched.mean[there, i].mean()}
    row |= {"drift_low": a_year * (came.mean() - error), "drift_high": a_year * (came.mean() + error)}
    return plain(row)


def _level(shocks: np.ndarray, volatility: np.ndarray, chance: np.ndarray) -> Row:
    """Realised over foreseen volatility, by squares in units of the foreseen ones; ``chance`` (draw,) is what mean
    squares come to where the forecasts are right.  Their own spread would not do: samples of a heavy tail mostly miss
    the largest squares, and with them the error."""
    squares = (shocks / np.where(volatility > 0, volatility, np.nan)) ** 2
    squares = squares[np.isfinite(squares)]
    if not len(squares):
        return {"ratio": None, "ratio_low": None, "ratio_high": None}
    low, high = np.quantile(chance, [0.025, 0.975], method="weibull")
    mean = squares.mean()
    return {"ratio": mean**0.5, "ratio_low": (mean / high) ** 0.5, "ratio_high": (mean / low) ** 0.5 if low else np.inf}
