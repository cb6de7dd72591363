"""What a study of a strategy found, in plain sentences read off the numbers."""

from __future__ import annotations

import numpy as np

from tsgan.applications.robustness.result import CUSTOMARY, HOLDS, OVERFITTED, Robustness
from tsgan.reports.numbers import number

KIND = 0.95
"""Place among the generated histories from which on the real ones were kind to a strategy."""


def sentences(found: Robustness) -> list[str]:
    """The verdict, and what it rests on."""
    from tsgan.applications.robustness.front import judged

    return [judged(found)[1], _record(found), _place(found), _survival(found), *_selection(found)]


def selection_in_short(found: Robustness) -> str:
    """What the choice among variants is worth, in one sentence."""
    d, o = found.deflated, found.overfitting
    if len(found.variants) == 1:
        return "One variant was given: a choice among others, if there was one, cannot be judged."
    luck = "not luck alone" if d.probability >= 1 - CUSTOMARY else "not told from luck"
    text = (
        f"On the real prices it is the best of {len(found.variants)} variants, and {luck} (deflated Sharpe ratio "
        f"{d.probability:.0%}, {1 - CUSTOMARY:.0%} is customary)"
    )
    if o is None:
        return f"{text}."
    return f"{text}; in {o.probability:.0%} of splits the best of one half is below the middle in the other."


def _record(found: Robustness) -> str:
    d, year = found.deflated, np.sqrt(found.rules.periods)
    many = found.period.many
    earned = (
        f"A Sharpe ratio of {number(d.sharpe * year, 2)} over {len(found.real):,} real {many} from {found.dates[0]} to "
        f"{found.dates[-1]} (buying and holding: {number(float(found.held_whole.sharpe[0]), 2)})"
    )
    if found.verdict == HOLDS:
        luck = f"the luckiest of {len(found.variants)} variants without skill" if len(found.variants) > 1 else "luck"
        return f"{earned} is more than {luck} would bring."
    if found.verdict == OVERFITTED:
        return (
            f"OVERFITTED: {earned[0].lower()}{earned[1:]} is what the best of {len(found.variants)} variants would "
            f"reach by luck, and the variant that is best in one half of the {many} is no good guide to the other."
        )
    return f"UNPROVEN: {earned[0].lower()}{earned[1:]} cannot be told from luck."


def _place(found: Robustness) -> str:
    (start, end), place = found.windows[found.headline], found.rows()[0]
    text = (
        f"On {found.n_paths:,} generated histories of {found.days} {found.period.many} ({found.model}) its Sharpe "
        f"ratio is {number(place['0.5'], 2)} (median; nine of ten between {number(place['0.05'], 2)} and "
        f"{number(place['0.95'], 2)}), that of buying and holding {number(place['holding'], 2)}. From {start} to {end} "
        f"it was {number(place['real'], 2)}, more than on {place['place']:.0%} of them."
    )
    places = [row["place"] for row in found.window_rows()]
    if len(places) > 4:
        inside = sum(CUSTOMARY <= p <= 1 - CUSTOMARY for p in places)
        text += (
            f" Of {len(places)} real histories of that length {inside} lie among those nine of ten, and on average "
            f"they are above {np.mean(places):.0%} of the paths (50 % if the paths are like the past)."
        )
    whole = found.place("sharpe", float(found.whole.sharpe[found.chosen]))
    if len(places) == 1 and whole > KIND:
        text += " The past was unusually kind to this strategy, or it was made for that past."
    return text


def _survival(found: Robustness) -> str:
    rows = {row["figure"]: row for row in found.rows()}
    start, end = found.windows[found.headline]
    return (
        f"It makes money on {found.makes_money.value:.0%} of the generated histories and has a higher Sharpe ratio "
        f"than buying and holding on {found.beats_holding.value:.0%}. Its deepest drawdown is "
        f"{rows['drawdown']['0.5']:.0%} "
        f"(median), worse than {rows['drawdown']['0.95']:.0%} on one history in twenty, and was "
        f"{rows['drawdown']['real']:.0%} from {start} to {end}. It trades {number(rows['turnover']['0.5'], 2)} times "
        f"its capital a year{'' if found.rules.cost else ', and nothing was charged for that'}."
    )


def _selection(found: Robustness) -> list[str]:
    d, o, year = found.deflated, found.overfitting, np.sqrt(found.rules.periods)
    if len(found.variants) == 1:
        return [
            "One variant was given. If others were tried before this one, give them all: a choice that is not shown "
            "cannot be judged."
        ]
    choice = [
        f"The best of {len(found.variants)} variants, {found.strategy.label}, was chosen. They count for "
        f"{number(d.trials, 2)} independent trials, the luckiest of which would reach a Sharpe ratio of "
        f"{number(d.benchmark * year, 2)} without skill; that the true one is higher has the probability "
        f"{d.probability:.1%} (deflated Sharpe ratio; {1 - CUSTOMARY:.0%} is customary)."
    ]
    if o is None:
        return [*choice, "They differ in size at most, so there is no choice to judge."]
    before, after = (number(float(np.median(x)) * year, 2) for x in (o.chosen_in, o.chosen_out))
    return [
        *choice,
        f"Probability of backtest overfitting: {o.probability:.0%}. In that share of {len(o.logits):,} ways to split "
        f"the {found.period.many}, the variant that is best in one half is below the middle of all in the other; there "
        f"its Sharpe ratio falls from {before} to {after} (medians), and it loses money in {o.loss:.0%}.",
    ]
