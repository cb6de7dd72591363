"""The units in which a GAN sees returns: how large an asset's days are, and which way is up for it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from tsgan.config import UnitsConfig
from tsgan.models.missing import correlation_of
from tsgan.models.moves import FEWEST_MOVES


def units(
    returns: Float[np.ndarray, "day asset"],
    prices: Bool[np.ndarray, " asset"],
    first: int | None = None,
    config: UnitsConfig | None = None,
) -> Float[np.ndarray, " asset"]:
    """(asset,) what returns (day, asset) are divided by: their standard deviation over the ``first`` days, or over all;
    negative for an asset that moves against the market.

    One network serves all assets.  It learns that volatility rises where the market falls; seen upside down, VIX, a
    spread or an inverse fund obeys the same law.  The right way up it would need the opposite one, and the network
    could learn neither (S&P 500 and VIX: log volatilities of free runs correlated .15, of real days .67).

    Args:
        returns: NaN where there is none.
        prices: (asset,) True for prices; these say which way the market's is.
        first: days that are looked at; an asset that has too few among them is measured on all.
        config: from which correlation on an asset moves against the market; the default unless given.
    """
    early = returns[:first]
    scale = np.nanstd(returns, axis=0)
    known = np.isfinite(early).sum(axis=0) >= FEWEST_MOVES
    scale[known] = np.nanstd(early[:, known], axis=0)
    limit = (config or UnitsConfig()).against
    return np.where(_against(early[:, known], prices[known], known, limit), -scale, scale)


def _against(returns: np.ndarray, prices: np.ndarray, known: np.ndarray, limit: float) -> np.ndarray:
    """(asset,) whether an asset moves against the market; an asset that is not ``known`` well enough does not."""
    against = np.zeros(len(known), bool)
    if returns.shape[1] < 2:
        return against
    values, vectors = np.linalg.eigh(correlation_of(returns))
    leading = vectors[:, -1] * np.sqrt(values[-1])
    way = leading[prices].sum() if prices.any() else leading.sum()
    if abs(way) < 1e-3:  # neither way: no asset is turned over
        return against
    against[known] = leading * np.sign(way) < -limit
    return against
