"""The grammar of events, and what it refuses."""

import numpy as np
import pytest

from tsgan.applications.portfolio import Portfolio
from tsgan.applications.stress.drift import Drift, martingale_check
from tsgan.applications.stress.events import parse_event
from tsgan.errors import ConfigError

ASSETS, KINDS, START = ("SPX", "VIX", "EURUSD=X"), ("price", "level", "price"), np.array([100.0, 20.0, 1.1])


def parse(*clauses, **options):
    return parse_event(clauses, ASSETS, KINDS, START, **options)


@pytest.mark.parametrize(
    ("clause", "low", "high"),
    [
        ("SPX=-0.20", -0.21, -0.19),
        ("SPX = (-0.25, -0.15)", -0.25, -0.15),
        ("SPX<=-0.2", -np.inf, -0.2),
        ("VIX>=40", 40, np.inf),
        ("VIX=40", 39.6, 40.4),
        ("VIX=(35,60)", 35, 60),
        ("EURUSD=X=0.05", 0.04, 0.06),
    ],
)
def test_bands(clause, low, high):
    [target] = parse(clause, at=20).targets
    assert (target.first, target.last) == (20, 20)
    np.testing.assert_allclose([target.low, target.high], [low, high])


def test_when(tmp_path):
    assert parse("SPX=-0.2", within=20).targets[0][-2:] == (1, 20)
    (tmp_path / "way.csv").write_text("day,value\n5,-0.1\n10,-0.2\n")
    event = parse(f"SPX={tmp_path / 'way.csv'}")
    assert [(t.first, t.last, round(t.low, 6)) for t in event.targets] == [(5, 5, -0.11), (10, 10, -0.21)]


def test_happens():
    prices = np.full((3, 4, 3), START)
    prices[0, 3, 0] = 80.0  # reached on day 4
    prices[1, 1, 0] = 80.0  # on day 2 only
    assert parse("SPX=-0.2", at=4).happens(prices).tolist() == [True, False, False]
    assert parse("SPX=-0.2", within=4).happens(prices).tolist() == [True, True, False]
    day, gap = parse("SPX=-0.2", within=3).nearest(prices)
    assert day[1, 0] == 1 and gap[1, 0] == 0 and gap[0, 0] == pytest.approx(0.19)


@pytest.mark.parametrize(
    ("clauses", "options", "words"),
    [
        (["SPX"], {"at": 5}, "cannot read the shock"),
        (["SPX=low"], {"at": 5}, "'low'"),
        (["SPX=nan"], {"at": 5}, "'nan'"),
        (["DAX=-0.2"], {"at": 5}, "is on DAX, but the paths have SPX, VIX"),
        (["SPX=-0.2"], {}, "give --at DAY"),
        (["SPX=-0.2"], {"within": 0}, "--within 0"),
        (["SPX=-0.2"], {"at": 0}, "--at 0"),
        (["SPX=-0.2"], {"at": 5, "within": 5}, "not both"),
        (["VIX=(60,35)"], {"at": 5}, "lower end first"),
        (["SPX=(-3,-2)"], {"at": 5}, "cannot fall by 100 %"),
        (["SPX<=inf"], {"at": 5}, "empty or everything"),
        (["loss>=0.3"], {"at": 5}, "--portfolio"),
        (["SPX=nowhere.csv"], {}, "does not exist"),
        (["SPX=-0.2"], {"at": 5, "tolerance": 0.0}, "tolerance"),
        ([], {"at": 5}, "at least one"),
    ],
)
def test_refusals(clauses, options, words):
    with pytest.raises(ConfigError, match=words):
        parse(*clauses, **options)


def test_a_loss_is_positive(fitted):
    paths = fitted("gbm").sample(2, 5)
    book = Portfolio.equal(paths.assets, paths.kinds).on(paths)
    with pytest.raises(ConfigError, match="positive fraction"):
        parse_event(["loss<=-0.3"], paths.assets, paths.kinds, paths.start_prices, at=5, book=book)


def test_drift(fitted):
    model = fitted("gbm")
    paths = model.sample(4000, 20, seed=3)
    mean = paths.returns.mean(axis=(0, 1), dtype=np.float64)
    for text, wanted in (("zero", mean - model.info.drift), ("0.05", mean - model.info.drift + 0.05 / 252)):
        drift = Drift.parse(text)
        moved = drift.applied(paths, drift.shift(paths))
        np.testing.assert_allclose(moved.returns.mean(axis=(0, 1), dtype=np.float64), wanted, atol=1e-8)
        assert moved.provenance["drift"]["mode"] == drift.mode
    assert Drift.parse("historical").shift(paths) is None


@pytest.mark.parametrize("weighted", [False, True])
def test_risk_neutral_paths_are_martingales(fitted, weighted):
    from dataclasses import replace

    paths = fitted("gjr-garch").sample(3000, 20, seed=3)
    weights = np.random.default_rng(0).dirichlet(np.ones(3000)) if weighted else None
    paths, drift = replace(paths, weights=weights), Drift.parse("risk-neutral 0.03")
    for row in martingale_check(drift.applied(paths, drift.shift(paths)), 0.03):
        assert abs(row["deviation"]) < 1e-6
    assert max(abs(row["deviation"]) for row in martingale_check(paths, 0.03)) > 1e-4


@pytest.mark.parametrize("text", ["", "fast", "risk-neutral", "risk-neutral:x", "nan", "7"])
def test_bad_drift(text):
    with pytest.raises(ConfigError, match="cannot read the drift"):
        Drift.parse(text)
