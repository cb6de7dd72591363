"""What every fitted model promises, GAN or baseline."""

from __future__ import annotations

import warnings

import jax
import numpy as np
import pytest

from tsgan.errors import ModelError, StaleModelWarning
from tsgan.fitting import load_model
from tsgan.models.contract import BLOCK, stacked


def test_path_does_not_depend_on_how_many_are_drawn(model):
    few, many = model.sample(20, 40, seed=3), model.sample(2_000, 40, seed=3)
    assert np.array_equal(few.returns, many.returns[:20])


def test_shards_are_pieces_of_the_job(model):
    whole = model.sample(BLOCK + 60, 30, seed=3)
    shard = model.sample(100, 30, seed=3, first_path=BLOCK - 50)
    assert shard.first_path == BLOCK - 50
    assert np.array_equal(shard.returns, whole.returns[BLOCK - 50 : BLOCK + 50])


def test_shorter_horizon_is_a_prefix(model):
    short, long = model.sample(20, 60, seed=3), model.sample(20, 252, seed=3)
    assert np.array_equal(short.returns, long.returns[:, :60])
    assert np.array_equal(short.dates, long.dates[:61])


def test_seeds_and_paths_differ(model):
    one, other = model.sample(50, 20, seed=1), model.sample(50, 20, seed=2)
    assert not np.array_equal(one.returns, other.returns)
    assert len(np.unique(one.returns.reshape(50, -1), axis=0)) == 50


def test_sample_is_typed_dated_priced_and_finite(model, indices):
    paths = model.sample(300, 252, seed=0)
    assert paths.returns.shape == (300, 252, 2) and paths.returns.dtype == np.float32
    assert np.isfinite(paths.returns).all() and np.isfinite(paths.prices).all() and (paths.prices > 0).all()
    training = indices.before("2016-01-01")
    assert paths.assets == ("SPX", "IXIC")
    assert paths.dates[0] == training.dates[-1] and len(paths.dates) == 253
    assert (np.diff(paths.dates) > np.timedelta64(0, "D")).all()
    assert np.array_equal(paths.start_prices, training.prices[-1])
    assert paths.provenance["model"] == model.info.model
    assert paths.provenance["data_hash"] == training.data_hash


def test_save_and_load(model, tmp_path):
    model.save(tmp_path / "model")
    again = load_model(tmp_path / "model")
    assert type(again) is type(model)
    assert again.info == model.info
    assert np.array_equal(again.sample(20, 30, seed=5).returns, model.sample(20, 30, seed=5).returns)


def test_training_panel_as_history_changes_nothing(model, indices):
    training = indices.before("2016-01-01")
    given, default = model.sample(10, 30, seed=1, history=training), model.sample(10, 30, seed=1)
    assert np.array_equal(given.returns, default.returns)
    assert np.array_equal(given.dates, default.dates)


def test_history_in_another_order_with_more_tickers(model, indices):
    training = indices.before("2016-01-01")
    shuffled = training.select(["IXIC", "SPX"])
    assert np.array_equal(model.sample(10, 30, history=shuffled).returns, model.sample(10, 30).returns)


def test_wrong_tickers(model, indices):
    with pytest.raises(ModelError, match="IXIC"):
        model.sample(10, 5, history=indices.select(["SPX"]))


@pytest.mark.parametrize(
    "arguments",
    [{"n_paths": 0}, {"horizon": -1}, {"horizon": 2.5}, {"first_path": -1}, {"seed": -1}],
    ids=lambda a: next(iter(a)),
)
def test_impossible_counts(model, arguments):
    with pytest.raises(ModelError, match="whole number"):
        model.sample(**{"n_paths": 10, "horizon": 5, **arguments})


def test_stale_model_warns(model, indices):
    with pytest.warns(StaleModelWarning, match="2015-12-31"):
        paths = model.sample(4, 5, history=indices)
    assert paths.dates[0] == indices.dates[-1]
    assert np.array_equal(paths.start_prices, indices.prices[-1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.sample(4, 5, history=indices.before("2016-06-01"))


def test_mean_of_paths_is_the_stated_drift(model):
    if model.info.model == "gan":
        pytest.skip("its drift is that of long free runs, see test_free_runs_have_the_historical_mean")
    paths = model.sample(4_000, 60, seed=11).returns.astype(np.float64)
    means = paths.mean(axis=1)  # (path, asset): paths are independent, days need not be
    error = means.std(axis=0) / np.sqrt(len(means))
    assert (np.abs(means.mean(axis=0) - model.info.drift) < 4 * error).all()


def test_density_is_causal_and_integrates_to_one(model, indices):
    returns = indices.before("2016-01-01").returns[-200:]
    context, later = returns[:100], returns[100:]
    density = model.log_density(later, context)
    if density is None:
        pytest.skip(f"{model.info.model} has no density")
    assert density.shape == (100, 2) and np.isfinite(density).all()
    changed = later.copy()
    changed[50:] = 0.05
    assert np.array_equal(model.log_density(changed, context)[:50], density[:50])
    grid = np.linspace(-0.3, 0.3, 401)
    values = np.array([model.log_density(np.full((1, 2), x), context)[0] for x in grid])
    np.testing.assert_allclose(np.trapezoid(np.exp(values), grid, axis=0), 1, atol=5e-3)


def test_states_of_many_histories_are_those_of_each(model, indices):
    returns, ends = indices.returns, np.array([1, 3, 300, model.context_days + 7, 4000])
    many = jax.tree.leaves(model.encode_each(returns, ends))
    for i, end in enumerate(ends):
        one = jax.tree.leaves(model.encode(returns[max(0, end - model.context_days) : end]))
        for states, state in zip(many, one, strict=True):
            np.testing.assert_allclose(states[i], state, rtol=2e-5, atol=1e-6)


def test_forecasts_are_the_paths_of_their_day(model, indices):
    ends = np.array([500, 501, 4200])
    chunks = list(model.forecast(indices.returns, ends, 10, 300, seed=4))
    assert np.array_equal(np.concatenate([chunk for chunk, _ in chunks]), ends)
    draws = np.concatenate([paths for _, paths in chunks])
    assert draws.shape == (3, 300, 10, 2) and draws.dtype == np.float32
    for end, drawn in zip(ends, draws, strict=True):
        history = indices.through(indices.dates[end])
        paths = model.sample(300, 10, seed=4, first_path=int(end) * 300, history=history).returns
        np.testing.assert_allclose(drawn, paths, rtol=1e-4, atol=1e-6)
    assert not np.array_equal(draws[0], draws[1])


def test_forecasts_do_not_see_the_future_or_each_other(model, indices):
    known = indices.returns.copy()
    known[400:] = np.nan
    [(_, alone)] = model.forecast(known, np.array([400]), 5, 50)
    [(_, among)] = model.forecast(indices.returns, np.array([399, 400, 401]), 5, 50)
    assert np.array_equal(alone[0], among[1])


@pytest.mark.parametrize("ends", [[], [0, 1], [5, 5], [10**6]], ids=str)
def test_forecasts_from_impossible_days(model, indices, ends):
    with pytest.raises(ModelError, match="increasing ends"):
        next(model.forecast(indices.returns, np.array(ends, int), 5, 50))


def test_paths_are_a_function_of_their_noise(model):
    paths, states, starts = np.arange(BLOCK), stacked([model.encode(model.recent)]), np.zeros(BLOCK, int)
    noise = model.noise(paths, 20, 7)
    assert noise.shape[:2] == (20, BLOCK)
    assert np.array_equal(noise[:5], model.noise(paths, 5, 7))
    returns = model.respond(states, starts, noise)
    np.testing.assert_allclose(returns, model.sample(BLOCK, 20, seed=7).returns, rtol=1e-4, atol=1e-6)


def test_antithetic_paths_are_pairs(model):
    one, pairs = model.sample(600, 20, seed=7), model.sample(600, 20, seed=7, antithetic=True)
    np.testing.assert_allclose(pairs.returns[::2], one.returns[::2], rtol=1e-4, atol=1e-6)
    assert not np.allclose(pairs.returns[1::2], one.returns[1::2], atol=1e-4)
    assert np.array_equal(model.sample(10, 20, seed=7, first_path=301, antithetic=True).returns, pairs.returns[301:311])
    if model.law == "normal":  # returns follow the noise's sign, so pairs nearly cancel, but for skew and heavy tails
        ranks = np.argsort(np.argsort(pairs.returns.sum(axis=1, dtype=np.float64), axis=0), axis=0)
        assert np.corrcoef(ranks[::2].ravel(), ranks[1::2].ravel())[0, 1] < -0.8


def test_sensitivity_is_the_gradient(model):
    width, states = 8, stacked([model.encode(model.recent)])
    starts, rng = np.zeros(width, int), np.random.default_rng(0)
    noise = np.asarray(model.noise(np.arange(BLOCK), 12, 1), np.float64)[:, :width]
    slope, direction = rng.normal(size=(width, 12, 2)), rng.normal(size=noise.shape)
    gradient = model.sensitivity(states, starts, noise, slope)
    if model.law == "uniform":
        assert gradient is None
        return

    def value(step):
        returns = model.respond(states, starts, noise + step * direction).astype(np.float64)
        return (slope * returns).sum(axis=(1, 2))

    numeric = (value(1e-3) - value(-1e-3)) / 2e-3
    np.testing.assert_allclose((gradient * direction).sum(axis=(0, 2)), numeric, rtol=0.02, atol=5e-4)
