"""Fitting the pretrained base to a history: nothing is trained; what belongs to an asset is set from what it shows."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float

from tsgan.config import LawConfig
from tsgan.data.calendars import period_of
from tsgan.data.panel import Panel
from tsgan.errors import DataError
from tsgan.models.contract import ModelInfo
from tsgan.models.gan import memory as vol
from tsgan.models.gan.base import Base, factor_loadings
from tsgan.models.gan.density import invert
from tsgan.models.gan.memory import Memory
from tsgan.models.gan.model import GAN
from tsgan.models.gan.vintages import Vintage, vintage_for
from tsgan.models.moves import check_unsteady, training_returns
from tsgan.training.corpus import shrunk_log_unit
from tsgan.training.units import units

READ = 2500
"""Last days of a history that say how assets hang together."""


LEAST_SPREAD = 2e-5
"""Standard deviation of a price's daily moves below which it is cash."""


def fit_base(panel: Panel, *, seed: int = 0, vintage: str | None = None) -> GAN:
    """The pretrained base as a model of the assets of a panel.

    Args:
        panel: daily prices, levels and rates, of 20 days or more.
        seed: kept for the record; nothing here is random.
        vintage: ``2009`` or ``base-2009``; by default the newest that ends by the last date of the panel.

    Raises DataError for prices that are not daily, ModelError for an unknown vintage; warns (LookAheadWarning) where
    the vintage was trained on dates after the panel's last.
    """
    if period_of(panel.periods_per_year) != "day":
        raise DataError("the pretrained base knows daily prices only; fit a GAN to these: model 'gan'")
    returns, prices = training_returns(panel), panel.space.logs
    check_unsteady(panel, returns)
    _check_moving(panel, returns)
    begun = begin_at(returns, prices, vintage_for(panel.dates[-1], vintage))
    config = begun.vintage.config
    return GAN(
        info=ModelInfo.of("base", panel, seed=seed, config={**config.to_dict(), **begun.facts}, drift=begun.drift),
        recent=returns[-config.law.base.context :].copy(),
        members=begun.base.members(config.population, config.law.base.level_spread),
        scale=begun.scale,
        shift=np.tile(begun.drift, (config.population, 1)),
    )


class Beginning(NamedTuple):
    """The base, set to what a history shows of its assets, before anything is trained.

    Attributes:
        base: one, at the level of volatility that the history supports.
        scale: (asset,) units of returns, see :func:`history_units`.
        drift: (asset,) of scenarios.
        vintage: of the base.
    """

    base: Base
    scale: Float[np.ndarray, " asset"]
    drift: Float[np.ndarray, " asset"]
    vintage: Vintage

    @property
    def facts(self) -> dict[str, Any]:
        """What a model of it tells of itself, beside its configuration."""
        law = self.vintage.config.law.base
        return {
            "best_member": self.vintage.config.population - 1,  # its level is nearest to what the history supports
            "vintage": self.vintage.name,
            "pretrained_until": self.vintage.until,
            "drift_mode": f"historical, shrunk to {law.drift:g} a day (prior sd {law.drift_spread:g})",
        }

    def standardized(self, returns: Float[np.ndarray, "day asset"]) -> Float[np.ndarray, "day asset"]:
        """Returns (day, asset) as the base sees them, NaN where there is none."""
        return ((returns - self.drift) / self.scale).astype(np.float32)


def begin_at(
    returns: Float[np.ndarray, "day asset"], prices: Bool[np.ndarray, " asset"], vintage: Vintage
) -> Beginning:
    """The base for assets with these returns (day, asset), NaN where there is none; ``prices`` (asset,) are those that
    are no levels or rates."""
    law = vintage.config.law
    scale, log_unit = history_units(returns, prices, law)
    nothing = np.zeros((len(scale), min(vintage.config.loadings, max(len(scale) - 1, 1))))
    base = vintage.base.for_history(log_unit, ~prices, nothing)
    drift = np.where(prices, shrunk_drift(returns, law), 0.0)

    x = (returns[-law.base.context :] / scale).astype(np.float32)
    memory = vol.trajectory(x, law.memory)
    before, listed = vol.before(memory), np.maximum.accumulate(np.isfinite(x), axis=0)
    column = base.columns(x, memory, listed)
    last = jax.tree.map(lambda leaf: leaf[-READ:], (x, column, before, listed))
    loadings = factor_loadings(np.asarray(_scores(base, *last)), vintage.config.loadings, law)
    base.raw_loadings[...] = jnp.asarray(loadings, jnp.float32)
    return Beginning(base, scale, drift, vintage)


class ZeroShot:
    """The entry of the registry of models: a GAN for which nothing is trained."""

    fit = staticmethod(fit_base)
    restore = GAN.restore


def _check_moving(panel: Panel, returns: np.ndarray) -> None:
    """DataError for prices that move far less than any that the base has learned from, and so than it lets them."""
    spread = np.nanstd(returns, axis=0)
    for i in np.flatnonzero(panel.space.logs & (spread < LEAST_SPREAD)):
        raise DataError(
            f"{panel.assets[i]} moves by {spread[i]:.2g} a day, less than anything that the pretrained base has "
            f"learned from ({LEAST_SPREAD:g}): its paths would move more; choose fhs or gbm, or leave it out"
        )


def history_units(returns: np.ndarray, prices: np.ndarray, law: LawConfig) -> tuple[np.ndarray, np.ndarray]:
    """(asset,) what returns are divided by, negative for an asset that moves against the market, and the logs of units
    over the typical one.

    A price's volatility is shrunk to the typical one; levels and rates have units of their own, and no typical one.
    """
    signed = units(returns, prices)
    spread = np.abs(signed)
    limit = law.memory.return_limit * np.where(spread > 0, spread, 1.0)
    count = np.isfinite(returns).sum(axis=0)
    squares = np.nanmean((limit * np.tanh(returns / limit)) ** 2, axis=0)
    log_unit = np.asarray(shrunk_log_unit(jnp.asarray(squares), jnp.asarray(count), law), np.float64)
    scale = np.where(prices, np.exp(log_unit), spread)
    return np.where(signed < 0, -scale, scale), np.where(prices, log_unit - np.log(law.base.unit), 0.0)


def shrunk_drift(returns: np.ndarray, law: LawConfig) -> np.ndarray:
    """(asset,) posterior mean of the drift: the historical mean, weighed against the prior by its standard error.

    The mean of 60 days of a stock is off by its annual return; what its history does say of its drift is a few percent
    of that.
    """
    precision = np.isfinite(returns).sum(axis=0) / np.maximum(np.nanvar(returns, axis=0), 1e-12)
    prior = law.base.drift_spread**-2
    return (precision * np.nanmean(returns, axis=0) + prior * law.base.drift) / (precision + prior)


@jax.jit
def _scores(base: Base, x: jax.Array, column: jax.Array, before: Memory, listed: jax.Array) -> jax.Array:
    """Normal scores (day, asset) of returns in units, NaN where there is none."""
    z, _ = invert(base.densities(column, before, listed), jnp.nan_to_num(x))
    return jnp.where(jnp.isfinite(x), z, jnp.nan)
