"""The sequential tests of a model, and how the year's false alarms are shared among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tsgan.evaluation.watching import Watched
from tsgan.stats.sequential import CALM, OFTEN, SHIFT, WILD, Chart

FALSE_ALARMS = 0.05
"""Probability that a model which is right raises any alarm within a year."""

SHARES = {"wild": 0.7, "calm": 0.08, "up": 0.03, "down": 0.03, "tail": 0.1, "one wild": 0.03, "one up": 0.015,
          "one down": 0.015}  # fmt: skip
"""Of it, for tests of all assets together (the first four) and for those of single assets, which share theirs equally.
Most goes to what hurts most and is hardest to see early: moves that are larger than forecast."""

WORDS = {
    "wild": "moves are larger than forecast",
    "calm": "moves are smaller than forecast",
    "up": "moves lie above the forecast",
    "down": "moves lie below the forecast",
    "tail": "losses go beyond value at risk too often or too far",
}
"""What an alarm says, by the name of its chart."""

FEWEST_A_YEAR = 12
"""Observations a year below which limits are those of so many: a year of four is no year of tests."""


@dataclass(frozen=True, eq=False)
class Alarm:
    """One sequential test and where it stands.

    Attributes:
        test: ``wild``, ``calm``, ``up``, ``down``, ``tail``.
        asset: of a single asset; empty for all of them together.
        limit: of the evidence, and
        share: the probability of a false alarm within a year that it stands for.
        evidence: (day,) log of the sum of all stakes, :mod:`tsgan.stats.sequential`.
        day: number of the first day beyond the limit, or None.
    """

    test: str
    asset: str
    limit: float
    share: float
    evidence: np.ndarray
    day: int | None

    @property
    def nearness(self) -> np.ndarray:
        """(day,) evidence as a share of the limit, 0 where there is none: 1 is an alarm."""
        return np.maximum(self.evidence, 0.0) / self.limit

    @property
    def words(self) -> str:
        """``SPX: moves are larger than forecast``."""
        return f"{self.asset}: {WORDS[self.test]}" if self.asset else WORDS[self.test]


def alarms(watched: Watched, assets: tuple[str, ...], a_year: int) -> tuple[Alarm, ...]:
    """Every test of these days, those of all assets first; ``a_year`` is how many days a year has."""
    days = max(a_year, FEWEST_A_YEAR)
    return tuple(_alarm(*one, days) for one in _tests(watched, assets))


def _tests(watched: Watched, assets: tuple[str, ...]) -> Iterator[tuple[Chart, str, float, np.ndarray]]:
    count, joint, single = watched.freedom, watched.size, len(assets) == 1
    own = {name: share * FALSE_ALARMS for name, share in SHARES.items()}
    # Of one asset, tests of single assets would be those of all once more.
    wild, up, down = (own[name] + single * own[f"one {name}"] for name in ("wild", "up", "down"))
    yield Chart("wild", WILD, count), "", wild, joint
    yield Chart("calm", CALM, count), "", own["calm"], joint
    yield Chart("up", SHIFT), "", up, watched.direction
    yield Chart("down", -SHIFT), "", down, watched.direction
    for i, asset in enumerate(assets):
        u, part = watched.tested[:, i], 1 / len(assets)
        yield Chart("tail", OFTEN), asset, own["tail"] * part, u
        if not single:
            yield Chart("wild", WILD), asset, own["one wild"] * part, np.abs(2 * u - 1)
            yield Chart("up", SHIFT), asset, own["one up"] * part, u
            yield Chart("down", -SHIFT), asset, own["one down"] * part, u


def _alarm(chart: Chart, asset: str, share: float, u: np.ndarray, days: int) -> Alarm:
    evidence, limit = chart.path(u), chart.limit(share, days)
    beyond = np.flatnonzero(evidence > limit)
    return Alarm(chart.name, asset, limit, share, evidence, int(beyond[0]) if len(beyond) else None)
