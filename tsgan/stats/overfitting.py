"""Is the best of many trials any good, or was it only the luckiest?

Sharpe ratios here are per period (mean over standard deviation of excess returns), not annual.
"""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np
from scipy import stats

CHUNK = 2**17
"""Sharpe ratios that cross-validation holds in memory at once."""


class Deflated(NamedTuple):
    """The deflated Sharpe ratio of the best of several trials.

    Attributes:
        sharpe: the best trial's Sharpe ratio.
        benchmark: expected maximum of the trials' Sharpe ratios if none had any skill.
        probability: that the true Sharpe ratio is above ``benchmark``: the deflated Sharpe ratio.
        against_zero: that it is above 0: the probabilistic Sharpe ratio.
        trials: effective number of independent trials.
        skew, kurtosis: of the best trial's returns (a normal law has 0 and 3).
    """

    sharpe: float
    benchmark: float
    probability: float
    against_zero: float
    trials: float
    skew: float
    kurtosis: float


class Overfitting(NamedTuple):
    """What combinatorially symmetric cross-validation found.

    Attributes:
        probability: share of the splits in which the best trial of one half is at or below the median in the other.
        logits: (split,) logit of the chosen trial's relative rank out of sample; at or below 0 is overfitting.
        chosen_in, chosen_out: (split,) its Sharpe ratios in and out of sample.
        loss: share of the splits in which the chosen trial loses money out of sample.
        slope: of the regression of ``chosen_out`` on ``chosen_in``: negative where the better it looked, the worse
            it did.
    """

    probability: float
    logits: np.ndarray
    chosen_in: np.ndarray
    chosen_out: np.ndarray
    loss: float
    slope: float


def sharpe_ratio(returns: np.ndarray, axis: int = -1) -> np.ndarray:
    """Mean over standard deviation; 0 for returns that never change, such as those of cash."""
    return _ratio(returns.mean(axis), returns.std(axis, ddof=1))


def probabilistic_sharpe(sharpe: float, benchmark: float, periods: int, skew: float, kurtosis: float) -> float:
    """Probability that the true Sharpe ratio is above ``benchmark``; Bailey and Lopez de Prado (2012), eq. 11."""
    variance = 1 - skew * sharpe + (kurtosis - 1) / 4 * sharpe**2
    return float(stats.norm.cdf((sharpe - benchmark) * np.sqrt((periods - 1) / max(variance, 1e-12))))


def expected_maximum(variance: float, trials: float) -> float:
    """Expected maximum of ``trials`` independent Sharpe ratios with mean 0 and this variance between them.

    Bailey and Lopez de Prado (2014), eq. 1; 0 for a single trial.
    """
    if trials <= 1:
        return 0.0
    quantile = stats.norm.ppf
    size = (1 - np.euler_gamma) * quantile(1 - 1 / trials) + np.euler_gamma * quantile(1 - 1 / (trials * np.e))
    return float(np.sqrt(variance) * max(size, 0.0))


def deflated_sharpe(returns: np.ndarray) -> Deflated:
    """Deflated Sharpe ratio of the best of several trials; Bailey and Lopez de Prado (2014).

    Args:
        returns: (period, trial) excess returns of EVERY trial that was made, the failed ones too.

    Trials that resemble each other count for fewer: with mean correlation c, ``c + (1 - c) * trials`` (ibid., app. 3).
    """
    periods, trials = returns.shape
    ratios = sharpe_ratio(returns, axis=0)
    best = returns[:, int(np.argmax(ratios))]
    sharpe = float(ratios.max())
    skew, kurtosis = (float(f(best)) if best.std() > 0 else g for f, g in ((stats.skew, 0.0), (_kurtosis, 3.0)))
    effective, variance = 1.0, 0.0
    if trials > 1:
        effective = 1 + (1 - np.clip(mean_correlation(returns), 0, 1)) * (trials - 1)
        variance = float(ratios.var(ddof=1))
    benchmark = expected_maximum(variance, effective)
    above, against_zero = (probabilistic_sharpe(sharpe, b, periods, skew, kurtosis) for b in (benchmark, 0.0))
    return Deflated(sharpe, benchmark, above, against_zero, float(effective), skew, kurtosis)


def mean_correlation(returns: np.ndarray) -> float:
    """Mean correlation of different columns (period, trial); columns that never change correlate with none."""
    spread = returns.std(0)
    scaled = (returns - returns.mean(0)) / np.where(spread > 0, spread, np.inf)
    moving, trials = int((spread > 0).sum()), returns.shape[1]
    # The sum over all pairs is the square of the sum: no matrix of trials by trials is needed.
    return float((np.mean(scaled.sum(1) ** 2) - moving) / (trials * (trials - 1)))


def distinct(returns: np.ndarray) -> np.ndarray:
    """Indices of the columns (period, trial) left when those that are an earlier one at another size are dropped.

    Ranks mean nothing among trials whose Sharpe ratios are equal but for rounding.
    """
    spread = returns.std(0)
    scaled = np.round((returns - returns.mean(0)) / np.where(spread > 0, spread, 1.0), 9)
    _, first = np.unique(scaled, axis=1, return_index=True)
    return np.sort(first)


def probability_of_overfitting(returns: np.ndarray, blocks: int = 16) -> Overfitting:
    """Combinatorially symmetric cross-validation; Bailey, Borwein, Lopez de Prado and Zhu (2017), section 3.

    The periods are cut into blocks.  For every way to take half of them, the trial with the best Sharpe ratio there is
    ranked among all trials on the other half.

    Args:
        returns: (period, trial) of at least two trials.
        blocks: an even number of blocks, each of at least two periods.
    """
    periods, trials = returns.shape
    if trials < 2 or blocks < 2 or blocks % 2 or periods < 2 * blocks:
        raise ValueError(f"{trials} trials of {periods} periods cannot be cut into {blocks} blocks")
    # Sharpe ratios of a union of blocks follow from counts, sums and sums of squares; centred, so that no digits go.
    centre = returns.mean(0)
    parts = np.array_split(returns - centre, blocks)
    counts = np.array([len(part) for part in parts], float)
    sums, squares = np.stack([p.sum(0) for p in parts]), np.stack([(p**2).sum(0) for p in parts])
    halves = np.zeros((comb(blocks, blocks // 2), blocks))
    for row, chosen in enumerate(combinations(range(blocks), blocks // 2)):
        halves[row, list(chosen)] = 1

    def sharpe(taken: np.ndarray) -> np.ndarray:
        n = (taken @ counts)[:, None]
        mean = taken @ sums / n
        return _ratio(centre + mean, np.sqrt(np.maximum((taken @ squares / n - mean**2) * n / (n - 1), 0)))

    found = []
    for taken in np.array_split(halves, -(-len(halves) * trials // CHUNK)):
        inside, outside = sharpe(taken), sharpe(1 - taken)
        best = inside.argmax(1)[:, None]
        chosen = np.take_along_axis(outside, best, 1)
        rank = (outside < chosen).sum(1) + ((outside == chosen).sum(1) + 1) / 2
        found.append(np.column_stack([np.take_along_axis(inside, best, 1), chosen, rank]))
    chosen_in, chosen_out, rank = np.concatenate(found).T
    share = rank / (trials + 1)
    logits = np.log(share / (1 - share))
    spread = chosen_in.var()
    slope = float(np.cov(chosen_in, chosen_out, ddof=0)[0, 1] / spread) if spread > 0 else float("nan")
    return Overfitting(
        float((logits <= 0).mean()), logits, chosen_in, chosen_out, float((chosen_out < 0).mean()), slope
    )


def _ratio(mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
    # Below this, a spread is rounding: the returns are constant.
    moving = spread > 1e-12
    return np.where(moving, mean, 0.0) / np.where(moving, spread, 1.0)


def _kurtosis(x: np.ndarray) -> float:
    return float(stats.kurtosis(x, fisher=False))
