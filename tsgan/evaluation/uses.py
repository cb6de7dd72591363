"""What a model's paths are good for: a yes or a no for each use, by the tests that bear on it.

A use is answered no where more of its tests fail than chance explains: at 5 % each, so many or more would fail with a
probability of at most 10 %.  One failure of one or two tests is enough, one of three is not; but one that is beyond
doubt, even allowing for all the tests of its asset (Holm), always is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scipy import stats

from tsgan.evaluation.bands import IN_BAND, OUT_OF_BAND, TOO_WIDE
from tsgan.evaluation.facts import ALL_ASSETS
from tsgan.evaluation.hard_requirements import COVERAGE

if TYPE_CHECKING:
    from tsgan.evaluation.results import Scorecard

LEVEL = 0.05
"""Of every test."""
BY_CHANCE = 0.1
"""Probability of so many failures below which they are no chance: one of one or two tests, two of three to ten."""
LONG = ("volatility", "drawdown", "memory")
MONTH = ("aggregation", "tails")
TOGETHER = ("co-movement",)
TRADING = ("autocorrelation", "intermittency", "clustering", "leverage", "time scales", "asymmetry")


@dataclass(frozen=True)
class Use:
    """One use of paths.

    Attributes:
        name: in words: ``tomorrow's risk``.
        good: the answer; None where nothing could be tested.
        passed, tested: how many tests bear on it.
        why: in words.
    """

    name: str
    good: bool | None
    passed: int
    tested: int
    why: str


def uses(card: Scorecard) -> tuple[Use, ...]:
    """The five uses, in the order of their horizons."""
    month = "the next month" if card.period.one == "day" else f"the next 20 {card.period.many}"
    years = "years" if card.period.one == "day" else "long horizons"
    tomorrow = f"{card.period.tomorrow}'s risk"
    return (
        _tomorrow(card, tomorrow),
        _by_tests(card, month, MONTH, 20, 10),
        _by_tests(card, years, LONG, 100, None),
        _by_tests(card, "portfolios", TOGETHER, None, None),
        _by_tests(card, "trading strategies", TRADING, None, None),
    )


def too_many(failed: int, tested: int) -> bool:
    """Whether so many failures are more than chance explains."""
    return failed > 0 and float(stats.binom.sf(failed - 1, tested, LEVEL)) <= BY_CHANCE


def forecast_row(card: Scorecard, table: str, source: str, **wanted: Any) -> dict[str, Any] | None:
    """A row of a table of calibration, of all assets together or of the single one; None where there is none."""
    asset = card.assets[0] if len(card.assets) == 1 else ALL_ASSETS
    for row in card.calibration.get(table, []):
        if row["source"] == source and row["asset"] == asset and all(row.get(k) == v for k, v in wanted.items()):
            return row
    return None


def _tomorrow(card: Scorecard, name: str) -> Use:
    """By the coverage of 90 % intervals, and the losses beyond value at risk."""
    cover = forecast_row(card, "calibration", card.model, horizon=1)
    risk = forecast_row(card, "backtests", card.model, level=0.99)
    if cover is None or risk is None or cover["coverage_90"] is None:
        return Use(name, None, 0, 0, "not tested: that takes forecasts of dates that the model has not seen")
    held = abs(cover["coverage_90"] - 0.9) <= COVERAGE
    exceeded = risk["kupiec_p"] is None or risk["kupiec_p"] >= LEVEL
    why = (
        f"90 % intervals held {cover['coverage_90']:.1%} of the returns; {risk['hits']:.0f} losses beyond the 99 % "
        f"value at risk, {risk['expected']:.1f} expected"
    )
    return Use(name, held and exceeded, held + exceeded, 2, why)


def _by_tests(card: Scorecard, name: str, groups: tuple[str, ...], days: int | None, ahead: int | None) -> Use:
    """By the facts of some groups, the law of returns over ``days``, and intervals of forecasts ``ahead``."""
    failing: dict[str, int] = {}
    tested, sure = 0, False
    for row in card.facts:
        mark = row.judged[card.model].mark
        if row.group in groups and mark in (IN_BAND, OUT_OF_BAND, TOO_WIDE):
            tested += 1
            if mark != IN_BAND:
                sure |= row.judged[card.model].holm_p < LEVEL
                failing[row.label] = failing.get(row.label, 0) + 1
    for row in card.distances:
        p = row.p_values.get(f"wasserstein_{days}")
        if row.source == card.model and p is not None:
            tested += 1
            if p < LEVEL:
                label = f"the law of {card.period.count(days or 0)} returns"
                failing[label] = failing.get(label, 0) + 1
    cover = None if ahead is None else forecast_row(card, "calibration", card.model, horizon=ahead)
    if cover is not None and cover["coverage_90"] is not None:
        tested += 1
        if abs(cover["coverage_90"] - 0.9) > COVERAGE:
            failing[f"90 % intervals {ahead} {card.period.many} ahead held {cover['coverage_90']:.1%}"] = 1
    if not tested:
        return Use(name, None, 0, 0, "nothing to test it by here")
    failed = sum(failing.values())
    worst = sorted(failing, key=lambda label: -failing[label])[:3]
    why = f"{tested - failed} of {tested} tests passed" + (f"; not: {'; '.join(worst)}" if worst else "")
    why += ", beyond doubt" if sure else ""
    return Use(name, not (sure or too_many(failed, tested)), tested - failed, tested, why)
