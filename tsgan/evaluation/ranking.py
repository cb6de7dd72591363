"""Which of several models comes closest to the market: first screen and matrices of a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tsgan.evaluation import distances as further
from tsgan.evaluation.facts import ALL_ASSETS, use_of
from tsgan.evaluation.front import distance, level_off
from tsgan.evaluation.logscore import LogScore
from tsgan.evaluation.matrices import counted
from tsgan.evaluation.measurements import REAL_VS_REAL
from tsgan.evaluation.verdict import tested, tested_uses
from tsgan.reports.canvas import BASELINE_COLOURS, MODEL, Plot, canvas, text
from tsgan.reports.front import MOST_TILES, Front, Matrix, Tile, Tone, cell, listed
from tsgan.reports.numbers import number

if TYPE_CHECKING:
    from tsgan.evaluation.compare import Comparison

COLOURS = (MODEL, *BASELINE_COLOURS)
DISTANCE, SHAPE = "wasserstein", "equal_volatility"


def front(comparison: Comparison) -> Front:
    """The model that comes closest, and the figures of all."""
    first, names = comparison.first, list(comparison.cards)
    tone, verdict = judged(comparison)
    seen = "IN SAMPLE, " if comparison.in_sample else ""
    return Front(
        question=f"Which of {len(names)} models moves most like {listed(first.assets[:4])}?",
        about=f"{listed(names[:6])}, on the same {first.days:,} {first.period.many}, {seen}{first.judged_start} to "
        f"{first.judged_end}; {first.paths:,} paths each",
        tone=tone,
        verdict=verdict,
        answer=tuple(_unusable(comparison)),
        tiles=tuple(_tiles(comparison)[:MOST_TILES]),
        chart=_chart(comparison),
        reading=f"Distances between the law of returns and the market's, over {REAL_VS_REAL}: at 1 a model is as close "
        "as two stretches of the market itself. Full bars: as they are; pale: at equal volatility.",
    )


def ranks(comparison: Comparison) -> dict[str, float]:
    """Mean rank of every model over all distances and assets, 1 the closest; ties share their places."""
    names = list(comparison.cards)
    values = np.array(
        [
            [row.scores[score] for score in further.LABELS if score in row.scores]
            for card in comparison.cards.values()
            for row in card.distances
            if row.source == card.model
        ]
    ).reshape(len(names), -1)
    places = (values[:, None] > values[None]).sum(axis=1) + ((values[:, None] == values[None]).sum(axis=1) + 1) / 2
    return dict(zip(names, places.mean(axis=1).tolist(), strict=True))


def judged(comparison: Comparison) -> tuple[Tone, str]:
    """Which comes closest, and which foresees best where that is sure."""
    placed = ranks(comparison)
    best = min(placed, key=placed.__getitem__)
    passed, total = tested(comparison.cards[best], comparison.cards[best].model)
    text = f"{best} comes closest to the market: mean rank {placed[best]:.1f} of {len(placed)} over all distances, "
    text += f"{passed} of {total} tests passed."
    scores = _overall(comparison)
    if len(scores) > 1:
        top = max(scores.values(), key=lambda row: row.score)
        reference = next(iter(scores))
        sure = [row for row in scores.values() if row.t is not None and abs(row.t) >= 2]
        if sure:
            text += f" {top.source} has the best density of the next {comparison.first.period.one}."
        else:
            text += f" Their densities of the next {comparison.first.period.one} cannot be told from {reference}'s."
    return "doubt" if comparison.in_sample else "", text


def matrices(comparison: Comparison) -> list[Matrix]:
    """Tests by fact group, distances by horizon, log scores by asset: each x model."""
    made = [facts(comparison), distances(comparison)]
    return [*made, densities(comparison)] if comparison.log_scores else made


def facts(comparison: Comparison) -> Matrix:
    """Tests passed: fact group x model."""
    counts = {name: dict(tested_uses(card)) for name, card in comparison.cards.items()}
    groups = dict.fromkeys(use_of(row.group, comparison.first.period) for row in comparison.first.facts)
    rows = [(use, tuple(counted(*own[use][0]) for own in counts.values())) for use in groups]
    total = tuple(counted(*tested(card, card.model)) for card in comparison.cards.values())
    return Matrix(
        caption="Tests of the facts of the market passed, by group",
        corner="Facts",
        columns=tuple(comparison.cards),
        rows=(*rows, ("all tests", total)),
        reading="✓ all passed; ✗ more failed than chance explains; ! in between. A test fails in one of twenty cases "
        "even where a model is right.",
    )


def distances(comparison: Comparison) -> Matrix:
    """Distances to the market, means over assets: horizon x model."""
    first = comparison.first
    lines = []
    for name in (name for name in further.LABELS if name in first.distances[0].scores):
        values = [distance(card, card.model, name) for card in comparison.cards.values()]
        cells = [cell(value, number, tone="good" if value == min(values) else "") for value in values]
        floor = cell(distance(first, REAL_VS_REAL, name), number)
        lines.append((first.period.fill(further.LABELS[name]), (*cells, floor)))
    levels = [level_off(card, card.model)[0] for card in comparison.cards.values()]
    lines.append(("Level of volatility against the real one", (*(cell(v, "{:+.0%}".format) for v in levels),
                                                               cell(None, str))))  # fmt: skip
    placed = ranks(comparison)
    lines.append(("Mean rank", (*(cell(placed[name], "{:.1f}".format) for name in comparison.cards), cell(None, str))))
    return Matrix(
        caption="Distances to the market" + (", means over the assets" if len(first.assets) > 1 else ""),
        corner="Distance",
        columns=(*comparison.cards, REAL_VS_REAL),
        rows=tuple(lines),
        reading=f"Lower is better; ✓ the best. {REAL_VS_REAL} compares two stretches of the market itself. At equal "
        "volatility both sides are divided by their own standard deviation, so that no side gains by a level that "
        "nobody could know.",
    )


def densities(comparison: Comparison) -> Matrix:
    """Log scores of the next step: asset x model, with the difference to the first."""
    rows = {(row.asset, row.source): row for row in comparison.log_scores}
    sources = list(dict.fromkeys(row.source for row in comparison.log_scores))

    def of(row: LogScore) -> str:
        if row.difference is None:
            return ""
        return f"{row.difference:+.4f}" + (f", t {row.t:+.1f}" if row.t is not None else "")

    return Matrix(
        caption=f"Log score of the next {comparison.first.period.one}: mean log density; higher is better",
        corner="Asset",
        columns=tuple(sources),
        rows=tuple(
            (asset, tuple(cell(rows[asset, s].score, "{:.4f}".format, below=of(rows[asset, s])) for s in sources))
            for asset in dict.fromkeys(row.asset for row in comparison.log_scores)
        ),
        reading=f"Below each: the difference to {sources[0]}, with its t (Newey-West); below 2 it is not "
        "distinguishable from chance. Models without a density, and finished paths, have no log score.",
    )


def _tiles(comparison: Comparison) -> list[Tile]:
    placed, cards, period = ranks(comparison), comparison.cards, comparison.first.period
    best = min(placed, key=placed.__getitem__)
    others = [name for name in cards if name != best]

    def beside(value: dict[str, float]) -> tuple[tuple[str, float], ...]:
        return tuple((name, value[name]) for name in others if name in value)

    shares = {
        name: passed / total for name, card in cards.items() for passed, total in [tested(card, card.model)] if total
    }
    levels = {name: level_off(card, card.model)[0] for name, card in cards.items()}
    tiles = [Tile(f"{best}: mean rank over the distances", placed[best], "{:.1f}".format, beside=beside(placed))]
    if best in shares:
        tiles.append(Tile(f"{best}: tests of the facts passed", shares[best], "{:.0%}".format, beside=beside(shares)))
    if np.isfinite(levels[best]):
        name = f"{best}: level of volatility against the real one"
        tiles.append(Tile(name, levels[best], "{:+.0%}".format, beside=beside(levels)))
    days = next((d for d in (20, 5, 1) if f"{DISTANCE}_{d}" in comparison.first.distances[0].scores), 1)
    for score, label in ((SHAPE, "at equal volatility, sd"), (DISTANCE, "as they are")):
        values = {name: distance(card, card.model, f"{score}_{days}") for name, card in cards.items()}
        title = f"{best}: distance of {days}-{period.one} returns {label}"
        tiles.append(Tile(title, values[best], number, beside=beside(values)))
    scores = {name: row.score for name, row in _overall(comparison).items()}
    if best in scores:
        title = f"{best}: log score of the next {period.one}"
        tiles.append(Tile(title, scores[best], "{:.4f}".format, beside=beside(scores)))
    return tiles


def _overall(comparison: Comparison) -> dict[str, LogScore]:
    """Log scores of all assets together, by model."""
    assets = comparison.first.assets
    overall = assets[0] if len(assets) == 1 else ALL_ASSETS
    return {row.source: row for row in comparison.log_scores if row.asset == overall}


def _unusable(comparison: Comparison) -> list[str]:
    """Models that fail a hard requirement."""
    failing = [
        f"{name} ({', '.join(gate.name for gate in card.failed_gates())})"
        for name, card in comparison.cards.items()
        if card.failed_gates()
    ]
    return [f"Not to be used as they are, by the hard requirements: {listed(failing[:3])}."] if failing else []


def _chart(comparison: Comparison) -> Plot:
    figure, axes = canvas()
    first, names = comparison.first, list(comparison.cards)
    days = [d for d in (1, 5, 20, 100) if f"{DISTANCE}_{d}" in first.distances[0].scores]
    width = 0.8 / len(names)
    for i, name in enumerate(names):
        card = comparison.cards[name]
        for kind, alpha in ((DISTANCE, 1.0), (SHAPE, 0.45)):
            values = [
                distance(card, card.model, f"{kind}_{d}") / distance(first, REAL_VS_REAL, f"{kind}_{d}") for d in days
            ]
            shift = width / 2 if kind == SHAPE else 0.0
            place = np.arange(len(days)) - 0.4 + i * width + shift
            label = text(name) if kind == DISTANCE else None
            axes.bar(
                place, values, width / 2.2, align="edge", color=COLOURS[i % len(COLOURS)], alpha=alpha, label=label
            )
    axes.axhline(1, color="#111827", lw=0.8)
    axes.set_xticks(range(len(days)), [first.period.count(d) for d in days])
    axes.set(ylabel=f"distance over {REAL_VS_REAL}", xlabel="returns over")
    axes.legend(loc="best", fontsize=7.5)
    return Plot(
        figure, f"Distances of {len(names)} models to the market by horizon, as they are and at equal volatility"
    )
