"""Figures of tiles and matrices, recomputed from exported paths and tables with plain numpy and pandas."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tsgan
from tsgan.stats.distances import wasserstein

HELD = {"SPX": 0.6, "IXIC": 0.4}
DAYS = 20


def closes(scenarios: tsgan.Scenarios, folder: Any) -> np.ndarray:
    """(path, day + 1, asset) closes as somebody reads them from the file, SPX first."""
    scenarios.to_parquet(folder / "paths.parquet", overwrite=True)
    table = pd.read_parquet(folder / "paths.parquet")
    first = dict(zip(scenarios.assets, scenarios.start_prices, strict=True))
    wide = table.pivot(index=["scenario", "date"], columns="ticker", values="close")[list(HELD)]
    each = wide.to_numpy().reshape(table["scenario"].nunique(), -1, len(HELD))
    if each.shape[1] == scenarios.horizon:
        each = np.concatenate([np.tile([first[t] for t in HELD], (len(each), 1, 1)), each], axis=1)
    return each


def profits(prices: np.ndarray) -> np.ndarray:
    return (prices[:, 1:] / prices[:, :1] - 1) @ np.array(list(HELD.values()))


def worst(losses: np.ndarray, level: float) -> tuple[float, float]:
    """VaR and ES of equally likely losses."""
    ordered = np.sort(losses)
    place = math.ceil(level * len(ordered) - 1e-9)
    beyond, part = ordered[place:], place - level * len(ordered)
    var = ordered[place - 1]
    return var, (beyond.sum() + part * var) / ((1 - level) * len(ordered))


def quantile(values: np.ndarray, weights: np.ndarray, level: float) -> float:
    order = np.argsort(values, kind="stable")
    return float(values[order][np.searchsorted(np.cumsum(weights[order]), level - 1e-12)])


@pytest.fixture(scope="module")
def stressed(fitted, indices):
    known = indices.through("2015-12-31")
    return tsgan.stress(
        fitted("gbm"), HELD, history=known, shocks="SPX<=-0.02", at=10, losses=[0.03, 0.06], n_paths=500, horizon=DAYS
    ), known


def test_plain_risk(stressed, tmp_path):
    study, _ = stressed
    won = profits(closes(study.usual, tmp_path))
    plain = replace(study, given=None, given_profits=None)  # whose page leads with the figures themselves
    tiles = {tile.name: tile for tile in plain.front.tiles}
    assert tiles["Value at risk, 10 days, 99 %"].value == pytest.approx(worst(-won[:, 9], 0.99)[0], abs=1e-6)
    assert tiles["Expected shortfall, 10 days, 97.5 %"].value == pytest.approx(worst(-won[:, 9], 0.975)[1], abs=1e-6)
    below = next(tile for name, tile in tiles.items() if name.startswith("Down more than"))
    assert below.value == pytest.approx((won.min(axis=1) < -0.06).mean() or below.value)
    var, es, lost, *_ = plain.matrices
    for row, day in (("one day", 1), ("10 days", 10), ("20 days", 20)):
        assert var.cell(row, "gbm").value == pytest.approx(worst(-won[:, day - 1], 0.99)[0], abs=1e-6)
        assert es.cell(row, "gbm").value == pytest.approx(worst(-won[:, day - 1], 0.975)[1], abs=1e-6)
    assert lost.cell("more than 3%", "gbm").value == pytest.approx((won.min(axis=1) < -0.03).mean())
    value = np.concatenate([np.ones((len(won), 1)), 1 + won], axis=1)
    fall = (1 - value / np.maximum.accumulate(value, axis=1)).max(axis=1)
    deepest = next(tile for name, tile in tiles.items() if name.startswith("Deepest fall"))
    assert deepest.value == pytest.approx(quantile(fall, np.full(len(fall), 1 / len(fall)), 0.95), abs=1e-6)


def test_base_rates(stressed):
    study, known = stressed
    frame = known.to_frame()[list(HELD)]
    gained = ((frame.shift(-10) / frame - 1).dropna() * list(HELD.values())).sum(axis=1)
    var = next(m for m in study.matrices if m.caption.startswith("Value at risk")).cell("10 days", "gbm").value
    rates = next(m for m in study.matrices if m.caption.startswith("How often"))
    hits = (gained <= -var).to_numpy()
    row = "beyond the value at risk of 10 days"
    assert (
        rates.cell(row, "Stretches").value == len(gained) and rates.cell(row, "Stretches with it").value == hits.sum()
    )
    assert rates.cell(row, "Share of stretches").value == pytest.approx(hits.mean())
    spells, free = 0, 0
    for start in np.flatnonzero(hits):
        if start >= free:
            spells, free = spells + 1, start + 10
    assert rates.cell(row, "Occasions apart").value == spells > 3
    assert rates.cell(row, "Last from").text == str(gained.index[np.flatnonzero(hits)[-1]].date())
    fell = frame["SPX"].shift(-10) / frame["SPX"] - 1
    came = next(tile for tile in study.front.tiles if tile.name.startswith("How often"))
    assert came.value == rates.cell("the event", "Share of stretches").value
    assert came.value == pytest.approx((fell.dropna() <= -0.02).mean())


def test_given_an_event(stressed, tmp_path):
    study, _ = stressed
    given = study.given.scenarios
    prices, weights = closes(given, tmp_path), np.asarray(given.weights)
    assert (prices[:, 10, 0] / prices[:, 0, 0] - 1 <= -0.02 + 1e-6).all()
    won = profits(prices)[:, 9]
    stands = next(tile for tile in study.front.tiles if tile.name.startswith("Portfolio"))
    assert stands.value == pytest.approx(quantile(won, weights, 0.5), abs=1e-6)
    assert (stands.low, stands.high) == pytest.approx(tuple(quantile(won, weights, q) for q in (0.05, 0.95)), abs=1e-6)
    usual = profits(closes(study.usual, tmp_path))[:, 9]
    same = np.full(len(usual), 1 / len(usual))
    assert dict(stands.beside)["without it"] == pytest.approx(quantile(usual, same, 0.5), abs=1e-6)
    moved = prices[:, 10, 1] / prices[:, 0, 1] - 1
    assert study.matrices[0].cell("IXIC", "Given the event").value == pytest.approx(
        quantile(moved, weights, 0.5), abs=1e-6
    )
    assert study.front.tiles[0].value == study.given.probability.value


def test_a_forecast(fitted, indices, tmp_path):
    known = indices.through("2015-12-31")
    report = tsgan.forecast(fitted("gbm"), known, n_paths=400, horizon=5, draws=0, levels={"SPX": 2100.0}, seed=4)
    prices = closes(fitted("gbm").sample(400, 5, seed=4, history=known), tmp_path)
    same = np.full(400, 1 / 400)
    at = {tile.name: tile for tile in report.front.tiles}
    closed, touched = list(at.values())[:2]
    assert closed.value == pytest.approx((prices[:, 5, 0] >= 2100).mean())
    assert touched.value == pytest.approx((prices[:, 1:, 0] >= 2100).any(axis=1).mean())
    ranged = report.matrices[0]
    for row, day in zip(ranged.rows, (1, 5), strict=True):
        for i, asset in enumerate(HELD):
            middle = quantile(prices[:, day, i], same, 0.5)
            assert ranged.cell(row[0], asset).value == pytest.approx(middle, rel=1e-6)
    moves = np.diff(np.log(prices), axis=1)
    year = np.sqrt(252 * (moves**2).cumsum(axis=1) / np.arange(1, 6)[:, None])
    swung = report.matrices[1].cell(report.matrices[1].rows[-1][0], "IXIC")
    assert swung.value == pytest.approx(quantile(year[:, 4, 1], same, 0.5), rel=1e-4)


def test_a_book_of_firms(fitted, tmp_path):
    book = pd.DataFrame({"loan": ["x", "y"], "ticker": ["SPX", "IXIC"], "exposure": [100.0, 50.0], "lgd": [0.4, 0.6],
                         "equity": [10.0, 9.0], "debt": [90.0, 91.0], "volatility": [0.9, 1.0]})  # fmt: skip
    found = tsgan.lend(fitted("fhs").sample(400, 60, seed=2), book)
    found.save(tmp_path / "out")
    losses = pd.read_csv(tmp_path / "out" / "losses.csv")
    mean, var, es, default, some, spread = found.front.tiles
    assert mean.value == pytest.approx(losses["total"].mean())
    assert (var.value, es.value) == pytest.approx(worst(losses["total"].to_numpy(), 0.99))
    shares = {name: float((losses[name] > 0).mean()) for name in ("x", "y")}
    likeliest = max(shares, key=shares.__getitem__)
    assert default.value == pytest.approx(shares[likeliest]) and f"Default of {likeliest}" in default.name
    assert some.value == pytest.approx(((losses["x"] > 0) | (losses["y"] > 0)).mean())
    _, firms, who = found.matrices
    for name in shares:
        assert firms.cell(name, "Over the paths").value == pytest.approx(shares[name])
        assert who.cell(name, "Expected loss").value == pytest.approx(losses[name].mean())
    assert spread.value == firms.cell(likeliest, "Spread over Merton's").value


def test_why_a_firm_is_not_at_mertons(fitted):
    """Under a geometric Brownian motion a firm spreads as Merton assumes; where paths differ in volatility, its value
    has the tails of the mixture, and the normal law as wide says how much of the difference is spread."""
    gbm = fitted("gbm").sample(4000, 60, seed=3)
    calm = np.where(np.arange(4000) % 2, 0.4, 1.36)[:, None, None]  # of the same mean square
    mixed = replace(gbm, returns=(gbm.returns * calm).astype(np.float32))
    book = pd.DataFrame({"loan": ["x"], "ticker": ["SPX"], "exposure": [100.0], "lgd": [0.4], "equity": [10.0],
                         "debt": [90.0], "volatility": [0.6]})  # fmt: skip
    plain, wild = (tsgan.lend(paths, book).outcome.rows[0] for paths in (gbm, mixed))
    assert plain["spread_over_merton"] == pytest.approx(1, abs=0.04) and abs(plain["excess_kurtosis"]) < 0.3
    assert plain["normal_pd"] == pytest.approx(plain["merton_pd"], rel=0.3)
    assert wild["spread_over_merton"] == pytest.approx(1, abs=0.05)
    squares = np.array([0.4, 1.36]) ** 2
    kurtosis = 3 * (squares**2).mean() / squares.mean() ** 2 - 3
    assert wild["excess_kurtosis"] == pytest.approx(kurtosis, rel=0.25)
    assert wild["default_probability"] > 3 * wild["normal_pd"]


def test_pools(fitted):
    book = pd.DataFrame({"pool": ["p"], "exposure": [100.0], "lgd": [0.5], "series": ["SPX"], "pd": [0.02],
                         "correlation": [0.15]})  # fmt: skip
    for name, start in (("gbm", -2.326), ("fhs", None)):
        paths = fitted(name).sample(4000, 20, seed=5)
        found = tsgan.lend(paths, book)
        moves = paths.returns[:, :, paths.assets.index("SPX")].sum(axis=1)
        factor = np.sort((moves - moves.mean()) / moves.std())[39]
        at = {tile.name: tile.value for tile in found.front.tiles}
        assert at["Where the worst 1 % of p's factor begin"] == pytest.approx(factor, abs=0.02)
        if start is not None:
            assert factor == pytest.approx(start, abs=0.15)
        rates = np.sort(found.losses.total / 50)
        assert at["Default rate of p, once in a hundred"] == pytest.approx(rates[math.ceil(0.99 * 4000 - 1e-9) - 1])


def test_a_strategy_beside_buying_and_holding(fitted, indices, tmp_path):
    paths = fitted("gbm").sample(50, 60, seed=1)
    found = tsgan.robustness("moving_average_cross", paths, indices, lookback=120, cost=0.001)
    found.save(tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "paths.csv")
    money, beats, sharpe, growth, _, real = found.front.tiles
    assert money.value == pytest.approx((table["growth"] > 0).mean())
    assert beats.value == pytest.approx((table["sharpe"] > table["holding_sharpe"]).mean())
    assert sharpe.value == np.sort(table["sharpe"])[24] and growth.value == np.sort(table["growth"])[24]
    assert dict(growth.beside)["buy and hold"] == pytest.approx(np.sort(table["holding_growth"])[24])
    held = (closes(paths, tmp_path) / closes(paths, tmp_path)[:, :1]).mean(axis=2)
    daily = held[:, 1:] / held[:, :-1] - 1
    daily[:, 0] -= 0.001  # bought at the first close
    ratio = np.sqrt(252) * daily.mean(axis=1) / daily.std(axis=1, ddof=1)
    np.testing.assert_allclose(table["holding_sharpe"], ratio, rtol=1e-4)
    years = found.matrices[1]
    best = dict(years.rows)[f"{found.windows[0][0]} to {found.windows[0][1]}"]
    prices = indices.select(found.assets).prices
    start = int(np.searchsorted(indices.dates, np.datetime64(found.windows[0][0])))
    real_held = (prices[start : start + 61] / prices[start]).mean(axis=1)
    moves = real_held[1:] / real_held[:-1] - 1
    moves[0] -= 0.001
    assert best[1].value == pytest.approx(np.sqrt(252) * moves.mean() / moves.std(ddof=1), rel=1e-6)
    assert real.value == found.windowed.sharpe[found.headline]


def test_a_scorecard(fitted, indices):
    gbm = fitted("gbm")
    card = tsgan.evaluate(gbm, indices, baselines=(), paths=30, draws=200)
    later = indices.dates > np.datetime64(gbm.info.train_end)
    real = np.diff(np.log(indices.prices), axis=0)[later[1:]]
    drawn = gbm.sample(30, len(real), history=indices.through(gbm.info.train_end)).returns.astype(np.float64)
    at = {tile.name: tile.value for tile in card.front.tiles}
    ratios = [np.median(drawn[:, :, i].std(axis=1)) / real[:, i].std() for i in range(2)]
    off = np.exp(np.mean(np.log(ratios))) - 1
    assert at["Level of volatility against the real one"] == pytest.approx(off, rel=1e-6)
    plain, shape = [], []
    for i in range(2):
        ours = np.lib.stride_tricks.sliding_window_view(real[:, i], 20).sum(axis=-1)
        theirs = np.lib.stride_tricks.sliding_window_view(drawn[:, :, i], 20, axis=1).sum(axis=-1).ravel()
        plain.append(wasserstein(ours, theirs))
        shape.append(wasserstein(ours / real[:, i].std(), theirs / drawn[:, :, i].std()))
    assert at["Distance of 20-day returns as they are"] == pytest.approx(np.mean(plain), rel=1e-6)
    name = "Distance of 20-day returns at equal volatility, standard deviations"
    assert at[name] == pytest.approx(np.mean(shape), rel=1e-6)
    answers, groups = card.matrices[:2]
    assert groups.cell("all tests", "gbm").value == at["Tests of the facts of the market passed"]
    marks = [row.judged["gbm"].mark for row in card.facts]
    assert at["Tests of the facts of the market passed"] == marks.count("in band") / sum(
        mark in ("in band", "out of band", "too wide") for mark in marks
    )
    assert {row[0]: row[1][0].text for row in answers.rows}["tomorrow's risk"] in ("yes", "no")
