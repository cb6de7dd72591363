"""The first screen of a study of a strategy: does it make money on other histories, and more than holding would?"""

from __future__ import annotations

from collections.abc import Callable

from tsgan.applications.robustness import plots, words
from tsgan.applications.robustness.result import CUSTOMARY, HOLDS, OVERFITTED, Robustness, Row
from tsgan.reports.front import Front, Tile, Tone
from tsgan.reports.numbers import number


def front(found: Robustness) -> Front:
    """Whether to trade it: by the generated histories, beside buying and holding, and by the choice of variants."""
    rows = {row["figure"]: row for row in found.rows()}
    money, beats = found.makes_money, found.beats_holding
    tone, verdict = judged(found)
    holding = found.share(found.holding.growth > 0).value
    start, end = found.windows[found.headline]
    cost = f"a trade costs {found.rules.cost:.3%} of its value" if found.rules.cost else "trades cost nothing here"
    return Front(
        question=f"Does {found.strategy.name} make money on other histories?",
        about=f"{found.n_paths:,} generated histories of {found.days} {found.period.many} ({found.model}), beside "
        f"buying and holding {', '.join(found.assets[:4])}{', …' * (len(found.assets) > 4)}; {cost}",
        tone=tone,
        verdict=verdict,
        answer=(words.selection_in_short(found),),
        tiles=(
            Tile("Makes money on", money.value, _share, money.low, money.high, (("buy and hold", holding),),
                 "of the histories", "good" if money.low > 0.5 else "bad" if money.high < 0.5 else "doubt"),
            Tile("Higher Sharpe ratio than buy and hold on", beats.value, _share, beats.low, beats.high,
                 note="of the same histories",
                 tone="good" if beats.low > 0.5 else "bad" if beats.high < 0.5 else "doubt"),
            _middle("Sharpe ratio a year, median", rows["sharpe"], _number),
            _middle("Growth a year, median", rows["growth"], _percent),
            _middle("Deepest drawdown, median", rows["drawdown"], _percent),
            Tile(f"Real Sharpe ratio, {start} to {end}", rows["sharpe"]["real"], _number,
                 beside=(("buy and hold", rows["sharpe"]["holding_real"]),),
                 note=f"above {rows['sharpe']['place']:.0%} of the generated ones"),
        ),
        chart=plots.beside_holding(found),
        reading="Growth on each generated history. Blue: the strategy; grey: buying and holding. Lines: the real ones.",
    )  # fmt: skip


def judged(found: Robustness) -> tuple[Tone, str]:
    """The verdict: to be traded only where it makes money and beats holding on most histories, and is not luck."""
    money, beats, d = found.makes_money, found.beats_holding, found.deflated
    share = f"makes money on {money.value:.0%} of the histories and beats buying and holding on {beats.value:.0%}"
    if found.verdict == OVERFITTED:
        return "bad", f"Do not trade it: the choice among {len(found.variants)} variants explains its past; it {share}."
    if money.low <= 0.5 or beats.value < 0.5:
        return "bad", f"No reason to trade it: it {share}."
    if found.verdict != HOLDS:
        return (
            "doubt",
            f"Not proven: it {share}, but its real record could be luck (deflated Sharpe {d.probability:.0%}).",
        )
    return "good", f"It {share}, and its real record is more than luck at the {1 - CUSTOMARY:.0%} level."


def _middle(name: str, row: Row, shown: Callable[[float], str]) -> Tile:
    """A median over the histories with the range of nine of ten, holding's beside."""
    beside = (("buy and hold", row["holding"]),)
    return Tile(name, row["0.5"], shown, row["0.05"], row["0.95"], beside, "range: nine of ten histories")


def _share(value: float) -> str:
    return f"{value:.0%}"


def _number(value: float) -> str:
    return number(value, 2)


def _percent(value: float) -> str:
    return f"{value:.1%}"
