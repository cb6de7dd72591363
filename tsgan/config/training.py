"""How a GAN is trained, beyond what people choose between: rates, limits, sizes, each with what was measured."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from tsgan.config.settings import Settings


@dataclass(frozen=True)
class UnitsConfig(Settings):
    """What returns are divided by, see :mod:`tsgan.training.units`."""

    table = "training.units"

    # An asset moves against the market, and is seen upside down, where its correlation with the panel's first principal
    # component is below minus this.
    against: float = 0.3

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_share("against")


@dataclass(frozen=True)
class LikelihoodConfig(Settings):
    """The likelihood stage, and the likelihood that stays in the generator's loss."""

    table = "training.likelihood"

    # Adam's rate at the start, and the share of it that is left at the end of its half cosine.
    rate: float = 5e-3
    final_share: float = 0.02
    # Weight of the squared distance of linear responses from where they began, over the number of days: what ten years
    # of returns say about sixty coefficients is mostly noise (log score on later years, S&P 500 and Nasdaq trained on
    # 1999-2008: +.022 a day over GJR-GARCH without it, +.027 with it).
    ridge: float = 20.0
    # How firmly the ridge holds responses of location, log scale, skew and tail.  Yesterday's trends say next to
    # nothing about tomorrow's mean, but what little they seem to say feeds itself in free runs, so that location is
    # held firmly.
    firmness: tuple[float, ...] = (30.0, 1.0, 2.0, 2.0)
    # Slope of log volatility in its past up to which the likelihood alone decides, and the weight of its squared
    # excess: a market's volatility returns to its level, but ten years of two indices do not say so of the ratio of
    # theirs.
    persistence: float = 0.95
    persistence_weight: float = 3.0
    # Asset-days on which the copula is trained; of a larger history it sees every second day, every third, ...
    joint_asset_days: int = 20_000

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_at_least(0, "rate", "final_share", "ridge", "firmness", "persistence", "persistence_weight")
        self.require(len(self.firmness) == 4, "firmness", "have 4 entries: location, log scale, skew, tail")
        self.require_at_least(1, "joint_asset_days")


@dataclass(frozen=True)
class RefinementConfig(Settings):
    """Refining the pretrained base, see :mod:`tsgan.training.refinement`.

    Chosen on stocks and funds that no vintage was trained on: 20 stocks after 2004 and after 2009 gain .005 a day of
    joint log score, all of it in how they hang together, and three funds .006 to .012 of their own.
    """

    table = "training.refinement"

    # Likelihood steps at most; the validation slice chooses how many, of an asset's own law and of loadings.
    warm_steps: int = 40
    # Adam's rate at the start, and the share of it that is left at the end of its half cosine.
    rate: float = 5e-3
    final_share: float = 0.02
    # Weights of squared distances from the base, over the number of days: of assets' offsets (a mean over them), of
    # answers to the record of surprises, and of loadings.  Responses to the past stay the base's: ten years of 20
    # stocks change them for the worse.
    offsets: float = 10.0
    answers: float = 300.0
    loadings: float = 30.0
    # How much better steps must be on the validation slice, in standard errors of the mean daily gain (one, after
    # Breiman et al. 1984): stocks were refined for nothing where any gain counted.
    errors: float = 1.0
    # Days of validation below which nothing is refined.
    least_days: int = 60
    # Log sd of the level of volatility of a path around what the history supports, free runs being made as volatile as
    # the history.  The base's .35 is that of any history; here funds and indices gain .001 a
    # day of log score with less, and their free runs of six years still differ by .4.
    level_spread: float = 0.2
    # Adversarial steps after that, with the critic and the objective of the configuration; the validation slice chooses
    # among them.
    steps: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_at_least(
            0, "warm_steps", "rate", "final_share", "offsets", "answers", "loadings", "steps", "level_spread"
        )
        self.require(math.isfinite(self.errors), "errors", "be a finite number")
        self.require_at_least(2, "least_days")


@dataclass(frozen=True)
class TargetingConfig(Settings):
    """Variance targeting between the two stages, see :mod:`tsgan.training.variance_targeting`."""

    table = "training.targeting"

    # Free runs: how many, how many days, and how many of them pass before anything is measured.
    paths: int = 64
    days: int = 1000
    burn_in: int = 250
    # It ends after so many rounds, or once every asset is as close as this in log volatility.
    rounds: int = 24
    tolerance: float = 0.03
    # First step of an offset where free runs are e times too volatile, and rounds after which steps are half as large.
    rate: float = 0.03
    halved: int = 6

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_at_least(1, "paths", "halved")
        self.require_at_least(0, "burn_in", "rounds", "tolerance", "rate")
        self.require(self.days > self.burn_in, "days", f"exceed burn_in ({self.burn_in})")


@dataclass(frozen=True)
class AdversarialConfig(Settings):
    """The windows and portfolios of an adversarial step, see :mod:`tsgan.training.step`."""

    table = "training.adversarial"

    # One chain in so many is replaced by a fresh continuation of real history at every step.
    restart: int = 16
    # Assets up to which a step has all of its windows, and windows that it has at least.  On 20 stocks half of the
    # windows halve the time and lose nothing (EMD of free runs at 20 and 100 days .0177 and .0647; with all windows
    # .0185, .0666).
    full_batch_assets: int = 10
    least_windows: int = 8
    # Asset-days of likelihood a step, but not fewer than so many days.
    asset_days: int = 150_000
    least_days: int = 500
    # Shares of portfolios that are single assets, and up to which they are that or long only; the rest are long and
    # short.
    singles: float = 0.5
    long_only: float = 0.7
    # Added to the variance that portfolios are divided by: nearly offsetting positions are not blown up into noise.
    variance_floor: float = 1e-3

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_at_least(1, "restart", "full_batch_assets", "asset_days", "least_days")
        self.require(self.least_windows >= 2 and self.least_windows % 2 == 0, "least_windows", "be even and at least 2")
        self.require(0 <= self.singles <= 1, "singles", "be between 0 and 1")
        self.require(self.singles <= self.long_only <= 1, "long_only", "lie between singles and 1")
        self.require_at_least(0, "variance_floor")


@dataclass(frozen=True)
class OptimizerConfig(Settings):
    """The optimizers of both players, see :mod:`tsgan.training.optimizers`."""

    table = "training.optimizers"

    # Share of a rate that is left at the end of its half cosine.
    final_share: float = 0.1
    # Decay of Adam's second moments; it has no first ones (no momentum).
    second_moment: float = 0.99
    # Updates after which conjugate directions start over from the gradient: a game's landscape has moved on by then;
    # and Powell's limit, see scale_by_conjugate.
    conjugate_period: int = 10
    powell: float = 0.2

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_at_least(0, "final_share", "powell")
        self.require_share("second_moment")
        self.require_at_least(1, "conjugate_period")


@dataclass(frozen=True)
class CriticConfig(Settings):
    """The critics, see :mod:`tsgan.training.critics`."""

    table = "training.critics"

    # Hidden units from pooled features to the score.
    verdict: int = 32
    # Strides of the convolutional critic's layers.
    strides: tuple[int, ...] = (2, 2, 2, 3)
    # Days between the patches that the recurrent critic reads; each is twice as long.  Patches keep the recurrence
    # short: a gradient penalty differentiates it twice, at many times a convolution's cost.
    patch: int = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_at_least(1, "verdict", "strides", "patch")


@dataclass(frozen=True)
class SelectionConfig(Settings):
    """The validation slice and what it chooses, see :mod:`tsgan.training.selection`."""

    table = "training.selection"

    # Share of the history, at its end, that chooses the step counts.
    share: float = 0.15
    # Checkpoints of the adversarial stage that it chooses among, evenly spaced over its steps.
    candidates: int = 12
    # Neither stage is cut below this share of its steps.  The law of long free runs, the purpose of the adversarial
    # one, shows only weakly on a validation slice of a few hundred days; and one storm in such a slice would leave the
    # likelihood stage where it began (S&P 500 beside three years of VIX: 20 to 30 of 300 steps, a log score .002 to
    # .013 a day worse on the days after the slice).
    least_share: float = 0.25
    # Candidates without a better one after which choosing ends.  Later ones are rarely better, and then by less than
    # seeds differ: of 20 trainings on two indices or on stocks, judged to the end, 16 had chosen the same checkpoint.
    patience: int = 3
    # Days over which simulated paths are compared with what came; paths a start day, and start days, evenly spaced over
    # the slice.
    horizons: tuple[int, ...] = (1, 5, 20, 60)
    draws: int = 32
    starts: int = 64

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_share("share")
        self.require(0 <= self.least_share <= 1, "least_share", "be between 0 and 1")
        self.require_at_least(1, "candidates", "patience", "horizons", "starts")
        self.require_at_least(2, "draws")
        increasing = all(a < b for a, b in zip(self.horizons, self.horizons[1:], strict=False))
        self.require(increasing, "horizons", "increase")


@dataclass(frozen=True)
class DriftConfig(Settings):
    """The drift of scenarios, see :mod:`tsgan.training.drift`."""

    table = "training.drift"

    # Free runs: how many, how many days, and how many of them pass before anything is measured.
    paths: int = 256
    days: int = 1250
    burn_in: int = 250
    # The largest shift, in standard deviations.  A correction beyond it comes from a free run that has not come to
    # rest, and is left out.
    limit: float = 0.25
    # The shift moves the state that paths start from, and slow trends remember it: found by repetition.
    rounds: int = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_at_least(1, "paths")
        self.require_at_least(0, "burn_in", "limit", "rounds")
        self.require(self.days > self.burn_in, "days", f"exceed burn_in ({self.burn_in})")


@dataclass(frozen=True)
class BootstrapConfig(Settings):
    """What members of a bagged ensemble learn from, see :func:`tsgan.training.data.block_bootstrap_weights`."""

    table = "training.bootstrap"

    # Years a block: what one history leaves open, the long-run level of volatility above all, changes from year to
    # year.
    years: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(0 < self.years < 100, "years", "be above 0 and below 100")


@dataclass(frozen=True)
class TrainingConfig(Settings):
    """Everything that says how parameters are found; no fitted model needs it again."""

    table = "training"

    units: UnitsConfig = field(default_factory=UnitsConfig)
    likelihood: LikelihoodConfig = field(default_factory=LikelihoodConfig)
    refinement: RefinementConfig = field(default_factory=RefinementConfig)
    targeting: TargetingConfig = field(default_factory=TargetingConfig)
    adversarial: AdversarialConfig = field(default_factory=AdversarialConfig)
    optimizers: OptimizerConfig = field(default_factory=OptimizerConfig)
    critics: CriticConfig = field(default_factory=CriticConfig)
    selection: SelectionConfig = field(default_factory=SelectionConfig)
    drift: DriftConfig = field(default_factory=DriftConfig)
    bootstrap: BootstrapConfig = field(default_factory=BootstrapConfig)
