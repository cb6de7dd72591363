"""States moved forward day by day are, bit for bit, those of the whole history; what cannot be taken in is said."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pandas as pd
import pytest

import tsgan
from tests.models.test_dependent import market, panel_with
from tsgan.data.panel import Panel
from tsgan.errors import ModelError, TsganError, UpdateError
from tsgan.models.bars.model import CONTEXT_DAYS, FittedBars
from tsgan.models.dependent.model import WithDependents
from tsgan.models.forward import forward

CUT = "2016-01-01"


def rows(panel: Panel, keep: np.ndarray) -> Panel:
    return replace(
        panel,
        dates=panel.dates[keep].copy(),
        prices=panel.prices[keep].copy(),
        bars={name: values[keep].copy() for name, values in panel.bars.items()},
    )


def day_by_day(model, panel: Panel, days: np.ndarray):
    for day in days:
        model = forward(model, rows(panel, panel.dates == day)).model
    return model


def same_state(model, whole: Panel) -> bool:
    wanted = model.encode(whole.moves[-model.context_days :])
    return all(map(np.array_equal, jax.tree.leaves(model.state), jax.tree.leaves(wanted)))


def test_250_updates_are_the_whole_history(model, indices):
    days = indices.dates[indices.dates >= np.datetime64(CUT)][:250]
    whole = indices.through(days[-1])
    moved = day_by_day(model, indices, days)
    assert same_state(moved, whole) and moved.info.last_date == str(days[-1])
    assert moved == forward(model, whole).model  # at once, and from all of the history
    assert moved.info.train_end == model.info.train_end and moved.info.drift == model.info.drift
    one, other = moved.sample(20, 10, seed=3), model.sample(20, 10, seed=3, history=whole)
    assert np.array_equal(one.prices, other.prices) and np.array_equal(one.dates, other.dates)
    assert one.provenance["state_end"] == str(days[-1]) and "state_end" not in model.info.to_json()


@pytest.mark.parametrize("generator", ["recurrent", pytest.param("tcn", marks=pytest.mark.slow)])
def test_ensembles_and_networks_that_read_further_back(untrained, indices, generator):
    model = untrained(generator)
    days = indices.dates[indices.dates >= np.datetime64(CUT)][:40]
    assert same_state(day_by_day(model, indices, days), indices.through(days[-1]))


def test_the_pretrained_base(indices):
    model = tsgan.fit(indices.before(CUT), "base")
    days = indices.dates[indices.dates >= np.datetime64(CUT)][:40]
    assert same_state(day_by_day(model, indices, days), indices.through(days[-1]))


def test_what_files_hold_a_day_at_a_time(tmp_path):
    """Through CSV files with columns in another order, a saved model each day, weekends and all."""
    frame = market(700)
    model = tsgan.fit(frame.iloc[:690], "gjr-garch")
    later, folder = frame.iloc[690:], tmp_path / "model"
    model.save(folder)
    for i in range(len(later)):
        later.iloc[[i], ::-1].to_csv(tmp_path / "day.csv", index_label="date")
        forward(tsgan.load_model(folder), tmp_path / "day.csv").model.save(folder, overwrite=True)
    frame.to_csv(tmp_path / "all.csv", index_label="date")
    whole = tsgan.load_prices(tmp_path / "all.csv")
    assert same_state(tsgan.load_model(folder), whole)


def test_assets_that_follow_others():
    panel = panel_with("stretched")
    model = tsgan.fit(panel.through(panel.dates[849]), "dcc-garch")
    assert isinstance(model, WithDependents)
    moved = day_by_day(model, panel, panel.dates[850:])
    assert same_state(moved, panel) and same_state(forward(model, panel).model, panel)
    assert np.array_equal(moved.sample(5, 5).prices, model.sample(5, 5, history=panel).prices)


def test_holidays_of_one_asset_and_a_bounded_level():
    frame = market(600)
    frame["FEAR"] = 15 + 5 * np.sin(np.arange(600) / 9) + np.random.default_rng(1).normal(0, 0.5, 600)
    frame.iloc[np.r_[5:590:40, 597], 1] = np.nan
    panel = tsgan.load_prices(frame, kinds={"FEAR": "level"}, bounds={"FEAR": (0, None)}, join="outer")
    model = tsgan.fit(panel.through(panel.dates[589]), "fhs")
    moved = day_by_day(model, panel, panel.dates[590:])
    assert same_state(moved, panel) and np.array_equal(moved.info.start_prices, panel.last_prices)


def test_bars_need_the_days_that_their_state_is_read_from():
    from tests.models.test_model_bars import market as with_bars

    panel = with_bars()
    training = panel.through(panel.dates[-9])
    model = tsgan.fit(training, "gbm", bars=True)
    moved = model
    for day in panel.dates[-8:]:
        moved = forward(moved, panel.through(day)).model
    assert isinstance(moved.bars, FittedBars) and moved == forward(model, panel).model
    assert all(map(np.array_equal, moved.bars.start, moved.bars.encode(panel)))
    one, other = moved.sample(5, 5).ohlcv(), model.sample(5, 5, history=panel).ohlcv()
    assert all(np.array_equal(one[name], other[name]) for name in one)
    with pytest.raises(UpdateError, match=f"last {CONTEXT_DAYS:,}"):
        forward(model, rows(panel, panel.dates > panel.dates[-100]))
    with pytest.raises(UpdateError, match="have none"):
        forward(model, replace(panel, bars={}))


def test_a_model_without_prices_needs_those_that_its_state_is_read_from(untrained, indices):
    model = untrained("recurrent")
    bare, whole = model.without_prices([100.0, 100.0]), indices.through("2016-03-01")
    moved = forward(bare, whole).model
    assert same_state(moved, whole) and not moved.info.rebased
    assert np.array_equal(moved.info.start_prices, whole.last_prices)
    with pytest.raises(UpdateError, match="reach back further"):
        forward(bare, rows(whole, whole.dates > np.datetime64("2015-12-01")))


@pytest.fixture(scope="module")
def garch():
    frame = market(700)
    return tsgan.fit(frame.iloc[:690], "gjr-garch"), frame


def test_overlapping_days_and_no_new_ones(garch):
    model, frame = garch
    for first in (0, 400, 600, 689, 690):
        assert forward(model, frame.iloc[first:]).model == forward(model, frame).model
    nothing = forward(model, frame.iloc[:690])
    assert nothing.model is model and len(nothing.days) == 0


def test_older_prices(garch):
    model, frame = garch
    with pytest.raises(UpdateError, match=f"end on {frame.index[680].date()}.*older"):
        forward(model, frame.iloc[:681])


def test_a_gap_before_the_new_days(garch):
    model, frame = garch
    with pytest.raises(UpdateError, match=f"no price between {frame.index[689].date()}.*2 days.*missing"):
        forward(model, frame.iloc[692:])
    kept = frame.drop(frame.index[690:692])  # the market was closed, as these prices say
    moved = forward(model, kept)
    assert "taken for closed" in moved.notes[0] and same_state(moved.model, tsgan.load_prices(kept))


def test_revised_prices(garch):
    model, frame = garch
    other = frame.copy()
    other.iloc[650, 1] *= 1.01
    with pytest.raises(UpdateError, match=rf"revised: TWO moved by .* on {frame.index[650].date()}.*2 of the 689"):
        forward(model, other)
    moved = forward(model, other, take_revised=True).model
    assert same_state(moved, tsgan.load_prices(other)) and not same_state(moved, tsgan.load_prices(frame))
    with pytest.raises(UpdateError, match="reach back further"):
        forward(model, other.iloc[600:], take_revised=True)


def test_adjusted_prices_are_told_from_revised_ones(garch):
    model, frame = garch
    adjusted = frame.copy()
    adjusted["ONE"] *= 0.5
    moved = forward(model, adjusted)
    assert "adjusted" in moved.notes[0] and same_state(moved.model, tsgan.load_prices(adjusted))
    partly = forward(model, adjusted.iloc[600:])
    assert partly.model.info.start_prices == tuple(adjusted.iloc[-1])
    np.testing.assert_allclose(partly.model.state, moved.model.state, rtol=1e-9)
    with pytest.raises(UpdateError, match="revised or adjusted: ONE cost"):
        forward(model, adjusted.iloc[685:])


def test_other_assets(garch):
    model, frame = garch
    with pytest.raises(ModelError, match="no TWO"):
        forward(model, frame[["ONE"]])
    with pytest.raises(TsganError, match="positive"):
        forward(model, frame.iloc[690:] * -1)
    more = frame.assign(THREE=frame["ONE"] * 2)
    assert forward(model, more.iloc[690:]).model == forward(model, frame).model


def test_a_series_that_stands_still_needs_its_history(garch):
    """Whether it rested or was not traded depends on how often it ever did."""
    _, frame = garch
    still = frame.copy()
    still.iloc[686:696, 0] = still.iloc[686, 0]
    model = tsgan.fit(still.iloc[:690], "gjr-garch")
    with pytest.raises(UpdateError, match="ONE has stood still"):
        forward(model, still.iloc[690:693])
    moved = forward(model, still).model
    assert same_state(moved, tsgan.load_prices(still))


def test_weeks_have_gaps_of_weeks():
    index = pd.date_range("2008-01-04", periods=320, freq="W-FRI")
    prices = market(320).set_axis(index)
    model = tsgan.fit(prices.iloc[:310], "gbm")
    assert forward(model, prices.iloc[310:]).model == forward(model, prices).model
    with pytest.raises(UpdateError, match="no price between"):
        forward(model, prices.iloc[312:])
