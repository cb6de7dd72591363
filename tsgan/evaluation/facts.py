"""The facts that a market model is judged on: one table, each row a statistic from ``tsgan.stats``.

The list follows Cont (2001); what each statistic is, and where it comes from, is written where it is defined.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tsgan.stats.aggregation import aggregated_kurtosis
from tsgan.stats.autocorrelation import acf, leverage_correlation
from tsgan.stats.drawdown import drawdown_depth
from tsgan.stats.joint import correlation_matrix, mean_off_diagonal, stress_correlation_matrix, tail_dependence
from tsgan.stats.tails import excess_kurtosis, hill, skewness
from tsgan.stats.volatility import abs_decay_exponent, volatility_dispersion

GAUSSIAN_HILL = 4.72
"""Hill index of one tail of a Gaussian at 5 %: 0.05 / integral of log(x / 1.645) phi(x) from 1.645 upwards."""


@dataclass(frozen=True)
class Fact:
    """One row of the scorecard.

    Attributes:
        name: key in JSON and frames.
        group: the stylized fact that it belongs to, a key of :data:`GROUPS`.
        label: name for people.
        statistic: (..., day) -> (...), or (..., day, asset) -> (...) for facts about several assets.
        null: value of the statistic in a market without the fact; None where there is no such value.
        side: on which side of the null the fact lies.
        needs: another fact, without which this one means nothing.
        offset: where given, band widths are compared on the scale log(x + offset), for statistics that are positive
            and skewed.
        wide: a band so many times as wide as the one that a block bootstrap of the real history gives is too wide.  One
            history cannot know how much its kurtosis or its level of volatility varies from history to history, so a
            true law is wider too: these limits are about the 95 % point of the ratio where a GJR-GARCH with skew-t
            innovations, fitted to the S&P 500 of 1999 to 2012, is itself the market (40 histories each of 1,500 and
            4,000 days, one asset).  The limits of the joint facts are not calibrated yet.
    """

    name: str
    group: str
    label: str
    statistic: Callable[[np.ndarray], np.ndarray]
    null: float | None = None
    side: Literal["above", "below", "either"] = "above"
    needs: str | None = None
    offset: float | None = None
    wide: float = 3.0


GROUPS = {
    "tails": "the size of extreme days",
    "asymmetry": "the balance of gains and losses",
    "clustering": "calm and stormy periods",
    "leverage": "the rise of volatility after losses",
    "autocorrelation": "the absence of trends in daily returns",
    "aggregation": "weekly and monthly extremes",
    "volatility": "the level of volatility and its swings",
    "drawdown": "the depth of drawdowns",
    "co-movement": "joint moves of several assets",
}
"""Group -> what it is good for, in the words of the verdict."""


def _mean_acf(transform: Callable[[np.ndarray], np.ndarray], lags: int = 20) -> Callable[[np.ndarray], np.ndarray]:
    return lambda r: acf(transform(r), lags).mean(-1)


def _kurtosis_over(days: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda r: aggregated_kurtosis(r, (days,))[..., 0]


FACTS: tuple[Fact, ...] = (
    Fact(
        "hill_left",
        "tails",
        "Tail index of losses (Hill, worst 5 %)",
        lambda r: hill(r, "left"),
        null=GAUSSIAN_HILL,
        side="below",
        offset=0.0,
        wide=3.5,
    ),
    Fact(
        "hill_right",
        "tails",
        "Tail index of gains (Hill, best 5 %)",
        lambda r: hill(r, "right"),
        null=GAUSSIAN_HILL,
        side="below",
        offset=0.0,
        wide=3.5,
    ),
    Fact("kurtosis", "tails", "Excess kurtosis, 1 day", excess_kurtosis, null=0.0, offset=3.0, wide=7.0),
    Fact("skewness", "asymmetry", "Skewness", skewness, null=0.0, side="either", wide=5.0),
    Fact(
        "acf_abs", "clustering", "Autocorrelation of |r|, lags 1-20", _mean_acf(np.abs), null=0.0, offset=0.05, wide=3.0
    ),
    Fact(
        "acf_sq",
        "clustering",
        "Autocorrelation of r², lags 1-20",
        _mean_acf(np.square),
        null=0.0,
        offset=0.05,
        wide=3.0,
    ),
    Fact(
        "decay",
        "clustering",
        "Decay exponent of the autocorrelation of |r|",
        abs_decay_exponent,
        needs="acf_abs",
        wide=2.5,
    ),
    Fact(
        "leverage",
        "leverage",
        "Corr(r today, r² later), lags 1-10",
        lambda r: leverage_correlation(r, 10).mean(-1),
        null=0.0,
        side="below",
        wide=2.5,
    ),
    Fact(
        "acf",
        "autocorrelation",
        "Mean size of the autocorrelation of r, lags 1-5",
        lambda r: np.abs(acf(r, 5)).mean(-1),
        wide=3.0,
    ),
    Fact("kurtosis_5", "aggregation", "Excess kurtosis, 5 days", _kurtosis_over(5), offset=3.0, wide=7.0),
    Fact("kurtosis_20", "aggregation", "Excess kurtosis, 20 days", _kurtosis_over(20), offset=3.0, wide=7.0),
    Fact("std", "volatility", "Volatility a day", lambda r: r.std(-1), offset=0.0, wide=6.5),
    Fact("dispersion", "volatility", "Dispersion of 20-day volatility", volatility_dispersion, offset=0.0, wide=5.5),
    Fact("drawdown", "drawdown", "Deepest drawdown, log points", drawdown_depth, offset=0.0, wide=2.5),
)
"""Facts of one asset."""

JOINT_FACTS: tuple[Fact, ...] = (
    Fact(
        "correlation",
        "co-movement",
        "Mean correlation",
        lambda r: mean_off_diagonal(correlation_matrix(r)),
        null=0.0,
        side="either",
        wide=4.0,
    ),
    Fact(
        "stress_correlation",
        "co-movement",
        "Mean correlation on the worst 5 % of days",
        lambda r: mean_off_diagonal(stress_correlation_matrix(r)),
        wide=4.0,
    ),
    Fact(
        "lower_tail",
        "co-movement",
        "Joint crashes: lower tail dependence at 5 %",
        lambda r: mean_off_diagonal(tail_dependence(r, "lower")),
        null=0.05,
        wide=4.0,
    ),
    Fact(
        "upper_tail",
        "co-movement",
        "Joint rallies: upper tail dependence at 5 %",
        lambda r: mean_off_diagonal(tail_dependence(r, "upper")),
        null=0.05,
        wide=4.0,
    ),
)
"""Facts of several assets together."""

ALL_ASSETS = "all assets"
"""The name under which :data:`JOINT_FACTS` and panel-wide averages are listed."""
