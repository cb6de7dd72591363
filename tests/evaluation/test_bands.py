"""The pieces of the judgement, one by one."""

import numpy as np
import pytest
from scipy import stats as scipy_stats
from statsmodels.stats.multitest import multipletests

from tsgan.evaluation.band_width_limits import LENGTHS, WIDEST, widest
from tsgan.evaluation.bands import holm, p_value, tail_p_value
from tsgan.evaluation.distances import wasserstein_p_value
from tsgan.evaluation.facts import CONT, FACTS, JOINT_FACTS, VOLUME
from tsgan.stats.autocorrelation import variance_ratio
from tsgan.stats.paths import mmd, nearest, windows
from tsgan.stats.portfolios import random_portfolios, relative_errors, risk_of, var_es_by_level
from tsgan.stats.volatility import fano_factor, first_passage_asymmetry, hurst_abs, volume_volatility


def test_every_fact_has_a_limit_and_every_number_of_cont_a_fact():
    assert {fact.name for fact in (*FACTS, *JOINT_FACTS)} == set(WIDEST)
    assert {fact.cont for fact in FACTS} - {0} == set(CONT)
    assert VOLUME in WIDEST


def test_limits_lie_between_those_of_the_lengths_around():
    assert all(len(limits) == len(LENGTHS) and min(limits) >= 1.5 for limits in WIDEST.values())
    for days, limit in zip(LENGTHS, WIDEST["std"], strict=True):
        assert widest("std", days) == pytest.approx(limit)
    assert widest("std", 60) == WIDEST["std"][0] and widest("std", 20_000) == WIDEST["std"][-1]
    between = widest("std", round(np.sqrt(LENGTHS[1] * LENGTHS[2])))
    assert between == pytest.approx((WIDEST["std"][1] + WIDEST["std"][2]) / 2, rel=1e-3)


def test_holm_is_that_of_statsmodels():
    p = np.array([0.001, 0.2, 0.03, 0.04, 0.9])
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1])
    assert (
        np.isnan(holm(np.array([0.01, np.nan]))).tolist() == [False, True] and holm(np.array([np.nan, 0.01]))[1] == 0.01
    )


def test_an_extrapolated_tail_is_near_the_truth():
    values = np.random.default_rng(0).normal(size=400)
    assert tail_p_value(0.5, values) == p_value(0.5, values)
    for real in (-3.6, 3.6):
        assert 0.1 < tail_p_value(real, values) / (2 * scipy_stats.norm.sf(3.6)) < 10


def test_a_wasserstein_p_value_is_uniform_under_the_truth():
    draws = np.random.default_rng(1).standard_t(5, (220, 400))
    pooled = np.sort(draws[20:], axis=None)
    p = [wasserstein_p_value(draws[i], draws[20:], pooled) for i in range(20)]
    assert 0.25 < np.mean(p) < 0.75
    assert wasserstein_p_value(2 * draws[0], draws[20:], pooled) < 0.02


def test_random_walks_have_no_memory_and_no_sides():
    noise = np.random.default_rng(2).normal(size=(200, 1500))
    assert variance_ratio(noise).mean() == pytest.approx(1, abs=0.02)
    assert fano_factor(noise).mean() == pytest.approx(0.95, abs=0.04)
    assert hurst_abs(noise).mean() == pytest.approx(0.5, abs=0.02)
    assert first_passage_asymmetry(noise).mean() == pytest.approx(0, abs=0.005)


def test_first_passage_by_hand():
    r = np.random.default_rng(3).standard_t(4, 300)
    centred = r - r.mean()
    level, size = np.r_[0, centred.cumsum()], 5 * centred.std()
    sides = [(level[i + 1 : i + 21] - level[i]) for i in range(len(level) - 20)]
    expected = np.mean([s.min() <= -size for s in sides]) - np.mean([s.max() >= size for s in sides])
    assert first_passage_asymmetry(r) == pytest.approx(expected)


def test_volume_follows_volatility():
    rng = np.random.default_rng(4)
    r = rng.normal(size=800)
    assert volume_volatility(r, np.exp(np.abs(r))) > 0.9
    assert abs(volume_volatility(r, np.exp(rng.normal(size=800)))) < 0.15


def test_value_at_risk_by_hand():
    risk = var_es_by_level(-np.arange(1.0, 101.0))
    assert risk[0].tolist() == [96.0, 98.0] and risk[1].tolist() == [100.0, 100.0]


def test_portfolios_of_the_same_law_are_close_and_sorted_ones_dynamic():
    rng = np.random.default_rng(5)
    book = random_portfolios(4, 0)
    assert len(book.weights) + len(book.lookbacks) == 200
    np.testing.assert_allclose(np.abs(book.weights).sum(1), 1)
    draw = rng.standard_t(5, (20, 600, 4))
    same = relative_errors(risk_of(draw[:10], book), risk_of(draw[10:], book))
    wider = relative_errors(risk_of(draw[:10], book), risk_of(2 * draw[10:], book))
    assert same.max() < 0.12 and wider.min() > 0.8


def test_clouds_of_paths():
    rng = np.random.default_rng(6)
    a, b = (windows(rng.normal(size=(10, 300, 1)), 300, i) for i in (0, 1))
    assert a.shape == (300, 20) and mmd(a, b) < 0.05 < mmd(a, 2 * b)
    assert nearest(a, np.concatenate([b, 3 * a])).max() < 1e-3 < nearest(a, b).min()
