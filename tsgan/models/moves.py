"""Moves of a training panel: what every model is fitted to."""

from __future__ import annotations

import numpy as np

from tsgan.data.panel import Panel
from tsgan.errors import DataError

ROUNDING = 32 * float(np.finfo(np.float64).eps)
"""By which moves differ that are the same: prices have some sixteen digits."""

MOST_TREND = 1.0
"""Mean move of a price, in standard deviations, above which it is hardly more than a trend."""

FEWEST_MOVES = 20
"""Moves of an asset below which no model is fitted to it."""


def training_returns(panel: Panel) -> np.ndarray:
    """(day, asset) float64 moves of a training panel, writable; NaN where an asset has none.

    Raises DataError, naming the ticker, where an asset has too few, an infinite one, or all are the same but for the
    rounding of floating-point numbers.
    """
    moves, logs = np.array(panel.moves, np.float64), panel.space.logs
    for i, (asset, column) in enumerate(zip(panel.assets, moves.T, strict=True)):
        if np.isinf(column).any():
            day = panel.return_dates[int(np.argmax(np.isinf(column)))]
            raise DataError(f"{asset} has no finite return on {day}; correct its prices, or leave {asset} out")
        known = column[~np.isnan(column)]
        if len(known) < FEWEST_MOVES:
            raise DataError(
                f"{asset} has {len(known)} returns up to {panel.dates[-1]}, too few to model; "
                f"give a longer history, or leave {asset} out"
            )
        if np.ptp(known) <= ROUNDING * (1.0 if logs[i] else float(np.nanmax(np.abs(panel.prices[:, i])))):
            what = "never moves" if not known.any() else "moves by the same step every day"
            raise DataError(f"{asset} {what}, so there is nothing to model; leave it out")
    return moves


def check_unsteady(panel: Panel, returns: np.ndarray) -> None:
    """DataError, naming the ticker, for prices whose moves (day, asset) are hardly more than a trend.

    What a GAN learns is how moves differ.  Where their mean outweighs that, as of a fund that accrues interest, it
    loses both, and no shift of its paths mends that.
    """
    mean, spread = mean_move(returns), np.nanstd(returns, axis=0)
    for i in np.flatnonzero(panel.space.logs & (np.abs(mean) > MOST_TREND * spread)):
        raise DataError(
            f"{panel.assets[i]} is hardly more than a trend: its mean move {mean[i]:.3g} is "
            f"{abs(mean[i]) / spread[i]:,.1f} times their standard deviation, and a GAN learns how moves differ; "
            f"choose fhs, gjr-garch or gbm, or leave {panel.assets[i]} out"
        )


def mean_move(moves: np.ndarray) -> np.ndarray:
    """(asset,) mean of the moves (day, asset) that are there."""
    return moves.mean(axis=0) if np.isfinite(moves).all() else np.nanmean(moves, axis=0)
