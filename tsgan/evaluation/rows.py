"""The rows of a scorecard: facts, scores and hard requirements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tsgan.evaluation.bands import Band, Judgement


@dataclass(frozen=True)
class FactRow:
    """One fact of one asset.

    Attributes:
        asset: a ticker, or ``all assets`` for facts about several.
        fact, group, label, note, cont: see :class:`tsgan.evaluation.facts.Fact`; words are in the series' own period.
        real: the statistic of the judged real returns.
        real_band: the band of a stationary bootstrap of the real returns around it.
        present: whether the real series shows the fact at all.
        judged: source -> judgement, the model first, then the baselines.
    """

    asset: str
    fact: str
    group: str
    label: str
    note: str
    real: float
    real_band: Band
    present: bool
    judged: Mapping[str, Judgement]
    cont: int = 0


@dataclass(frozen=True)
class ScoreRow:
    """Scores of one source on one asset or on ``all assets``; lower is better unless their table says otherwise.

    Attributes:
        p_values: of those scores that have one: how often the source's own histories would score as badly.
    """

    asset: str
    source: str
    scores: Mapping[str, float]
    p_values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Gate:
    """A requirement without which paths should not be used; ``passed`` is None where it could not be tested."""

    name: str
    passed: bool | None
    reason: str
