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


def normals(seed: int, paths: np.ndarray, days: int, width: int) -> np.ndarray:
    """(day, path, width) independent standard normals."""
    return _stream(seed, paths).standard_normal((days, len(paths), width))


def uniforms(seed: int, paths: np.ndarray, days: int, width: int) -> np.ndarray:
    """(day, path, width) independent uniforms on [0, 1)."""
    return _stream(seed, paths).random((days, len(paths), width))


def rows(uniform: np.ndarray, count: int) -> np.ndarray:
    """Uniforms on [0, 1] as row numbers below ``count``."""
    return np.minimum((uniform * count).astype(np.int64), count - 1)


def _stream(seed: int, paths: np.ndarray) -> np.random.Generator:
    """The stream of a block: ``paths`` are BLOCK consecutive indices from a multiple of BLOCK."""
    block, lane = divmod(int(paths[0]), BLOCK)
    assert lane == 0 and len(paths) == BLOCK, "a block begins at a multiple of its width"
    return np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 0, block]))


def correlated(noise: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """(day, path, asset) noise of covariance ``factor @ factor.T``, by one product of fixed shape a day."""
    return noise @ np.ascontiguousarray(factor.T)


def factor_of(covariance: np.ndarray) -> np.ndarray:
    """(asset, asset) lower Cholesky factor; a relative ridge of 1e-10 lets perfectly correlated assets through."""
    return np.linalg.cholesky(covariance + 1e-10 * np.diag(np.diag(covariance)))


def training_returns(panel: Panel) -> np.ndarray:
    """(day, asset) float64 returns of a training panel, writable.

    Raises DataError, naming the ticker, where a return is missing or all are the same.
    """
    returns = np.array(panel.returns, np.float64)
    for asset, column in zip(panel.assets, returns.T, strict=True):
        if not np.isfinite(column).all():
            day = panel.return_dates[int(np.argmin(np.isfinite(column)))]
            raise DataError(f"{asset} has no return on {day}; give prices without gaps, or leave {asset} out")
        if len(column) < 2 or np.ptp(column) == 0:
            raise DataError(f"{asset} never moves, so there is nothing to model; leave it out")
    return returns
