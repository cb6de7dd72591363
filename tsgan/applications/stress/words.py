"""The stress test in plain sentences: what a risk manager reads first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tsgan.applications.stress.paths import GIVEN
from tsgan.models.conditioning import Conditional
from tsgan.reports.numbers import interval
from tsgan.reports.period import Period

if TYPE_CHECKING:
    from tsgan.applications.stress.result import StressTest

APART = 1.25
"""Models whose figures differ by this factor do not agree."""

NOTHING = 1e-4
"""A loss below a hundredth of a per cent of the capital is none: of a perfect hedge rounding is left."""


def summary(study: StressTest) -> list[str]:
    """What can be lost, how far the models agree, and where the risk sits."""
    risk = [row for row in study.tables["risk"] if row["source"] != GIVEN]
    known = sorted({row["days"] for row in risk})
    day = 10 if 10 in known else known[0]
    rows = {row["source"]: row for row in risk if row["days"] == day and row["level"] == 0.99}
    own, period = rows[study.name], study.period
    sentences = [
        f"Over {in_words(day, period)} the portfolio loses more than {own['var']:.1%} of its capital with a "
        f"probability of 1 % (value at risk; for Monte Carlo error {spread(own, 'var')}), "
        f"and {own['es']:.1%} on average when it does (expected shortfall)."
    ]
    sentences += agreement(study)
    rates = [row for row in study.tables.get("base_rates", []) if row["what"] == "value at risk"]
    sentences += [history(row, period) for row in rates if row["days"] == day]
    far = [row for row in study.tables["losses"] if row["source"] == study.name and row["ever"] >= 0.0005]
    if far:
        row = far[-1]
        sentences.append(
            f"At some close within {in_words(row['days'], period)} it is down by more than {row['loss']:.0%} with a "
            f"probability of {chance(row['ever'])} ({interval(row['ever_low'], row['ever_high'], chance)})."
        )
    parts = [row for row in study.tables["components"] if row["days"] == day and row["level"] == 0.99]
    if len(parts) > 1 and own["es"] > NOTHING:
        top = max(parts, key=lambda row: row["component_es"])
        sentences.append(
            f"{top['asset']} brings {top['share_of_es']:.0%} of the {day}-{period.one} shortfall with "
            f"{top['exposure']:.0%} of the capital; one more per cent of the capital in it would "
            f"add {top['marginal_es'] / 100:.2%}."
        )
    if study.backtest is not None:
        sentences.append(held(study))
    if len(rows) == 1:
        sentences.append(
            "One model alone speaks here: with a history, historical simulations and GJR-GARCH stand beside it"
            + ("; a backtest says whether such figures held on later dates." if study.backtest is None else ".")
        )
    return sentences


def agreement(study: StressTest) -> list[str]:
    """Whether the models agree on the value at risk, in a sentence; none where one speaks alone."""
    risk = [row for row in study.tables["risk"] if row["source"] != GIVEN]
    known = sorted({row["days"] for row in risk})
    day = 10 if 10 in known else known[0]
    figures = {row["source"]: row["var"] for row in risk if row["days"] == day and row["level"] == 0.99}
    if len(figures) == 1:
        return []
    most, least = max(figures, key=lambda n: figures[n]), min(figures, key=lambda n: figures[n])
    others = ", ".join(f"{name} {value:.1%}" for name, value in figures.items() if name != study.name)
    if figures[most] > APART * max(figures[least], NOTHING):
        return [
            f"The models do not agree on this figure ({others}): until one is proven wrong, plan with the highest, "
            f"that of {most}."
        ]
    return [f"The other models say much the same: {others}."]


def history(row: dict[str, Any], period: Period) -> str:
    """How often a loss beyond the value at risk came in the history."""
    if not row["windows"]:
        return f"The history is shorter than {in_words(row['days'], period)}, so it has no base rate."
    loss = f"a loss beyond {row['threshold']:.1%} within {in_words(row['days'], period)}"
    if not row["spells"]:
        return f"In the history {loss} never came, in {row['windows']:,} overlapping stretches."
    times = "once" if row["spells"] == 1 else f"on {row['spells']} occasions apart"
    return f"In the history {loss} came {times}, in {chance(row['share'])} of all stretches, last from {row['last']}."


def short(source: str) -> str:
    """A source's name where there is little room."""
    return source.replace("historical simulation, ", "history, ")


def answers(study: StressTest) -> list[list[str]]:
    """What was asked beside the plain figures: about the shocks, the loss, and a risk-neutral drift."""
    found = [[*given(study), how(study.given)]] if study.given else []
    found += [[*reverse(study), how(study.reverse)]] if study.reverse else []
    checks = [
        f"{r['asset']}: discounted mean off by {r['before']:+.3%} before, {r['after']:+.1e} now"
        for r in study.tables["martingale"]
    ]
    return found + ([["Martingale check", *checks]] if checks else [])


def given(study: StressTest) -> list[str]:
    """What the event means for the other assets and for the portfolio."""
    found = study.given
    assert found is not None
    rows, period = study.tables["conditional"], study.period
    sentences = [f"{_capital(found.event.described(period))}: probability {probability(found)}."]
    own = rows[-1]
    sentences.append(
        f"The portfolio then stands at {own['q50']:+.1%} {period.on(own['day'])} (median; {own['q5']:+.1%} to "
        f"{own['q95']:+.1%} on 90 % of the paths); without the event it would be {own['usual_q50']:+.1%}."
    )
    shocked = {target.name for target in found.event.targets}
    for row in rows[:-1]:
        if row["asset"] not in shocked and row["unit"] == "return":
            sentences.append(
                f"{row['asset']} goes to {row['q50']:+.1%} ({row['q5']:+.1%} to {row['q95']:+.1%}) rather than "
                f"{row['usual_q50']:+.1%}."
            )
        elif row["asset"] not in shocked:
            sentences.append(
                f"{row['asset']} is at {row['q50']:.4g} ({row['q5']:.4g} to {row['q95']:.4g}) rather than "
                f"{row['usual_q50']:.4g}."
            )
    return sentences


def reverse(study: StressTest) -> list[str]:
    """What would have to happen."""
    assert study.reverse is not None and study.story is not None
    found = study.reverse
    event = found.event.described(study.period)
    return [f"{_capital(event)}: probability {probability(found)}.", *study.story.sentences]


def how(found: Conditional) -> str:
    """How the paths were drawn, for those who want to know."""
    count = f"{found.scenarios.n_paths:,} paths, worth {found.effective:,.0f} independent ones"
    if found.method == "selection":
        return f"The paths given on which it happens: {count}."
    if found.method == "plain sampling":
        return (
            f"Drawn from the model itself, nothing rescaled: those of its plain paths on which it happens. {count}; "
            f"{found.simulated:,} simulated in all."
        )
    if found.method == "subset simulation":
        way = "particles moved towards the event level by level, in ten independent runs"
    else:
        way = "importance sampling around the most likely ways there, found by gradient"
    return f"Drawn from the model itself, nothing rescaled: {way}. {count}; {found.simulated:,} simulated in all."


def held(study: StressTest) -> str:
    """Whether the figures held on later dates."""
    test, period = study.backtest, study.period
    assert test is not None
    name = test.one_day.sources[0]
    row = next(r for r in test.one_day.tables["backtests"] if r["source"] == name and r["level"] == 0.99)
    verdict = {
        "green": "as many as a right model has",
        "yellow": "more than a right model usually has: add to the figure",
        "red": "too many for a right model: do not rely on it",
    }[row["traffic_light"]]
    few = row["hits"] < row["expected"] and row["kupiec_p"] < 0.05
    return (
        f"On {row['days']:,} later {period.many} that the model had not seen, losses exceeded its "
        f"one-{period.one} 99 % value at risk {row['hits']} times where {row['expected']:.0f} are expected; over the "
        f"last 250 {period.many} the Basel light is {row['traffic_light']}, {verdict}."
        + (" Fewer than expected in all: the figure is on the cautious side." if few else "")
    )


def spread(row: dict[str, Any], name: str) -> str:
    """The interval of a loss."""
    return interval(row[f"{name}_low"], row[f"{name}_high"], lambda value: f"{value:.1%}")


def chance(p: float) -> str:
    """A probability as people read it, with one in how many where it is small."""
    if p >= 5e-5:
        return f"{p:.1%}" if p >= 0.01 else f"{p:.2%}"
    return "0" if p == 0 else "under 0.01%"


def probability(found: Conditional) -> str:
    """Of an event, as one in how many where it is rare, with its interval."""
    p = found.probability
    rare = f", one in {1 / p.value:,.0f}" if 0 < p.value < 0.05 else ""
    return f"{chance(p.value)}{rare} (95 % interval {interval(p.low, p.high, chance)})"


def in_words(count: int, period: Period) -> str:
    """``one day``, ``20 days``."""
    return f"one {period.one}" if count == 1 else f"{count} {period.many}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
