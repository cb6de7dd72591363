"""Training the pretrained base on a corpus: what it may see, and that what it reads is what users' histories become."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

from tsgan.config import PretrainingConfig
from tsgan.errors import DataError
from tsgan.models.gan import memory as vol
from tsgan.models.gan.base import Base
from tsgan.models.gan.trees import flatten, unflatten
from tsgan.training.checkpoint import read_checkpoint, save_checkpoint
from tsgan.training.corpus import corpus_of, is_test, log_returns, returns_until, window
from tsgan.training.long_runs import train_long_runs
from tsgan.training.pretraining import BASE_LAW, Pretraining, begin, train_margins, train_strength, with_answers

SETTINGS = PretrainingConfig(
    width=4, steps=80, panels=4, days=32, sizes=(1, 2, 4), longest=300,
    joint_panels=4, joint_days=16, joint_assets=4, joint_steps=5, baskets=4, basket_sizes=(3, 5),
    answer_years=1, answer_least=1, answer_steps=20, answer_batch=500,
    run_beginnings=20, run_assets=2, run_days=63, run_steps=2, run_batch=2, run_paths=2,
)  # fmt: skip
UNTIL = "2003-06-30"


def prices_of(returns: np.ndarray, names: list[str]) -> pd.DataFrame:
    index = pd.bdate_range("2000-01-03", periods=len(returns))
    return pd.DataFrame(100 * np.exp(np.cumsum(returns, axis=0)), index=index, columns=names)


@pytest.fixture(scope="module")
def closes() -> pd.DataFrame:
    """Ten invented stocks over five years, with a common factor and volatility that clusters; the last begins late, and
    one lacks days."""
    rng, days = np.random.default_rng(1), 1300
    volatility = np.exp(np.cumsum(rng.normal(0, 0.05, days)) * 0.3)[:, None]
    shocks = 0.6 * rng.standard_normal((days, 1)) + 0.8 * rng.standard_t(5, (days, 10))
    table = prices_of(0.012 * volatility * shocks, [f"S{i}" for i in range(10)])
    table.iloc[:400, 9] = np.nan
    table.iloc[500:520, 3] = np.nan
    return table


def trained(returns: pd.DataFrame) -> Base:
    data = corpus_of(returns.to_numpy(), BASE_LAW)
    *_, (state, _) = train_margins(begin(SETTINGS, jax.random.key(0)), data, SETTINGS, jax.random.key(1))
    answering = with_answers(state.average, returns, data, SETTINGS, jax.random.key(3))
    joined = train_strength(answering, data, SETTINGS, jax.random.key(2))
    return train_long_runs(joined, data, SETTINGS, jax.random.key(4))


def read(closes: pd.DataFrame) -> pd.DataFrame:
    """What is trained on: eight stocks to a date, and their baskets."""
    return returns_until(closes, UNTIL, stocks=set(closes), settings=SETTINGS)


@pytest.fixture(scope="module")
def base(closes) -> Base:
    return trained(read(closes))


def same(a: object, b: object) -> bool:
    a, b = flatten(a), flatten(b)
    return a.keys() == b.keys() and all(a[name].tobytes() == b[name].tobytes() for name in a)


def test_what_the_corpus_holds_later_has_no_say(closes, base):
    other = closes.copy()
    other.loc["2003-07-01":] *= np.random.default_rng(5).uniform(0.5, 2, other.loc["2003-07-01":].shape)
    other["LATER"] = other["S2"].loc["2003-07-01":]
    other = pd.concat([other, other.tail(50).set_axis(pd.bdate_range("2010-01-04", periods=50))])
    assert same(trained(read(other)), base)


def test_training_moves_what_it_should(base):
    fresh = begin(SETTINGS, jax.random.key(0)).base
    moved = {
        name.removesuffix("/value")
        for name, leaf in flatten(base).items()
        if not np.array_equal(leaf, flatten(fresh)[name])
    }
    assert moved == {"hidden", "hidden_bias", "out", "skip", "offsets", "answers", "strength", "log_spread"}


def test_the_likelihood_improves(closes):
    data = corpus_of(returns_until(closes, UNTIL).to_numpy(), BASE_LAW)
    settings = replace(SETTINGS, steps=160)
    start, key = begin(settings, jax.random.key(0)), jax.random.key(1)
    (_, before), *_, (state, _) = train_margins(start, data, settings, key)
    _, after = next(train_margins(start._replace(base=state.average), data, settings, key))  # on the same panels
    assert after < before - 0.005


def test_a_checkpoint_is_carried_on_to_the_same_bits(closes, tmp_path):
    data = corpus_of(returns_until(closes, UNTIL).to_numpy(), BASE_LAW)
    start = begin(SETTINGS, jax.random.key(0))
    (early, _), (last, _) = train_margins(start, data, SETTINGS, jax.random.key(1))
    save_checkpoint(tmp_path / "state", early, {})
    early_again: Pretraining = unflatten(start, read_checkpoint(tmp_path / "state")[0])
    ((again, _),) = train_margins(early_again, data, SETTINGS, jax.random.key(1))
    assert same(again, last)


def test_windows_are_what_histories_become(closes):
    returns = log_returns(closes).to_numpy()[1:]
    data = corpus_of(returns, BASE_LAW)
    first, begins, days = 700, 300, 20
    assets = np.array([[3, 0, 9]])
    seen = window(data, BASE_LAW, jnp.array([first]), jnp.array([begins]), jnp.array(assets), days)
    unit = BASE_LAW.base.unit * np.exp(np.asarray(seen.log_unit)[0, 0])
    x = (returns[begins : first + days, assets[0]] / unit).astype(np.float32)
    memory = vol.before(vol.trajectory(x, BASE_LAW.memory))
    known = np.isfinite(x[: first - begins])
    np.testing.assert_array_equal(np.asarray(seen.known)[0], known.sum(axis=0))
    np.testing.assert_array_equal(np.asarray(seen.age)[0], vol.observed(x)[first - begins : -1])
    # Limits are those of the volatility so far there, and those of the unit here.
    np.testing.assert_allclose(seen.memory.square[0], memory.square[first - begins :], rtol=0.02, atol=0.01)
    np.testing.assert_allclose(seen.memory.trend[0], memory.trend[first - begins :], rtol=0.02, atol=0.01)
    weight = known.sum(axis=0) / (known.sum(axis=0) + BASE_LAW.base.unit_days)
    spread = np.sqrt(np.nanmean(returns[begins:first, assets[0]] ** 2, axis=0))
    np.testing.assert_allclose(unit, spread**weight * BASE_LAW.base.unit ** (1 - weight), rtol=0.02)


def test_test_assets_and_their_near_clones_are_left_out():
    rng = np.random.default_rng(2)
    names = [f"N{i}" for i in range(40)]
    test = [name for name in names if is_test(name)]
    assert 3 <= len(test) <= 15
    returns = rng.normal(0, 0.01, (600, 40))
    own = [name for name in names if not is_test(name)]
    returns[:, names.index(own[0])] = returns[:, names.index(test[0])] + rng.normal(0, 0.002, 600)
    returns[:550, names.index(own[1])] = np.nan
    table = prices_of(returns, names)
    apart = prices_of(-returns[:, [names.index(own[2])]], ["CLAIMED"])  # the other way up, it is a clone as well
    kept = list(returns_until(table, "2005-01-01", [apart]))
    assert kept == sorted(own[3:])


def test_baskets_and_crosses_are_made_of_what_may_be_trained_on(closes):
    own = returns_until(closes, UNTIL)
    both = read(closes)
    made = both.drop(columns=list(own))
    assert list(made) == ["basket 1 of 3", "basket 2 of 5", "basket 3 of 3", "basket 4 of 5"]
    assert both[list(own)].equals(own)
    assert made.std().max() < own.std().mean()  # what belongs to one stock averages out
    day = own.iloc[-1]
    close = {round(float(np.log(np.exp(day[list(some)]).mean())), 12) for some in combinations(own, 3)}
    assert round(float(made["basket 1 of 3"].iloc[-1]), 12) in close
    rates = list(own)[:3]
    crosses = returns_until(closes, UNTIL, rates=rates, settings=SETTINGS).drop(columns=list(own))
    assert set(crosses) == {f"{a}/{b}" for a, b in combinations(rates, 2)}
    a, b = rates[:2]
    np.testing.assert_array_equal(crosses[f"{a}/{b}"], own[a] - own[b])


def test_a_basket_that_moves_as_a_test_asset_is_left_out(closes):
    fund = 100 * np.exp(read(closes)[["basket 2 of 5"]].fillna(0).cumsum())
    kept = returns_until(closes, UNTIL, [fund], stocks=set(closes), settings=SETTINGS)
    assert "basket 2 of 5" not in kept and "basket 1 of 3" in kept


def test_a_corpus_without_anything_to_train_on_says_so(closes):
    with pytest.raises(DataError, match="may be trained on"):
        returns_until(closes, "2000-02-01")
