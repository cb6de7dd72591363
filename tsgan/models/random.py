"""Random numbers for blocks of paths, laid out day by day.

Every block of BLOCK paths has one counter-based stream of its own and is always drawn as a whole, so path i depends on
``(seed, i)`` only.  Days come first, ``(day, path, ...)``: a shorter horizon is a prefix, and every day's arithmetic
has one fixed shape, whatever the horizon, so that its last bits are fixed as well.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

BLOCK = 256
"""Paths a block.  Arithmetic over arrays of different widths differs in its last bits, so every block is padded to
this width: path i is then bit-identical whatever else is drawn beside it."""


def blocks(first_path: int, n_paths: int) -> Iterator[np.ndarray]:
    """(BLOCK,) path indices, block by block, that cover a job; path i always sits in the same lane."""
    for start in range(first_path - first_path % BLOCK, first_path + n_paths, BLOCK):
        yield np.arange(start, start + BLOCK)


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
