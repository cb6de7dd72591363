"""The law of a GAN: numbers that say what its parameters mean.

They travel with every model, and a model is read with those that it was fitted with: changing a default here changes
what is fitted from now on, and no model that was saved before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from tsgan.config.settings import Settings

NoiseStream = Literal["counters", "keys"]


@dataclass(frozen=True)
class MemoryConfig(Settings):
    """The volatility memory, see :mod:`tsgan.models.gan.memory`."""

    table = "law.memory"

    # Time scales in days, increasing: an average over scale s forgets by exp(-1 / s) a day.
    scales: tuple[float, ...] = (1.5, 3.5, 8.0, 20.0, 50.0, 110.0, 250.0)
    # Added to averages of squares, so that a run of unchanged prices leaves finite logarithms.
    floor: float = 0.01
    # Returns enter the memory softly limited here, in training standard deviations.  Tails of a power law would
    # otherwise rule the averages of squares, in whose logarithm volatility has nearly a unit root: free runs would
    # drift off.
    return_limit: float = 12.0
    # Box and Cox's (1964) power of volatility at each scale; 0 is the logarithm, which makes little of a large shock:
    # in free runs squared returns were too weakly correlated over the next days (S&P 500 2009-18, lags 2-5: .14, real
    # .24, and .17 with powers).  Long scales keep the logarithm: there a power would hold volatility up for long after
    # a crisis.
    curvature: tuple[float, ...] = (0.5, 0.5, 0.4, 0.2, 0.0, 0.0, 0.0)
    # Volatility features saturate smoothly here: a free run cannot talk itself into infinite volatility.
    level_limit: float = 3.0

    def __post_init__(self) -> None:
        super().__post_init__()
        increasing = self.scales[0] > 0 and all(a < b for a, b in zip(self.scales, self.scales[1:], strict=False))
        self.require(increasing and self.scales[-1] < math.inf, "scales", "increase from above 0")
        self.require(
            len(self.curvature) == len(self.scales), "curvature", f"have {len(self.scales)} entries, as scales"
        )
        self.require_at_least(0, "curvature")
        for name in ("floor", "return_limit", "level_limit"):
            self.require(0 < getattr(self, name) < math.inf, name, "be a finite number above 0")

    @property
    def features(self) -> int:
        """Features an asset: volatility and normalized trend at each scale."""
        return 2 * len(self.scales)


@dataclass(frozen=True)
class DensityConfig(Settings):
    """Ranges of tomorrow's density and of its copula, see :mod:`tsgan.models.gan.density`."""

    table = "law.density"

    # Innovations are clipped here, in units of the conditional scale.  A safeguard that keeps every path finite: at the
    # heaviest tail allowed it binds for a normal draw beyond 4.9, once in 10^6.
    cap: float = 200.0
    # Degrees of freedom are tail_least + exp(tail_middle + u), |u| < tail_range: from 3.1 to 57.6.
    tail_least: float = 3.0
    tail_middle: float = 1.0
    tail_range: float = 3.0
    # Bounds of skew, log scale, location and log strength of the common factors.  That of location keeps a trend from
    # feeding itself in a free run.
    skew_range: float = 0.8
    log_scale_range: float = 4.0
    location_range: float = 0.5
    strength_range: float = 1.5

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(0 < self.skew_range < 1, "skew_range", "be between 0 and 1")
        self.require(2 < self.tail_least < math.inf, "tail_least", "be above 2, or there is no variance")
        for name in ("cap", "tail_range", "log_scale_range", "location_range", "strength_range"):
            self.require(0 < getattr(self, name) < math.inf, name, "be a finite number above 0")

    @property
    def tails(self) -> tuple[float, float]:
        """The heaviest tail, and the lightest, in degrees of freedom."""
        low, high = (math.exp(self.tail_middle + sign * self.tail_range) for sign in (-1, 1))
        return self.tail_least + low, self.tail_least + high


@dataclass(frozen=True)
class HeadConfig(Settings):
    """From features to the density: what its raw outputs are multiplied by, and where they begin."""

    table = "law.head"

    # What offsets of location, log scale, skew and tail are multiplied by.  The log score feels tails so weakly that
    # training would otherwise stop before they have moved from where they began.
    pace: tuple[float, ...] = (1.0, 1.0, 1.0, 4.0)
    # Where these offsets begin; the tail at 5.7 degrees of freedom.
    offsets: tuple[float, ...] = (0.0, -0.1, 0.0, 0.0)
    # What reversions are multiplied by, and the largest share of the way back that a level goes in a day.
    pull: float = 0.05
    most_pull: float = 0.5
    # Where reversions begin: of levels and rates, and of prices, whose are below zero and stay there.
    reverting: float = 0.5
    wandering: float = -1.0
    # What levels' own slopes are multiplied by, as offsets of tails are: they had not arrived when training stopped.
    slope_pace: float = 4.0
    # Where the answer of raw tails to log volatility begins; the ridge holds it there.  Surprises are rarer in storms
    # than in calms: one over the degrees of freedom of standardized returns, from the calmest quarter of the days to
    # the wildest, is .11 .06 .06 .05 (S&P 500 and Nasdaq to 2008) and .18 .15 .13 .14 (20 stocks to 2008;
    # scripts/residuals.py).  One history says so too softly to be left alone with it, and may seem to say the opposite.
    # From 0 to 1.5 the log score of later years over GJR-GARCH's rose from .0255 to .0277 a day (indices to 2008, warm
    # start) and from .0264 to .0292 (to 2013); at 2 it was .0278 and .0295.
    tail_slope: float = 1.5
    # Where the log spread of the shocks to the common factors' strength begins, and the largest norm that an asset's
    # loadings begin with.
    log_spread: float = -1.2
    most_loading: float = 0.98

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("pace", "offsets"):
            self.require(len(getattr(self, name)) == 4, name, "have 4 entries: location, log scale, skew, tail")
        self.require_at_least(0, "pull", "most_pull")
        self.require(self.reverting > 0, "reverting", "be above 0")
        self.require(self.wandering <= 0, "wandering", "be at most 0")
        self.require_share("most_loading")


@dataclass(frozen=True)
class TCNConfig(Settings):
    """The causal convolutions, see :mod:`tsgan.models.gan.tcn`."""

    table = "law.tcn"

    # Dilated layers: dilations 1, 2, 4, .. 128, a receptive field of 256 days; beyond it the log volatilities of long
    # scales in the columns carry the memory on.
    layers: int = 8
    # Log volatilities in a day's column: those at so many of the longest scales.
    levels: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_at_least(1, "layers", "levels")


@dataclass(frozen=True)
class BaseConfig(Settings):
    """The pretrained base, see :mod:`tsgan.models.gan.base`: what it reads, and its priors."""

    table = "law.base"

    # Scales, from the shortest on, at which trends are read.  That of the longest is the drift of one history.
    trends: int = 8
    # Days over which the age of a history matters, beside its logarithm.
    ages: tuple[float, ...] = (250.0, 1500.0)
    # Daily volatility that a price is thought to have before its history is seen, and how many days that is worth.
    unit: float = 0.018
    unit_days: float = 20.0
    # Log sd of the level of volatility of a path around what history supports.  Chosen on assets and dates that no
    # training saw, by coverage and CRPS of the volatility of the next month, year and five years: at 0 intervals of
    # 90 % for five years cover 66 %, at .3 81 %, at .4 86 %.
    level_spread: float = 0.35
    # Mean daily return that a price is thought to have, and the sd of that thought.
    drift: float = 0.0003
    drift_spread: float = 0.0003
    # Common days that the average correlation is worth against that of a pair.
    correlation_days: float = 60.0
    # Days of a history that are read.
    context: int = 7000
    # The record of surprises, see tsgan.models.gan.surprises: its time scales in days; where normal scores are cut off;
    # which of the trends say that there were losses, of the last days and weeks; and the largest answer of log scale.
    surprise_scales: tuple[float, ...] = (20.0, 60.0, 150.0, 400.0, 1000.0)
    surprise_limit: float = 4.0
    leverage_trends: tuple[int, ...] = (1, 3)
    answer_limit: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_at_least(1, "trends", "context")
        self.require_at_least(0, "unit_days", "level_spread", "correlation_days")
        for name in ("unit", "drift_spread"):
            self.require(0 < getattr(self, name) < math.inf, name, "be a finite number above 0")
        self.require(min(self.ages) > 0, "ages", "be above 0")
        self.require(min(self.surprise_scales) > 0, "surprise_scales", "be above 0")
        self.require(len(self.leverage_trends) == 2, "leverage_trends", "have 2 entries: fast, slow")
        self.require_at_least(0, "leverage_trends")
        self.require(self.surprise_limit > 0 and self.answer_limit > 0, "surprise_limit, answer_limit", "be above 0")


@dataclass(frozen=True)
class LawConfig(Settings):
    """Everything that gives a generator's parameters their meaning; generators carry it with them."""

    table = "law"

    memory: MemoryConfig = field(default_factory=MemoryConfig)
    density: DensityConfig = field(default_factory=DensityConfig)
    head: HeadConfig = field(default_factory=HeadConfig)
    tcn: TCNConfig = field(default_factory=TCNConfig)
    base: BaseConfig = field(default_factory=BaseConfig)
    # What the noise of sampled paths is drawn by: counters of path and day (tsgan.models.gan.counters), or, as models
    # saved before format 7 keep it, a key of its own for every number.  It is no part of training.
    noise: NoiseStream = "counters"

    def __post_init__(self) -> None:
        super().__post_init__()
        scales = len(self.memory.scales)
        self.tcn.require(self.tcn.levels <= scales, "levels", f"be at most {scales}, the scales of the memory")
