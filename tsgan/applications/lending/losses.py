"""Losses of a book over paths, and what is said of them whatever kind of loans it holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tsgan.scenarios.worth import Worth
from tsgan.stats import weighted

LEVELS = (0.95, 0.99, 0.999)

Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Losses:
    """Losses of every loan on every path.

    Attributes:
        names: of the loans.
        exposures: (loan,) most that each can lose.
        losses: (path, loan), in the currency of the book.
        worth: of the paths.
    """

    names: tuple[str, ...]
    exposures: np.ndarray
    losses: np.ndarray
    worth: Worth = field(default_factory=Worth)

    @property
    def weights(self) -> np.ndarray | None:
        """(path,) or None."""
        return self.worth.weights

    @property
    def total(self) -> np.ndarray:
        """(path,) losses of the whole book."""
        return self.losses.sum(axis=1)

    def summary(self) -> Row:
        """Of the whole book: expected loss, VaR and ES by level, with Monte Carlo errors and 95 % intervals."""
        expected = self.worth.mean_loss(self.total)
        row: Row = {"exposure": float(self.exposures.sum()), "expected_loss": expected.value}
        row |= {"expected_loss_low": expected.low, "expected_loss_high": expected.high}
        row["expected_loss_error"] = expected.error
        chance = self.worth.probability(self.total > 0)
        row["loss_probability"] = chance.value
        if chance.value == 0:  # what no path showed may still come as rarely as so many cannot show, of all there is
            row["expected_loss_high"] = chance.high * row["exposure"]
        for level in LEVELS:
            tail = self.worth.tail(self.total, level)
            for name, found in (("var", tail.var), ("es", tail.es)):
                label = f"{name}_{100 * level:g}"
                row |= {label: found.value, f"{label}_error": found.error}
                row |= {f"{label}_low": found.low, f"{label}_high": found.high}
                if chance.value == 0 and name == "es":
                    row[f"{label}_high"] = min(chance.high / (1 - level), 1.0) * row["exposure"]
        return row

    def rows(self) -> list[Row]:
        """One row a loan: ``loan, exposure, loss_probability, expected_loss, var_99`` alone, and ``share_of_es``, its
        share of the book's 99 % expected shortfall by Euler's rule (Tasche 1999): the shares add up to 1; None where
        the book cannot lose."""
        parts = weighted.euler(self.losses, 0.99, self.weights)[1] if self.losses.any() else np.zeros(len(self.names))
        whole = parts.sum()
        rows = []
        for i, name in enumerate(self.names):
            loss = self.losses[:, i]
            expected = self.worth.mean(loss)
            hit = self.worth.probability(loss > 0)
            row: Row = {"loan": name, "exposure": float(self.exposures[i])}
            row |= {"loss_probability": hit.value, "loss_probability_error": hit.error}
            row |= {"loss_probability_low": hit.low, "loss_probability_high": hit.high}
            row |= {"expected_loss": expected.value, "expected_loss_error": expected.error}
            row["var_99"] = float(weighted.quantiles(loss, [0.99], self.weights)[0])
            rows.append(row | {"share_of_es": float(parts[i] / whole) if whole > 0 else None})
        return rows


def clustering(events: np.ndarray, weights: np.ndarray | None = None) -> Row:
    """How events (path, loan) such as defaults or margin calls come together.

    ``expected`` number of them, probability of ``any``, of ``half`` of the loans or more and of ``all``, and
    ``bunching``: the variance of their number over what it would be were they independent (1), None without events.
    """
    count = events.sum(axis=1)
    each = np.array([weighted.mean(column, weights).value for column in events.T.astype(float)])
    spread = float((each * (1 - each)).sum())
    mean = weighted.mean(count, weights).value
    variance = weighted.mean((count - mean) ** 2, weights).value
    return {
        "expected": mean,
        "any": weighted.probability(count > 0, weights).value,
        "half": weighted.probability(2 * count >= events.shape[1], weights).value,
        "all": weighted.probability(count == events.shape[1], weights).value,
        "bunching": variance / spread if spread > 0 else None,
    }
