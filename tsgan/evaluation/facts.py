"""The facts that a market model is judged on: one table, each row a statistic from ``tsgan.stats``.

The numbers are those of Cont (2001), "Empirical properties of asset returns: stylized facts and statistical issues";
what each statistic is, and where it comes from, is written where it is defined.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tsgan.stats.aggregation import aggregated_kurtosis
from tsgan.stats.autocorrelation import acf, leverage_correlation, variance_ratio
from tsgan.stats.drawdown import drawdown_depth, drawdown_duration
from tsgan.stats.joint import correlation_matrix, mean_off_diagonal, stress_correlation_matrix, tail_dependence
from tsgan.stats.tails import excess_kurtosis, hill, skewness, tail_ratio
from tsgan.stats.volatility import (
    abs_decay_exponent,
    fano_factor,
    first_passage_asymmetry,
    hurst_abs,
    standardized_kurtosis,
    time_scale_asymmetry,
    volatility_dispersion,
)

GAUSSIAN_HILL = 4.72
"""Hill index of one tail of a Gaussian at 5 %: 0.05 / integral of log(x / 1.645) phi(x) from 1.645 upwards."""

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
"""The eleven facts by Cont's numbers, in his words."""


@dataclass(frozen=True)
class Fact:
    """One row of the scorecard.

    Attributes:
        name: key in JSON and frames.
        group: what it is about, a key of :data:`GROUPS`.
        label: name for people.
        statistic: (..., day) -> (...), or (..., day, asset) -> (...) for facts about several assets.
        cont: number of the fact in :data:`CONT`; 0 for what goes beyond Cont.
        null: value of the statistic in a market without the fact; None where there is no such value.
        side: on which side of the null the fact lies.
        needs: another fact, without which this one means nothing.
        offset: where given, band widths are compared on the scale log(x + offset): for statistics that are positive and
            whose spread grows with their size.
    """

    name: str
    group: str
    label: str
    statistic: Callable[[np.ndarray], np.ndarray]
    cont: int = 0
    null: float | None = None
    side: Literal["above", "below", "either"] = "above"
    needs: str | None = None
    offset: float | None = None


GROUPS = {
    "autocorrelation": "the absence of trends in daily returns",
    "tails": "the size of extreme days",
    "asymmetry": "the balance of gains and losses",
    "aggregation": "weekly and monthly extremes",
    "intermittency": "bursts of volatility",
    "clustering": "calm and stormy periods",
    "conditional tails": "surprises beyond the current volatility",
    "memory": "how long volatility remembers",
    "leverage": "the rise of volatility after losses",
    "volume": "volume and volatility",
    "time scales": "long swings that predict short ones",
    "volatility": "the level of volatility",
    "drawdown": "the depth and length of drawdowns",
    "co-movement": "joint moves of several assets",
}
"""Group -> what it is good for, in the words of the verdict."""

VOLUME = "volume"
"""Name of fact 10, the only one that needs more than returns."""


def _mean_acf(transform: Callable[[np.ndarray], np.ndarray], lags: int = 20) -> Callable[[np.ndarray], np.ndarray]:
    return lambda r: acf(transform(r), lags).mean(-1)


def _kurtosis_over(days: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda r: aggregated_kurtosis(r, (days,))[..., 0]


def _kurtosis_fall(r: np.ndarray) -> np.ndarray:
    one, many = np.moveaxis(aggregated_kurtosis(r, (1, 20)), -1, 0)
    return np.log((many + 3.0) / (one + 3.0))


def _largest_share(r: np.ndarray) -> np.ndarray:
    matrix = np.nan_to_num(correlation_matrix(r))
    return np.linalg.eigvalsh(matrix)[..., -1] / matrix.shape[-1]


FACTS: tuple[Fact, ...] = (
    Fact(
        "acf",
        "autocorrelation",
        "Mean size of the autocorrelation of r, lags 1-5",
        lambda r: np.abs(acf(r, 5)).mean(-1),
        1,
    ),
    Fact("variance_ratio", "autocorrelation", "Variance ratio, 5 days", variance_ratio, 1),
    Fact(
        "hill_left",
        "tails",
        "Tail index of losses (Hill, worst 5 %)",
        lambda r: hill(r, "left"),
        2,
        null=GAUSSIAN_HILL,
        side="below",
        offset=0.0,
    ),
    Fact(
        "hill_right",
        "tails",
        "Tail index of gains (Hill, best 5 %)",
        lambda r: hill(r, "right"),
        2,
        null=GAUSSIAN_HILL,
        side="below",
        offset=0.0,
    ),
    Fact("kurtosis", "tails", "Excess kurtosis, 1 day", excess_kurtosis, 2, null=0.0, offset=3.0),
    Fact("skewness", "asymmetry", "Skewness", skewness, 3, null=0.0, side="either"),
    Fact(
        "tail_ratio",
        "asymmetry",
        "Mean of the best over the worst 5 % of days",
        tail_ratio,
        3,
        null=1.0,
        side="either",
        offset=0.0,
    ),
    Fact(
        "first_passage",
        "asymmetry",
        "Losses reached more often than gains within 20 days",
        first_passage_asymmetry,
        3,
        null=0.0,
        side="either",
    ),
    Fact("kurtosis_5", "aggregation", "Excess kurtosis, 5 days", _kurtosis_over(5), 4, offset=3.0),
    Fact("kurtosis_20", "aggregation", "Excess kurtosis, 20 days", _kurtosis_over(20), 4, offset=3.0),
    Fact(
        "kurtosis_fall",
        "aggregation",
        "Log kurtosis of 20 days less that of 1 day",
        _kurtosis_fall,
        4,
        null=0.0,
        side="below",
    ),
    Fact(
        "dispersion",
        "intermittency",
        "Dispersion of 20-day volatility",
        volatility_dispersion,
        5,
        null=0.16,
        offset=0.0,
    ),
    Fact("fano", "intermittency", "Bursts of extreme days (Fano factor)", fano_factor, 5, null=0.95, offset=0.0),
    Fact("acf_abs", "clustering", "Autocorrelation of |r|, lags 1-20", _mean_acf(np.abs), 6, null=0.0, offset=0.05),
    Fact("acf_sq", "clustering", "Autocorrelation of r², lags 1-20", _mean_acf(np.square), 6, null=0.0, offset=0.05),
    Fact(
        "conditional_kurtosis",
        "conditional tails",
        "Excess kurtosis over filtered volatility",
        standardized_kurtosis,
        7,
        null=0.2,
        offset=3.0,
    ),
    Fact(
        "decay",
        "memory",
        "Decay exponent of the autocorrelation of |r|",
        abs_decay_exponent,
        8,
        needs="acf_abs",
    ),
    Fact("hurst", "memory", "Hurst exponent of |r| (DFA)", hurst_abs, 8, null=0.5),
    Fact(
        "leverage",
        "leverage",
        "Corr(r today, r² later), lags 1-10",
        lambda r: leverage_correlation(r, 10).mean(-1),
        9,
        null=0.0,
        side="below",
    ),
    Fact(VOLUME, "volume", "Corr(volume, |r|)", lambda r: np.full(r.shape[:-1], np.nan), 10, null=0.0),
    Fact(
        "time_scales",
        "time scales",
        "Fine-to-coarse less coarse-to-fine correlation",
        time_scale_asymmetry,
        11,
        null=0.0,
        side="below",
    ),
    Fact("std", "volatility", "Volatility a day", lambda r: r.std(-1), offset=0.0),
    Fact("drawdown", "drawdown", "Deepest drawdown, log points", drawdown_depth, offset=0.0),
    Fact("drawdown_days", "drawdown", "Longest drawdown, days", drawdown_duration, offset=0.0),
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
    ),
    Fact(
        "stress_correlation",
        "co-movement",
        "Mean correlation on the worst 5 % of days",
        lambda r: mean_off_diagonal(stress_correlation_matrix(r)),
    ),
    Fact(
        "lower_tail",
        "co-movement",
        "Joint crashes: lower tail dependence at 5 %",
        lambda r: mean_off_diagonal(tail_dependence(r, "lower")),
        null=0.05,
    ),
    Fact(
        "upper_tail",
        "co-movement",
        "Joint rallies: upper tail dependence at 5 %",
        lambda r: mean_off_diagonal(tail_dependence(r, "upper")),
        null=0.05,
    ),
    Fact("first_eigenvalue", "co-movement", "Share of the largest eigenvalue", _largest_share),
)
"""Facts of several assets together."""

ALL_ASSETS = "all assets"
"""The name under which :data:`JOINT_FACTS` and panel-wide averages are listed."""
