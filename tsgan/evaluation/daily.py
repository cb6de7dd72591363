"""What a model foresees day by day: every judged day's draws, held against what came true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tsgan.models.contract import MarketModel
from tsgan.stats import backtests as bt
from tsgan.stats import calibration as cal
from tsgan.stats.aggregation import summed, total

HORIZONS = (1, 10)
"""Days ahead."""


@dataclass(frozen=True, eq=False)
class Forecasts:
    """What is kept of one source's draws: (day, asset) arrays by horizon or level."""

    pit: dict[int, np.ndarray]
    crps: dict[int, np.ndarray]
    var: dict[float, np.ndarray]
    fz0: dict[float, np.ndarray]
    pinball: dict[float, np.ndarray]
    shortfall: dict[float, bt.Shortfall]  # of the real returns, (asset,)
    shortfall_null: dict[float, bt.Shortfall]  # of the draws, (asset, draw)
    log_density: np.ndarray | None


def forecasts_of(
    model: MarketModel,
    returns: np.ndarray,
    first: int,
    draws: int,
    seed: int,
    rests: np.ndarray | None = None,
) -> Forecasts:
    """What ``model`` foresees, with ``draws`` paths a day, on every day of returns (day, asset) from ``first`` on.

    ``rests`` (day, asset) of the same days says where an asset has no return because its exchange is closed: over
    several days neither the real price nor the foreseen one moves then.
    """
    days, longest = len(returns) - first, max(HORIZONS)
    later = returns[first:] if rests is None else np.where(rests, 0.0, returns[first:])
    real = {h: returns[first:] if h == 1 else summed(later, h) for h in HORIZONS}
    tie = {h: np.random.default_rng([seed, 0xC3, h]).random(real[h].shape) for h in HORIZONS}
    pit, crps = ({h: np.empty_like(real[h]) for h in HORIZONS} for _ in range(2))
    var, fz0, pinball = ({level: np.empty_like(real[1]) for level in bt.LEVELS} for _ in range(3))
    shortfall: dict[float, bt.Shortfall] = {}
    shortfall_null: dict[float, bt.Shortfall] = {}
    there = {h: np.isfinite(real[h]) for h in HORIZONS}
    for ends, paths in model.forecast(returns, first + np.arange(days), longest, draws, seed=seed):
        today = ends - first
        if rests is not None:
            ahead = np.minimum(today[:, None] + np.arange(longest), days - 1)  # (day, step)
            paths = np.where(rests[ahead][:, None], 0.0, paths)
        for h in HORIZONS:
            known = today[today < len(real[h])]  # the last days have no ten-day return yet
            drawn = total(paths[: len(known)], h).transpose(0, 2, 1)  # (day, asset, draw)
            ordered = np.sort(drawn, axis=-1)
            pit[h][known] = cal.pit(ordered, real[h][known], tie[h][known])
            crps[h][known] = cal.crps(ordered, real[h][known])
            if h > 1:
                continue
            for level in bt.LEVELS:
                v, e = bt.var_es(ordered, level)
                r = real[1][known]
                var[level][known], fz0[level][known] = v, bt.fz0(r, v, e, level)
                pinball[level][known] = cal.pinball(-v, r, 1 - level)
                _add(shortfall, level, bt.Shortfall.of(r, v, e))
                _add(shortfall_null, level, bt.Shortfall.of_draws(drawn, level, there[1][known]))
    for h in HORIZONS:  # comparisons with NaN are False, not NaN
        for values in (pit[h], crps[h]):
            values[~there[h]] = np.nan
    for values in (*fz0.values(), *pinball.values()):
        values[~there[1]] = np.nan
    density = model.log_density(returns[first:], returns[:first])
    return Forecasts(pit, crps, var, fz0, pinball, shortfall, shortfall_null, density)


def _add(sums: dict[float, bt.Shortfall], level: float, more: bt.Shortfall) -> None:
    sums[level] = sums[level].plus(more) if level in sums else more
