"""The stage of pretraining on long free runs: its score, what it may move, and that it moves it the right way."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tsgan.config import PretrainingConfig
from tsgan.models.gan.base import Base
from tsgan.models.gan.generator import LOG_SCALE
from tsgan.models.gan.trees import flatten
from tsgan.training.corpus import Corpus, corpus_of
from tsgan.training.long_runs import KNOWN, beginnings, fair_crps, log_volatilities, train_long_runs
from tsgan.training.pretraining import BASE_LAW, begin

SETTINGS = PretrainingConfig(
    width=4, panels=4, days=32, sizes=(1, 2, 4), longest=300, run_beginnings=60, run_assets=2,
    run_days=126, run_steps=12, run_batch=4, run_paths=4, run_rate=0.02, run_weight=2.0,
)  # fmt: skip


@pytest.fixture(scope="module")
def data() -> Corpus:
    """Six invented stocks whose volatility comes back within weeks, and one that begins late."""
    rng, days = np.random.default_rng(1), 1800
    level = np.zeros((days, 7))
    for day in range(1, days):
        level[day] = 0.95 * level[day - 1] + 0.16 * rng.standard_normal(7)
    returns = 0.018 * np.exp(level) * rng.standard_normal((days, 7))
    returns[:500, 6] = np.nan
    return corpus_of(returns, BASE_LAW)


@pytest.fixture(scope="module")
def base() -> Base:
    """Before any training: log scale is the average of log volatilities at all scales, so nothing brings it back."""
    return begin(SETTINGS, jax.random.key(0)).base


@pytest.fixture(scope="module")
def trained(base, data) -> Base:
    return train_long_runs(base, data, SETTINGS, jax.random.key(3))


def test_the_score_is_that_of_all_pairs_of_draws():
    rng = np.random.default_rng(0)
    drawn, outcome = rng.normal(size=(3, 5)), rng.normal(size=3)
    pairs = np.abs(drawn[:, :, None] - drawn[:, None, :]).sum(axis=(1, 2)) / (2 * 5 * 4)
    wanted = np.abs(drawn - outcome[:, None]).mean(axis=1) - pairs
    np.testing.assert_allclose(fair_crps(jnp.asarray(drawn), jnp.asarray(outcome)), wanted, rtol=1e-5)


def test_few_draws_do_not_flatter_narrow_laws():
    """In mean over outcomes of N(0, 1), four draws of that law score better than four of a narrower one."""
    rng = np.random.default_rng(1)
    drawn, outcome = rng.normal(size=(40_000, 4)), rng.normal(size=40_000)
    right, narrow = (float(fair_crps(jnp.asarray(s * drawn), jnp.asarray(outcome)).mean()) for s in (1.0, 0.6))
    assert right == pytest.approx(1 / np.sqrt(np.pi), abs=0.01)
    assert right < narrow


def test_volatilities_are_those_of_spans_and_of_years():
    x = np.random.default_rng(2).normal(size=600)
    wanted = [np.sqrt(np.mean(x[:days] ** 2)) for days in (21, 63, 126, 252, 504)]
    wanted += [np.sqrt(np.mean(x[first : first + 252] ** 2)) for first in (0, 252)]
    np.testing.assert_allclose(np.exp(log_volatilities(jnp.asarray(x))), wanted, rtol=1e-4)


def test_runs_begin_where_there_is_a_past_and_a_future(base, data):
    begun = beginnings(base, data, SETTINGS, jax.random.key(1))
    assert begun is not None
    assert float(begun.age.min()) >= KNOWN
    assert np.isfinite(np.asarray(begun.outcome)).all()
    longer = replace(SETTINGS, run_days=1323)
    assert beginnings(base, data, longer, jax.random.key(1)) is None
    assert train_long_runs(base, data, longer, jax.random.key(3)) is base


def test_only_slow_responses_of_log_scale_move(base, trained):
    before, after = flatten(base), flatten(trained)
    changed = {name for name in before if before[name].tobytes() != after[name].tobytes()}
    assert len(changed) == 1 and "skip" in changed.pop()
    moved = np.asarray(trained.skip[...] != base.skip[...])
    assert not np.delete(moved, LOG_SCALE, axis=1).any()
    assert not moved[~base.slow(SETTINGS.run_least)].any()
    assert moved[base.slow(SETTINGS.run_least), LOG_SCALE].any()


def test_slow_inputs_are_long_scales_ages_and_units(base):
    scales = np.array(base.law.memory.scales)
    slow = base.slow(100.0)
    own = slow[: len(slow) // 2]
    assert list(own[: len(scales)]) == list(scales >= 100)
    assert not own[len(scales) : -4].any() and own[-4:].all()
    assert list(slow[len(own) : -1]) == list(own) and slow[-1]


def test_volatility_comes_back_sooner_where_it_did_so(base, trained):
    """Log scale answers log volatilities at long scales less than it did."""
    slow = np.flatnonzero(base.slow(SETTINGS.run_least)[: len(base.law.memory.scales)])
    before, after = (float(b.skip[...][slow, LOG_SCALE].sum()) for b in (base, trained))
    assert after < before - 0.05


def test_same_key_same_bits(base, data, trained):
    again, other = (train_long_runs(base, data, SETTINGS, jax.random.key(k)) for k in (3, 4))
    assert again.skip[...].tobytes() == trained.skip[...].tobytes() != other.skip[...].tobytes()
