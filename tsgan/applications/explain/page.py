"""explain.html: what drives volatility now, what news would do, and one scenario taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tsgan.applications.explain import plots
from tsgan.applications.explain.attribution import Attribution
from tsgan.applications.explain.decomposition import change
from tsgan.applications.explain.news import DAYS, NewsImpact
from tsgan.reports import page
from tsgan.reports.numbers import amount, number
from tsgan.reports.period import DAY

if TYPE_CHECKING:
    from tsgan.applications.explain.explanation import Explanation

PACKAGE = "tsgan.applications.explain"


def render(explanation: Explanation) -> str:
    """The page as text."""
    found, news, scenario = explanation.attributions, explanation.news, explanation.scenario
    period = found[0].period
    return page.answer(
        "explain.html.j2",
        PACKAGE,
        explanation.front,
        explanation.matrices,
        closing="This explains the model, not the market: it says what the model's volatility responds to.",
        period=period,
        warnings=explanation.warnings,
        made=explanation.made,
        origin=[("model", explanation.model_hash), ("data", explanation.data_hash)],
        step=period,
        assets=[one.asset for one in found],
        date=explanation.date,
        words=[sentence for one in found for sentence in one.words()],
        attributions=plots.attributions(found),
        day_headers=["Date", *found[0].assets, "Contribution"],
        days=[(one.asset, [_day(row, one) for row in one.top_days()]) for one in found],
        gap=f"{max(one.gap for one in found):.1g}",
        news=plots.news(news),
        news_words=news_words(news),
        scenario=scenario,
        scenario_section=plots.scenario(scenario) if scenario else None,
        part_headers=["Asset", "Return", "Shocks alone", "States", "Means", "Volatility at the start", "Highest"],
        parts_rows=[_part(*pair) for pair in zip(scenario.parts(), scenario.kinds, strict=True)] if scenario else [],
        move_headers=["Date", "Asset", "Return", "Shock, sd", "Volatility met", "Over the start's", "Common"],
        moves=[_move(row, kind) for i, kind in enumerate(scenario.kinds) for row in scenario.days(i)]
        if scenario
        else [],
    )


def news_words(news: Sequence[tuple[NewsImpact, NewsImpact]]) -> list[str]:
    """What the curves say, in sentences."""
    sentences = []
    for ours, garch in news:
        down, up, still = (ours.at(size) for size in (-3, 3, 0))
        theirs = [garch.at(size) / garch.at(0) for size in (-3, 3)]
        life, period = ours.half_life(-3.0), ours.period
        shown = "a quarter" if period == DAY else period.count(DAYS)
        felt = (
            f"Half of the fall's effect is gone after {period.count(life)}"
            if life
            else f"The fall's effect lasts beyond {shown}"
        )
        sentences.append(
            f"{ours.asset}: a fall of three standard deviations would make the {period.one} after {down / still:.2f} "
            f"times as volatile as a still {period.one} would, a rise of three {up / still:.2f} times (GJR-GARCH: "
            f"{theirs[0]:.2f} and {theirs[1]:.2f}). {felt}."
        )
    return sentences


def _day(row: dict[str, Any], found: Attribution) -> list[str]:
    moves = zip(row["returns"].values(), found.kinds, strict=True)
    returns = ["none" if value is None else amount(value, kind, 2, sign=True) for value, kind in moves]
    return [row["date"], *returns, f"{np.expm1(row['contribution']):+.1%}"]


def _part(row: dict[str, Any], kind: str) -> list[str]:
    made = [amount(change(row[name], kind), kind, sign=True) for name in ("return", "shocks", "states", "means")]
    return [row["asset"], *made, *(amount(row[f"{name}_volatility"], kind, 0) for name in ("start", "highest"))]


def _move(row: dict[str, Any], kind: str) -> list[str]:
    return [
        row["date"], row["asset"], amount(row["return"], kind, 2, sign=True), f"{row['shock']:+.1f}",
        amount(row["volatility"], kind, 0), number(row["against_start"], 2), f"{row['common']:.0%}",
    ]  # fmt: skip
