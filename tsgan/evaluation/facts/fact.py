"""What a fact of the market is: one declarative entry, of ours or of a plug-in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tsgan.reports.period import Period

Subject = Literal["asset", "bars", "panel"]
"""What a statistic is of: the returns of one asset, its bars, or the returns of several assets together."""

ALL_ASSETS = "all assets"
"""The name under which facts of several assets, and averages over a panel, are listed."""

CONT = {
    1: "Absence of autocorrelations",
    2: "Heavy tails",
    3: "Gain/loss asymmetry",
    4: "Aggregational Gaussianity",
    5: "Intermittency",
    6: "Volatility clustering",
    7: "Conditional heavy tails",
    8: "Slow decay of autocorrelation in absolute returns",
    9: "Leverage effect",
    10: "Volume/volatility correlation",
    11: "Asymmetry in time scales",
}
"""The eleven facts of Cont (2001) by his numbers, in his words."""

GROUPS = {
    "autocorrelation": "the absence of trends in {daily} returns",
    "tails": "heavy tails",
    "asymmetry": "gain/loss asymmetry",
    "aggregation": "{weekly} and {monthly} extremes",
    "intermittency": "bursts of volatility",
    "clustering": "calm and stormy periods",
    "conditional tails": "conditional heavy tails",
    "memory": "the persistence of volatility",
    "leverage": "the leverage effect",
    "volume": "volume and volatility",
    "gaps": "overnight gaps",
    "ranges": "the range of a {day}",
    "time scales": "long swings that predict short ones",
    "volatility": "the level of volatility",
    "drawdown": "the depth and length of drawdowns",
    "co-movement": "joint moves of several assets",
}
"""Group -> what it is good for, in the words of the verdict; other groups are called by their own names."""


@dataclass(frozen=True)
class Fact:
    """One row of the scorecard.

    Labels and notes may hold ``{day}``, ``{days}`` and ``{daily}``, and say weeks or months of such series
    (:meth:`tsgan.reports.period.Period.fill`).

    Attributes:
        name: key in JSON and frames.
        group: what it is about: a key of :data:`GROUPS`, or words of its own, such as ``jumps``.
        label: name for people.
        note: how to read its value, in a few words.
        statistic: (..., day) -> (...) of returns; NaN where a series has none.  See ``of`` for other shapes.
        cont: number of the fact in :data:`CONT`; 0 for what goes beyond Cont.
        of: what the statistic is of: returns of one ``asset``; ``bars`` of one, (..., day, field) of
            :data:`tsgan.stats.bars.FIELDS`; or the returns of a ``panel``, (..., day, asset).
        null: value of the statistic in a market without the fact; None where there is no such value.
        side: on which side of the null the fact lies.
        needs: another fact of the same subject, listed before, without which this one means nothing.
        offset: where given, band widths are compared on the scale log(x + offset): for statistics that are positive and
            whose spread grows with their size.
        limit: the widest band of a model, in widths of a block bootstrap's of the real history; None takes the
            calibrated one, or else :data:`tsgan.evaluation.band_width_limits.DEFAULT`.
        scale_free: whether the value stays the same where all returns are multiplied by a number.
    """

    name: str
    group: str
    label: str
    note: str
    statistic: Callable[[np.ndarray], np.ndarray]
    cont: int = 0
    of: Subject = "asset"
    null: float | None = None
    side: Literal["above", "below", "either"] = "above"
    needs: str | None = None
    offset: float | None = None
    limit: float | None = None
    scale_free: bool = True


def use_of(group: str, period: Period) -> str:
    """What a model that gets the facts of a group right is good for."""
    return period.fill(GROUPS[group]) if group in GROUPS else group
