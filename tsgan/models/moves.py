"""Moves of a training panel: what every model is fitted to."""

from __future__ import annotations

import numpy as np

from tsgan.data.panel import Panel
from tsgan.errors import DataError

FEWEST_MOVES = 20
"""Moves of an asset below which no model is fitted to it."""


def training_returns(panel: Panel) -> np.ndarray:
    """(day, asset) float64 moves of a training panel, writable; NaN where an asset has none.

    Raises DataError, naming the ticker, where an asset has too few, an infinite one, or all are the same.
    """
    moves = np.array(panel.moves, np.float64)
    for asset, column in zip(panel.assets, moves.T, strict=True):
        if np.isinf(column).any():
            day = panel.return_dates[int(np.argmax(np.isinf(column)))]
            raise DataError(f"{asset} has no finite return on {day}; correct its prices, or leave {asset} out")
        known = column[~np.isnan(column)]
        if len(known) and np.ptp(known) == 0:
            raise DataError(f"{asset} never moves, so there is nothing to model; leave it out")
        if len(known) < FEWEST_MOVES:
            raise DataError(
                f"{asset} has {len(known)} returns up to {panel.dates[-1]}, too few to model; "
                f"give a longer history, or leave {asset} out"
            )
    return moves


def mean_move(moves: np.ndarray) -> np.ndarray:
    """(asset,) mean of the moves (day, asset) that are there."""
    return moves.mean(axis=0) if np.isfinite(moves).all() else np.nanmean(moves, axis=0)
