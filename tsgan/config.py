"""Configuration of the GAN: one frozen dataclass, every field explained, checked where it is made."""

from __future__ import annotations

import dataclasses
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

from tsgan.errors import ConfigError

Architecture = Literal["recurrent", "tcn"]
Objective = Literal["relativistic", "minimax", "non-saturating", "wasserstein", "hinge"]
Penalty = Literal["r1", "r2", "r1+r2", "gp", "none"]
Optimizer = Literal["adam", "conjugate"]
Beta = Literal["fletcher-reeves", "polak-ribiere-plus", "hestenes-stiefel", "dai-yuan"]

LEAST_GENERATED = 8
"""Days of a window that are generated at least."""


@dataclass(frozen=True)
class GANConfig:
    """How a GAN is built and trained.  The defaults are the ones that the README's figures come from."""

    generator: Architecture = "recurrent"  # explicit volatility memory, or causal dilated convolutions beside it
    critic: Architecture = "tcn"  # strided convolutions pooled at every level, or a GRU over patches of days
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
    bagging: bool = False  # members of an ensemble learn from years drawn anew, each from its own
    width: int = 16  # hidden units of the generator's head
    channels: int = 16  # channels of convolutions and GRUs
    loadings: int = 6  # common factors of the innovations (fewer where there are fewer assets)

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for field in dataclasses.fields(self):
            value, hint = getattr(self, field.name), hints[field.name]
            choices = get_args(hint)
            if choices and value not in choices:
                raise ConfigError(f"{field.name} is {value!r}; choose one of {', '.join(choices)}")
            if hint is bool and not isinstance(value, bool):
                raise ConfigError(f"{field.name} must be true or false, not {value!r}")
            if hint in (int, float) and (isinstance(value, bool) or not isinstance(value, int | hint)):
                raise ConfigError(
                    f"{field.name} must be {'a whole number' if hint is int else 'a number'}, not {value!r}"
                )
        for name in ("batch", "window", "context", "population", "width", "channels", "loadings"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1, not {getattr(self, name)}")
        for name in ("steps", "warm_steps", "penalty_weight", "likelihood_weight", "generator_rate", "critic_rate"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ConfigError(f"{name} must be a finite number of at least 0, not {getattr(self, name)}")
        if not 0 <= self.average < 1:
            raise ConfigError(f"average must be in [0, 1), not {self.average}")
        if self.window - self.context < LEAST_GENERATED:
            raise ConfigError(
                f"window ({self.window}) must exceed context ({self.context}) by at least {LEAST_GENERATED} days"
            )
        if self.objective == "wasserstein" and (self.penalty == "none" or self.penalty_weight == 0):
            raise ConfigError(
                "objective wasserstein bounds nothing by itself; choose a penalty, and a penalty_weight above 0"
            )
        if self.batch % 2:
            raise ConfigError(f"batch must be even (half history, half chains), not {self.batch}")

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> GANConfig:
        """The configuration with these fields; ConfigError names an unknown one."""
        known = [f.name for f in dataclasses.fields(cls)]
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise ConfigError(f"unknown option {', '.join(unknown)}; known are {', '.join(known)}")
        return cls(**values)

    @classmethod
    def from_toml(cls, path: str | Path) -> GANConfig:
        """Read a TOML file of ``option = value`` lines; ConfigError where it is missing or malformed."""
        try:
            values = tomllib.loads(Path(path).read_text())
        except OSError as error:
            raise ConfigError(f"cannot read the configuration {path}: {error.strerror}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path} is not valid TOML: {error}") from None
        return cls.from_dict(values)
