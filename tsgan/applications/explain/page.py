"""explain.html: what drives volatility now, what news would do, and one scenario taken apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from tsgan.applications.explain import plots
from tsgan.applications.explain.attribution import Attribution
from tsgan.applications.explain.news import FELT, NewsImpact
from tsgan.applications.explain.story import Story, change
from tsgan.data.calendars import period_of
from tsgan.data.panel import Panel
from tsgan.reports import page
from tsgan.reports.numbers import amount, number

PACKAGE = "tsgan.applications.explain"


def render(
    found: list[Attribution], news: list[tuple[NewsImpact, NewsImpact]], panel: Panel, story: Story | None = None
) -> str:
    """The page as text; ``news`` holds, per asset, the model's curve and GJR-GARCH's."""
    return page.render(
        "explain.html.j2",
        PACKAGE,
        period=period_of(panel.periods_per_year),
        assets=[one.asset for one in found],
        date=str(panel.dates[-1]),
        words=[sentence for one in found for sentence in one.words()],
        attributions=plots.attributions(found),
        age_headers=["Past days", *(one.asset for one in found)],
        ages=_columns([one.by_age() for one in found]),
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
        story=story,
        story_section=plots.story(story) if story else None,
        part_headers=["Asset", "Return", "Shocks alone", "States", "Means", "Volatility at the start", "Highest"],
        parts_rows=[_part(*pair) for pair in zip(story.parts(), story.kinds, strict=True)] if story else [],
        move_headers=["Date", "Asset", "Return", "Shock, sd", "Volatility met", "Over the start's", "Common"],
        moves=[_move(row, kind) for i, kind in enumerate(story.kinds) for row in story.days(i)] if story else [],
    )


def news_words(news: list[tuple[NewsImpact, NewsImpact]]) -> list[str]:
    """What the curves say, in sentences."""
    sentences = []
    for ours, garch in news:
        down, up, still = (ours.at(size) for size in (-3, 3, 0))
        theirs = [garch.at(size) / garch.at(0) for size in (-3, 3)]
        life = ours.half_life(-3.0)
        felt = (
            f"Half of the fall's effect is gone after {life} days"
            if life
            else "The fall's effect lasts beyond a quarter"
        )
        sentences.append(
            f"{ours.asset}: a fall of three standard deviations would make the day after {down / still:.2f} times as "
            f"volatile as a still day would, a rise of three {up / still:.2f} times (GJR-GARCH: {theirs[0]:.2f} and "
            f"{theirs[1]:.2f}). {felt}."
        )
    return sentences


def _columns(columns: list[dict[str, float]]) -> list[list[str]]:
    """Contributions side by side; the last line is their sum, as a factor on volatility."""
    lines = [[name, *(f"{np.expm1(column[name]):+.1%}" for column in columns)] for name in columns[0]]
    return [*lines, ["all together", *(f"{np.expm1(sum(column.values())):+.1%}" for column in columns)]]


def _day(row: dict[str, Any], found: Attribution) -> list[str]:
    moves = zip(row["returns"].values(), found.kinds, strict=True)
    returns = [amount(value, kind, 2, sign=True) for value, kind in moves]
    return [row["date"], *returns, f"{np.expm1(row['contribution']):+.1%}"]


def _impact(impact: NewsImpact) -> list[str]:
    curve = [amount(impact.at(size), impact.kind) for size in (-3, -2, -1, 0, 1, 2, 3)]
    lives = [impact.half_life(size) for size in FELT]
    return [impact.asset, impact.model, *curve, *("–" if life is None else f"{life} d" for life in lives)]  # noqa: RUF001


def _part(row: dict[str, Any], kind: str) -> list[str]:
    made = [amount(change(row[name], kind), kind, sign=True) for name in ("return", "shocks", "states", "means")]
    return [row["asset"], *made, *(amount(row[f"{name}_volatility"], kind, 0) for name in ("start", "highest"))]


def _move(row: dict[str, Any], kind: str) -> list[str]:
    return [
        row["date"], row["asset"], amount(row["return"], kind, 2, sign=True), f"{row['shock']:+.1f}",
        amount(row["volatility"], kind, 0), number(row["against_start"], 2), f"{row['common']:.0%}",
    ]  # fmt: skip
