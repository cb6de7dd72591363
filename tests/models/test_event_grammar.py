"""The grammar of events, and what it refuses."""

import numpy as np
import pytest

from tsgan.applications.portfolio import Portfolio
from tsgan.errors import ConfigError
from tsgan.models.conditioning.grammar import parse_event
from tsgan.reports.period import Period

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
        parse_event(["loss<=-0.3"], paths.assets, paths.kinds, paths.start_prices, at=5, loss=book)


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ({"SPX": -0.20}, "SPX=-0.20"),
        ({"SPX": (-0.25, -0.15)}, "SPX=(-0.25,-0.15)"),
        ({"SPX": (None, -0.2)}, "SPX<=-0.2"),
        ({"VIX": (40, np.inf)}, "VIX>=40"),
        ({"VIX": [35, 60]}, "VIX=(35,60)"),
    ],
)
def test_mappings_say_what_text_says(condition, text):
    assert parse_event(condition, ASSETS, KINDS, START, at=20).targets == parse(text, at=20).targets
    assert parse_event(text, ASSETS, KINDS, START, at=20).targets == parse(text, at=20).targets


def test_several_conditions_make_one_event():
    event = parse_event({"SPX": (-0.3, -0.1), "VIX": 40}, ASSETS, KINDS, START, within=5)
    assert str(event) == "SPX between -30 % and -10 % within 5 days and VIX between 39.6 and 40.4 within 5 days"
    weeks = Period.of("week")
    assert event.described(weeks) == str(event).replace("days", "weeks")
    assert parse("SPX<=-0.1", at=5).described(weeks) == "SPX at most -10 % in week 5"


@pytest.mark.parametrize("wanted", ["down", None, (1, 2, 3), ("a", 1), np.nan, (np.nan, 1), ()])
def test_bad_mappings(wanted):
    with pytest.raises(ConfigError, match="cannot read the condition SPX"):
        parse_event({"SPX": wanted}, ASSETS, KINDS, START, at=5)
