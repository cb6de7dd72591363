"""The facts of the returns of one asset."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tsgan.evaluation.facts.fact import Fact
from tsgan.stats.aggregation import aggregated_kurtosis, kurtosis_fall
from tsgan.stats.autocorrelation import acf, arch_lm, leverage_correlation, ljung_box, variance_ratio
from tsgan.stats.drawdown import drawdown_depth, drawdown_duration
from tsgan.stats.tails import excess_kurtosis, gpd_shape, hill, skewness, tail_ratio
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
GAUSSIAN_GPD = -0.18
"""Shape of the generalized Pareto law that is nearest to one tail of a Gaussian at 10 %, by weighted moments."""

VOLUME = "volume"
"""Name of fact 10, which needs more than returns: :mod:`tsgan.evaluation.facts.bars` has its statistic."""


def _mean_acf(transform: Callable[[np.ndarray], np.ndarray], lags: int = 20) -> Callable[[np.ndarray], np.ndarray]:
    return lambda r: acf(transform(r), lags).mean(-1)


def _ljung_box(r: np.ndarray) -> np.ndarray:
    return ljung_box(r, 20)[0] / 20


def _arch_lm(r: np.ndarray) -> np.ndarray:
    return arch_lm(r - r.mean(-1, keepdims=True))[0] / (r.shape[-1] - 5)


def _unknown(r: np.ndarray) -> np.ndarray:
    return np.full(r.shape[:-1], np.nan)


def _kurtosis_over(days: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda r: aggregated_kurtosis(r, (days,))[..., 0]


AUTOCORRELATION = (
    Fact(
        "acf",
        "autocorrelation",
        "Mean size of the autocorrelation of r, lags 1-5",
        "near 0: today does not foretell tomorrow",
        lambda r: np.abs(acf(r, 5)).mean(-1),
        cont=1,
    ),
    Fact(
        "ljung_box",
        "autocorrelation",
        "Ljung-Box statistic of r over its 20 lags",
        "1 for independent {days}; storms alone raise it",
        _ljung_box,
        cont=1,
        offset=0.0,
    ),
    Fact(
        "variance_ratio",
        "autocorrelation",
        "Variance ratio, 5 {days}",
        "1 without trends; below 1 moves revert",
        variance_ratio,
        cont=1,
    ),
)

TAILS = (
    Fact(
        "hill_left",
        "tails",
        "Tail index of losses (Hill, worst 5 %)",
        "smaller is heavier; markets 2 to 5, Gaussian 4.7",
        lambda r: hill(r, "left"),
        cont=2,
        null=GAUSSIAN_HILL,
        side="below",
        offset=0.0,
    ),
    Fact(
        "hill_right",
        "tails",
        "Tail index of gains (Hill, best 5 %)",
        "smaller is heavier; markets 2 to 5, Gaussian 4.7",
        lambda r: hill(r, "right"),
        cont=2,
        null=GAUSSIAN_HILL,
        side="below",
        offset=0.0,
    ),
    Fact(
        "gpd_left",
        "tails",
        "Shape of the worst 10 % of {days} (GPD)",
        "larger is heavier; markets 0.1 to 0.4, Gaussian -0.2",
        gpd_shape,
        cont=2,
        null=GAUSSIAN_GPD,
    ),
    Fact(
        "kurtosis",
        "tails",
        "Excess kurtosis, 1 {day}",
        "0 is Gaussian, larger is heavier",
        excess_kurtosis,
        cont=2,
        null=0.0,
        offset=3.0,
    ),
)

ASYMMETRY = (
    Fact(
        "skewness",
        "asymmetry",
        "Skewness",
        "below 0: crashes are larger than rallies",
        skewness,
        cont=3,
        null=0.0,
        side="either",
    ),
    Fact(
        "tail_ratio",
        "asymmetry",
        "Mean of the best over the worst 5 % of {days}",
        "below 1: the worst {days} are larger than the best",
        tail_ratio,
        cont=3,
        null=1.0,
        side="either",
        offset=0.0,
    ),
    Fact(
        "first_passage",
        "asymmetry",
        "Losses reached more often than gains within 20 {days}",
        "above 0: losses come faster than gains",
        first_passage_asymmetry,
        cont=3,
        null=0.0,
        side="either",
    ),
)

AGGREGATION = (
    Fact(
        "kurtosis_5", "aggregation", "Excess kurtosis, 5 {days}", "0 is Gaussian", _kurtosis_over(5), cont=4, offset=3.0
    ),
    Fact(
        "kurtosis_20",
        "aggregation",
        "Excess kurtosis, 20 {days}",
        "0 is Gaussian",
        _kurtosis_over(20),
        cont=4,
        offset=3.0,
    ),
    Fact(
        "kurtosis_fall",
        "aggregation",
        "Log kurtosis of 20 {days} less that of 1 {day}",
        "below 0: nearer to Gaussian over 20 {days}",
        kurtosis_fall,
        cont=4,
        null=0.0,
        side="below",
    ),
)

INTERMITTENCY = (
    Fact(
        "dispersion",
        "intermittency",
        "Dispersion of 20-{day} volatility",
        "0.16 without calm and stormy periods",
        volatility_dispersion,
        cont=5,
        null=0.16,
        offset=0.0,
    ),
    Fact(
        "fano",
        "intermittency",
        "Bursts of extreme {days} (Fano factor)",
        "0.95 if extreme {days} come singly, more in bursts",
        fano_factor,
        cont=5,
        null=0.95,
        offset=0.0,
    ),
)

CLUSTERING = (
    Fact(
        "acf_abs",
        "clustering",
        "Autocorrelation of |r|, lags 1-20",
        "0 without calm and stormy periods",
        _mean_acf(np.abs),
        cont=6,
        null=0.0,
        offset=0.05,
    ),
    Fact(
        "acf_sq",
        "clustering",
        "Autocorrelation of r², lags 1-20",
        "0 without calm and stormy periods",
        _mean_acf(np.square),
        cont=6,
        null=0.0,
        offset=0.05,
    ),
    Fact(
        "arch_lm",
        "clustering",
        "Share of r² that the 5 {days} before explain (ARCH-LM)",
        "0 without calm and stormy periods",
        _arch_lm,
        cont=6,
        null=0.0,
        offset=0.05,
    ),
)

CONDITIONAL_TAILS = (
    Fact(
        "conditional_kurtosis",
        "conditional tails",
        "Excess kurtosis over filtered volatility",
        "heaviness that volatility does not explain; Gaussian 0.2",
        standardized_kurtosis,
        cont=7,
        null=0.2,
        offset=3.0,
    ),
)

LONG_MEMORY = (
    Fact(
        "decay",
        "memory",
        "Decay exponent of the autocorrelation of |r|",
        "smaller is slower; markets 0.2 to 0.4",
        abs_decay_exponent,
        cont=8,
        needs="acf_abs",
    ),
    Fact("hurst", "memory", "Hurst exponent of |r| (DFA)", "0.5 without long memory", hurst_abs, cont=8, null=0.5),
)

LEVERAGE = (
    Fact(
        "leverage",
        "leverage",
        "Corr(r today, r² later), lags 1-10",
        "below 0: losses are followed by storms",
        lambda r: leverage_correlation(r, 10).mean(-1),
        cont=9,
        null=0.0,
        side="below",
    ),
)

VOLUME_VOLATILITY = (
    Fact(VOLUME, "volume", "Corr(volume, |r|)", "above 0: busy {days} are stormy", _unknown, cont=10, null=0.0),
)

TIME_SCALES = (
    Fact(
        "time_scales",
        "time scales",
        "Fine-to-coarse less coarse-to-fine correlation",
        "below 0: long swings foretell short ones",
        time_scale_asymmetry,
        cont=11,
        null=0.0,
        side="below",
    ),
)

VOLATILITY = (
    Fact(
        "std",
        "volatility",
        "Volatility a {day}",
        "0.01 is a typical move of 1 % a {day}",
        lambda r: r.std(-1),
        offset=0.0,
        scale_free=False,
    ),
)

DRAWDOWN = (
    Fact(
        "drawdown",
        "drawdown",
        "Deepest drawdown, log points",
        "from the highest point so far",
        drawdown_depth,
        offset=0.0,
        scale_free=False,
    ),
    Fact(
        "drawdown_days",
        "drawdown",
        "Longest drawdown, {days}",
        "below the highest point so far",
        drawdown_duration,
        offset=0.0,
    ),
)

FACTS: tuple[Fact, ...] = (
    *AUTOCORRELATION,
    *TAILS,
    *ASYMMETRY,
    *AGGREGATION,
    *INTERMITTENCY,
    *CLUSTERING,
    *CONDITIONAL_TAILS,
    *LONG_MEMORY,
    *LEVERAGE,
    *VOLUME_VOLATILITY,
    *TIME_SCALES,
    *VOLATILITY,
    *DRAWDOWN,
)
"""Facts of one asset."""
