"""What a training has decided and seen so far, and how an interrupted one finds its place again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tsgan.errors import ModelError
from tsgan.models.contract import MarketModel
from tsgan.training.checkpoint import read_checkpoint

CHOOSING, EVERYTHING = "choosing the step count", "on everything"
"""What a training is for: on the earlier days, so that the later ones choose; and on all of them, for the model."""


@dataclass
class Ledger:
    """Everything in it is JSON-ready, and it travels with checkpoints.

    Attributes:
        config, seed, data_hash: what the training began with.
        purpose: ``CHOOSING`` or ``EVERYTHING``.
        step: adversarial steps done for this purpose.
        warm_steps, steps: chosen so far, of likelihood and of adversarial training.
        joint_steps: the same of how assets hang together, where that is chosen by itself.
        scores: [step, [score a member]] of the adversarial candidates.
        reference: validation scores that these are relative to.
        rows: one a report, of what training saw.
    """

    config: dict[str, Any]
    seed: int
    data_hash: str
    purpose: str = CHOOSING
    step: int = 0
    warm_steps: int = 0
    steps: int = 0
    joint_steps: int = 0
    scores: list[list[Any]] = field(default_factory=list)
    reference: list[Any] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def take_over(self, like: MarketModel) -> None:
        """What the validation slice of another GAN of the same configuration has decided."""
        shortened = ("window", "context")  # to what each history holds
        mine, outcome = dict(_entries(self.config)), like.info.config
        theirs = dict(_entries(outcome))
        differing = [n for n, value in mine.items() if n not in shortened and theirs.get(n) != value]
        if like.info.model != "gan" or differing:
            raise ModelError(
                "step counts are taken over from a GAN of the same configuration only; "
                f"this {like.info.model} differs in {', '.join(differing) or 'kind'}"
            )
        self.warm_steps, self.steps = outcome["chosen_warm_steps"], outcome["chosen_steps"]
        self.joint_steps = outcome.get("chosen_joint_steps", 0)
        self.scores, self.purpose = outcome["validation_scores"], EVERYTHING

    def resumed_from(self, checkpoint: Path | None) -> tuple[Ledger, dict[str, np.ndarray] | None]:
        """The ledger of a checkpoint and its arrays; this ledger and None where there is no checkpoint.

        Raises ModelError where it belongs to a training that began with something else than this one.
        """
        if checkpoint is None or not checkpoint.exists():
            return self, None
        arrays, facts = read_checkpoint(checkpoint)
        for name in ("config", "seed", "data_hash"):
            if facts.get(name) != getattr(self, name):
                raise ModelError(
                    f"{checkpoint} belongs to a training with another {name.replace('_', ' ')}; "
                    f"resume with the options and prices it began with, or delete it"
                )
        try:
            return Ledger(**facts), arrays
        except TypeError:
            raise ModelError(f"{checkpoint} was written by another version of tsgan; delete it") from None

    def outcome(self) -> dict[str, Any]:
        """What the validation slice decided, for the model's papers."""
        chosen = next((values for step, values in self.scores if step == self.steps), [0.0])
        return {
            "chosen_warm_steps": self.warm_steps,
            "chosen_steps": self.steps,
            "validation_scores": self.scores,
            "best_member": int(np.argmin(chosen)),
            "skipped_updates": self._skipped(),
        }

    def _skipped(self) -> int:
        """Updates left out because something was not finite, over both adversarial stages and all members."""
        last = {row["purpose"]: row["skipped"] for row in self.rows if row["stage"] == "adversarial"}
        return round(sum(last.values()) * self.config["population"])


def _entries(config: Mapping[str, Any], table: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted name, value) of everything in tables within tables."""
    for name, value in config.items():
        if isinstance(value, Mapping):
            yield from _entries(value, f"{table}{name}.")
        else:
            yield f"{table}{name}", value
