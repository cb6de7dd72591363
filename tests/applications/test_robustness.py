"""Strategies on other histories: planted truths, and strategies that cheat."""

from __future__ import annotations

import json
import zlib

import numpy as np
import pandas as pd
import pytest

import tsgan
from tests.pages.reading import check_page
from tsgan.applications.robustness import strategies, words
from tsgan.applications.robustness.result import HOLDS, OVERFITTED, UNPROVEN
from tsgan.applications.robustness.strategy import (
    EXAMPLES,
    Strategy,
    load_strategy,
    read_variants,
    with_variants,
)
from tsgan.applications.robustness.study import study
from tsgan.applications.robustness.track import Rules, decide, figures, follow
from tsgan.data.panel import Panel
from tsgan.errors import ConfigError, DataError, ScenarioError, StrategyError
from tsgan.models.classical.gbm import GBM

LOOKBACK = 30


def market(days: int, drift: float = 0.0, momentum: float = 0.0, assets: int = 1, seed: int = 0) -> Panel:
    """Made-up prices with daily volatility 1 % whose returns have this drift and autocorrelation."""
    moves = 0.01 * np.random.default_rng(seed).standard_normal((days, assets))
    for day in range(1, days):
        moves[day] += momentum * moves[day - 1]
    prices = 100 * np.exp(np.cumsum(moves + drift, axis=0))
    dates = pd.bdate_range("2010-01-04", periods=days).to_numpy().astype("datetime64[D]")
    return Panel(dates, tuple("ABCD"[:assets]), prices, ("price",) * assets, calendar="weekdays")


def paths_of(panel: Panel, count: int = 60, days: int = 120, **start):
    return GBM.fit(panel, seed=0).sample(count, days, seed=1, **start)


def at_random(prices: np.ndarray, seed: int = 0) -> np.ndarray:
    """Positions that look random but are the same for the same prices."""
    last = np.round(prices[-1] / prices[0], 9)
    return np.array([zlib.crc32(f"{seed}{x!r}".encode()) % 1000 / 500 - 1 for x in last])


def test_the_best_of_many_random_strategies_is_called_overfitted():
    panel = market(800)
    variants = with_variants(Strategy("at_random", at_random), [{"seed": s} for s in range(40)])
    found = study(variants, paths_of(panel, 6, 100), panel, lookback=5, blocks=10)
    assert found.whole.sharpe.max() > 1  # it looks good
    assert found.verdict == OVERFITTED and found.overfitting is not None and found.overfitting.probability > 0.2
    assert found.deflated.probability < 0.9 < found.deflated.against_zero
    assert found.deflated.trials == pytest.approx(40, abs=2)
    first, second = words.sentences(found)[:2]
    assert first.startswith("Do not trade it") and second.startswith("OVERFITTED")
    assert abs(np.median(found.paths.sharpe[found.chosen])) < 1.5  # elsewhere it is nothing


def test_buy_and_hold_on_a_trending_market_is_not_called_overfitted():
    panel = market(1500, drift=0.0008)
    found = study([load_strategy("buy_and_hold")], paths_of(panel), panel, lookback=LOOKBACK)
    assert found.verdict == HOLDS and "is more than luck" in words.sentences(found)[1]
    assert found.overfitting is None and found.strategy.batched
    moves = np.expm1(np.diff(np.log(panel.prices[LOOKBACK:, 0])))
    assert found.whole.sharpe[0] == pytest.approx(np.sqrt(252) * moves.mean() / moves.std(ddof=1))
    # The paths are those of a model that knows the truth, so the real histories are nothing special among them.
    places = [row["place"] for row in found.window_rows()]
    assert len(places) == 12 and 0.2 < np.mean(places) < 0.8


def test_buy_and_hold_on_a_market_without_drift_is_unproven():
    panel = market(500, seed=3)
    assert study([load_strategy("buy_and_hold")], paths_of(panel), panel, lookback=LOOKBACK).verdict == UNPROVEN


def test_a_real_edge_among_variants_is_not_called_overfitted():
    panel = market(1500, momentum=0.25)
    variants = with_variants(load_strategy("momentum"), [{"lookback": n} for n in (1, 2, 5, 10, 20)])
    found = study(variants, paths_of(panel), panel, lookback=LOOKBACK)
    assert found.verdict == HOLDS and found.strategy.parameters == {"lookback": 1}
    assert found.overfitting is not None and found.overfitting.probability < 0.05
    # Paths without that edge show that it came from the order of the real days.
    assert found.rows()[0]["place"] > 0.9 or found.place("sharpe", float(found.whole.sharpe[found.chosen])) > 0.9


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_take_many_histories_at_once_and_hold_what_they_say(name):
    panel = market(200, assets=2)
    windows = np.stack([panel.prices[i : i + 130] for i in range(0, 60, 10)])
    strategy = load_strategy(name).prepared(windows, str)
    assert strategy.batched
    weights = strategy.decide(windows, str)
    assert weights.shape == (6, 2) and np.isfinite(weights).all() and np.abs(weights).sum(1).max() <= 2
    if name != "buy_and_hold":
        with pytest.raises(StrategyError, match="raise --lookback"):
            strategy.decide(windows[:, -5:], str)


def test_examples_by_hand():
    up = np.exp(0.01 * np.arange(130.0))[:, None] * [1.0, 1.0]
    up[:, 1] = up[::-1, 1]
    assert strategies.momentum(up).tolist() == [0.5, 0.0]
    assert strategies.moving_average_cross(up).tolist() == [0.5, 0.0]
    first, second = strategies.mean_reversion(up)
    assert first < 0 < second
    calm = np.exp(np.cumsum(np.resize([0.01, -0.01], 130)))[:, None]
    assert strategies.volatility_target(calm) == pytest.approx(0.1 / (0.01 * np.sqrt(252)), rel=1e-6)


def test_costs_turnover_drift_and_ruin_by_hand():
    rules = Rules(1, 0.01, 252, ("A",), np.array([True]))
    prices = np.array([[[1.0], [1.0], [2.0], [1.0]]])
    track = follow(np.full((1, 2, 1), 0.5), prices, rules)
    # 0.5 bought for 0.005; it doubles, so 1 / 1.5 of the capital is in it and a sixth is sold again; then it halves.
    assert track.turnover[0] == pytest.approx([0.5, 1 / 6])
    assert track.returns[0] == pytest.approx([0.5 - 0.005, -0.25 - 0.01 / 6])
    ruined = follow(np.full((1, 2, 1), -2.0), prices, rules)
    assert ruined.returns[0].tolist() == [-1, 0] and ruined.turnover[0, 1] == 0
    told = figures(ruined, 252)
    assert told.drawdown[0] == 1 and told.growth[0] == -1 and np.isfinite(told.sharpe[0])


def test_batches_and_single_calls_agree_and_a_batch_cannot_mix_histories():
    panel = market(300, assets=2)
    rules = Rules(20, 0.0, 252, panel.assets, np.array([True, True]))

    def one_at_a_time(prices):
        if prices[-1, 0] > prices[0, 0]:  # an array of truths is no truth, so no batch
            return [1.0, 0.0]
        return prices[-1] / prices[-1].sum()

    def across(prices):
        return prices[..., -1, :] / prices.mean()  # looks at all histories when there are several

    windows = np.stack([panel.prices[i : i + 21] for i in (0, 40, 90)])
    assert not Strategy("one", one_at_a_time).prepared(windows, str).batched
    assert not Strategy("across", across).prepared(windows, str).batched
    with pytest.raises(StrategyError, match="looks at other histories"):
        decide(Strategy("across", across, batched=True), panel.prices[None], rules, lambda h, d: f"{h} {d}")
    strategy = Strategy("momentum", strategies.momentum, {"lookback": 20})
    alone = decide(strategy, panel.prices[None], rules, lambda h, d: "")
    assert (alone[0, 0] == strategies.momentum(panel.prices[:21], 20)).all() and alone.shape == (1, 279, 2)


def test_the_future_is_out_of_reach():
    panel, seen = market(120), []

    def greedy(prices):
        owner = prices if prices.base is None else prices.base
        seen.append(owner.size)
        prices[:] = 1e9  # nobody else's prices change
        return [1.0]

    before = panel.prices.copy()
    study([Strategy("greedy", greedy)], paths_of(panel, 2, 10), panel, lookback=10)
    assert set(seen) <= {11, 11 * 6} and (panel.prices == before).all()


def test_strategies_that_cheat_are_found_out():
    panel = market(600)
    paths = paths_of(panel, 5, 20)
    closes, calls = panel.prices[:, 0], [0]

    def clairvoyant(prices):
        i = min(int(np.argmin(np.abs(closes - prices[-1, 0]))), len(closes) - 2)
        return [np.sign(closes[i + 1] - closes[i])]

    def counting(prices):
        calls[0] += 1
        return [1.0 if calls[0] % 3 else 0.0]

    def dicing(prices):
        return np.random.default_rng().random(1)

    with pytest.raises(StrategyError, match="looks ahead"):
        study([Strategy("clairvoyant", clairvoyant)], paths, panel, lookback=10)
    for cheat in (counting, dicing):
        with pytest.raises(StrategyError, match="other weights when asked again"):
            study([Strategy("cheat", cheat)], paths, panel, lookback=10)


def test_skill_that_is_conspicuous_is_no_cheating():
    panel = market(1500, momentum=-0.6)  # a bounce that anybody can see
    found = study(
        [Strategy("fade", lambda p: -np.sign(p[..., -1, :] - p[..., -2, :]))], paths_of(panel), panel, lookback=5
    )
    assert found.verdict == HOLDS and found.whole.sharpe[0] > 5


BROKEN = {
    "raises": (lambda p: 1 / 0, "raised ZeroDivisionError on 20"),
    "wrong shape": (lambda p: np.ones(3), "one for each asset"),
    "no number": (lambda p: [np.nan], "not finite"),
    "no weights": (lambda p: None, "raised"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_strategies_that_fail_say_where(case):
    function, message = BROKEN[case]
    panel = market(200)
    with pytest.raises(StrategyError, match=message):
        study([Strategy("mine", function)], paths_of(panel, 2, 10), panel, lookback=10)


def test_a_strategy_that_fails_on_a_path_names_it():
    panel = market(200)
    top = panel.prices.max()

    def fragile(prices):
        if prices.max() > top:
            raise RuntimeError("never seen such prices")
        return [1.0]

    with pytest.raises(StrategyError, match=r"RuntimeError on path \d+, 2010"):
        study([Strategy("fragile", fragile)], paths_of(panel, 20, 100), panel, lookback=10)


def test_levels_are_seen_but_not_held():
    both = market(300, assets=2)
    panel = Panel(both.dates, both.assets, both.prices, ("price", "level"), calendar="weekdays")
    paths = paths_of(panel, 4, 30)
    hold = load_strategy("buy_and_hold")
    with pytest.raises(StrategyError, match=r"B on .* a level"):
        study([hold], paths, panel, lookback=10)
    assert study([hold], paths, panel, assets=["A"], lookback=10).assets == ("A",)
    seen = Strategy("signal", lambda p: np.where(p[..., -1, 1:] > 100, [1.0, 0.0], 0.0))
    assert study([seen], paths, panel, lookback=10).paths.turnover.max() > 0


def test_weights_chunks_and_dates_of_the_paths():
    panel = market(700, drift=0.0005)
    earlier = panel.before(panel.dates[500])
    paths = paths_of(earlier, 40, 100)
    hold = load_strategy("buy_and_hold")
    whole = study([hold], paths, panel, lookback=LOOKBACK)
    parts = study([hold], iter([paths[:15], paths[15:]]), panel, lookback=LOOKBACK)
    assert whole.same_dates and whole.windows[whole.headline][0] == str(paths.dates[0])
    assert (whole.paths.sharpe == parts.paths.sharpe).all()
    moves = np.expm1(paths.returns[:, :, 0].astype(float))
    assert whole.paths.sharpe[0] == pytest.approx(np.sqrt(252) * moves.mean(1) / moves.std(1, ddof=1), rel=1e-4)
    from dataclasses import replace

    mass = np.where(np.arange(40) == 7, 1.0, 0.0)
    one = study([hold], replace(paths, weights=mass), panel, lookback=LOOKBACK)
    assert one.rows()[0]["mean"] == pytest.approx(whole.paths.sharpe[0, 7])


def test_prices_that_do_not_do():
    panel = market(200)
    hold, paths = load_strategy("buy_and_hold"), paths_of(market(200), 2, 10)
    with pytest.raises(DataError, match="smaller --lookback"):
        study([hold], paths, panel, lookback=190)
    with pytest.raises(DataError, match="hold 5 days before"):
        study([hold], paths_of(panel, 2, 10, start_date=panel.dates[5]), panel, lookback=20)
    with pytest.raises(ConfigError, match="even number"):
        study([hold], paths, panel, blocks=7)


def test_the_page_and_the_document():
    panel = market(700, assets=2)
    variants = with_variants(load_strategy("mean_reversion"), [{"lookback": n} for n in (5, 10, 20)])
    found = study(variants, paths_of(panel, 30, 60), panel, lookback=LOOKBACK, cost=0.001)
    check_page(found)
    document = json.loads(found.to_json())
    assert len(document["variants"]) == 3 and document["overfitting"]["splits"] == 12870
    text = found.to_html()
    for part in (
        "Does mean_reversion make money",
        "lookback=",
        "Deepest drawdown",
        "Probability of backtest overfitting",
    ):
        assert part in text


def test_loading(tmp_path, monkeypatch):
    (tmp_path / "mine_a.py").write_text("def hold(prices, part=1.0):\n    return [part]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", list(__import__("sys").path))
    panel = market(120)
    for text in ("mine_a:hold", str(tmp_path / "mine_a.py") + ":hold"):
        assert load_strategy(text).decide(panel.prices[None], str).tolist() == [[1.0]]
    for text, message in (
        ("nowhere_b:hold", "cannot import nowhere_b"),
        ("nowhere.py:hold", "no file nowhere.py"),
        ("mine_a:nothing", "has no function 'nothing'; it has hold"),
        ("hold", "write module:function"),
    ):
        with pytest.raises(StrategyError, match=message):
            load_strategy(text)
    with pytest.raises(StrategyError, match="size"):
        with_variants(load_strategy("mine_a:hold"), [{"size": 1}])


def test_grids(tmp_path):
    file = tmp_path / "grid.json"
    file.write_text('{"a": [1, 2], "b": [3, 4, 5]}')
    assert len(read_variants(file)) == 6 and read_variants(file)[1] == {"a": 1, "b": 4}
    file.write_text('[{"a": 1}, {"b": 2}]')
    assert read_variants(file) == [{"a": 1}, {"b": 2}]
    for bad in ("{", "[]", '{"a": 1}', "[1]", "3"):
        file.write_text(bad)
        with pytest.raises(ConfigError, match=r"grid\.json"):
            read_variants(file)
    with pytest.raises(ConfigError, match="no variants"):
        read_variants(tmp_path / "none.json")


def test_the_verb_takes_functions_grids_and_files(tmp_path):
    panel = market(400, assets=2)
    paths = paths_of(panel, 20, 40)
    paths.to_parquet(tmp_path / "paths.parquet")
    (tmp_path / "grid.json").write_text('{"lookback": [5, 10]}')
    options = {"lookback": LOOKBACK, "cost": 0.001}
    found = tsgan.robustness(strategies.momentum, paths, panel, variants={"lookback": (5, 10)}, **options)
    again = tsgan.robustness(
        "momentum", tmp_path / "paths.parquet", panel.to_frame(), variants=tmp_path / "grid.json", **options
    )
    assert found.strategy.name == again.strategy.name == "momentum" and len(found.variants) == 2
    assert found.to_dict()["figures"] == again.to_dict()["figures"]
    listed = tsgan.robustness("momentum", iter([paths]), panel, variants=[{"lookback": 5}, {"lookback": 10}], **options)
    assert (listed.paths.sharpe == found.paths.sharpe).all()
    assert len(found.to_frame("paths")) == 20 and len(found.to_frame("variants")) == 2
    assert found.to_frame()["figure"].tolist() == ["sharpe", "growth", "volatility", "drawdown", "turnover"]
    with pytest.raises(ConfigError, match="figures, windows, variants, paths"):
        found.to_frame("prices")
    found.save(tmp_path / "out")
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "files.json", "paths.csv", "robustness.html", "robustness.json",
    ]  # fmt: skip
    assert json.loads((tmp_path / "out" / "robustness.json").read_text())["sentences"] == found.summary().splitlines()


def test_what_the_verb_refuses():
    panel = market(400)
    paths = paths_of(panel, 2, 10)
    with pytest.raises(StrategyError, match="3 is no strategy"):
        tsgan.robustness(3, paths, panel)  # pyright: ignore[reportArgumentType]
    with pytest.raises(StrategyError, match="does not take"):
        tsgan.robustness("momentum", paths, panel, variants={"size": [1]})
    for bad in ({"lookback": []}, [5], {}):
        with pytest.raises(ConfigError, match="variants must hold"):
            tsgan.robustness("momentum", paths, panel, variants=bad)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ScenarioError, match="no paths"):
        tsgan.robustness("momentum", iter([]), panel)
