"""Planted truths: the evaluator accepts the law that the market follows, and rejects each way of getting it wrong."""

import numpy as np
import pytest

from tsgan.data.panel import Panel
from tsgan.errors import InSampleWarning
from tsgan.evaluation.bands import IN_BAND, NEEDS_VOLUME, NOT_PRESENT, OUT_OF_BAND, TOO_WIDE
from tsgan.evaluation.scorecard import Scorecard, evaluate
from tsgan.scenarios.scenarios import Scenarios

DAYS, PATHS = 2000, 250


def gjr(paths: int, days: int, seed: int) -> np.ndarray:
    """Returns (path, day) of a GJR-GARCH with Student-t innovations and a strong leverage effect."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_t(6, (days + 200, paths)) * np.sqrt(4 / 6)
    variance, result = np.full(paths, 1e-4), np.empty((days + 200, paths))
    for t in range(days + 200):
        result[t] = np.sqrt(variance) * noise[t]
        variance = 2.5e-6 + 0.87 * variance + (0.02 + 0.17 * (result[t] < 0)) * result[t] ** 2
    return result[200:].T


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    return gjr(PATHS, DAYS, seed=7)


@pytest.fixture(scope="module")
def market() -> Panel:
    returns = gjr(40, DAYS, seed=3)
    # A typical history of the law: the one in the middle by kurtosis.
    chosen = returns[np.argsort((returns**4).mean(1) / (returns**2).mean(1) ** 2)[20]]
    prices = 100 * np.exp(np.cumsum(np.r_[0.0, chosen]))
    return Panel(
        np.datetime64("2005-01-03") + np.arange(DAYS + 1), ("M",), prices[:, None], ("price",), source="planted"
    )


def card_of(returns: np.ndarray, market: Panel) -> Scorecard:
    dates = market.dates[: returns.shape[1] + 1]
    paths = Scenarios(returns[:, :, None].astype(np.float32), ("M",), ("price",), dates, market.prices[0])
    with pytest.warns(InSampleWarning):
        return evaluate(paths, market, baselines=())


def judged(returns: np.ndarray, market: Panel) -> dict[str, str]:
    card = card_of(returns, market)
    return {row.fact: row.judged[card.model].mark for row in card.facts}


def test_the_true_law_passes(truth, market):
    marks = judged(truth, market)
    for fact in (
        "hill_left",
        "hill_right",
        "kurtosis",
        "acf_abs",
        "acf_sq",
        "leverage",
        "acf",
        "kurtosis_5",
        "std",
        "dispersion",
    ):
        assert marks[fact] == IN_BAND, (fact, marks)


def test_a_shuffle_loses_clustering(truth, market):
    marks = judged(np.random.default_rng(0).permuted(truth, axis=1), market)
    assert [marks[f] for f in ("acf_abs", "acf_sq", "leverage")] == [OUT_OF_BAND] * 3
    assert marks["hill_left"] != OUT_OF_BAND and marks["std"] != OUT_OF_BAND


def test_a_gaussian_loses_tails(truth, market):
    marks = judged(np.random.default_rng(1).normal(0, truth.std(), truth.shape), market)
    assert [marks[f] for f in ("hill_left", "kurtosis")] == [OUT_OF_BAND] * 2


def test_a_sign_flip_loses_leverage(truth, market):
    marks = judged(-truth, market)
    assert marks["leverage"] == OUT_OF_BAND
    assert marks["acf_abs"] == IN_BAND


def test_half_the_variance_is_farther_in_wasserstein_distance(truth, market):
    right, wrong = (card_of(r, market).scores[0].scores for r in (truth, truth / np.sqrt(2)))
    assert wrong["emd_1"] > 2 * right["emd_1"] and wrong["emd_20"] > 1.5 * right["emd_20"]


def test_an_over_dispersed_model_is_too_wide(truth, market):
    scales = np.exp(np.random.default_rng(2).normal(0, 1.5, (PATHS, 1)))
    card = card_of(truth * scales, market)
    assert {row.fact: row.judged[card.model].mark for row in card.facts}["std"] == TOO_WIDE
    vague = next(part for part in card.verdict[1].split("; ") if part.startswith("too vague on "))
    assert "the level of volatility" in vague and "any market would pass" in vague


def test_dead_and_broken_paths_do_not_pass(market):
    marks = judged(np.zeros((30, DAYS)), market)
    assert not {IN_BAND} & {marks[f] for f in ("hill_left", "kurtosis", "acf_abs", "leverage", "std")}


def test_what_a_series_does_not_show_is_not_passed():
    rng = np.random.default_rng(5)
    prices = 100 * np.exp(np.cumsum(np.r_[0.0, rng.normal(0, 0.01, DAYS)]))
    gaussian = Panel(np.datetime64("2005-01-03") + np.arange(DAYS + 1), ("M",), prices[:, None], ("price",))
    marks = judged(rng.normal(0, 0.01, (PATHS, DAYS)), gaussian)
    assert [marks[f] for f in ("hill_left", "kurtosis", "acf_abs", "decay", "leverage")] == [NOT_PRESENT] * 5
    assert marks["std"] == IN_BAND


def scores_of(card: Scorecard) -> dict[str, float]:
    return {name: value for row in card.distances for name, value in row.p_values.items()}


def gates_of(card: Scorecard) -> dict[str, bool | None]:
    return {gate.name: gate.passed for gate in card.gates}


def test_the_true_law_meets_every_gate(truth, market):
    card = card_of(truth, market)
    assert {name: passed for name, passed in gates_of(card).items() if passed is not True} == {"coverage": None}
    assert min(scores_of(card).values()) > 0.05
    assert not [row.fact for row in card.facts if row.judged[card.model].holm_p < 0.05]


def test_all_eleven_facts_of_cont_are_there(truth, market):
    card = card_of(truth[:40], market)
    assert {row.cont for row in card.facts} == set(range(12))
    assert [row.judged[card.model].mark for row in card.facts if row.fact == "volume"] == [NEEDS_VOLUME]


def test_gates_close(truth, market):
    shuffled = np.random.default_rng(0).permuted(truth, axis=1)
    assert gates_of(card_of(shuffled, market))["clustering"] is False
    gaussian = np.random.default_rng(1).normal(0, truth.std(), truth.shape)
    assert gates_of(card_of(gaussian, market))["tails"] is False
    flat, twice = truth.copy(), truth.copy()
    flat[3], twice[3] = 0.0, twice[4]
    assert gates_of(card_of(flat, market))["finite"] is False
    card = card_of(twice, market)
    assert gates_of(card)["finite"] and gates_of(card)["copying"] is False
    assert any(gate.reason.startswith("1 of") and "repeated" in gate.reason for gate in card.gates)


def test_half_the_variance_fails_the_wasserstein_distances(truth, market):
    assert max(scores_of(card_of(truth / np.sqrt(2), market))[f"wasserstein_{h}"] for h in (1, 5)) < 0.05


def test_a_copying_model_fails_novelty(truth, market):
    rng = np.random.default_rng(3)
    history = market.returns[:, 0]
    start = rng.integers(0, DAYS, (60, DAYS // 50))
    copied = history[(start[:, :, None] + np.arange(50)) % DAYS].reshape(60, -1)
    card = card_of(copied + rng.normal(0, 1e-5, copied.shape), market)
    assert gates_of(card)["copying"] is False
    assert next(row.scores for row in card.novelty)["close"] > 0.5


def swung(paths: int, seed: int) -> np.ndarray:
    """Skewed returns whose volatility follows the SIZE of past weeks' moves: coarse volatility foretells fine."""
    rng = np.random.default_rng(seed)
    result = np.zeros((DAYS + 100, paths))
    for t in range(20, DAYS + 100):
        week = result[t - 5 : t].sum(0)
        spread = np.sqrt(1.5e-5 + 0.13 * np.minimum(week**2, 0.02))
        result[t] = spread * (0.6 - rng.gamma(2.78, 0.6 / 1.6678, paths) * 0.6)
    return result[100:].T


def test_time_reversal_fails_time_scale_asymmetry_and_a_sign_flip_gain_and_loss():
    paths = swung(120, 1)
    returns = swung(1, 2)[0]
    prices = 100 * np.exp(np.cumsum(np.r_[0.0, returns]))
    panel = Panel(np.datetime64("2005-01-03") + np.arange(DAYS + 1), ("M",), prices[:, None], ("price",))
    right, reversed_, flipped = (judged(x, panel) for x in (paths, paths[:, ::-1], -paths))
    assert right["time_scales"] == IN_BAND and reversed_["time_scales"] == OUT_OF_BAND
    assert right["skewness"] == IN_BAND
    assert [flipped[fact] for fact in ("skewness", "tail_ratio")] == [OUT_OF_BAND] * 2
