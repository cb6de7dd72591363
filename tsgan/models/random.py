"""Random numbers for blocks of paths, laid out day by day.

Every block of BLOCK paths has one counter-based stream of its own and is always drawn as a whole, so path i depends on
``(seed, i)`` only.  Days come first, ``(day, path, ...)``: a shorter horizon is a prefix, and every day's arithmetic
has one fixed shape, whatever the horizon, so that its last bits are fixed as well.
"""

from __future__ import annotations

import numpy as np

from tsgan.data.panel import Panel
from tsgan.errors import DataError
from tsgan.models.contract import BLOCK

LEAST = 20
"""Moves of an asset below which no model is fitted to it."""


def normals(seed: int, paths: np.ndarray, days: int, width: int) -> np.ndarray:
    """(day, path, width) independent standard normals."""
    return stream(seed, paths).standard_normal((days, len(paths), width))


def uniforms(seed: int, paths: np.ndarray, days: int, width: int) -> np.ndarray:
    """(day, path, width) independent uniforms on [0, 1)."""
    return stream(seed, paths).random((days, len(paths), width))


def rows(uniform: np.ndarray, count: int) -> np.ndarray:
    """Uniforms on [0, 1] as row numbers below ``count``."""
    return np.minimum((uniform * count).astype(np.int64), count - 1)


def stream(seed: int, paths: np.ndarray, purpose: int = 0) -> np.random.Generator:
    """The stream of a block: ``paths`` are BLOCK consecutive indices from a multiple of BLOCK.

    Streams of different purposes share no numbers: 0 is for returns.
    """
    block, lane = divmod(int(paths[0]), BLOCK)
    assert lane == 0 and len(paths) == BLOCK, "a block begins at a multiple of its width"
    return np.random.Generator(np.random.Philox(key=seed + (purpose << 64), counter=[0, 0, 0, block]))


def correlated(noise: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """(day, path, asset) noise of covariance ``factor @ factor.T``, by one product of fixed shape a day."""
    return noise @ np.ascontiguousarray(factor.T)


def factor_of(covariance: np.ndarray) -> np.ndarray:
    """(asset, asset) lower Cholesky factor; a relative ridge of 1e-10 lets perfectly correlated assets through."""
    return np.linalg.cholesky(covariance + 1e-10 * np.diag(np.diag(covariance)))


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
        if len(known) < LEAST:
            raise DataError(
                f"{asset} has {len(known)} returns up to {panel.dates[-1]}, too few to model; "
                f"give a longer history, or leave {asset} out"
            )
    return moves
