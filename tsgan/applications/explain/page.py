"""explain.html: what drives volatility now, what news would do, and one scenario taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tsgan.applications.explain import plots
from tsgan.applications.explain.attribution import Attribution
from tsgan.applications.explain.decomposition import change
from tsgan.applications.explain.news import DAYS, FELT, NewsImpact
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
    return page.render(
        "explain.html.j2",
        PACKAGE,
        warnings=explanation.warnings,
        step=period,
        assets=[one.asset for one in found],
        date=explanation.date,
        words=[sentence for one in found for sentence in one.words()],
        attributions=plots.attributions(found),
        age_headers=[f"Past {period.many}", *(one.asset for one in found)],
        ages=_columns([one.by_age(period) for one in found]),
        asset_headers=["Moves of", *(f"on {one.asset}" for one in found)],
        by_asset=_columns([one.by_asset() for one in found]) if len(found[0].assets) > 1 else None,
        day_headers=["Date", *found[0].assets, "Contribution"],
        days=[(one.asset, [_day(row, one) for row in one.top_days()]) for one in found],
        gap=f"{max(one.gap for one in found):.1g}",
        news=plots.news(news),
        news_words=news_words(news),
        news_headers=[
            "Asset",
            "Model",
            *(f"{size:+g}" if size else "0" for size in (-3, -2, -1, 0, 1, 2, 3)),
            "Half-life -3",
            "+3",
        ],
        impacts=[_impact(impact) for pair in news for impact in pair],
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


def _columns(columns: list[dict[str, float]]) -> list[list[str]]:
    """Contributions side by side; the last line is their sum, as a factor on volatility."""
    lines = [[name, *(f"{np.expm1(column[name]):+.1%}" for column in columns)] for name in columns[0]]
    return [*lines, ["all together", *(f"{np.expm1(sum(column.values())):+.1%}" for column in columns)]]


def _day(row: dict[str, Any], found: Attribution) -> list[str]:
    moves = zip(row["returns"].values(), found.kinds, strict=True)
    returns = ["none" if value is None else amount(value, kind, 2, sign=True) for value, kind in moves]
    return [row["date"], *returns, f"{np.expm1(row['contribution']):+.1%}"]


def _impact(impact: NewsImpact) -> list[str]:
    curve = [amount(impact.at(size), impact.kind) for size in (-3, -2, -1, 0, 1, 2, 3)]
    short = impact.period.one[0]
    lives = ["–" if life is None else f"{life} {short}" for life in map(impact.half_life, FELT)]  # noqa: RUF001
    return [impact.asset, impact.model, *curve, *lives]


def _part(row: dict[str, Any], kind: str) -> list[str]:
    made = [amount(change(row[name], kind), kind, sign=True) for name in ("return", "shocks", "states", "means")]
    return [row["asset"], *made, *(amount(row[f"{name}_volatility"], kind, 0) for name in ("start", "highest"))]


def _move(row: dict[str, Any], kind: str) -> list[str]:
    return [
        row["date"], row["asset"], amount(row["return"], kind, 2, sign=True), f"{row['shock']:+.1f}",
        amount(row["volatility"], kind, 0), number(row["against_start"], 2), f"{row['common']:.0%}",
    ]  # fmt: skip
