"""Mean and volatility of tomorrow's return, exactly as a model sees them: no draws, no noise."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tsgan.models.classical.filtered_historical import FilteredHistoricalSimulation
from tsgan.models.classical.gbm import GBM
from tsgan.models.classical.gjr_garch import GJRGarch
from tsgan.models.contract import MarketModel


class Moments(NamedTuple):
    """Of tomorrow's returns, (history, asset) each, in units of returns."""

    mean: np.ndarray
    volatility: np.ndarray


def tomorrow(model: MarketModel, returns: np.ndarray, ends: np.ndarray) -> Moments | None:
    """The moments after ``returns[:end]`` for each of ``ends``, or None for a model that does not tell.

    Of an ensemble, those of the equal mixture of its members.
    """
    ends = np.asarray(ends, np.int64)
    if isinstance(model, GBM):
        shape = (len(ends), len(model.mean))
        return Moments(np.broadcast_to(model.mean, shape), np.broadcast_to(np.sqrt(np.diag(model.covariance)), shape))
    if isinstance(model, GJRGarch | FilteredHistoricalSimulation):
        variances = model.encode_each(returns, ends)
        return Moments(np.broadcast_to(model.margins.mean, variances.shape), np.sqrt(variances))
    if model.info.model != "gan":
        return None
    from tsgan.models.gan.model import GAN  # jax is imported only where it is used
    from tsgan.models.gan.moments import moments

    assert isinstance(model, GAN)
    return Moments(*moments(model, model.encode_each(returns, ends)))
