"""Which of the generators that a training passes on its way are kept: the validation slice chooses, or the last are."""

from __future__ import annotations

from abc import ABC, abstractmethod

import jax
import jax.numpy as jnp
import numpy as np

from tsgan.config import GANConfig
from tsgan.models.gan.members import Members
from tsgan.training.data import TrainingData
from tsgan.training.ledger import Ledger
from tsgan.training.likelihood import negative_log_likelihood
from tsgan.training.loop import REPORT
from tsgan.training.validation import Validation, validate


class Judge(ABC):
    """Is shown the generators of every report, and says which are kept and when it has seen enough.

    Attributes:
        kept: of the likelihood stage.
    """

    kept: Members

    @abstractmethod
    def see_likelihood(self, step: int, members: Members) -> None:
        """The generators after so many likelihood steps."""

    @abstractmethod
    def begin_adversarial(self, members: Members) -> None:
        """The generators with which the adversarial stage begins, after variance targeting."""

    @abstractmethod
    def see_adversarial(self, step: int, members: Members) -> None:
        """The averaged generators after so many adversarial steps."""

    @property
    @abstractmethod
    def decided(self) -> bool:
        """Whether further adversarial steps would change nothing."""


class KeepLast(Judge):
    """Judges nothing."""

    def __init__(self, members: Members) -> None:
        self.kept = members

    def see_likelihood(self, step: int, members: Members) -> None:
        self.kept = members

    def begin_adversarial(self, members: Members) -> None:
        pass

    def see_adversarial(self, step: int, members: Members) -> None:
        pass

    @property
    def decided(self) -> bool:
        return False


class Selection(Judge):
    """Chooses both step counts by the days from ``first`` on, and writes them to the ledger.

    Likelihood steps by log score; adversarial ones by log score and the CRPS of simulated paths, relative to those that
    this stage began with.
    """

    def __init__(
        self, members: Members, data: TrainingData, first: int, config: GANConfig, ledger: Ledger, key: jax.Array
    ) -> None:
        self.kept, self._best = members, np.inf
        self.data, self.config, self.ledger = data, config, ledger
        self.rules = config.training.selection
        self._validate = jax.vmap(lambda member: validate(member, data, first, key, self.rules))
        count = self.rules.candidates
        self._candidates = {max(round(config.steps * (i + 1) / count), 1) for i in range(count)}

    def see_likelihood(self, step: int, members: Members) -> None:
        value = float(_later_scores(members, self.data).mean())
        self.ledger.rows[-1]["validation"] = value
        if step >= self.rules.least_share * self.config.warm_steps and value < self._best:
            self.kept, self._best, self.ledger.warm_steps = members, value, step

    def begin_adversarial(self, members: Members) -> None:
        self.ledger.reference = jax.tree.map(lambda a: np.asarray(a).tolist(), list(self._validate(members)))

    def see_adversarial(self, step: int, members: Members) -> None:
        # Reports come every few steps; a candidate is judged at the first report that reaches it.
        if not any(step - REPORT < candidate <= step for candidate in self._candidates):
            return
        reference = Validation(*map(jnp.asarray, self.ledger.reference))
        values = np.asarray(jax.vmap(Validation.relative_to)(self._validate(members), reference))
        self.ledger.rows[-1]["validation"] = float(values.mean())
        self.ledger.scores.append([step, values.tolist()])

    @property
    def allowed(self) -> list[tuple[float, int]]:
        """(score, step) of the adversarial candidates so far that may be chosen."""
        least = self.rules.least_share * self.config.steps
        return [(float(np.mean(values)), step) for step, values in self.ledger.scores if step >= least]

    @property
    def decided(self) -> bool:
        """Whether the last candidates have all been worse than one before them."""
        allowed, patience = self.allowed, self.rules.patience
        return len(allowed) > patience and min(allowed) not in allowed[-patience:]

    def chosen_steps(self) -> int:
        """Of the adversarial stage: those of the best candidate."""
        return min(self.allowed)[1] if self.allowed else 0


@jax.jit
def _later_scores(members: Members, data: TrainingData) -> jax.Array:
    """(member,) negative log likelihood per asset-day of the days that were not trained on."""
    return jax.vmap(lambda member: negative_log_likelihood(member, data, later=True))(members)
