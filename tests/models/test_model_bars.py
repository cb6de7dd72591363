"""Bars of models: valid whatever the closes, the market's own statistics, missing parts that stay missing."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tsgan.data.panel import Panel
from tsgan.errors import DataError, ModelError, TsganWarning
from tsgan.fitting import fit, load_model
from tsgan.models.bars.model import FittedBars
from tsgan.models.bars.shapes import bars_of, shapes_of
from tsgan.models.random import BLOCK
from tsgan.scenarios.scenarios import Scenarios
from tsgan.stats.bars import bar_fields, overnight_ratio, parkinson, volume_range_correlation, wick_asymmetry

DAYS, STEPS = 1500, 40
OVERNIGHT = 0.3
"""Share of the day's variance that the markets below realize overnight."""


def market(assets: int = 2, days: int = DAYS, seed: int = 0) -> Panel:
    """Random walks in steps, under a volatility that wanders and that volume follows."""
    rng = np.random.default_rng(seed)
    h = np.zeros((days, assets))
    for t in range(1, days):
        h[t] = 0.97 * h[t - 1] + 0.1 * rng.standard_normal() + 0.02 * rng.standard_normal(assets)
    sigma = 0.012 * np.exp(h)
    common = 0.6 * rng.standard_normal((days, STEPS + 1, 1)) + 0.8 * rng.standard_normal((days, STEPS + 1, assets))
    scale = np.sqrt(np.r_[OVERNIGHT, np.full(STEPS, (1 - OVERNIGHT) / STEPS)])[None, :, None]
    path = np.cumsum((sigma[:, None] * scale * common).reshape(days * (STEPS + 1), assets), axis=0)
    prices = np.exp(np.log(50.0) + path).reshape(days, STEPS + 1, assets)
    volume = np.round(np.exp(15 + 0.5 * h + 0.2 * rng.standard_normal((days, assets))))
    dates = np.busday_offset("2010-01-04", np.arange(days)).astype("datetime64[D]")
    bars = {"open": prices[:, 0], "high": prices.max(axis=1), "low": prices.min(axis=1), "volume": volume}
    names = tuple("ABCD"[:assets])
    return Panel(dates, names, prices[:, -1], ("price",) * assets, bars=bars, source="simulated")


@pytest.fixture(scope="module")
def panel() -> Panel:
    return market()


@pytest.fixture(scope="module")
def model(panel):
    return fit(panel, "gbm", bars=True)


def without(panel: Panel, rows, column: int, *fields: str) -> Panel:
    """``panel`` with holes; a missing close takes its bar along."""
    values = {"prices": panel.prices, **panel.bars}
    for name in fields:
        values[name] = values[name].copy()
        values[name][rows, column] = np.nan
    return replace(panel, prices=values.pop("prices"), bars=values)


def assert_valid(fields: dict[str, np.ndarray]) -> None:
    opened, high, low, close = (fields[name] for name in ("open", "high", "low", "close"))
    assert (low <= np.minimum(opened, close)).all() and (np.maximum(opened, close) <= high).all() and (low > 0).all()
    assert np.isfinite(high).all() and (fields["volume"] >= 0).all() and np.isfinite(fields["volume"]).all()


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    volatility=st.sampled_from([0.0, 1e-6, 0.01, 0.1, 1.0]),
    start=st.sampled_from([0.003, 1.0, 99.995, 1e6]),
    tick=st.sampled_from([None, 0.01, 0.25, 1 / 3, 100.0]),
)
def test_every_bar_around_any_closes_is_valid(model, seed, volatility, start, tick):
    """Also around closes that the model would never make: what breaks would break in a million bars."""
    returns = np.random.default_rng(seed).standard_t(2, (4, 6, 2)).clip(-30, 30) * volatility
    dates = np.datetime64("2020-01-01", "D") + np.arange(7)
    closes = Scenarios(returns.astype(np.float32), ("A", "B"), ("price",) * 2, dates, np.array([start, 3 * start]))
    drawn = model.bars.draw(closes, seed, [], lambda paths: paths * 0)
    assert_valid(replace(closes, bars=drawn).ohlcv(tick))


@given(numbers=st.lists(st.floats(0.01, 1e6), min_size=4, max_size=4), before=st.floats(0.01, 1e6), up=st.booleans())
def test_shapes_and_bars_are_inverse(numbers, before, up):
    low, opened, close, high = (np.array([x]) for x in sorted(numbers))
    opened, close = (opened, close) if up else (close, opened)
    again = bars_of(np.array([before]), close, shapes_of(np.array([before]), opened, high, low, close))
    for name, value in (("open", opened), ("high", high), ("low", low)):
        np.testing.assert_allclose(again[name], value, rtol=1e-9)


def test_bars_change_no_close_and_are_the_same_in_any_chunk(model, panel, tmp_path):
    whole = model.sample(BLOCK + 40, 30, seed=3)
    assert np.array_equal(whole.returns, fit(panel, "gbm").sample(BLOCK + 40, 30, seed=3).returns)
    model.save(tmp_path / "m")
    again = load_model(tmp_path / "m")
    assert again.model_hash == model.model_hash != fit(panel, "gbm").model_hash
    piece = again.sample(50, 20, seed=3, first_path=BLOCK - 20)
    for name, values in whole.bars.items():
        assert np.array_equal(piece.bars[name], values[BLOCK - 20 : BLOCK + 30, :20]), name
    other = model.sample(50, 20, seed=4)
    assert not np.array_equal(other.bars["volume"], whole.bars["volume"][:50, :20])
    assert_valid(whole.ohlcv(0.01))


def test_damaged_bars_are_told(model):
    arrays = model.bars.arrays()
    del arrays["law/units/ranges"]
    with pytest.raises(ModelError, match="no bars/law/units/ranges"):
        FittedBars.restore(arrays)


def test_the_market_is_recovered(model, panel):
    """Known truth: 30 % of the variance overnight, wicks without a side, volume that follows the range."""
    paths = model.sample(60, DAYS - 1, seed=1)
    prices, column = paths.prices, 0
    generated = bar_fields(
        prices[:, :-1, column], prices[:, 1:, column], {k: v[..., column] for k, v in paths.bars.items()}
    )
    real = bar_fields(
        panel.prices[:-1, column], panel.prices[1:, column], {k: v[1:, column] for k, v in panel.bars.items()}
    )

    def error(statistic) -> float:
        values = statistic(generated)
        return abs(values.mean() - statistic(real)) / (np.std(values) * np.sqrt(1 + 1 / len(values)))

    assert abs(overnight_ratio(generated).mean() - OVERNIGHT / (1 - OVERNIGHT)) < 0.05
    for statistic in (overnight_ratio, wick_asymmetry):
        assert error(statistic) < 3, statistic.__name__
    assert abs(parkinson(generated).mean() / parkinson(real) - 1) < 0.05
    assert volume_range_correlation(generated).mean() > 0.15
    a, b = (np.log(paths.bars["volume"][..., i]).ravel() for i in (0, 1))
    assert 0 < np.corrcoef(a, b)[0, 1] < 0.9


def test_missing_volume_stays_missing(panel):
    hole = without(panel, slice(None), 1, "volume")
    paths = fit(hole, "gbm", bars=True).sample(20, 10)
    assert np.isnan(paths.bars["volume"][..., 1]).all() and np.isfinite(paths.bars["volume"][..., 0]).all()
    assert_valid({name: values[..., 0] for name, values in paths.ohlcv(0.01).items()})
    bare = replace(panel, bars={name: values for name, values in panel.bars.items() if name != "volume"})
    assert set(fit(bare, "gbm", bars=True).sample(20, 10).bars) == {"open", "high", "low"}


def test_closes_only_beside_bars(panel):
    mixed = without(panel, slice(None), 0, "open", "high", "low", "volume")
    with pytest.warns(TsganWarning, match="A: closes only"):
        model = fit(mixed, "gbm", bars=True)
    paths = model.sample(20, 10)
    assert all(np.isnan(values[..., 0]).all() for values in paths.bars.values())
    assert_valid({name: values[..., 1] for name, values in paths.ohlcv(0.01).items()})


def test_unequal_histories_holidays_and_days_without_trading(panel):
    young = without(panel, slice(700), 1, "prices", "open", "high", "low", "volume")
    young = without(young, slice(900, 1300, 50), 0, "prices", "open", "high", "low", "volume")
    bars = {name: values.copy() for name, values in young.bars.items()}
    prices, idle = young.prices.copy(), slice(1000, 1400, 20)
    prices[idle, 1] = prices[np.arange(999, 1399, 20), 1]
    for name in ("open", "high", "low"):
        bars[name][idle, 1] = prices[idle, 1]
    bars["volume"][idle, 1] = 0.0
    model = fit(replace(young, prices=prices, bars=bars), "gbm", bars=True)
    paths = model.sample(40, 60)
    assert_valid(paths.ohlcv(0.01))
    # The days without trading are no evidence of days without range.
    ranges = np.log(paths.bars["high"] / paths.bars["low"])
    real = np.nanmean(np.log(panel.bars["high"] / panel.bars["low"]), axis=0)
    np.testing.assert_allclose(ranges.mean(axis=(0, 1)), real, rtol=0.35)
    again = model.sample(40, 60, history=replace(young, prices=prices, bars=bars))
    assert all(np.array_equal(again.bars[name], values) for name, values in paths.bars.items())


def test_made_up_bars_are_left_out(panel):
    bars = {name: values.copy() for name, values in panel.bars.items()}
    bars["open"][1:522, 0] = panel.prices[:521, 0]
    bars["high"], bars["low"] = np.maximum(bars["high"], bars["open"]), np.minimum(bars["low"], bars["open"])
    with pytest.warns(TsganWarning, match="bars of A in 2 years, 2010 to 2011, open at the close before"):
        model = fit(replace(panel, bars=bars), "gbm", bars=True)
    gaps = np.log(model.sample(200, 2).bars["open"][:, 1] / model.sample(200, 2).prices[:, 1])
    assert 0.5 < gaps[:, 0].std() / gaps[:, 1].std() < 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: replace(p, bars={}), "no open, high, low for A, B in simulated"),
        (lambda p: replace(p, kinds=("level", "rate")), "A, B are levels or rates"),
        (lambda p: without(without(p, slice(None), 0, "open"), slice(None), 1, "open"), "every open is missing"),
        (lambda p: without(p, slice(200, None), 0, "high"), "only 199 of the 1499 bars of A can be used"),
        (lambda p: replace(p, bars=p.bars | {"high": p.bars["high"] / 2}), "contradict its closes; adjust"),
        (lambda p: replace(p, bars=p.bars | {k: p.prices for k in ("open", "high", "low")}), "they are made up"),
    ],
    ids=["closes", "levels", "no-opens", "few", "unadjusted", "flat"],
)
def test_prices_without_true_bars(panel, change, message):
    with pytest.raises(DataError, match=message):
        fit(change(panel), "gbm", bars=True)


def test_histories_lead_to_bars_of_their_own(model, panel):
    calm, wild = panel.before("2012-01-01"), replace(panel, bars={})
    doubled = replace(panel, bars=panel.bars | {"volume": panel.bars["volume"] * 8})
    first = model.sample(400, 5, history=[panel, doubled])
    one, other = np.log(first.bars["volume"])[::2].mean(), np.log(first.bars["volume"])[1::2].mean()
    assert abs(other - one - np.log(8)) < 0.2
    with pytest.warns(TsganWarning, match="no bars, or no volume, of A, B"):
        assert_valid(model.sample(10, 5, history=wild).ohlcv(0.01))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_valid(model.sample(10, 5, history=calm, start_date="2015-01-02").ohlcv(0.01))
