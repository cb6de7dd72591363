"""Moves that are missing: correlations of what there is, and days completed from days like them."""

from __future__ import annotations

import numpy as np

DONORS = 5
"""A missing move is taken from one of so many most similar days, at random: the nearest alone would come too often."""

ENOUGH = 60
"""Where all the missing assets of a day are present on so many others, they are taken together from one of these."""

ROWS = 512
"""Days compared with all others at once, which bounds memory."""


def correlation_of(x: np.ndarray) -> np.ndarray:
    """(asset, asset) correlations of ``x`` (day, asset), each pair on the days that both have.

    Correlations from different days need not fit together; eigenvalues below 0 are then cut off and the diagonal made 1
    again (Rousseeuw and Molenberghs, 1993, the shrinking of eigenvalues).  Every pair keeps all that is known of it,
    which a matrix on the common days of all assets would throw away.  Pairs that never move together have 0.
    """
    there = np.isfinite(x)
    if there.all():
        return np.corrcoef(x, rowvar=False).reshape(x.shape[1], x.shape[1])
    from statsmodels.stats.correlation_tools import corr_clipped

    centred = np.where(there, x - np.nanmean(x, axis=0), 0.0)
    known = there.astype(np.float64)
    days = np.maximum(known.T @ known, 1.0)
    mean = centred.T @ known / days  # of the first asset on the days of the pair
    covariance = centred.T @ centred / days - mean * mean.T
    variance = (centred**2).T @ known / days - mean**2
    scale = np.sqrt(variance * variance.T)
    correlation = np.where(scale > 0, covariance / np.where(scale > 0, scale, 1.0), 0.0)
    np.fill_diagonal(correlation, 1.0)
    if np.linalg.eigvalsh(correlation)[0] > 0:
        return correlation
    return np.asarray(corr_clipped(correlation, threshold=1e-8))


def completed(x: np.ndarray, seed: int) -> np.ndarray:
    """``x`` (day, asset) with every missing entry taken from a similar day: bootstraps draw whole days.

    What is missing on a day is copied, together, from a day that has it and on which the assets that both days have
    moved alike (mean squared distance in standard deviations): a hot deck (Andridge and Little, 2010).  So a young
    stock crashes where the market did, as far as its own history shows how.  Dropping the days before the youngest
    listing would throw away most of what is known of the older assets; filling with zeros would invent calm.  The
    filled entries are shifted to the mean of the asset's own moves, so that its drift is that of its history.

    What is lost: the memory of the young asset in the days that are filled is what it takes from the older ones.
    """
    there = np.isfinite(x)
    if there.all():
        return x
    rng = np.random.default_rng([seed, 0x4D15])
    mean, scale = np.nanmean(x, axis=0), np.nanstd(x, axis=0)
    z = np.where(there, (x - mean) / np.where(scale > 0, scale, 1.0), 0.0)
    result = x.copy()
    patterns, which = np.unique(there, axis=0, return_inverse=True)
    for i, pattern in enumerate(patterns):
        targets = np.flatnonzero(which == i)
        absent = np.flatnonzero(~pattern)
        together = there[:, absent].all(axis=1)
        for group in [absent] if together.sum() >= ENOUGH else absent[:, None]:
            donors = np.flatnonzero(there[:, group].all(axis=1))
            for part in np.array_split(targets, range(ROWS, len(targets), ROWS)):
                chosen = donors[_alike(z, there, part, donors, rng)]
                result[np.ix_(part, group)] = x[np.ix_(chosen, group)]
    for asset in np.flatnonzero(~there.all(axis=0)):
        filled = ~there[:, asset]
        result[filled, asset] += mean[asset] - result[filled, asset].mean()
    return result


def _alike(
    z: np.ndarray, there: np.ndarray, days: np.ndarray, donors: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """(day,) for each of ``days`` one of its most similar ``donors``, as a place among them."""
    a, b = z[days], z[donors]
    known, theirs = there[days].astype(np.float64), there[donors].astype(np.float64)
    shared = known @ theirs.T
    distance = (a**2) @ theirs.T - 2 * a @ b.T + known @ (b**2).T
    distance = np.where(shared > 0, distance / np.maximum(shared, 1.0), np.inf)
    count = min(DONORS, len(donors))
    nearest = np.argpartition(distance, count - 1, axis=1)[:, :count]
    return nearest[np.arange(len(days)), rng.integers(count, size=len(days))]
