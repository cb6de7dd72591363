"""The fitted GAN: what its paths, its density and its files promise beyond every model's contract."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tsgan.config import GANConfig
from tsgan.errors import DataError, ModelError
from tsgan.fitting import fit, load_model
from tsgan.models.gan.density import draw
from tsgan.models.gan.model import GAN
from tsgan.models.random import BLOCK
from tsgan.training.fit import windowed


@pytest.fixture(scope="module")
def panel(indices):
    return indices.before("2016-01-01")


@pytest.fixture(scope="session")
def gan(fitted) -> GAN:
    model = fitted("gan")
    assert isinstance(model, GAN)
    return model


@pytest.fixture(scope="module")
def ensemble(panel, tiny) -> GAN:
    """Two members, without a penalty, whose second derivatives are most of a compilation."""
    config = replace(tiny, population=2, warm_steps=40, steps=10, penalty="none")
    model = fit(panel, config, seed=1)
    assert isinstance(model, GAN)
    return model


@pytest.fixture(scope="module", params=["gan", "ensemble"])
def either(request) -> GAN:
    return request.getfixturevalue(request.param)


def alone(model: GAN, member: int) -> GAN:
    """One member as a model of its own."""
    members = jax.tree.map(lambda a: a[member : member + 1], model.members)
    return GAN(model.info, model.recent, members, model.scale, model.shift[member : member + 1])


def test_members_differ_and_paths_are_dealt_over_them(ensemble):
    assert ensemble.population == 2 and ensemble.best_member in (0, 1)
    whole = ensemble.sample(40, 70, seed=3).returns
    one, two = (alone(ensemble, member).sample(40, 70, seed=3).returns for member in (0, 1))
    np.testing.assert_allclose(whole[0::2], one[0::2], rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(whole[1::2], two[1::2], rtol=1e-3, atol=1e-6)
    assert np.abs(one - two).max() > 1e-4


def test_path_does_not_depend_on_how_many_are_drawn(ensemble):
    few, many = ensemble.sample(20, 70, seed=3).returns, ensemble.sample(300, 70, seed=3).returns
    assert np.array_equal(few, many[:20])
    shard = ensemble.sample(70, 70, seed=3, first_path=2 * BLOCK - 31).returns
    whole = ensemble.sample(2 * BLOCK + 60, 70, seed=3).returns
    assert np.array_equal(shard, whole[2 * BLOCK - 31 : 2 * BLOCK + 39])
    assert np.array_equal(ensemble.sample(5, 20, seed=3).returns, few[:5, :20])


def test_save_and_load_change_nothing(either, panel, tmp_path):
    either.save(tmp_path / "model")
    again = load_model(tmp_path / "model")
    assert isinstance(again, GAN) and again.info == either.info
    assert np.array_equal(again.sample(20, 70, seed=5).returns, either.sample(20, 70, seed=5).returns)
    returns = panel.returns[-300:]
    assert np.array_equal(
        again.log_density(returns[200:], returns[:200]), either.log_density(returns[200:], returns[:200])
    )
    history = pd.read_csv(tmp_path / "model" / "history.csv")
    assert {"stage", "purpose", "step", "likelihood", "generator_loss", "critic_loss", "validation"} <= {*history}
    assert set(history.purpose) == {"choosing the step count", "on everything"}
    assert len(history) == len(either.training_history)


def test_a_model_of_another_shape_is_refused(gan):
    arrays = gan.arrays()
    name = next(name for name in arrays if name.startswith("members/"))
    with pytest.raises(ModelError, match=name):
        GAN.restore(gan.info, {key: value for key, value in arrays.items() if key != name})
    with pytest.raises(ModelError, match="asks for shape"):
        GAN.restore(gan.info, {**arrays, name: arrays[name][..., :1]})


@pytest.mark.parametrize("days", [100, 1250])
def test_log_density_is_the_density_of_the_draws(either, panel, days):
    # By finite differences of the map from noise to returns, from the state that paths start from.
    context, noise = panel.returns[-days:], np.array([-2.0, -0.7, 0.4, 1.5])
    state = either.encode(context)
    for member in range(either.population):
        generator, own = (jax.tree.map(lambda a, m=member: jnp.asarray(a[m]), tree) for tree in (either.members, state))
        law = jax.jit(lambda generator, state: generator.density(state))(generator, own)
        for z in noise:
            x = np.array([draw(law, jnp.full(2, z + h, jnp.float32)) for h in (-0.01, 0, 0.01)], np.float64)
            expected = stats.norm.logpdf(z) - np.log(either.scale * (x[2] - x[0]) / 0.02)
            actual = alone(either, member).log_density((either.shift[member] + either.scale * x[1])[None], context)
            np.testing.assert_allclose(actual[0], expected, atol=0.01)


def test_density_of_an_ensemble_is_the_mixture(ensemble, panel):
    context, later = panel.returns[-1300:-50], panel.returns[-50:]
    one, two = (np.exp(alone(ensemble, member).log_density(later, context)) for member in (0, 1))
    np.testing.assert_allclose(np.exp(ensemble.log_density(later, context)), (one + two) / 2, rtol=1e-9)
    assert not np.allclose(one, two)


def test_free_runs_have_the_historical_mean(either):
    settle = 250
    for member in range(either.population):
        paths = alone(either, member).sample(BLOCK, settle + 1000, seed=7).returns[:, settle:].astype(np.float64)
        means = paths.mean(axis=1)  # (path, asset): paths are independent, days are not
        error = means.std(axis=0) / np.sqrt(BLOCK)
        # The shift was itself found from as many paths: twice the variance.
        off = np.abs(means.mean(axis=0) - either.info.drift)
        assert (off < 4 * np.sqrt(2) * error).all(), (member, off / error)


def test_paths_carry_on_from_the_history_they_are_given(either, indices):
    calm, storm = (either.sample(500, 5, seed=2, history=indices.before(d)) for d in ("2006-06-01", "2008-12-01"))
    assert not np.array_equal(calm.returns, storm.returns)
    # The standard error of a standard deviation over 2,500 heavy-tailed draws is a few percent of it.
    assert (storm.returns.std(axis=(0, 1)) > 1.5 * calm.returns.std(axis=(0, 1))).all()
    changed = indices.before("2006-06-01")
    prices = changed.prices.copy()
    prices[-1] *= 0.93
    fallen = either.sample(500, 5, seed=2, history=replace(changed, prices=prices))
    assert (fallen.returns.std(axis=(0, 1)) > 1.1 * calm.returns.std(axis=(0, 1))).all()


def test_same_seed_same_bytes(gan, panel, tiny, tmp_path):
    gan.save(tmp_path / "one")
    fit(panel, tiny, seed=0).save(tmp_path / "two")
    for name in ("model.safetensors", "history.csv", "model.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
    other = fit(panel, tiny, seed=4)
    assert not np.array_equal(other.sample(5, 5).returns, gan.sample(5, 5).returns)


def test_assets_keep_their_correlation(either, panel):
    x = either.sample(2_000, 5, seed=1).returns.astype(np.float64).reshape(-1, 2)
    signs = np.mean(np.sign(x[:, 0]) == np.sign(x[:, 1]))
    history = np.mean(np.sign(panel.returns[:, 0]) == np.sign(panel.returns[:, 1]))
    assert abs(signs - history) < 0.1


def test_the_history_of_a_fit_says_what_was_done(gan, tiny):
    rows = gan.training_history
    assert rows.step.max() == max(tiny.warm_steps, tiny.steps)
    config = gan.info.config
    choosing = rows[rows.purpose == "choosing the step count"]
    likelihood = choosing[choosing.stage == "likelihood"].set_index("step").validation
    assert (
        config["chosen_warm_steps"]
        == likelihood[likelihood.index >= tiny.training.selection.least_share * tiny.warm_steps].idxmin()
    )
    adversarial = choosing[choosing.stage == "adversarial"].set_index("step").validation
    assert config["chosen_steps"] == adversarial.idxmin()
    everything = rows[(rows.purpose == "on everything") & (rows.stage == "adversarial")]
    assert everything.step.max() == config["chosen_steps"]
    assert config["skipped_updates"] == 0


def test_windows_fit_short_histories(tiny):
    assert windowed(tiny, 1_000) is tiny
    short = windowed(GANConfig(), 119)  # ten years of months
    assert (short.window, short.context) == (101, 25) and replace(short, window=256, context=64) == GANConfig()
    with pytest.raises(DataError, match="too few to train a GAN"):
        windowed(tiny, 10)


def test_impossible_histories(panel, tiny):
    with pytest.raises(DataError, match=r"SPX has 14 returns up to .*too few"):
        fit(panel.before(panel.dates[15]), tiny)
    flat = replace(panel, prices=np.column_stack([panel.prices[:, 0], np.full(len(panel), 5.0)]))
    with pytest.raises(DataError, match="IXIC never moves"):
        fit(flat, tiny)
