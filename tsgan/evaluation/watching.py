"""What a model said of each day before it came, and where the day fell: what sequential tests are fed with.

PITs are ranks of what came among the draws of the day's forecast, ties broken at random: forecasts being right they are
uniform exactly, however few draws there are, and independent from day to day.  Two of them join the assets: that of the
SIZE of a day's moves (the squared length of their normal scores, whitened by the model's own correlation), and that of
their DIRECTION (the sum of the whitened scores).  Both are ranks among the same statistic of the draws, so that they
are uniform whatever the copula.

The members of an ensemble are views of one market, of which at most one is right: tests hold what came against the
mixture in which each has the weight that its forecasts of the days since training have earned (Bayes), as only that is
what such a model says of a day after other days.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from tsgan.models.contract import MarketModel
from tsgan.stats import backtests as bt

DRAWS = 4000
"""Behind a day's forecast.  Of a move beyond all draws ranks tell no more than that, and doubled moves often are."""

FREEDOM = 5.0
"""Of the Student law by which members earn their weights."""

LASTING = 0.05
"""Weight of a day in how far apart members' spreads are."""

LEAST_VALUE = 0.02
"""Eigenvalues of the correlation below this share of the mean are noise: assets that follow others add no size."""


@dataclass(frozen=True, eq=False)
class Watched:
    """(day, asset) arrays unless stated otherwise; NaN where an asset has no move.

    Attributes:
        pit: of each asset's move, all members of an ensemble alike: what coverage is told from.
        tested: the same with the weights that members have earned, for tests; and with them
        size, direction: (day,) PITs of all assets' moves together.
        freedom: numbers that the size is made of where all assets move.
        volatility, mean: foreseen.
        var, es: level -> foreseen, positive losses.
        squares: (draw, asset) mean square of one draw a day, in units of the foreseen variances: what chance makes of
            that of the real moves.
    """

    pit: np.ndarray
    tested: np.ndarray
    size: np.ndarray
    direction: np.ndarray
    freedom: int
    volatility: np.ndarray
    mean: np.ndarray
    var: dict[float, np.ndarray]
    es: dict[float, np.ndarray]
    squares: np.ndarray


def watch(
    model: MarketModel,
    moves: np.ndarray,
    first: int,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Watched:
    """Forecast each day of moves (day, asset) from ``first`` on from the days before it, and hold it against the day.

    What is said of a day depends on the days before it alone, so a longer history changes nothing.
    """
    days, assets = len(moves) - first, moves.shape[1]
    roots = _roots(model, moves, first, seed)
    rng = np.random.default_rng([seed, 0x5E])
    ties = rng.random((days, 3 + assets))
    pit, tested, volatility, mean = (np.full((days, assets), np.nan) for _ in range(4))
    views = Views(model.population) if model.population > 1 else None
    size, direction = np.full(days, np.nan), np.full(days, np.nan)
    squares, counted = np.zeros((draws, assets)), np.zeros(assets)
    var, es = ({level: np.full((days, assets), np.nan) for level in bt.LEVELS} for _ in range(2))
    for ends, paths in model.forecast(moves, first + np.arange(days), 1, draws, seed=seed):
        if progress is not None:
            progress(f"forecasting day {int(ends[-1]) - first + 1:,} of {days:,}")
        for end, drawn in zip(ends, paths[:, :, 0].astype(np.float64), strict=True):
            day = int(end) - first
            ordered = np.sort(drawn, axis=0).T
            for level in bt.LEVELS:
                var[level][day], es[level][day] = bt.var_es(ordered, level)
            volatility[day], mean[day] = drawn.std(axis=0), drawn.mean(axis=0)
            there = np.isfinite(moves[end])
            moved = there & (volatility[day] > 0)
            squares[:, moved] += ((drawn - mean[day])[:, moved] / volatility[day, moved]) ** 2
            counted += moved
            if not there.any():
                continue
            real, tie = moves[end][there], ties[day, 3:][there]
            both = np.vstack([real, drawn[:, there]])
            alike = np.ones(len(both)) / len(both)
            pit[day, there] = _pits(both, alike, tie)
            weight = alike if views is None else views.weights(np.arange(draws) + int(end) * draws)
            tested[day, there] = _pits(both, weight, tie)
            scores = stats.norm.ppf(_places(both, weight, int(ties[day, 2] * len(both))))
            root = roots if there.all() else _root(_correlation(scores))
            white = scores @ root
            size[day] = _pits((white**2).sum(axis=1)[:, None], weight, ties[day, :1])[0]
            direction[day] = _pits((white @ _towards(white, scores))[:, None], weight, ties[day, 1:2])[0]
            if views is not None:
                views.learn(moves[end], drawn, np.arange(draws) + int(end) * draws, roots)
    return Watched(pit, tested, size, direction, roots.shape[1], volatility, mean, var, es,
                   squares / np.maximum(counted, 1))  # fmt: skip


class Views:
    """What the members of an ensemble have earned: log weights (member,), by what they said of the days so far.

    A member's density is a multivariate Student law around the mean of all, of its own spread.  That differs from the
    others' by a level that lasts, so it is averaged over days: a few hundred draws of one day would tell members apart
    that are the same.
    """

    def __init__(self, members: int) -> None:
        self.members, self.earned = members, np.zeros(members)
        self.apart: np.ndarray | None = None

    def weights(self, paths: np.ndarray) -> np.ndarray:
        """(1 + path,) weights that sum to 1: of what came, as one more draw among those that count, and of the draws
        with these numbers."""
        each = np.exp(self.earned - self.earned.max())[paths % self.members]
        each /= each.sum()
        own = 1 / (1 + 1 / (each**2).sum())
        return np.concatenate([[own], (1 - own) * each])

    def learn(self, real: np.ndarray, drawn: np.ndarray, paths: np.ndarray, root: np.ndarray) -> None:
        """A day has come: ``real`` (asset,), of which these were the draws (path, asset)."""
        spread = np.log(np.maximum([drawn[paths % self.members == m].std(axis=0) for m in range(self.members)], 1e-300))
        middle = spread.mean(axis=0)
        before = spread - middle if self.apart is None else self.apart
        self.apart = apart = before + LASTING * (spread - middle - before)
        z = np.nan_to_num((real - drawn.mean(axis=0)) / np.exp(middle + apart))
        there = np.isfinite(real)
        square, size = ((z @ root) ** 2).sum(axis=1), root.shape[1] * there.mean()
        scale = apart[:, there].mean(axis=1) * size
        self.earned = self.earned - scale - (FREEDOM + size) / 2 * np.log1p(square / (FREEDOM - 2))


def _places(values: np.ndarray, weights: np.ndarray, turn: int) -> np.ndarray:
    """(row, column) how much weight lies below each value of its column, and half of its own; ``turn`` breaks ties."""
    order = (np.argsort(np.roll(values, turn, axis=0), axis=0, kind="stable") - turn) % len(values)
    sorted_weights = weights[order]
    places = np.empty(values.shape)
    np.put_along_axis(places, order, np.cumsum(sorted_weights, axis=0) - sorted_weights / 2, axis=0)
    return places


def _pits(values: np.ndarray, weights: np.ndarray, ties: np.ndarray) -> np.ndarray:
    """(column,) PIT of the first row among all, whose weights (row,) sum to 1, ties broken by ``ties`` (column,)."""
    below = (weights[1:, None] * (values[1:] < values[0])).sum(axis=0)
    same = (weights[1:, None] * (values[1:] == values[0])).sum(axis=0)
    return below + ties * (same + weights[0])


def _roots(model: MarketModel, moves: np.ndarray, first: int, seed: int, draws: int = 4096) -> np.ndarray:
    """(asset, number) what whitens normal scores, by the correlation that the model foresees for the first day."""
    [(_, paths)] = model.forecast(moves, np.array([first]), 1, draws, seed=seed)
    drawn = paths[0, :, 0].astype(np.float64)
    ranks = stats.rankdata(drawn, axis=0)
    return _root(_correlation(stats.norm.ppf((ranks - 0.5) / len(drawn))))


def _correlation(scores: np.ndarray) -> np.ndarray:
    spread = scores.std(axis=0)
    z = (scores - scores.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return z.T @ z / len(z)


def _root(correlation: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(correlation)
    kept = values > LEAST_VALUE * values.mean()
    return vectors[:, kept] / np.sqrt(values[kept])


def _towards(white: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Unit vector of whitened scores along which all assets rise together."""
    along = white.T @ scores.sum(axis=1)
    return along / np.linalg.norm(along)
