"""Figures of tiles and matrices of reverse tests, secured loans, comparisons and backtests of forecasts, recomputed
from exported paths and tables with plain numpy and pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import tsgan
from tests.pages.test_recomputed import HELD, closes, quantile, worst
from tsgan.evaluation.distances import LABELS
from tsgan.evaluation.measurements import REAL_VS_REAL
from tsgan.stats.distances import wasserstein

WEIGHTS = np.array(list(HELD.values()))


def tiles(found) -> dict:
    return {tile.name: tile for tile in found.front.tiles}


def test_a_reverse_test(fitted, indices, tmp_path):
    """When the loss is reached, in how many days, through what, and how often that came."""
    known = indices.through("2015-12-31")
    study = tsgan.stress(
        fitted("gbm"), HELD, history=known, reverse="loss>=0.06", within=15, n_paths=300, horizon=15, seed=3
    )
    given = study.reverse.scenarios
    prices, weights = closes(given, tmp_path), np.asarray(given.weights)
    won = (prices[:, 1:] / prices[:, :1] - 1) @ WEIGHTS
    assert ((won <= -0.06 + 1e-6).any(axis=1)).all()
    reached = (won <= -0.06 + 1e-6).argmax(axis=1)
    day, few, volatility = (tile for name, tile in tiles(study).items() if name.startswith(("Day by", "Share", "Vol")))
    assert day.value == quantile(reached + 1.0, weights, 0.5)
    assert (day.low, day.high) == tuple(quantile(reached + 1.0, weights, q) for q in (0.1, 0.9))
    lanes = np.arange(len(won))
    loss = -won[lanes, reached]
    daily = np.diff(won, axis=1, prepend=0.0)
    daily[np.arange(15) > reached[:, None]] = 0
    five = -np.sort(daily, axis=1)[:, :5].sum(axis=1) / loss
    assert few.value == pytest.approx(quantile(five, weights, 0.5), rel=0.01)  # closes are rounded
    met = np.sqrt((daily**2).sum(axis=1) / (reached + 1))
    assert volatility.value == pytest.approx(quantile(met, weights, 0.5), rel=1e-4)
    usual = (closes(study.usual, tmp_path)[:, 1:] / closes(study.usual, tmp_path)[:, :1] - 1) @ WEIGHTS
    ordinary = np.median(np.diff(usual, axis=1, prepend=0.0).std(axis=1))
    assert dict(volatility.beside)["ordinary paths"] == pytest.approx(ordinary, rel=1e-4)
    parts = -(prices[lanes, reached + 1] / prices[:, 0] - 1) * WEIGHTS
    shares = dict(zip(HELD, weights @ parts / (weights @ loss), strict=True))
    top = max(shares, key=shares.__getitem__)
    part = next(tile for name, tile in tiles(study).items() if name.endswith("part of the loss"))
    assert part.name.startswith(top) and part.value == pytest.approx(shares[top], rel=1e-3)
    lost = (usual.min(axis=1) <= -0.06).mean()
    chance = study.front.tiles[0]
    assert chance.value == study.reverse.probability.value and abs(chance.value - lost) < 4 * np.sqrt(lost / len(usual))
    frame = known.to_frame()[list(HELD)].to_numpy()
    windows = np.lib.stride_tricks.sliding_window_view(frame, 16, axis=0).transpose(0, 2, 1)
    fell = ((windows / windows[:, :1] - 1) @ WEIGHTS).min(axis=1) <= -0.06
    came = next(tile for tile in study.front.tiles if tile.name.startswith("How often"))
    assert came.value == pytest.approx(fell.mean())


def carried(prices: np.ndarray, amount: float, call: float, sale: float, grace: int, cost: float) -> tuple:
    """(path,) first day of a margin call and what is short, from the value (path, day + 1) of one share as collateral;
    nobody answers calls, and orders are carried out at the next close."""
    called, short = np.zeros(len(prices), int), np.zeros(len(prices))
    for path, values in enumerate(prices):
        ordered = deadline = 0
        for day in range(1, len(values)):
            if ordered or day == len(values) - 1:
                short[path] = max(amount - (1 - cost) * values[day], 0)
                if ordered:
                    break
            ratio = amount / values[day]
            if ratio >= call and not called[path]:
                called[path] = day
            if ratio >= call and not deadline:
                deadline = day + grace
            elif deadline and day >= deadline and ratio < call:
                deadline = 0
            if (deadline and day >= deadline and ratio >= call) or ratio >= sale:
                ordered = day
    return called, short


def test_secured_loans(fitted, tmp_path):
    """Margin calls, losses, and the largest loan-to-value with no shortfall in 99 of 100 cases."""
    paths = fitted("fhs").sample(400, 60, seed=6)
    each = closes(paths, tmp_path)
    terms, costs = {"call": 0.85, "liquidation": 0.95, "grace": 2}, [0.02, 0.15]
    amounts = [0.82 * each[0, 0, 0], 0.7 * each[0, 0, 1]]
    book = pd.DataFrame({"loan": ["a", "b"], "amount": amounts, "collateral": ["SPX:1", "IXIC:1"], "cost": costs,
                         **{name: [x, x] for name, x in terms.items()}})  # fmt: skip
    found = tsgan.lend(paths, book)
    at = tiles(found)
    done = [carried(each[..., i], book["amount"][i], 0.85, 0.95, 2, costs[i]) for i in range(2)]
    total = done[0][1] + done[1][1]
    mean, var, es = list(at.values())[:3]
    assert mean.value == pytest.approx(total.mean(), rel=1e-5, abs=1e-9)
    assert (var.value, es.value) == pytest.approx(worst(total, 0.99), rel=1e-5)
    assert at["At least one margin call"].value == pytest.approx(((done[0][0] > 0) | (done[1][0] > 0)).mean())
    shares = {name: float((called > 0).mean()) for name, (called, _) in zip("ab", done, strict=True)}
    likeliest = max(shares, key=shares.__getitem__)
    assert at[f"Margin call of {likeliest}, the likeliest"].value == pytest.approx(shares[likeliest])
    what = next(matrix for matrix in found.matrices if matrix.caption == "What may become of each loan")
    for i, name in enumerate("ab"):
        called, short = done[i]
        assert what.cell(name, "Margin call").value == pytest.approx(shares[name])
        assert what.cell(name, "Loan-to-value").value == pytest.approx(book["amount"][i] / each[0, 0, i], rel=1e-6)
        assert what.cell(name, "Fall to the call").value == pytest.approx(1 - [0.82, 0.7][i] / 0.85, rel=1e-4)
        if called.any():
            assert what.cell(name, "Median day of the call").value == quantile(
                called[called > 0].astype(float), np.full((called > 0).sum(), 1 / (called > 0).sum()), 0.5
            )
        largest = what.cell(name, "Largest").value or 0.0
        short_at = [carried(each[..., i], ltv * each[0, 0, i], 0.85, 0.95, 2, costs[i])[1] > 0
                    for ltv in (largest, largest + 0.001)]  # fmt: skip
        assert short_at[0].mean() <= 0.01 and (short_at[1].mean() > 0.01 or largest == 0.85)
        who = next(matrix for matrix in found.matrices if matrix.caption == "Who loses")
        assert who.cell(name, "Expected loss").value == pytest.approx(short.mean(), rel=1e-5, abs=1e-9)
        assert who.cell(name, "Probability of a loss").value == pytest.approx((short > 0).mean())


def test_a_comparison(fitted, indices):
    """Distances, ranks, levels and log scores of two models, from their paths and densities."""
    names = ("gbm", "iid-bootstrap")
    found = tsgan.compare([fitted(name) for name in names], indices, paths=20)
    first = found.first
    later = indices.return_dates > np.datetime64(fitted("gbm").info.train_end)
    real = np.diff(np.log(indices.prices), axis=0)[later]
    known, days = indices.through(fitted("gbm").info.train_end), int(later.sum())
    order = [first.assets.index(asset) for asset in indices.assets]
    distances, levels = {}, {}
    for name in names:
        drawn = fitted(name).sample(20, days, seed=first.seed or 0, history=known).returns.astype(np.float64)
        sums = [np.lib.stride_tricks.sliding_window_view(x, 20, axis=-1).sum(axis=-1)
                for x in (real.T, drawn.transpose(2, 0, 1))]  # fmt: skip
        distances[name] = np.mean([wasserstein(sums[0][i], sums[1][i].ravel()) for i in range(len(order))])
        ratios = [np.median(drawn[:, :, i].std(axis=1)) / real[:, i].std() for i in range(len(order))]
        levels[name] = np.exp(np.mean(np.log(ratios))) - 1
    matrices = {matrix.caption: matrix for matrix in found.matrices}
    far = matrices["Distances to the market, means over the assets"]
    row = next(name for name, _ in far.rows if "20" in name and "equal" not in name and "Wasserstein" in name)
    for name in names:
        assert far.cell(row, name).value == pytest.approx(distances[name], rel=1e-6)
        assert far.cell("Level of volatility against the real one", name).value == pytest.approx(levels[name], rel=1e-6)
    table = found.to_frame("distances")
    scores = [score for score in LABELS if score in table]
    own = [table[table["source"] == name].set_index("asset")[scores] for name in names]
    places = ((own[0] > own[1].loc[own[0].index]) + 0.5 * (own[0] == own[1].loc[own[0].index])).to_numpy()
    valued = own[0].notna().to_numpy()
    ranks = {names[0]: 1 + places[valued].mean()} | {names[1]: 2 - places[valued].mean()}
    best = min(ranks, key=ranks.__getitem__)
    at = tiles(found)
    assert at[f"{best}: mean rank over the distances"].value == pytest.approx(ranks[best])
    assert far.cell("Mean rank", best).value == pytest.approx(ranks[best])
    marks = {name: [row.judged[name].mark for row in found.cards[name].facts] for name in names}
    tested = [mark for mark in marks[best] if mark in ("in band", "out of band", "too wide")]
    share = at[f"{best}: tests of the facts passed"].value
    assert share == pytest.approx(tested.count("in band") / len(tested))
    assert at[f"{best}: distance of 20-day returns as they are"].value == pytest.approx(distances[best], rel=1e-6)
    gbm = fitted("gbm")
    density = stats.norm.logpdf(real, gbm.mean, np.sqrt(np.diag(gbm.covariance)))
    told = next(matrix for caption, matrix in matrices.items() if caption.startswith("Log score"))
    assert told.cell("all assets", "gbm").value == pytest.approx(density.mean(), rel=1e-6)
    assert REAL_VS_REAL in far.columns


def test_the_backtest_of_forecasts(fitted, indices):
    """Coverage of 90 % intervals of 1 and 5 days, where it should lie, and how often the sign was right."""
    gbm, days = fitted("gbm"), 250
    later = indices.through(indices.dates[int((indices.dates <= np.datetime64("2015-12-31")).sum()) + days - 1])
    report = tsgan.forecast(gbm, later, n_paths=50, horizon=5, draws=200, seed=2)
    test = report.test
    assert test is not None
    moves = np.diff(np.log(later.prices), axis=0)
    first, horizons = len(moves) - len(test.dates), test.horizons
    matrix = next(m for m in report.matrices if m.caption.startswith("Share of returns inside"))
    drawn = {}
    for ends, chunk in gbm.forecast(moves, np.arange(first, len(moves)), max(horizons), 200, seed=2):
        drawn |= {int(end): paths for end, paths in zip(ends, chunk, strict=True)}
    for h in horizons:
        windows = range(first, len(moves) - h + 1)
        for i, asset in enumerate(later.assets):
            inside = []
            for end in windows:
                sums = drawn[end][:, :h, i].astype(np.float64).sum(axis=1)
                place = (sums < moves[end : end + h, i].sum()).mean()
                inside.append(0.05 <= place <= 0.95)
            row = next(name for name, _ in matrix.rows if name.startswith(f"{asset}, {test.period.count(h)} ahead"))
            assert matrix.cell(row, "gbm").value == pytest.approx(np.mean(inside), abs=0.02)  # ties of ranks
            told = next(r for r in test.tables["coverage"]
                        if (r["source"], r["asset"], r["horizon"], r["level"]) == ("gbm", asset, h, 0.9))  # fmt: skip
            # Sums that overlap, drawn anew: nine of ten of their shares lie well inside of where it should lie.
            rng = np.random.default_rng(h)
            totals = np.cumsum(rng.standard_normal((1000, len(inside) + h)), axis=1)
            shares = (np.abs(totals[:, h:] - totals[:, :-h]) <= stats.norm.ppf(0.95) * np.sqrt(h)).mean(axis=1)
            low, high = np.quantile(shares, [0.025, 0.975])
            assert (told["low"], told["high"]) == pytest.approx((low, min(high, 1)), abs=0.012)
            came = np.array([moves[end : end + h, i].sum() for end in windows])
            score = next(r for r in test.tables["accuracy"]
                         if (r["source"], r["asset"], r["horizon"]) == ("gbm", asset, h))  # fmt: skip
            assert score["hit_rate"] == pytest.approx(((came > 0) == (gbm.mean[i] > 0)).mean())
