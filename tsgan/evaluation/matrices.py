"""A scorecard as matrices: use x answer, fact group x asset and x model, horizon x model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tsgan.evaluation import distances as further
from tsgan.evaluation.bands import IN_BAND, OUT_OF_BAND, TOO_WIDE
from tsgan.evaluation.facts import ALL_ASSETS, use_of
from tsgan.evaluation.front import distance, in_short, level_off
from tsgan.evaluation.measurements import REAL_VS_REAL
from tsgan.evaluation.uses import LEVEL, forecast_row, too_many, uses
from tsgan.evaluation.verdict import tested, tested_uses
from tsgan.reports.front import Cell, Matrix, Tone, cell
from tsgan.reports.numbers import number

if TYPE_CHECKING:
    from tsgan.evaluation.results import Scorecard

TESTED = (IN_BAND, OUT_OF_BAND, TOO_WIDE)


def matrices(card: Scorecard) -> list[Matrix]:
    """Those of the page, in its order."""
    made = [answers(card), groups_by_source(card)]
    made += [groups_by_asset(card)] if len(card.assets) > 1 else []
    made += [distances(card)]
    return [*made, forecasts(card)] if card.calibration else made


def answers(card: Scorecard) -> Matrix:
    """Each use, whether the paths are good for it, and why."""
    tones: dict[bool | None, Tone] = {True: "good", False: "bad", None: ""}
    return Matrix(
        caption="What the paths are good for",
        corner="Use",
        columns=("Good for it", "Why"),
        rows=tuple(
            (use.name, (Cell(float(use.good) if use.good is not None else None, in_short(use), tone=tones[use.good]),
                        Cell(None, use.why)))
            for use in uses(card)
        ),
        reading="No: more tests fail than chance explains, each failing in one of twenty cases even where a model is "
        "right; or one fails beyond doubt, even allowing for so many tests.",
    )  # fmt: skip


def groups_by_source(card: Scorecard) -> Matrix:
    """Tests passed, of those that could be made, over all assets: fact group x source."""
    rows = [(use, tuple(counted(*counts) for counts in row)) for use, row in tested_uses(card)]
    total = tuple(counted(*tested(card, source)) for source in card.sources)
    return Matrix(
        caption="Tests of the facts of the market passed, by group",
        corner="Facts",
        columns=card.sources,
        rows=(*rows, ("all tests", total)),
        own=0,
    )


def groups_by_asset(card: Scorecard) -> Matrix:
    """Tests passed by the judged paths: fact group x asset."""
    assets = [*card.assets, *([ALL_ASSETS] if any(row.asset == ALL_ASSETS for row in card.facts) else [])]
    groups = list(dict.fromkeys(row.group for row in card.facts))

    def of(group: str, asset: str) -> Cell:
        marks = [r.judged[card.model].mark for r in card.facts if (r.group, r.asset) == (group, asset)]
        return counted(marks.count(IN_BAND), sum(mark in TESTED for mark in marks))

    return Matrix(
        caption=f"The same, of {card.model}, by asset",
        corner="Facts",
        columns=tuple(assets),
        rows=tuple((use_of(group, card.period), tuple(of(group, asset) for asset in assets)) for group in groups),
    )


def distances(card: Scorecard) -> Matrix:
    """Distances to the market, means over assets: horizon x source."""
    sources = (*card.sources, REAL_VS_REAL)
    names = [name for name in further.LABELS if name in card.distances[0].scores]
    lines = []
    for name in names:
        values = {source: distance(card, source, name) for source in sources}
        best = min(values[source] for source in card.sources)
        cells = tuple(
            cell(
                value, number, tone="good" if source in card.sources and value == best and len(card.sources) > 1 else ""
            )
            for source, value in values.items()
        )
        lines.append((card.period.fill(further.LABELS[name]), cells))
    levels = {source: level_off(card, source)[0] for source in card.sources}
    lines.append(("Level of volatility against the real one", (*(cell(v, "{:+.0%}".format) for v in levels.values()),
                                                               Cell(None, "–"))))  # fmt: skip  # noqa: RUF001
    return Matrix(
        caption="Distances to the market" + (", means over the assets" if len(card.assets) > 1 else ""),
        corner="Distance",
        columns=sources,
        rows=tuple(lines),
        reading=f"Lower is better; ✓ the best. {REAL_VS_REAL} compares two stretches of the market itself, and "
        "differences below it mean little. At equal volatility both sides are divided by their own standard deviation: "
        "the shape alone counts, and no side gains by a level that nobody could know.",
        own=0,
    )


def forecasts(card: Scorecard) -> Matrix:
    """Coverage and exceptions: horizon x source."""
    lines = []
    for horizon in (1, 10):
        for level in (50, 90, 95, 99):
            rows = [forecast_row(card, "calibration", source, horizon=horizon) for source in card.sources]
            cells = tuple(
                cell(None, str) if row is None or row[f"coverage_{level}"] is None
                else cell(row[f"coverage_{level}"], "{:.1%}".format,
                          tone="bad" if abs(row[f"coverage_{level}"] - level / 100) > 0.05 else "good")
                for row in rows
            )  # fmt: skip
            lines.append((f"In the {level} % interval, {card.period.count(horizon)} ahead", cells))
    for level in (0.975, 0.99):
        rows = [forecast_row(card, "backtests", source, level=level) for source in card.sources]
        cells = tuple(
            cell(None, str) if row is None
            else cell(row["hit_rate"], "{:.1%}".format, below=f"p {number(row['kupiec_p'], 2)}",
                      tone="bad" if row["kupiec_p"] is not None and row["kupiec_p"] < LEVEL else "good")
            for row in rows
        )  # fmt: skip
        lines.append((f"Losses beyond the {100 * level:g} % value at risk, {1 - level:.1%} expected", cells))
    return Matrix(
        caption="Forecasts of the dates that no model had seen",
        corner="What",
        columns=card.sources,
        rows=tuple(lines),
        reading="✗ an interval off by more than 5 points, or losses that speak against the model (Kupiec, p < 0.05).",
        own=0,
    )


def counted(passed: int, total: int) -> Cell:
    """``3 of 4``, with what to make of it."""
    if not total:
        return cell(None, str)
    tone: Tone = "good" if passed == total else "bad" if too_many(total - passed, total) else "doubt"
    return Cell(float(passed / total), f"{passed} of {total}", tone=tone)
