"""A GAN begins from the pretrained base and refines it as far as the validation slice says, which may be not at all."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import tsgan
import tsgan.fitting
from tsgan.config import GANConfig, RefinementConfig, TargetingConfig, TrainingConfig
from tsgan.errors import ConfigError, LookAheadWarning
from tsgan.models.gan.base import Base
from tsgan.models.gan.model import GAN
from tsgan.training import refinement
from tsgan.training.refinement import from_scratch_because

DAYS = 700


def table() -> pd.DataFrame:
    whole = tsgan.load_prices("sample:us-indices")
    return pd.DataFrame(whole.prices, pd.DatetimeIndex(whole.dates), list(whole.assets)).iloc[-DAYS:]


def configured(**settings: float) -> GANConfig:
    options = {"warm_steps": 10, "errors": -1e9, **settings}
    refinement = RefinementConfig(**options)  # type: ignore[arg-type]
    return GANConfig(training=TrainingConfig(refinement=refinement, targeting=TargetingConfig(rounds=2)))


@pytest.fixture(scope="module")
def panel():
    return tsgan.load_prices(table())


@pytest.fixture(scope="module")
def refined(panel) -> GAN:
    model = tsgan.fit(panel, configured())
    assert isinstance(model, GAN)
    return model


def test_it_begins_from_the_newest_vintage_before_the_history_ends(refined, panel):
    told = refined.info.config
    assert refined.info.model == "gan" and isinstance(refined.members, Base)
    assert told["vintage"] == "base-2017" and told["pretrained_until"] < str(panel.dates[-1])
    assert told["chosen_warm_steps"] == 10 and told["chosen_steps"] == 0
    assert {row["purpose"] for row in refined.training_history.to_dict("records")} == {
        "choosing the step count",
        "on everything",
    }


def test_only_what_belongs_to_the_assets_moves(refined, panel):
    zero_shot = tsgan.fit(panel, "base").arrays()
    moved = {name for name, array in refined.arrays().items() if not np.array_equal(array, zero_shot[name])}
    assert {"members/offsets/value", "members/answers/value"} <= moved
    assert moved <= {f"members/{name}/value" for name in (*refinement.OWN, *refinement.JOINT, "level")}


def test_where_steps_gain_less_than_their_errors_none_are_taken(panel):
    """Nothing moves but offsets of scale, all by as much, which make free runs as volatile as the history."""
    model, zero_shot = tsgan.fit(panel, configured(errors=1e9)), tsgan.fit(panel, "base")
    assert model.info.config["chosen_warm_steps"] == model.info.config["chosen_joint_steps"] == 0
    mine, theirs = model.arrays(), zero_shot.arrays()
    moved = {name for name in mine if not np.array_equal(mine[name], theirs[name])}
    assert mine.keys() == theirs.keys() and moved == {"members/offsets/value", "members/level/value"}


@pytest.mark.slow
def test_paths_are_as_volatile_as_a_history_that_gains_nothing_from_steps():
    """A GARCH of six years, alone, as its neighbours have nothing to do with it."""
    rng = np.random.default_rng(8)
    moves, variance = np.empty(1500), 1e-4
    for day, shock in enumerate(rng.standard_t(6, 1500) * np.sqrt(4 / 6)):
        moves[day] = np.sqrt(variance) * shock
        variance = 4e-6 + 0.07 * moves[day] ** 2 + 0.89 * variance
    prices = pd.DataFrame(50 * np.exp(np.cumsum(moves)), pd.bdate_range("2012-01-02", periods=1500), ["ONE"])
    config = GANConfig(training=TrainingConfig(refinement=RefinementConfig(errors=1e9)))
    model = tsgan.fit(prices, config, seed=0)
    assert model.info.config["chosen_warm_steps"] == 0
    drawn = model.sample(1000, 252, seed=1).returns
    assert np.abs(drawn).mean() == pytest.approx(np.abs(moves).mean(), rel=0.07)
    assert drawn.std() == pytest.approx(moves.std(), rel=0.12)


def test_the_best_steps_are_chosen_by_their_mean_gain():
    draw = np.random.default_rng(0)
    sure, lucky = 0.1 + 0.1 * draw.normal(size=300), 0.2 + 9 * draw.normal(size=300)
    assert refinement._best({10: sure, 20: sure / 2}, 1.0) == 10
    assert refinement._best({10: lucky - lucky.mean() + 0.2}, 1.0) == 0, "a mean within its error is no gain"
    assert refinement._best({10: -sure}, 1.0) == refinement._best({10: 0 * sure}, 1.0) == refinement._best({}, 1.0) == 0


def test_steps_of_another_model_are_taken_over(refined, panel):
    seen: list = []
    again = tsgan.fit(panel, configured(), like=refined, progress=seen.append)
    assert {one.phase for one in seen} == {"refinement: on everything"}
    assert all(np.array_equal(a, refined.arrays()[name]) for name, a in again.arrays().items())


def test_it_is_fitted_again_as_it_was(refined, panel):
    again = tsgan.fitting.refit(refined, panel)
    assert again.info.config == refined.info.config
    assert all(np.array_equal(a, refined.arrays()[name]) for name, a in again.arrays().items())


def test_it_is_saved_and_read_as_it_is(refined, tmp_path):
    refined.save(tmp_path / "m")
    read = tsgan.load_model(tmp_path / "m")
    assert read.model_hash == refined.model_hash
    assert np.array_equal(read.sample(9, 3, seed=1).returns, refined.sample(9, 3, seed=1).returns)


def test_what_the_base_cannot_do_is_trained_from_scratch_with_a_word(panel):
    adversarial = configured(steps=5)
    for config, word in (
        (GANConfig(base="none"), "configuration"),
        (GANConfig(generator="tcn"), "generator"),
        (GANConfig(population=2, bagging=True), "population, bagging"),
        (GANConfig(steps=20, critic="recurrent"), "takes no adversarial steps, so critic, steps"),
    ):
        assert word in str(from_scratch_because(panel, config)), word
    assert from_scratch_because(panel, GANConfig()) is None
    assert from_scratch_because(panel, replace(adversarial, critic="recurrent", steps=20)) is None
    weekly = tsgan.load_prices(table().resample("W-FRI").last())
    assert "daily" in str(from_scratch_because(weekly, GANConfig()))
    with pytest.raises(ConfigError, match="base is 2009, but the pretrained base has no generator to choose"):
        from_scratch_because(panel, GANConfig(base="2009", generator="tcn"))
    with pytest.raises(ConfigError, match="base is 'new'; choose newest, none, or a vintage"):
        GANConfig(base="new")


def test_a_vintage_that_has_seen_the_dates_says_so(panel):
    early = panel.before(panel.dates[300])
    with pytest.warns(LookAheadWarning, match="LOOK-AHEAD: base-2017"):
        model = tsgan.fit(early, replace(configured(warm_steps=0), base="2017"))
    assert model.info.config["vintage"] == "base-2017"


def with_stale() -> pd.DataFrame:
    """With a third asset that stands still for most of its days."""
    stale = np.full(DAYS, 20.0) * np.exp(0.01 * np.cumsum(np.random.default_rng(1).normal(size=DAYS)))
    stale[200:500] = stale[200]
    return table().assign(STALE=stale)


@pytest.fixture(scope="module")
def beside() -> GAN:
    model = tsgan.fit(with_stale(), configured())
    assert isinstance(model, GAN)
    return model


def test_an_asset_that_is_modelled_apart_changes_nothing_of_the_others(refined, beside):
    assert beside.info.config["apart"] == ["STALE"]
    np.testing.assert_allclose(
        beside.sample(8, 30, seed=2).returns[..., :2], refined.sample(8, 30, seed=2).returns, atol=1e-6
    )
    for name in ("offsets", "raw_loadings", "log_unit"):
        theirs = getattr(beside.members, name)[...][:, :2]
        assert np.array_equal(theirs, getattr(refined.members, name)[...]), name
    for name in ("skip", "hidden", "answers"):
        assert np.array_equal(getattr(beside.members, name)[...], getattr(refined.members, name)[...]), name
    assert jnp.isfinite(beside.members.tie_weights[...]).all()


@pytest.mark.slow
def test_new_days_move_the_state_of_all_of_them(beside):
    """Day by day as at once, bit for bit; and what was said of these days is judged, of the one apart as well."""
    moves = np.random.default_rng(2).normal(scale=0.01, size=(4, 3))
    known = with_stale()
    later = known.iloc[-1].to_numpy() * np.exp(np.cumsum(moves, axis=0))
    dates = pd.DatetimeIndex(beside.sample(1, 4).dates[1:])
    longer = pd.concat([known, pd.DataFrame(later, dates, known.columns)])
    by_day = beside
    for day in range(4):
        by_day = tsgan.update(by_day, longer.iloc[: DAYS + day + 1], judge=False).model
    at_once = tsgan.update(beside, longer, draws=200)
    assert at_once.monitoring is not None and by_day == at_once.model
    paths = beside.sample(8, 5, seed=3, history=tsgan.load_prices(longer)).returns
    assert np.array_equal(by_day.sample(8, 5, seed=3).returns, paths)
    places = at_once.monitoring.watched.pit
    assert places.shape == (4, 3) and np.isfinite(places).all() and np.isfinite(at_once.monitoring.watched.size).all()
    assert [row["days"] for row in at_once.monitoring.rows] == [4, 4, 4]
