"""What people choose about a GAN; :mod:`tsgan.config.law` and :mod:`tsgan.config.training` hold the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tsgan.bounded import Unreadable, parse_toml, read_written
from tsgan.config.law import LawConfig
from tsgan.config.names import CRITICS, GENERATORS, CriticName, GeneratorName
from tsgan.config.settings import Settings
from tsgan.config.training import TrainingConfig
from tsgan.errors import ConfigError

Objective = Literal["relativistic", "minimax", "non-saturating", "wasserstein", "hinge"]
Penalty = Literal["r1", "r2", "r1+r2", "gp", "none"]
Optimizer = Literal["adam", "conjugate"]
Beta = Literal["fletcher-reeves", "polak-ribiere-plus", "hestenes-stiefel", "dai-yuan"]

NEED_PENALTY: tuple[Objective, ...] = ("wasserstein",)
"""Objectives that do not bound a critic's scores by themselves, so that a penalty has to."""

NEWEST, NONE = "newest", "none"
"""Which pretrained base is refined, where it is no vintage."""

LEAST_GENERATED = 8
"""Days of a window that are generated at least."""


@dataclass(frozen=True)
class GANConfig(Settings):
    """How a GAN is built and trained.  The defaults are the ones that the README's figures come from."""

    # The pretrained base that a fit begins from and refines: the newest that ends before the history does, a vintage
    # such as 2009, or none, which trains everything from scratch on the history alone.
    base: str = NEWEST
    # Explicit volatility memory, or causal dilated convolutions beside it; or the name of a plug-in's.
    generator: GeneratorName | str = "recurrent"
    # Strided convolutions pooled at every level, or a GRU over patches of days; or the name of a plug-in's.
    critic: CriticName | str = "tcn"
    objective: Objective = "relativistic"  # paired logistic loss, or one of four that score windows singly
    penalty: Penalty = "r1+r2"  # gradient penalty on real (r1), generated (r2), both, or in between (gp)
    penalty_weight: float = 2.0  # gamma of R1/R2 (half of it multiplies the squared norm), lambda of gp
    optimizer: Optimizer = "adam"  # for both players: Adam without momentum, or conjugate directions
    beta: Beta = "polak-ribiere-plus"  # how much of the last direction conjugate keeps; adam has no use for it
    steps: int = 600  # adversarial steps; the validation slice chooses how many of them are kept
    warm_steps: int = 300  # likelihood steps, in tens; the validation slice chooses how many of them are kept
    likelihood_weight: float = 1.5  # of the one-day likelihood kept in the generator's loss
    generator_rate: float = 3e-4  # learning rate at the start; both rates decay to a tenth
    critic_rate: float = 6e-4
    batch: int = 64  # windows a step, half continuing real history, half persistent free-running chains
    window: int = 256  # days the critic sees
    context: int = 64  # of them real (or the chain's own past), before the generated ones
    chains: bool = True  # without them all generated windows continue real history
    portfolios: bool = True  # the critic reads random portfolios beside single assets
    average: float = 0.99  # decay of the generator's averaged weights, which are the ones used
    population: int = 1  # members trained at once under vmap; more than one makes an ensemble
    bagging: bool = False  # each member of an ensemble learns from a block bootstrap of years of its own
    width: int = 16  # hidden units of the generator's head
    channels: int = 16  # channels of convolutions and GRUs
    loadings: int = 6  # common factors of the innovations (fewer where there are fewer assets)

    law: LawConfig = field(default_factory=LawConfig)  # what the parameters mean; a saved model keeps its own
    training: TrainingConfig = field(default_factory=TrainingConfig)  # rates, limits and sizes of training

    def __post_init__(self) -> None:
        super().__post_init__()
        for choice, registry in (("generator", GENERATORS), ("critic", CRITICS)):
            name = getattr(self, choice)
            if not isinstance(name, str) or name not in registry:
                raise ConfigError(f"{choice} is {name!r}; choose one of {', '.join(registry)}")
        if not re.fullmatch(rf"{NEWEST}|{NONE}|(base-)?\d{{4}}", self.base):
            raise ConfigError(f"base is {self.base!r}; choose {NEWEST}, {NONE}, or a vintage such as 2009")
        self.require_at_least(1, "batch", "window", "context", "population", "width", "channels", "loadings")
        self.require_at_least(0, "steps", "warm_steps")
        self.require_at_least(0, "penalty_weight", "likelihood_weight", "generator_rate", "critic_rate")
        if not 0 <= self.average < 1:
            raise ConfigError(f"average must be in [0, 1), not {self.average}")
        if self.window - self.context < LEAST_GENERATED:
            raise ConfigError(
                f"window ({self.window}) must exceed context ({self.context}) by at least {LEAST_GENERATED} days"
            )
        if self.objective in NEED_PENALTY and (self.penalty == "none" or self.penalty_weight == 0):
            raise ConfigError(
                f"objective {self.objective} bounds nothing by itself; choose a penalty, and a penalty_weight above 0"
            )
        if self.batch % 2:
            raise ConfigError(f"batch must be even (half history, half chains), not {self.batch}")

    @classmethod
    def from_toml(cls, path: str | Path) -> GANConfig:
        """Read a TOML file of ``option = value`` lines, and of tables such as ``[law.memory]``.

        ConfigError where it is missing or malformed.
        """
        try:
            values = parse_toml(read_written(path))
        except (OSError, Unreadable) as error:
            reason = (error.strerror or error) if isinstance(error, OSError) else error
            raise ConfigError(f"cannot read the configuration {path}: {reason}") from None
        try:
            return cls.from_dict(values)
        except ConfigError as error:
            raise ConfigError(f"{path}: {error}") from None
