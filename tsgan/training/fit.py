"""Fitting a GAN: choose how long to train on a validation slice, then train on everything for that long."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from tsgan.config import LEAST_GENERATED, GANConfig
from tsgan.data.panel import Panel
from tsgan.errors import DataError, ModelError
from tsgan.models.contract import MarketModel, ModelInfo
from tsgan.models.gan.model import GAN
from tsgan.models.gan.trees import unflatten
from tsgan.models.moves import training_returns
from tsgan.training.calibrate import drift_shift, lasting_drift
from tsgan.training.checkpoint import read_checkpoint, save_checkpoint
from tsgan.training.data import History, history, years_drawn_anew
from tsgan.training.likelihood import negative_log_likelihood
from tsgan.training.loop import (
    REPORT,
    Members,
    Report,
    adversarial_compiled_meanwhile,
    adversarial_stage,
    likelihood_stage,
    new_members,
    start_adversarial,
)
from tsgan.training.progress import Progress
from tsgan.training.settle import settled
from tsgan.training.step import TrainState
from tsgan.training.units import units
from tsgan.training.validation import Validation, validate

VALIDATION = 0.15
"""Share of the history, at its end, that chooses the step counts."""

CANDIDATES = 12
"""Checkpoints of the adversarial stage that the validation slice chooses among, evenly spaced over its steps."""

LEAST = 0.25
"""Neither stage is cut below this share of its steps.  The law of long free runs, the purpose of the adversarial one,
shows only weakly on a validation slice of a few hundred days; and one storm in such a slice would leave the likelihood
stage where it began (S&P 500 beside three years of VIX: 20 to 30 of 300 steps, a log score .002 to .013 a day worse on
the days after the slice)."""

PATIENCE = 3
"""Candidates without a better one after which choosing ends.  Later ones are rarely better, and then by less than seeds
differ: of 20 trainings on two indices or on stocks, judged to the end, 16 had chosen the same checkpoint."""

SAVE_EVERY = 100
"""Adversarial steps between checkpoints on disk."""

CHOOSING, EVERYTHING = "choosing the step count", "on everything"


@dataclass
class Ledger:
    """What has been decided and seen so far; everything in it is JSON-ready, and it travels with checkpoints."""

    config: dict[str, Any]
    seed: int
    data_hash: str
    stage: str = CHOOSING
    step: int = 0
    warm_steps: int = 0
    steps: int = 0
    scores: list[list[Any]] = field(default_factory=list)
    reference: list[Any] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def take_over(self, like: MarketModel) -> None:
        """What the validation slice of another GAN of the same configuration has decided."""
        outcome = like.info.config
        shortened = ("window", "context")  # to what each history holds
        differing = [n for n, value in self.config.items() if n not in shortened and outcome.get(n) != value]
        if like.info.model != "gan" or differing:
            raise ModelError(
                "step counts are taken over from a GAN of the same configuration only; "
                f"this {like.info.model} differs in {', '.join(differing) or 'kind'}"
            )
        self.warm_steps, self.steps = outcome["chosen_warm_steps"], outcome["chosen_steps"]
        self.scores, self.stage = outcome["validation_scores"], EVERYTHING


def fit_gan(
    panel: Panel,
    config: GANConfig,
    *,
    seed: int = 0,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
    progress: Callable[[Progress], None] | None = None,
    like: MarketModel | None = None,
) -> GAN:
    """Fit a GAN to a panel; :func:`tsgan.fit` is the front door and describes the arguments.

    Protocol: generators are trained on the first 85 % of the days; the last 15 % choose the number of likelihood steps
    (by log score) and of adversarial steps (by log score and the CRPS of simulated paths); then fresh generators are
    trained on all days for those numbers of steps, or for those of the model that this one is to be ``like``.  Paths
    carry the historical mean return of prices; levels and rates come back and have no drift of their own.
    """
    returns, prices = training_returns(panel), panel.space.logs
    config = windowed(config, len(returns))
    key = jax.random.key(seed)
    names = ("members", "critics", "adversarial", "validation", "drift", "settle", "years")
    keys = {name: jax.random.fold_in(key, i) for i, name in enumerate(names)}
    ledger = Ledger(config.to_dict(), seed, panel.data_hash)
    if like is not None:
        ledger.take_over(like)
    trainer = _Trainer(config, keys, ledger, Path(checkpoint) if checkpoint else None, progress)
    saved = trainer.resumed() if resume else None

    if trainer.ledger.stage == CHOOSING:
        first = round((1 - VALIDATION) * len(returns))
        data = history(returns, units(returns, prices, first), first, panel.assets, ~prices)
        trainer.choose(_bagged(data, panel, config, keys["years"]), first, saved)
        saved = None
    scale = units(returns, prices)
    data = _bagged(history(returns, scale, assets=panel.assets, reverting=~prices), panel, config, keys["years"])
    members = trainer.train_on_everything(data, saved)

    drift = lasting_drift(panel)
    shift = drift_shift(members, returns, scale, drift, keys["drift"], panel.assets)
    return GAN(
        info=ModelInfo.of("gan", panel, seed=seed, config={**config.to_dict(), **trainer.outcome()}, drift=drift),
        recent=returns[-GAN.context_days :].copy(),
        members=members,
        scale=scale,
        shift=shift,
        history=pd.DataFrame(trainer.ledger.rows),
    )


class _Trainer:
    """Runs the stages, keeps the ledger, reports progress and saves checkpoints."""

    def __init__(
        self,
        config: GANConfig,
        keys: dict[str, jax.Array],
        ledger: Ledger,
        checkpoint: Path | None,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self.config, self.keys, self.ledger = config, keys, ledger
        self.checkpoint, self.progress = checkpoint, progress

    def choose(self, data: History, first: int, saved: dict[str, np.ndarray] | None) -> None:
        """Train on the earlier days and let the later ones choose both step counts."""
        config, ledger = self.config, self.ledger
        score = jax.vmap(lambda member: validate(member, data, first, self.keys["validation"]))
        members = new_members(config, data, self.keys["members"])
        if saved is None:
            best, best_score, best_step = members, np.inf, 0
            stage = likelihood_stage(members, data, config.warm_steps, config.warm_steps)
            with self._compiling(members, data, config.steps):
                for report, candidate in self._told("likelihood", CHOOSING, config.warm_steps, stage):
                    value = float(_later_scores(candidate, data).mean())
                    ledger.rows[-1]["validation"] = value
                    if report.step >= LEAST * config.warm_steps and value < best_score:
                        best, best_score, best_step = candidate, value, report.step
                ledger.warm_steps = best_step
                best = settled(best, data, self.keys["settle"])
            reference = score(best)
            ledger.reference = jax.tree.map(lambda a: np.asarray(a).tolist(), list(reference))
            train = start_adversarial(best, data, self.keys["critics"], config)
        else:
            train = self._restored(members, data, saved)
        reference = Validation(*map(jnp.asarray, ledger.reference))
        candidates = {max(round(config.steps * (i + 1) / CANDIDATES), 1) for i in range(CANDIDATES)}
        stage = () if self._decided() else self._adversarial(train, data, config.steps)
        for report, train in self._told("adversarial", CHOOSING, config.steps, stage):
            # Reports come every few steps; a candidate is judged at the first report that reaches it.
            if config.steps and any(report.step - REPORT < c <= report.step for c in candidates):
                values = np.asarray(jax.vmap(Validation.relative_to)(score(train.average), reference))
                ledger.rows[-1]["validation"] = float(values.mean())
                ledger.scores.append([report.step, values.tolist()])
            self._save(train, report.step)
            if self._decided():
                break
        allowed = self._allowed()
        ledger.steps = min(allowed)[1] if allowed else 0
        ledger.stage, ledger.step = EVERYTHING, 0

    def _allowed(self) -> list[tuple[float, int]]:
        """(score, step) of the candidates so far that may be chosen."""
        least = LEAST * self.config.steps
        return [(float(np.mean(values)), step) for step, values in self.ledger.scores if step >= least]

    def _decided(self) -> bool:
        """Whether the last candidates have all been worse than one before them."""
        allowed = self._allowed()
        return len(allowed) > PATIENCE and min(allowed) not in allowed[-PATIENCE:]

    def train_on_everything(self, data: History, saved: dict[str, np.ndarray] | None) -> Members:
        """Fresh generators, trained on all days for the chosen numbers of steps; their averaged weights."""
        config, ledger = self.config, self.ledger
        members = new_members(config, data, self.keys["members"])
        if saved is None:
            stage = likelihood_stage(members, data, config.warm_steps, ledger.warm_steps)
            with self._compiling(members, data, ledger.steps):
                for _, candidate in self._told("likelihood", EVERYTHING, ledger.warm_steps, stage):
                    members = candidate
                members = settled(members, data, self.keys["settle"])
            train = start_adversarial(members, data, self.keys["critics"], config)
        else:
            train = self._restored(members, data, saved)
        stage = self._adversarial(train, data, ledger.steps)
        for report, state in self._told("adversarial", EVERYTHING, ledger.steps, stage):
            train = state
            self._save(train, report.step)
        return train.average

    def outcome(self) -> dict[str, Any]:
        """What the validation slice decided, for the model's papers."""
        chosen = next((s[1] for s in self.ledger.scores if s[0] == self.ledger.steps), [0.0])
        return {
            "chosen_warm_steps": self.ledger.warm_steps,
            "chosen_steps": self.ledger.steps,
            "validation_scores": self.ledger.scores,
            "best_member": int(np.argmin(chosen)),
            "skipped_updates": self._skipped(),
        }

    def _skipped(self) -> int:
        """Updates left out because something was not finite, over both adversarial stages and all members."""
        last = {row["purpose"]: row["skipped"] for row in self.ledger.rows if row["stage"] == "adversarial"}
        return round(sum(last.values()) * self.config.population)

    def resumed(self) -> dict[str, np.ndarray] | None:
        """The arrays of the checkpoint, its ledger taken over; None where there is none."""
        if self.checkpoint is None or not self.checkpoint.exists():
            return None
        arrays, facts = read_checkpoint(self.checkpoint)
        for name in ("config", "seed", "data_hash"):
            if facts.get(name) != getattr(self.ledger, name):
                raise ModelError(
                    f"{self.checkpoint} belongs to a training with another {name.replace('_', ' ')}; "
                    f"resume with the options and prices it began with, or delete it"
                )
        try:
            self.ledger = Ledger(**facts)
        except TypeError:
            raise ModelError(f"{self.checkpoint} was written by another version of tsgan; delete it") from None
        return arrays

    def _restored(self, members: Members, data: History, saved: dict[str, np.ndarray]) -> TrainState:
        template = jax.eval_shape(lambda: start_adversarial(members, data, self.keys["critics"], self.config))
        return unflatten(template, saved)

    def _compiling(self, members: Members, data: History, steps: int) -> AbstractContextManager[None]:
        """The adversarial stage being compiled, where there is one to come."""
        if steps == 0:
            return nullcontext()
        return adversarial_compiled_meanwhile(members, data, self.keys["critics"], self.config)

    def _adversarial(self, train: TrainState, data: History, stop: int) -> Iterable[tuple[Report, TrainState]]:
        return adversarial_stage(train, data, self.keys["adversarial"], self.config, start=self.ledger.step, stop=stop)

    def _told(self, stage: str, purpose: str, total: int, reports: Iterable[tuple[Report, Any]]):
        for report, state in reports:
            self.ledger.rows.append({"stage": stage, "purpose": purpose, "step": report.step, **report.metrics})
            if self.progress is not None:
                self.progress(Progress(f"{stage}: {purpose}", min(report.step, total), total, report.metrics))
            yield report, state

    def _save(self, train: TrainState, step: int) -> None:
        self.ledger.step = step
        if self.checkpoint is not None and step % SAVE_EVERY == 0:
            save_checkpoint(self.checkpoint, train, vars(self.ledger))


def _bagged(data: History, panel: Panel, config: GANConfig, key: jax.Array) -> History:
    """The history, its days weighted for each member of an ensemble."""
    if config.population == 1 or not config.bagging:
        return data
    days, length = len(data.x), int(data.length)
    weight = years_drawn_anew(days, length, panel.periods_per_year, config.population, key)
    return data._replace(weight=jnp.asarray(weight))


@jax.jit
def _later_scores(members: Members, data: History) -> jax.Array:
    """(member,) negative log likelihood per asset-day of the days that were not trained on."""
    return jax.vmap(lambda member: negative_log_likelihood(member, data, later=True))(members)


def windowed(config: GANConfig, days: int) -> GANConfig:
    """The configuration, its windows shortened in proportion where ``days`` of returns do not hold them.

    Series of months are short: ten years of them are less than half of the usual window.
    """
    longest = int(days * (1 - VALIDATION))
    if longest >= config.window:
        return config
    context = round(config.context * longest / config.window)
    if longest - context < LEAST_GENERATED or context < 1:
        raise DataError(
            f"{days} returns are too few to train a GAN; give a longer history, or choose a classical model"
        )
    return replace(config, window=longest, context=context)
