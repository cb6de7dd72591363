"""The pretrained base: what it is fitted to a history, its levels, its vintages, and what it refuses."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan.config import GANConfig
from tsgan.errors import DataError, LookAheadWarning, ModelError
from tsgan.evaluation.scorecard import evaluate
from tsgan.models.bundled import FOLDER, vintage_names
from tsgan.models.gan import memory as vol
from tsgan.models.gan.base import Base, factor_loadings
from tsgan.models.gan.density import bounded
from tsgan.models.gan.memory import Memory
from tsgan.models.gan.model import GAN
from tsgan.models.gan.surprises import KINDS, records, surprise
from tsgan.models.gan.trees import flatten
from tsgan.models.gan.vintages import read_vintage, save_vintage
from tsgan.owned import sealed
from tsgan.testing import check_model
from tsgan.training.zero_shot import history_units, shrunk_drift


@pytest.fixture(scope="module")
def base(indices) -> GAN:
    return tsgan.fit(indices.before("2010-01-01"), "base")  # type: ignore[return-value]


def one_of(table: pd.DataFrame) -> tsgan.Panel:
    return tsgan.load_prices(table, min_days=21)


def test_it_keeps_the_contract_of_models(base, indices):
    """Two of its members do: eight would take four times as long, and are dealt paths in the same way."""
    config = {**base.info.config, "population": 2, "best_member": 1}
    members = jax.tree.map(lambda leaf: leaf[-2:], base.members)
    check_model(GAN(replace(base.info, config=config), base.recent, members, base.scale, base.shift[-2:]), indices)


def test_it_tells_where_it_comes_from(base):
    assert base.info.model == "base"
    assert base.info.config["vintage"] == "base-2009"
    assert base.info.config["pretrained_until"] == "2009-12-31" == base.info.train_end
    assert base.sample(2, 2).provenance["drift"]["mode"].startswith("historical, shrunk to 0.0003 a day")


def test_it_is_saved_and_read(base, indices, tmp_path):
    base.save(tmp_path / "base")
    read = tsgan.load_model(tmp_path / "base")
    assert read == base and read.context_days == base.context_days == 7000
    np.testing.assert_array_equal(read.sample(300, 5, seed=1).returns, base.sample(300, 5, seed=1).returns)
    card = (tmp_path / "base" / "MODEL_CARD.md").read_text()
    assert "learned on other markets to 2009-12-31" in card and "shrunk to 0.0003 a day" in card


def test_members_differ_in_their_level_alone_and_levels_balance(base):
    config, law = base.info.config, base.members.law
    level = np.asarray(base.members.level[...])
    assert len(level) == base.population == config["population"] == 8
    np.testing.assert_allclose(level.std(), law.base.level_spread, rtol=1e-5)
    np.testing.assert_allclose(level.reshape(-1, 2).sum(axis=1), 0, atol=1e-6)
    assert np.abs(level[base.best_member]) == np.abs(level).min()
    for name, leaf in flatten(base.members).items():
        assert name.startswith("level") or (leaf == leaf[:1]).all()


def test_a_level_is_another_unit(base):
    """A member of level l reads a history as one of level 0 would whose unit is exp(l) times as large."""
    rng, level = np.random.default_rng(0), 0.4
    x = (0.7 * rng.standard_t(5, (300, 2))).astype(np.float32)
    here = jax.tree.map(lambda leaf: leaf[0], base.members)
    here.level[...], here.log_unit[...] = jnp.float32(level), jnp.array([0.1, -0.2], jnp.float32)
    there = jax.tree.map(lambda leaf: leaf, here)
    there.level[...], there.log_unit[...] = jnp.float32(0.0), here.log_unit[...] + level
    # The memory before any history is a unit's; here it begins at the same volatility on both sides.
    memory = vol.trajectory(x, here.law.memory)
    begun = Memory(jnp.asarray(memory.trend[-1]), jnp.asarray(memory.square[-1]))
    moved = Memory(begun.trend * np.exp(-level), begun.square * np.exp(-2 * level))
    record = rng.normal(0, 0.3, (1, 2, here.answers[...].shape[1] * KINDS))
    column = jnp.asarray(np.concatenate([np.full((1, 2, 1), 300.0), record], axis=-1), jnp.float32)
    a, b = here.density(here.begin(column, begun)), there.density(there.begin(column, moved))
    np.testing.assert_allclose(a.location, b.location * np.exp(level), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(a.log_scale, b.log_scale + level, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(a.tail, b.tail, rtol=1e-4)
    np.testing.assert_allclose(here.copula(here.begin(column, begun)).log_strength,
                               there.copula(there.begin(column, moved)).log_strength, rtol=1e-4, atol=1e-5)  # fmt: skip


def test_the_record_is_one_of_steps_and_days_alike(base):
    """Read off a whole history at once, or kept day by day; a day without a return leaves it as it was."""
    rng, member = np.random.default_rng(3), jax.tree.map(lambda leaf: leaf[1], base.members)
    x = (0.9 * rng.standard_t(4, (300, 2))).astype(np.float32)
    memory, listed = vol.trajectory(x, member.law.memory), np.ones(x.shape, bool)
    every = member.columns(x, memory, listed)
    at = [jax.tree.map(lambda leaf, day=day: jnp.asarray(leaf[day]), memory) for day in (280, 300)]
    state = member.begin(jnp.asarray(every[279:280]), at[0])
    step = jax.jit(member.step)
    for day in range(280, 300):
        state = step(state, jnp.asarray(x[day]), jnp.int32(day))
    np.testing.assert_allclose(state.record, member.begin(jnp.asarray(every[-1:]), at[1]).record, rtol=1e-3, atol=1e-4)
    assert np.abs(state.record).max() > 0.05
    x[150:160, 1] = np.nan
    gaps = member.columns(x, vol.trajectory(x, member.law.memory), listed)
    assert (gaps[149:160, 1] == gaps[149, 1]).all() and not (gaps[149:160, 0, 1:] == gaps[149, 0, 1:]).all()


def test_an_explanation_of_a_history_with_gaps_reads_the_record(base, indices):
    returns = indices.before("2010-01-01").moves[-120:].copy()
    returns[60:64, 1] = np.nan
    usual = np.where(np.isfinite(returns), np.nanmean(returns, axis=0), np.nan)
    parts, after, before = base.integrated_gradients(returns, usual, 1)
    volatility = base.predictive_moments(returns, np.array([120])).volatility[0, 1]
    assert after == pytest.approx(np.log(volatility), abs=1e-4)
    assert parts.sum() == pytest.approx(after - before, abs=1e-3) and not parts[60:64, 1].any()


def test_surprises_have_mean_zero_where_the_law_holds(base):
    z = np.random.default_rng(4).standard_normal((400_000, 1))
    fallen = np.random.default_rng(5).uniform(-1, 1, (400_000, 1, 2))
    each = np.asarray(surprise(jnp.asarray(z), jnp.asarray(fallen), base.members.law))[:, 0]
    assert (np.abs(each.mean(axis=0)) < 4 * each.std(axis=0) / np.sqrt(len(z)) + 0.005).all()
    wild = surprise(jnp.asarray(1.5 * z[:4000]), jnp.asarray(fallen[:4000]), base.members.law)
    first = jnp.zeros((1, KINDS, 5))
    after = records(wild, jnp.ones((4000, 1), bool), base.members.law, first)[-1, 0]
    assert (after[0] > 0.5).all() and (after[4] > 0.2).all()  # wilder, and fuller of extremes


def test_an_asset_that_turns_calm_is_soon_told_calmer(base):
    """Of two histories with the same volatility at every scale, that whose days surprised by calm is told calmer."""
    member = jax.tree.map(lambda leaf: leaf[0], base.members)
    memory = Memory(jnp.zeros((2, 9)), jnp.ones((2, 9)))
    record = np.zeros((1, 2, 1 + KINDS * 5), np.float32)
    record[..., 0] = 2000
    calm = record.copy()
    calm[..., 1:6] = -0.3  # mean square of normal scores .7
    usual, calmer = (member.density(member.begin(jnp.asarray(c), memory)).log_scale for c in (record, calm))
    assert (calmer < usual - 0.02).all()


def test_levels_spread_the_volatility_of_years_more_than_that_of_days(base):
    returns = base.sample(512, 750, seed=5).returns[..., 1]
    spread = {days: np.log(returns[:, :days].std(axis=1)) for days in (5, 750)}
    level = np.asarray(base.members.level[...])[np.arange(512) % 8]
    slope = {days: np.polyfit(level, each, 1)[0] for days, each in spread.items()}
    # A level also reads as another unit, and larger units have longer storms: the answer may exceed one for one.
    assert 0.5 < slope[750] < 1.6 and slope[5] < 0.5 * slope[750]


def test_paths_carry_the_shrunk_drift(base):
    mean = base.sample(4096, 250, seed=2).returns.mean(axis=1, dtype=np.float64)
    error = mean.std(axis=0) / np.sqrt(len(mean))
    assert (np.abs(mean.mean(axis=0) - base.info.drift) < 3 * error + 4e-5).all()


def test_units_are_shrunk_and_an_asset_against_the_market_is_seen_upside_down(base):
    rng, law = np.random.default_rng(3), base.members.law
    market = rng.standard_normal((2000, 1))
    returns = np.hstack([0.05 * market, 0.05 * market, -0.05 * market]) + 0.01 * rng.standard_normal((2000, 3))
    returns[:-20, 1] = np.nan
    scale, log_unit = history_units(returns, np.array([True, True, False]), law)
    spread = np.nanstd(returns, axis=0)
    assert scale[2] == pytest.approx(-spread[2]) and log_unit[2] == 0
    assert scale[0] == pytest.approx(spread[0], rel=0.02)
    assert scale[1] == pytest.approx(np.sqrt(spread[1] * law.base.unit), rel=0.05)  # half its own, half the typical
    np.testing.assert_allclose(log_unit[:2], np.log(scale[:2] / law.base.unit))


def test_the_drift_of_a_short_history_is_hardly_its_mean(base):
    rng, law = np.random.default_rng(4), base.members.law
    returns = rng.normal(0.004, 0.02, (60, 1))
    assert abs(shrunk_drift(returns, law)[0] - law.base.drift) < 1e-4
    long = rng.normal(0.001, 0.002, (5000, 1))
    assert shrunk_drift(long, law)[0] == pytest.approx(long.mean(), abs=1e-5)


def test_correlations_are_shrunk_pair_by_pair(base):
    rng, law = np.random.default_rng(5), base.members.law
    scores = rng.standard_normal((4000, 4))
    scores[:, 1:3] = 0.9 * scores[:, :1] + np.sqrt(0.19) * scores[:, 1:3]
    scores[:-20, 2] = np.nan
    found = bounded(jnp.asarray(factor_loadings(scores, 3, law)))
    found = np.asarray(found @ found.T)
    assert found[0, 1] > 0.8  # four thousand days
    assert found[0, 2] < found[0, 1] - 0.1  # twenty
    assert factor_loadings(scores[:, :1], 6, law).shape == (1, 1)


def test_histories_may_be_short_young_and_have_gaps(indices):
    closes = pd.DataFrame(indices.prices, pd.DatetimeIndex(indices.dates), list(indices.assets)).loc["2010":"2011-03"]
    closes.iloc[:-60, 1] = np.nan
    closes.iloc[-10:-5, 0] = np.nan
    for table in (closes, closes[["SPX"]].tail(30)):
        model = tsgan.fit(tsgan.load_prices(table, min_days=21, join="outer"), "base")
        paths = model.sample(64, 20)
        volatility = paths.returns.std(axis=(0, 1))
        assert np.isfinite(paths.returns).all() and (0.003 < volatility).all() and (volatility < 0.04).all()


def test_prices_that_are_not_daily_are_for_a_gan():
    months = pd.DataFrame({"A": 100 + np.arange(80.0)}, pd.date_range("2000-01-31", periods=80, freq="ME"))
    months["A"] += np.random.default_rng(0).normal(0, 2, 80)
    with pytest.raises(DataError, match="daily prices only"):
        tsgan.fit(months, "base")


def test_the_newest_vintage_is_taken_that_ends_before_the_history_does(indices):
    assert vintage_names() == ("base-1999", "base-2004", "base-2009", "base-2014", "base-2017")
    panel = indices.through("2012-06-29")
    assert tsgan.fit(panel, "base").info.config["vintage"] == "base-2009"
    assert tsgan.fit(panel, "base", vintage="2004").info.config["vintage"] == "base-2004"
    with pytest.warns(LookAheadWarning, match=r"base-2014 was trained on markets to 2014-12-31"):
        assert tsgan.fit(panel, "base", vintage="base-2014").info.config["vintage"] == "base-2014"
    with pytest.warns(LookAheadWarning, match="LOOK-AHEAD"):
        assert tsgan.fit(indices.through("1999-09-30"), "base").info.config["vintage"] == "base-1999"
    with pytest.raises(ModelError, match=r"no vintage called 1789; .* base-1999"):
        tsgan.fit(panel, "base", vintage="1789")


def test_a_vintage_is_saved_and_read(tmp_path):
    vintage = read_vintage(FOLDER / "base-2004")
    save_vintage(replace(vintage, name="base-again"), tmp_path / "again")
    again = read_vintage(tmp_path / "again")
    assert (again.config, again.until, again.name) == (vintage.config, vintage.until, "base-again")
    for name, leaf in flatten(vintage.base).items():
        np.testing.assert_array_equal(flatten(again.base)[name], leaf)
    assert isinstance(again.base, Base) and isinstance(again.config, GANConfig)
    assert "Survivorship" in (tmp_path / "again" / "MODEL_CARD.md").read_text()
    (tmp_path / "again" / "base.json").write_text("{}")
    with pytest.raises(ModelError, match="cannot be read as a pretrained base"):
        read_vintage(tmp_path / "again")


def test_vintages_of_earlier_formats_keep_their_noise(tmp_path):
    shutil.copytree(FOLDER / "base-2004", tmp_path / "old")
    file = tmp_path / "old" / "base.json"
    document = json.loads(file.read_text())
    assert document["config"]["law"].pop("noise") == "counters"
    del document["sha256"]
    file.write_text(json.dumps(sealed({**document, "format_version": 2})))
    assert read_vintage(tmp_path / "old").config.law.noise == "keys"
    assert read_vintage(FOLDER / "base-2004").config.law.noise == "counters"


def test_vintages_are_small():
    for name in vintage_names():
        assert sum(file.stat().st_size for file in (Path(FOLDER) / name).iterdir()) < 100_000


def test_the_base_is_no_model_before_it_has_a_history(indices):
    for name in ("bundled:base", "bundled:base-2009"):
        with pytest.raises(ModelError, match=r"no assets of its own.*--history"):
            tsgan.load_model(name)
    with pytest.raises(ModelError, match="no assets of its own"):
        tsgan.sample("bundled:base", 10, 5)
    history = indices.through("2013-03-28")
    paths = tsgan.sample("bundled:base", 10, 5, seed=1, history=history)
    np.testing.assert_array_equal(paths.returns, tsgan.fit(history, "base").sample(10, 5, seed=1).returns)
    older = tsgan.sample(
        "bundled:base-2004", 10, 5, history=[indices.through("2009-03-31"), indices.through("2008-10-10")]
    )
    assert older.provenance["config"]["vintage"] == "base-2004"
    assert older.provenance["train_end"] == "2008-10-10"  # of the history that ends first


def test_dates_that_the_pretraining_has_seen_are_judged_with_a_mark(indices):
    panel = indices.through("2006-12-29")
    with pytest.warns(LookAheadWarning):
        model = tsgan.fit(panel.through("2004-06-30"), "base", vintage="2009")
    with pytest.warns(LookAheadWarning, match="judged on dates from 2004-07-01"):
        card = evaluate(model, panel, baselines=(), paths=20, draws=200)
    assert card.look_ahead == "2009-12-31" and card.verdict[0].startswith("LOOK-AHEAD")
    honest = tsgan.fit(panel.through("2005-06-30"), "base")
    card = evaluate(honest, panel, baselines=(), paths=20, draws=200)
    assert card.look_ahead is None and "LOOK-AHEAD" not in card.verdict[0]
