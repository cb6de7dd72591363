"""A comparison as tables: for a terminal, and as a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from tsgan.evaluation.measurements import REAL_VS_REAL
from tsgan.evaluation.report import CLOSING, IN_SAMPLE
from tsgan.evaluation.terminal import SIGNS
from tsgan.evaluation.verdict import tested
from tsgan.reports import page
from tsgan.reports.doubts import doubts
from tsgan.reports.numbers import number
from tsgan.reports.terminal import Rows

LEGEND = (
    "✓ in the model's 95 % band   ✗ out of it   ↔ band too wide to tell   · not present in the real series   "
    "v needs volume"
)

if TYPE_CHECKING:
    from tsgan.evaluation.bands import Judgement
    from tsgan.evaluation.compare import Comparison


def renderable(comparison: Comparison) -> Group:
    """Scores, facts, what the signs mean, and the verdict; every table of an in-sample judgement says so."""
    first, names = comparison.first, comparison.cards
    where = f"{first.judged_start} to {first.judged_end}, {first.days} {first.period.many}, {first.paths} paths"
    scores = [
        [asset, score, number(floor), *(Text(number(v), "bold" if v == min(values) else "") for v in values)]
        for asset, score, floor, *values in _scores(comparison)
    ]
    facts = [
        [asset, label, real, *(Text(number(j.band.median) + " ") + Text(*SIGNS[j.mark]) for j in judged)]
        for asset, label, real, judged in _facts(comparison)
    ]
    parts = [
        _rows(comparison, "Quant GANs scores, lower is better", ["asset", "score", REAL_VS_REAL, *names], scores),
        _rows(comparison, f"Facts (median of paths), {where}", ["asset", "fact", "real", *names], facts),
    ]
    if comparison.log_scores:
        rows = [
            [
                row.asset,
                row.source,
                f"{row.score:.4f}",
                "" if row.difference is None else f"{row.difference:+.4f}",
                "" if row.t is None else f"{row.t:+.1f}",
            ]
            for row in comparison.log_scores
        ]
        headers = ["asset", "model", "score", "minus the first", "t (HAC)"]
        parts.append(_rows(comparison, f"Log score of the next {first.period.one}, higher is better", headers, rows))
    return Group(*parts, Text(LEGEND, style="dim"), *map(Text, comparison.summary().splitlines()))


def render(comparison: Comparison) -> str:
    """The page as text."""
    first = comparison.first
    return page.answer(
        "compare.html.j2",
        "tsgan.evaluation",
        comparison.front,
        comparison.matrices,
        closing=CLOSING,
        lead="IN SAMPLE: " if comparison.in_sample else "",
        tag=IN_SAMPLE if comparison.in_sample else "",
        made=comparison.made,
        origin=[("prices", first.provenance["prices_hash"])],
        period=first.period,
        warnings=doubts(*(card.provenance.get("warnings", ()) for card in comparison.cards.values())),
        comparison=comparison,
        names=list(comparison.cards),
        passed=[
            [name, *map(str, tested(card, card.model)), ", ".join(gate.name for gate in card.failed_gates()) or "none"]
            for name, card in comparison.cards.items()
        ],
        facts=[
            [asset, label, real, *(f"{number(j.band.median, 3, 4)} {SIGNS[j.mark][0]}" for j in judged)]
            for asset, label, real, judged in _facts(comparison)
        ],
        scores=[[asset, score, *map(number, values)] for asset, score, *values in _scores(comparison)],
        floor=REAL_VS_REAL,
    )


def _facts(comparison: Comparison) -> Iterator[tuple[str, str, str, list[Judgement]]]:
    """Asset, label, real value, and the judgement of every model."""
    cards = comparison.cards.values()
    for rows in zip(*(card.facts for card in cards), strict=True):
        judged = [row.judged[card.model] for row, card in zip(rows, cards, strict=True)]
        yield rows[0].asset, rows[0].label, number(rows[0].real), judged


def _scores(comparison: Comparison) -> Iterator[tuple[str, str, *tuple[float, ...]]]:
    """Asset, score, and its value for the real series and every model."""
    for asset in comparison.first.assets:
        rows = comparison.scores(asset)
        for score in rows[REAL_VS_REAL].scores:
            yield asset, score, *(row.scores[score] for row in rows.values())


def _rows(comparison: Comparison, title: str, headers: Sequence[str], rows: Sequence[Sequence[str | Text]]) -> Rows:
    return Rows(("IN SAMPLE - " if comparison.in_sample else "") + title, headers, rows, words=2)
