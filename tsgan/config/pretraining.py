"""How the pretrained base is trained, see :mod:`tsgan.training.pretraining`."""

from __future__ import annotations

from dataclasses import dataclass

from tsgan.config.settings import Settings


@dataclass(frozen=True)
class PretrainingConfig(Settings):
    """Sizes and rates, found on assets that were not trained on and on the last dates before the ends of two vintages;
    widths, depths and batches two or three times as large make less than .001 of log score a day, and a third of
    the steps costs baskets .003."""

    # Hidden units, and common factors of the panels that the strength is trained on.
    width: int = 48
    loadings: int = 6

    # What is made of the corpus's own series: baskets of so many stocks each, in turn, and crosses of exchange rates.
    baskets: int = 120
    basket_sizes: tuple[int, ...] = (3, 5, 8, 12, 20, 40)
    crosses: int = 60

    # Margins: steps, panels a step, the days of each that are scored, and assets of the largest.
    steps: int = 2400
    panels: int = 10
    days: int = 160
    sizes: tuple[int, ...] = (1, 1, 2, 4, 8, 16)
    # Panels that begin so many years before the last are half as likely: markets change, and indices answer losses more
    # than they once did.
    half_life: float = 8.0
    # Days of history before a panel's first scored day, between these, uniform in logarithm; returns that an asset has
    # among them at least.
    shortest: int = 20
    longest: int = 7000
    # Adam's rate at the top of its warm-up, the steps of that, the share of the rate that is left at the end, and the
    # norm at which gradients are clipped.
    rate: float = 3e-3
    warm_up: int = 80
    final_share: float = 0.02
    clip: float = 1.0
    # Weight of the squared distance of linear responses from where they began, and of the hidden layer's weights.
    ridge: float = 3e-4
    hidden_ridge: float = 3e-5
    # Weights are averaged over about so many last steps.
    average: int = 200

    # Strength of the common factors: panels, the days of each, its assets, steps, rate, and ridge of responses.
    joint_panels: int = 96
    joint_days: int = 64
    joint_assets: int = 12
    joint_history: int = 2500
    joint_steps: int = 120
    joint_rate: float = 2e-2
    joint_ridge: float = 1e-3

    # Answers to the record of surprises: the last years, which the law whose surprises they are has not seen, and those
    # that it must have seen, or there are no answers; steps, asset-days a step, rate, and ridge.
    answer_years: float = 8.0
    answer_least: float = 10.0
    answer_steps: int = 400
    answer_batch: int = 20_000
    answer_rate: float = 2e-2
    answer_ridge: float = 1e-3

    # Long free runs: beginnings that are kept, the assets of each, and the days that they run; steps, runs a step, and
    # paths of each; the weight of their score beside that of days; the rate.
    # Responses to inputs of the head that move over ``run_least`` days or more are those that move: with all of them
    # the long run is no better, and tomorrow is worse by .0005 a day; with the hidden layer as well, by .003.
    run_beginnings: int = 1500
    run_assets: int = 3
    run_days: int = 1260
    run_steps: int = 80
    run_batch: int = 6
    run_paths: int = 8
    run_weight: float = 0.2
    run_rate: float = 2e-3
    run_least: float = 100.0
    run_average: int = 40

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_at_least(1, "width", "loadings", "steps", "panels", "days", "sizes", "shortest", "average")
        self.require_at_least(
            1, "joint_panels", "joint_days", "joint_assets", "joint_history", "joint_steps", "warm_up"
        )
        self.require(self.longest > self.shortest, "longest", "exceed shortest")
        self.require_at_least(1, "answer_steps", "answer_batch")
        self.require_at_least(1, "run_beginnings", "run_assets", "run_days", "run_batch", "run_average")
        self.require_at_least(2, "run_paths")
        self.require_at_least(0, "run_steps", "run_weight", "run_rate", "run_least")
        self.require_at_least(0, "baskets", "crosses", "answer_years", "answer_least", "answer_rate", "answer_ridge")
        self.require(self.half_life > 0, "half_life", "be above 0")
        self.require_at_least(2, "basket_sizes")
        self.require_at_least(0, "rate", "final_share", "ridge", "hidden_ridge", "joint_rate", "joint_ridge")
