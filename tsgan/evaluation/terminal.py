"""The scorecard as tables for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from tsgan.evaluation import joint, novelty, trained_judges
from tsgan.evaluation.bands import IN_BAND, NEEDS_VOLUME, NOT_PRESENT, OUT_OF_BAND, TOO_WIDE
from tsgan.evaluation.baselines import REFERENCE
from tsgan.evaluation.verdict import tested
from tsgan.reports.numbers import number
from tsgan.reports.terminal import Rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tsgan.evaluation.results import Scorecard
    from tsgan.evaluation.rows import Gate, ScoreRow

SIGNS = {
    IN_BAND: ("✓", "green"),
    OUT_OF_BAND: ("✗", "red"),
    TOO_WIDE: ("↔", "yellow"),
    NOT_PRESENT: ("·", "dim"),
    NEEDS_VOLUME: ("v", "dim"),
}
"""Mark -> sign and colour."""


def renderable(card: Scorecard) -> Group:
    """Facts and scores, then the requirements and the verdict; every table of an in-sample judgement says so."""
    parts: list[Rows | Text] = [_facts(card)]
    parts += [_scores(card, asset) for asset in card.assets[:4]]
    if card.joint:
        parts.append(_score_rows(card, "Joint law, errors", card.joint, joint.LABELS))
    parts.append(_score_rows(card, "Novelty", card.novelty, novelty.LABELS))
    if card.judges:
        parts.append(_score_rows(card, "Trained judges", card.judges, trained_judges.LABELS))
    if card.log_scores:
        parts.append(_log_scores(card))
    parts.append(
        Text(
            "✓ in the model's 95 % band   ✗ out of it   ↔ band too wide to tell   · not present in the real series   "
            "v needs volume",
            style="dim",
        )
    )
    parts += [Text(), *map(_gate, card.gates), Text()]
    if card.in_sample:
        parts.append(Text("IN SAMPLE: judged on dates that the model was trained on", style="bold red"))
    return Group(*parts, *(Text(sentence) for sentence in card.verdict))


def _caption(card: Scorecard, title: str) -> str:
    return f"IN SAMPLE - {title}" if card.in_sample else title


def _facts(card: Scorecard) -> Rows:
    rows: list[list[str | Text]] = []
    for row in card.facts:
        ours = row.judged[card.model]
        sign, style = SIGNS[ours.mark]
        band = f"{_short(ours.band.median)} [{_short(ours.band.low)}, {_short(ours.band.high)}] "
        others = [Text(SIGNS[row.judged[name].mark][0], SIGNS[row.judged[name].mark][1]) for name in card.baselines]
        own: list[str | Text] = [row.asset, row.label, number(row.real), Text(band) + Text(sign, style)]
        rows.append([*own, number(ours.p_value, 2), *others])
    totals = ["/".join(map(str, tested(card, name))) for name in card.sources]
    rows.append(["", "passed / tested", "", totals[0], "", *totals[1:]])
    headers = ["asset", "fact", "real", f"{card.model} [95 % band]", "p", *card.baselines]
    caption = _caption(card, f"Facts, {card.judged_start} to {card.judged_end}")
    return Rows(caption, headers, rows, bold=[len(rows) - 1], words=2)


def _short(value: float) -> str:
    return number(value, most=4)


def _scores(card: Scorecard, asset: str) -> Rows:
    rows = {row.source: row.scores for row in card.scores if row.asset == asset}
    lines: list[list[str | Text]] = []
    for name in rows[card.model]:
        best = min(rows[source][name] for source in card.sources)
        cells = [
            Text(number(rows[s][name]), "bold" if s in card.sources and rows[s][name] == best else "") for s in rows
        ]
        lines.append([name, *cells])
    caption = _caption(card, f"{asset}: Quant GANs scores, lower is better (lags 1-{card.lags})")
    return Rows(caption, ["score", *rows], lines)


def _gate(gate: Gate) -> Text:
    sign, style = {True: ("✓", "green"), False: ("✗", "red"), None: ("·", "dim")}[gate.passed]
    return Text.assemble((sign, style), f" {gate.name}: ", (gate.reason, "dim"))


def _score_rows(card: Scorecard, title: str, rows: tuple[ScoreRow, ...], labels: Mapping[str, str]) -> Rows:
    lines = [
        [card.period.fill(labels[name]), *(number(row.scores.get(name)) for row in rows)] for name in rows[0].scores
    ]
    return Rows(_caption(card, title), ["score", *(row.source for row in rows)], lines)


def _log_scores(card: Scorecard) -> Rows:
    lines = [
        [
            row.asset,
            row.source,
            f"{row.score:.4f}",
            "" if row.difference is None else f"{row.difference:+.4f}",
            "" if row.t is None else f"{row.t:+.1f}",
        ]
        for row in card.log_scores
    ]
    caption = _caption(card, f"One-{card.period.one} log score, higher is better")
    return Rows(caption, ["asset", "source", "score", f"minus {REFERENCE}", "t (HAC)"], lines, words=2)
