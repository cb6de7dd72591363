"""The scorecard as tables for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from tsgan.evaluation import joint, novelty, trained_judges
from tsgan.evaluation.bands import IN_BAND, NEEDS_VOLUME, NOT_PRESENT, OUT_OF_BAND, TOO_WIDE
from tsgan.evaluation.baselines import REFERENCE
from tsgan.evaluation.verdict import tested
from tsgan.reports.numbers import number

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
    """Verdict, facts and scores; every table of an in-sample judgement says so."""
    parts: list[Table | Text] = []
    if card.in_sample:
        parts.append(Text("IN SAMPLE: judged on dates that the model was trained on\n", style="bold red"))
    parts += [Text(sentence) for sentence in card.verdict]
    parts += [Text(), *map(_gate, card.gates)]
    parts += [Text(), _facts(card)]
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
    return Group(*parts)


def _table(card: Scorecard, title: str) -> Table:
    title = f"IN SAMPLE - {title}" if card.in_sample else title
    return Table(title=Text(title, style="bold"), box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)


def _facts(card: Scorecard) -> Table:
    table = _table(card, f"Facts, {card.judged_start} to {card.judged_end}")
    for header, justify in (
        ("asset", "left"),
        ("fact", "left"),
        ("real", "right"),
        (f"{card.model} [95 % band]", "right"),
        ("p", "right"),
    ):
        table.add_column(Text(header), justify=justify)  # type: ignore[arg-type]
    for name in card.baselines:
        table.add_column(Text(name), justify="center")
    for i, row in enumerate(card.facts):
        ours = row.judged[card.model]
        sign, style = SIGNS[ours.mark]
        band = f"{_short(ours.band.median)} [{_short(ours.band.low)}, {_short(ours.band.high)}] "
        others = [Text(SIGNS[row.judged[name].mark][0], SIGNS[row.judged[name].mark][1]) for name in card.baselines]
        last = i + 1 == len(card.facts) or card.facts[i + 1].asset != row.asset
        p = number(ours.p_value, 2)
        table.add_row(
            Text(row.asset),
            Text(row.label),
            number(row.real),
            Text(band) + Text(sign, style),
            p,
            *others,
            end_section=last,
        )
    totals = ["/".join(map(str, tested(card, name))) for name in card.sources]
    table.add_row("", Text("passed / tested", style="bold"), "", totals[0], "", *totals[1:])
    return table


def _short(value: float) -> str:
    return number(value, most=4)


def _scores(card: Scorecard, asset: str) -> Table:
    rows = {row.source: row.scores for row in card.scores if row.asset == asset}
    table = _table(card, f"{asset}: Quant GANs scores, lower is better (lags 1-{card.lags})")
    table.add_column("score")
    for source in rows:
        table.add_column(Text(source), justify="right")
    for name in rows[card.model]:
        best = min(rows[source][name] for source in card.sources)
        cells = [
            Text(number(rows[s][name]), "bold" if s in card.sources and rows[s][name] == best else "") for s in rows
        ]
        table.add_row(name, *cells)
    return table


def _gate(gate: Gate) -> Text:
    sign, style = {True: ("✓", "green"), False: ("✗", "red"), None: ("·", "dim")}[gate.passed]
    return Text.assemble((sign, style), f" {gate.name}: ", (gate.reason, "dim"))


def _score_rows(card: Scorecard, title: str, rows: tuple[ScoreRow, ...], labels: Mapping[str, str]) -> Table:
    table = _table(card, title)
    table.add_column("score")
    for row in rows:
        table.add_column(Text(row.source), justify="right")
    for name in rows[0].scores:
        table.add_row(card.period.fill(labels[name]), *(number(row.scores.get(name)) for row in rows))
    return table


def _log_scores(card: Scorecard) -> Table:
    table = _table(card, f"One-{card.period.one} log score, higher is better")
    for header in ("asset", "source", "score", f"minus {REFERENCE}", "t (HAC)"):
        table.add_column(header, justify="left" if header in ("asset", "source") else "right")
    for row in card.log_scores:
        difference = "" if row.difference is None else f"{row.difference:+.4f}"
        table.add_row(
            Text(row.asset), Text(row.source), f"{row.score:.4f}", difference, "" if row.t is None else f"{row.t:+.1f}"
        )
    return table
