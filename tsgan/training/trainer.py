"""One training: likelihood, variance targeting, then the adversarial stage, reported and saved as it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import jax
import numpy as np

from tsgan.config import GANConfig
from tsgan.models.gan.members import Members
from tsgan.models.gan.trees import unflatten
from tsgan.training.checkpoint import save_or_warn
from tsgan.training.data import TrainingData
from tsgan.training.ledger import Ledger
from tsgan.training.loop import (
    Report,
    adversarial_compiled_meanwhile,
    adversarial_stage,
    likelihood_stage,
    start_adversarial,
)
from tsgan.training.progress import Progress
from tsgan.training.selection import Judge
from tsgan.training.step import TrainState
from tsgan.training.variance_targeting import variance_targeted

State = TypeVar("State")


@dataclass(frozen=True)
class Trainer:
    """Runs trainings, keeps the ledger, reports progress and saves checkpoints.

    Attributes:
        config: of the GAN.
        keys: randomness by what it is for.
        ledger: where what happens is written.
        checkpoint: file that adversarial states are saved to, if any.
        save_every: adversarial steps between them.
        progress: told of every report, if given.
    """

    config: GANConfig
    keys: dict[str, jax.Array]
    ledger: Ledger
    checkpoint: Path | None = None
    save_every: int = 100
    progress: Callable[[Progress], None] | None = None

    def train(
        self,
        members: Members,
        data: TrainingData,
        judge: Judge,
        warm_steps: int,
        steps: int,
        saved: dict[str, np.ndarray] | None = None,
    ) -> Members:
        """Fresh generators become trained ones.

        Args:
            members: fresh generators, see :func:`tsgan.training.loop.new_members`.
            data: what they are trained on.
            judge: sees them on their way, keeps some of the likelihood stage, and may end the adversarial one early.
            warm_steps: likelihood steps at most, of a schedule of ``config.warm_steps``.
            steps: adversarial steps at most, of a schedule of ``config.steps``.
            saved: the arrays of a checkpoint to carry on from, in the adversarial stage.

        Returns:
            The averaged weights after the last adversarial step.
        """
        config, key = self.config, self.keys["critics"]
        if saved is None:
            stage = likelihood_stage(members, data, config.warm_steps, warm_steps, config.training.likelihood)
            with self._compiling(members, data, steps):
                for report, candidate in self._reporting("likelihood", warm_steps, stage):
                    judge.see_likelihood(report.step, candidate)
                members = variance_targeted(judge.kept, data, self.keys["targeting"], config.training.targeting)
            judge.begin_adversarial(members)
            train = start_adversarial(members, data, key, config)
        else:
            template = jax.eval_shape(lambda: start_adversarial(members, data, key, config))
            train: TrainState = unflatten(template, saved)
        if judge.decided:  # before the training was cut
            return train.average
        stage = adversarial_stage(train, data, self.keys["adversarial"], config, start=self.ledger.step, stop=steps)
        for report, train in self._reporting("adversarial", steps, stage):
            judge.see_adversarial(report.step, train.average)
            self._save(train, report.step)
            if judge.decided:
                break
        return train.average

    def _compiling(self, members: Members, data: TrainingData, steps: int) -> AbstractContextManager[None]:
        """The adversarial stage being compiled, where there is one to come."""
        if steps == 0:
            return nullcontext()
        return adversarial_compiled_meanwhile(members, data, self.keys["critics"], self.config)

    def _reporting(
        self, stage: str, total: int, reports: Iterable[tuple[Report, State]]
    ) -> Iterator[tuple[Report, State]]:
        """The reports, each written to the ledger and told on as it passes."""
        purpose = self.ledger.purpose
        for report, state in reports:
            row: dict[str, Any] = {"stage": stage, "purpose": purpose, "step": report.step, **report.metrics}
            self.ledger.rows.append(row)
            if self.progress is not None:
                self.progress(Progress(f"{stage}: {purpose}", min(report.step, total), total, report.metrics))
            yield report, state

    def _save(self, train: TrainState, step: int) -> None:
        self.ledger.step = step
        if self.checkpoint is not None and step % self.save_every == 0:
            save_or_warn(self.checkpoint, train, vars(self.ledger))
