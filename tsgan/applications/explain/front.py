"""The first screen of an explanation: what the next volatility is, what makes it so, and what news would do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from tsgan.applications.explain import plots
from tsgan.applications.explain.attribution import AGES, TURNED, Attribution
from tsgan.applications.explain.news import NewsImpact
from tsgan.reports.front import Cell, Front, Matrix, Tile, cell
from tsgan.reports.numbers import amount

if TYPE_CHECKING:
    from tsgan.applications.explain.explanation import Explanation

SIZES = (-3, -2, -1, 0, 1, 2, 3)
"""Sizes of news, in standard deviations, that a matrix has."""


def front(found: Explanation) -> Front:
    """Of the first asset; the matrices below have all of them."""
    one, (ours, garch) = found.attributions[0], found.news[0]
    kind, period = one.kinds[one.assets.index(one.asset)], one.period
    level = _annual(kind)
    ages = list(one.by_age().values())
    fall = np.log(ours.at(-3) / ours.at(3))
    theirs = np.log(garch.at(-3) / garch.at(3))
    life = ours.half_life(-3.0)
    higher = one.volatility >= one.usual
    tiles = [
        Tile(f"Volatility of {one.asset} {period.tomorrow}, a year", one.volatility, level,
             beside=(("after usual moves", one.usual),)),
        Tile("Earlier states with a lower volatility", one.rank, "{:.0%}".format, note=f"since {one.since}"),
        Tile(f"The last {AGES[1][1]} {period.many} make it", np.expm1(sum(ages[:2])), "{:+.0%}".format,
             beside=((f"the {period.many} before", float(np.expm1(sum(ages[2:])))),)),
        Tile(f"Direction of the last {TURNED} {period.many} makes it", one.volatility / one.turned - 1,
             "{:+.0%}".format,
             note="leverage: falls count more than rises"),
        Tile("After a fall of 3 sd rather than a rise of 3 sd", float(np.expm1(fall)), "{:+.0%}".format,
             beside=(("GJR-GARCH", float(np.expm1(theirs))),)),
    ]  # fmt: skip
    if life is not None:
        tiles.append(Tile(f"Half of a fall's effect is gone after, {period.many}", life, "{:.0f}".format))
    return Front(
        question=f"Why is the volatility of {one.asset} {level(one.volatility)} a year {period.tomorrow}?",
        about=f"As the model sees it after the close of {found.date}"
        f"{'; every asset is in the tables below' if len(found.attributions) > 1 else ''}",
        tone="",
        verdict=_verdict(one, higher, ages),
        answer=(
            "Parts are by integrated gradients: what each past move adds beyond a move of usual size; percentages "
            "multiply.",
        ),
        tiles=tuple(tiles),
        chart=plots.attributions(found.attributions[:1]).plots[0],
        reading=f"Contribution of each of the last {plots.SHOWN} {period.many}: above zero it makes {period.tomorrow} "
        "wilder than a move of usual size would have.",
    )


def matrices(found: Explanation) -> list[Matrix]:
    """Age x asset, whose moves x asset, and size of news x asset and model."""
    period = found.attributions[0].period
    made = [
        _parts(f"What past {period.many} add to volatility, by age", f"Past {period.many}",
               [(one.asset, one.by_age(period)) for one in found.attributions]),
    ]  # fmt: skip
    if len(found.attributions[0].assets) > 1:
        by_asset = [(f"on {one.asset}", one.by_asset()) for one in found.attributions]
        made.append(_parts("By whose moves they were", "Moves of", by_asset))
    return [*made, news(found.news, period.one)]


def news(pairs: tuple[tuple[NewsImpact, NewsImpact], ...], one: str) -> Matrix:
    """Volatility after a step of each size: asset and model x size."""

    def of(impact: NewsImpact) -> tuple[Cell, ...]:
        write = _annual(impact.kind)
        lives = (cell(life, "{:.0f}".format) for life in map(impact.half_life, (-3.0, 3.0)))
        return (*(cell(impact.at(size), write) for size in SIZES), *lives)

    return Matrix(
        caption=f"Volatility a year of the {one} after a {one} of so many standard deviations",
        corner="Asset, model",
        columns=(*(f"{size:+d}" if size else "0" for size in SIZES), "Half-life of -3", "of +3"),
        rows=tuple((f"{impact.asset}, {impact.model}", of(impact)) for pair in pairs for impact in pair),
        reading="Each model's own standard deviations; the other assets move along as they usually do. Half-life: "
        "until less than half of the response is left; a dash where it lasts longer than shown, or there is none.",
        own_rows=tuple(range(0, 2 * len(pairs), 2)),
    )


def _parts(caption: str, corner: str, columns: list[tuple[str, dict[str, float]]]) -> Matrix:
    """Contributions side by side; the last row is their product."""
    shown = "{:+.1%}".format
    rows = [
        (name, tuple(cell(float(np.expm1(column[name])), shown) for _, column in columns)) for name in columns[0][1]
    ]
    total = tuple(cell(float(np.expm1(sum(column.values()))), shown) for _, column in columns)
    return Matrix(caption, corner, tuple(name for name, _ in columns), (*rows, ("all together", total)))


def _verdict(one: Attribution, higher: bool, ages: list[float]) -> str:
    way = "higher" if higher else "lower"
    usual = _annual(one.kinds[one.assets.index(one.asset)])(one.usual)
    recent, before = sum(ages[:2]), sum(ages[2:])
    span = f"last {AGES[1][1]} {one.period.many}"
    source = span if abs(recent) >= abs(before) else f"{one.period.many} before the {span}"
    change = np.expm1(recent if abs(recent) >= abs(before) else before)
    return f"It is {way} than after moves of usual size ({usual}), most of all because of the {source} ({change:+.0%})."


def _annual(kind: str) -> Callable[[float], str]:
    return lambda value: amount(value, kind)
