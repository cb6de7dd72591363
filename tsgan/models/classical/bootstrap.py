"""Bootstraps: the future is made of days that have happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tsgan.data.panel import Panel
from tsgan.errors import ConfigError
from tsgan.models.contract import MarketModel, ModelInfo, Moments
from tsgan.models.missing import completed
from tsgan.models.moves import training_returns
from tsgan.models.random import rows, uniforms


@dataclass(frozen=True, eq=False, repr=False)
class IIDBootstrap(MarketModel):
    """Whole days of the training history, drawn at random with replacement: historical simulation without memory.

    Days are independent; within a day the assets keep their joint law, whatever its shape.  The paths carry the
    training mean return.

    Attributes:
        returns: (day, asset) training returns; days on which an asset has none are completed from days like them
            (:func:`tsgan.models.missing.completed`).
    """

    context_days = 1  # the past does not matter
    law = "uniform"

    info: ModelInfo
    recent: np.ndarray
    returns: np.ndarray

    @classmethod
    def fit(cls, panel: Panel, *, seed: int = 0) -> IIDBootstrap:
        """Keep the panel's returns; ``seed`` completes days.  Raises DataError for prices that never move."""
        returns = completed(training_returns(panel), seed)
        info = ModelInfo.of("iid-bootstrap", panel, seed=seed, config={}, drift=returns.mean(axis=0))
        return cls(info, returns[-cls.context_days :], returns)

    def encode(self, returns: np.ndarray) -> None:
        return None

    def encode_each(self, returns: np.ndarray, ends: np.ndarray) -> None:
        return None

    def noise(self, paths: np.ndarray, horizon: int, seed: int) -> np.ndarray:
        return uniforms(seed, paths, horizon, 1)

    def respond(self, states: None, starts: np.ndarray, noise: np.ndarray, member: int = 0) -> np.ndarray:
        return self.returns[rows(noise[..., 0], len(self.returns)).T].astype(np.float32)

    def predictive_moments(self, returns: np.ndarray, ends: np.ndarray) -> Moments:
        return _of_any_day(self.returns, len(ends))

    def arrays(self) -> dict[str, np.ndarray]:
        return {"returns": self.returns}

    @classmethod
    def restore(cls, info: ModelInfo, arrays: Mapping[str, np.ndarray]) -> IIDBootstrap:
        returns = arrays["returns"]
        return cls(info, returns[-cls.context_days :], returns)


@dataclass(frozen=True, eq=False, repr=False)
class StationaryBootstrap(MarketModel):
    """Blocks of consecutive training days of geometric length, glued together (Politis and Romano, 1994).

    Every day either carries on with the next day of the history (which is circular) or, with probability
    ``1 / block_length``, jumps to a day chosen uniformly.  Whole days are drawn, so the assets keep their joint law,
    and inside a block they keep their volatility clustering and leverage too.  Paths start at a random day: they are
    not conditional on today.  The paths carry the training mean return.

    Attributes:
        returns: (day, asset) training returns, completed as those of :class:`IIDBootstrap`.
        block_length: expected days a block.
    """

    context_days = 1  # the past does not matter
    law = "uniform"

    info: ModelInfo
    recent: np.ndarray
    returns: np.ndarray
    block_length: float

    @classmethod
    def fit(cls, panel: Panel, *, seed: int = 0, block_length: float | None = None) -> StationaryBootstrap:
        """Keep the panel's returns and choose the block length.

        Args:
            panel: the training prices.
            seed: completes days on which an asset has no return; nothing else here is random.
            block_length: expected days a block, at least 1; None takes the optimal one (see :func:`optimal_block`).

        Raises:
            ConfigError: a block length below 1 or not finite.
            DataError: prices that never move.
        """
        observed = training_returns(panel)
        returns = completed(observed, seed)
        rule = "optimal for absolute returns, longest over assets" if block_length is None else "given"
        length = optimal_block(observed) if block_length is None else float(block_length)
        if not 1 <= length < np.inf:
            raise ConfigError(f"the expected block length must be at least 1 day, not {block_length}")
        config = {"block_length": length, "block_length_rule": rule}
        info = ModelInfo.of("stationary-bootstrap", panel, seed=seed, config=config, drift=returns.mean(axis=0))
        return cls(info, returns[-cls.context_days :], returns, length)

    def encode(self, returns: np.ndarray) -> None:
        return None

    def encode_each(self, returns: np.ndarray, ends: np.ndarray) -> None:
        return None

    def noise(self, paths: np.ndarray, horizon: int, seed: int) -> np.ndarray:
        """(day, path, [jump?, where to])"""
        return uniforms(seed, paths, horizon, 2)

    def respond(self, states: None, starts: np.ndarray, noise: np.ndarray, member: int = 0) -> np.ndarray:
        day = np.arange(len(noise))[:, None]
        jumps = noise[..., 0] < 1 / self.block_length
        jumps[0] = True
        origin = np.maximum.accumulate(np.where(jumps, day, 0), axis=0)  # the day on which the current block began
        targets = rows(noise[..., 1], len(self.returns))
        chosen = (np.take_along_axis(targets, origin, axis=0) + day - origin) % len(self.returns)
        return self.returns[chosen.T].astype(np.float32)

    def predictive_moments(self, returns: np.ndarray, ends: np.ndarray) -> Moments:
        return _of_any_day(self.returns, len(ends))

    def arrays(self) -> dict[str, np.ndarray]:
        return {"returns": self.returns, "block_length": np.array([self.block_length])}

    @classmethod
    def restore(cls, info: ModelInfo, arrays: Mapping[str, np.ndarray]) -> StationaryBootstrap:
        returns = arrays["returns"]
        return cls(info, returns[-cls.context_days :], returns, float(arrays["block_length"][0]))


def _of_any_day(returns: np.ndarray, histories: int) -> Moments:
    """Of tomorrow, where that is a day of the training history chosen uniformly: the same whatever came before."""
    shape = (histories, returns.shape[1])
    return Moments(np.broadcast_to(returns.mean(axis=0), shape), np.broadcast_to(returns.std(axis=0), shape))


def optimal_block(returns: np.ndarray) -> float:
    """Expected block length in days for the stationary bootstrap of ``returns`` (day, asset).

    The automatic choice of Politis and White (2004), corrected by Patton, Politis and White (2009), on ABSOLUTE
    returns: returns themselves are nearly uncorrelated, which would ask for blocks of about one day and destroy
    volatility clustering, and the rule needs fourth moments, which squares of heavy-tailed returns do not have.
    The days are drawn jointly, so all assets share one length: the longest, because blocks that are too short break
    the dependence of the most persistent asset while blocks that are too long only cost variety.  Missing returns (NaN)
    are skipped.
    """
    from arch.bootstrap import optimal_block_length

    sizes = [np.abs(column[np.isfinite(column)]) for column in returns.T]
    with np.errstate(all="ignore"):  # sizes that are all the same have no memory, and no number for it
        lengths = [float(optimal_block_length(size)["stationary"].iloc[0]) for size in sizes]
    return float(max(1.0, np.nan_to_num(lengths, nan=1.0).max()))
