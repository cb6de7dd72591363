"""Three plain sentences about a scorecard, built from its numbers and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tsgan.evaluation.bands import IN_BAND, NOT_PRESENT, OUT_OF_BAND, TOO_WIDE
from tsgan.evaluation.baselines import REFERENCE
from tsgan.evaluation.facts import ALL_ASSETS, GROUPS, use_of

if TYPE_CHECKING:
    from tsgan.evaluation.results import Scorecard
    from tsgan.evaluation.rows import ScoreRow

SURE = 0.05
"""Level of a rejection after Holm's correction."""
TESTED = (IN_BAND, OUT_OF_BAND, TOO_WIDE)
"""Marks of facts on which there was something to test."""
MANY, CHANCE = 10, 0.1
"""Of so many tests or more of one kind, this share may fail: one in twenty does by chance alone."""


def verdict(card: Scorecard) -> tuple[str, str, str]:
    """The count, what the model is good for and not yet for, and how it compares with the baselines."""
    return _count(card), _uses(card), _comparison(card)


def tested(card: Scorecard, source: str) -> tuple[int, int]:
    """Facts passed by a source, and facts on which it could be tested."""
    counts = card.counts(source)
    return counts[IN_BAND], sum(counts[mark] for mark in TESTED)


def tested_uses(card: Scorecard) -> list[tuple[str, list[tuple[int, int]]]]:
    """Use, and per source (tests passed, tests made), over all assets; uses without a fact are left out."""
    table = []
    for group in _groups(card):
        rows = [row for row in card.facts if row.group == group]
        marks = [[row.judged[source].mark for row in rows] for source in card.sources]
        counts = [(m.count(IN_BAND), sum(m.count(k) for k in TESTED)) for m in marks]
        table.append((use_of(group, card.period), counts))
    return table


def relative_distance(card: Scorecard, baseline: str) -> float:
    """Geometric mean over assets and scores of the model's Quant GANs score over the baseline's; below 1 is better."""
    return distance_ratio(card.scores, card.model, card.scores, baseline)


def distance_ratio(ours: Sequence[ScoreRow], model: str, theirs: Sequence[ScoreRow], other: str) -> float:
    """:func:`relative_distance` of the rows of two sources, be they of one scorecard or of two."""
    first, second = (
        {(row.asset, name): value for row in rows if row.source == source for name, value in row.scores.items()}
        for rows, source in ((ours, model), (theirs, other))
    )
    ratios = [np.log(first[key] / second[key]) for key in first if first[key] > 0 and second[key] > 0]
    return float(np.exp(np.mean(ratios))) if ratios else float("nan")


def _count(card: Scorecard) -> str:
    passed, total = tested(card, card.model)
    if card.in_sample:
        where = (
            f"IN SAMPLE, on {card.days:,} returns from {card.judged_start} to {card.judged_end}"
            f"{'' if card.finished_paths else ' that it was trained on'}"
        )
    else:
        # What finished paths were made from is not known here, only the day on which they start.
        unseen = "that follow the start of its paths" if card.finished_paths else "that it had not seen"
        where = f"On {card.days:,} returns from {card.judged_start} to {card.judged_end} {unseen}"
    if card.look_ahead:
        where = f"LOOK-AHEAD: its law was learned on markets to {card.look_ahead}. {where}"
    sentence = f"{where}, {card.model} passes {passed} of {total} tests of the facts of the market"
    others = [f"{name} {p} of {n}" for name in card.baselines for p, n in [tested(card, name)]]
    if others:
        sentence += f" (beside it: {_listed(others)})"
    sure = [row for row in card.facts if row.judged[card.model].holm_p < SURE]
    if sure and total:
        sentence += f"; {len(sure)} of its failures are beyond doubt, even allowing for so many tests"
    if card.in_sample:
        sentence += "; this shows that it fits this history and not that it will hold on another"
    return sentence + "."


def _uses(card: Scorecard) -> str:
    good, bad, vague, absent = [], [], [], []
    for group in _groups(card):
        use = use_of(group, card.period)
        marks = {(row.asset, row.judged[card.model].mark) for row in card.facts if row.group == group}
        failing = sorted({asset for asset, mark in marks if mark in (OUT_OF_BAND, TOO_WIDE)}, key=_order(card))
        judged = [row.judged[card.model].mark for row in card.facts if row.group == group]
        tests = [mark for mark in judged if mark in TESTED]
        share = 1.0 - tests.count(IN_BAND) / len(tests) if tests else 0.0
        if failing and len(tests) >= MANY and share <= CHANCE:
            good.append(f"{use} (on {len(card.assets) - len(failing)} of {len(card.assets)} assets throughout)")
        elif failing:
            everywhere = len(failing) == len(card.assets) or failing == [ALL_ASSETS]
            # A long list of tickers says less than their number.
            where = (
                ""
                if everywhere
                else f" ({', '.join(failing)})"
                if len(failing) <= 3
                else f" ({len(failing)} of {len(card.assets)} assets)"
            )
            (bad if OUT_OF_BAND in tests else vague).append(use + where)
        elif any(mark == IN_BAND for _, mark in marks):
            good.append(use)
        elif any(mark == NOT_PRESENT for _, mark in marks):
            absent.append(use)
    parts = [f"good for {_listed(good)}" if good else "good for none of the facts as a whole"]
    parts += [f"not yet for {_listed(bad)}"] if bad else []
    if vague:
        parts.append(f"too vague on {_listed(vague)}, where its histories differ so much that any market would pass")
    if not bad and not vague:
        parts.append("no fact speaks against it")
    failed = [gate.name for gate in card.failed_gates()]
    if failed:
        parts.insert(0, f"fails the hard requirement{'s' if len(failed) > 1 else ''} on {_listed(failed)}")
    if absent:
        parts.append(f"not testable here, because the real series does not show it: {_listed(absent)}")
    sentence = "; ".join(parts) + "."
    return sentence[0].upper() + sentence[1:]


def _comparison(card: Scorecard) -> str:
    if not card.baselines:
        return "It was compared with no baseline, so nothing is said about whether a simpler model would do."
    ratios = {name: relative_distance(card, name) for name in card.baselines}
    other = [name for name, r in ratios.items() if not 0.98 <= r <= 1.02]
    level = [name for name in ratios if name not in other]
    parts = [f"{_percent(abs(1 - ratios[n]))} {'smaller' if ratios[n] < 1 else 'larger'} than {n}'s" for n in other]
    parts += [f"level with {name}'s" for name in level]
    sentence = f"On average its distances to the market are {_listed(parts)}"
    overall = card.assets[0] if len(card.assets) == 1 else ALL_ASSETS
    for row in card.log_scores:
        if row.source == card.model and row.asset == overall and row.difference is not None:
            sure = row.t is not None and abs(row.t) >= 2
            better = "better" if row.difference > 0 else "worse"
            reference = REFERENCE.upper()
            judged = (
                f"{better} than {reference}" if sure else f"not distinguishable from {reference} (nominally {better})"
            )
            t = f", t = {row.t:.1f}" if row.t is not None else ""
            sentence += (
                f"; its one-{card.period.one} forecasts are {judged} ({row.difference:+.4f} a {card.period.one}{t})"
            )
    return sentence + "."


def _groups(card: Scorecard) -> list[str]:
    """Groups of facts that the card has, ours first and in their order."""
    own = {row.group: None for row in card.facts}
    return [*(group for group in GROUPS if group in own), *(group for group in own if group not in GROUPS)]


def _order(card: Scorecard) -> Callable[[str], int]:
    return lambda asset: card.assets.index(asset) if asset in card.assets else len(card.assets)


def _percent(x: float) -> str:
    return f"{100 * x:.0f}\u00a0%"


def _listed(items: Iterable[str]) -> str:
    items = list(items)
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1]
