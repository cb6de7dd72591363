"""Deflated Sharpe ratios and the probability of backtest overfitting, on published figures and planted truths."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from tsgan.stats.overfitting import (
    deflated_sharpe,
    distinct,
    expected_maximum,
    mean_correlation,
    probabilistic_sharpe,
    probability_of_overfitting,
    sharpe_ratio,
)


@pytest.mark.parametrize(("trials", "benchmark", "probability"), [(100, 0.1132, 0.9004), (46, 0.1004, 0.9505)])
def test_the_example_of_the_paper(trials, benchmark, probability):
    # Bailey and Lopez de Prado (2014), "A numerical example": five years of 250 days, annual Sharpe ratio 2.5.
    found = expected_maximum(0.5 / 250, trials)
    assert found == pytest.approx(benchmark, abs=1e-4)
    sharpe = 2.5 / np.sqrt(250)
    assert probabilistic_sharpe(sharpe, found, 1250, -3, 10) == pytest.approx(probability, abs=1e-4)


def test_the_expected_maximum_is_that_of_simulated_trials():
    best = 0.03 * np.random.default_rng(0).standard_normal((20_000, 50)).max(1)
    assert expected_maximum(0.03**2, 50) == pytest.approx(best.mean(), rel=0.02)
    assert expected_maximum(1.0, 1) == 0


def test_a_deflated_sharpe_ratio_is_a_probability_under_pure_noise():
    rng = np.random.default_rng(1)
    found = np.array([deflated_sharpe(rng.standard_normal((400, 20))).probability for _ in range(300)])
    assert found.mean() == pytest.approx(0.5, abs=0.07) and (found > 0.95).mean() < 0.08


def test_resembling_trials_count_for_fewer():
    rng = np.random.default_rng(2)
    common, own = rng.standard_normal((2000, 1)), rng.standard_normal((2000, 30))
    returns = np.sqrt(0.6) * common + np.sqrt(0.4) * own
    pairs = np.corrcoef(returns.T)[np.triu_indices(30, 1)]
    assert mean_correlation(returns) == pytest.approx(pairs.mean(), rel=1e-9)
    assert deflated_sharpe(returns).trials == pytest.approx(0.6 + 0.4 * 30, abs=1)
    assert deflated_sharpe(np.repeat(common, 5, axis=1)).trials == pytest.approx(1)


def test_cross_validation_agrees_with_the_definition():
    returns = np.random.default_rng(3).standard_normal((103, 7)) + np.linspace(0, 0.2, 7)
    blocks, ranks = np.array_split(returns, 6), []
    for taken in combinations(range(6), 3):
        inside = np.concatenate([blocks[i] for i in taken])
        outside = np.concatenate([blocks[i] for i in range(6) if i not in taken])
        best = int(np.argmax(sharpe_ratio(inside, 0)))
        order = np.argsort(sharpe_ratio(outside, 0))
        ranks.append((int(np.flatnonzero(order == best)[0]) + 1) / 8)
    ranks = np.array(ranks)
    found = probability_of_overfitting(returns, 6)
    assert found.logits == pytest.approx(np.log(ranks / (1 - ranks)))
    assert found.probability == pytest.approx((ranks <= 0.5).mean())


def test_noise_is_overfitted_and_skill_is_not():
    rng = np.random.default_rng(4)
    noise = rng.standard_normal((20, 1000, 25))
    chance = np.array([probability_of_overfitting(x, 8).probability for x in noise])
    assert chance.mean() == pytest.approx(0.5, abs=0.12)
    noise[:, :, 3] += 0.2
    skilled = np.array([probability_of_overfitting(x, 8).probability for x in noise])
    assert skilled.mean() < 0.02
    assert all(deflated_sharpe(x).probability > 0.95 for x in noise)


def test_the_same_trial_at_another_size_is_no_other_trial():
    x = np.random.default_rng(5).standard_normal((200, 3)) / 100
    returns = np.column_stack([x[:, 0], 2 * x[:, 0], x[:, 1], 0.5 * x[:, 1], x[:, 2]])
    assert distinct(returns).tolist() == [0, 2, 4]
    with pytest.raises(ValueError, match="1 trials"):
        probability_of_overfitting(returns[:, :1])


def test_cash_has_no_skill():
    assert sharpe_ratio(np.full((2, 50), 0.01)).tolist() == [0, 0]
    found = deflated_sharpe(np.zeros((100, 3)))
    assert found.sharpe == 0 and found.probability == pytest.approx(0.5)
