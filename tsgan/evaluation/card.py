"""The scores of a model, written into the card beside it."""

from __future__ import annotations

import os
from pathlib import Path

from tsgan.evaluation.facts import ALL_ASSETS
from tsgan.evaluation.joint import LABELS
from tsgan.evaluation.results import Scorecard
from tsgan.evaluation.verdict import relative_distance, tested
from tsgan.models.card import model_card
from tsgan.models.contract import ModelInfo
from tsgan.models.storage import replace_card
from tsgan.reports.numbers import number


def write_model_card(card: Scorecard, info: ModelInfo, folder: str | os.PathLike[str], note: str = "") -> Path:
    """Rewrite ``MODEL_CARD.md`` in a model's folder with what an evaluation found, under a ``note`` if there is one.

    Raises OutputError where it cannot, or where somebody has changed the card since.
    """
    return replace_card(card_text(card, info, note), folder)


def card_text(card: Scorecard, info: ModelInfo, note: str = "") -> str:
    """A model's card with what an evaluation found."""
    return model_card(info, f"{note}\n\n{scores(card)}" if note else scores(card))


def scores(card: Scorecard) -> str:
    """The section on scores as Markdown: verdict, hard requirements, and one table beside the baselines."""
    where = "IN SAMPLE, on dates that it was trained on" if card.in_sample else "on dates that it had not seen"
    lines = [
        f"Judged {where}: {card.days:,} returns, {card.judged_start} to {card.judged_end}; {card.paths} paths of each "
        f"source; seed {card.seed}.",
        "",
        *(f"{sentence}\n" for sentence in card.verdict),
        "Hard requirements:",
        "",
    ]
    words = {True: "met", False: "NOT met", None: "not tested"}
    lines += [f"- {gate.name}: {words[gate.passed]} ({gate.reason})" for gate in card.gates]
    sources = list(card.sources)
    lines += ["", _row("", *sources), _row("---", *["---:"] * len(sources))]
    lines.append(_row("facts passed, of those tested", *(" of ".join(map(str, tested(card, s))) for s in sources)))
    if card.baselines:
        ratios = [1.0 / relative_distance(card, s) if s != card.model else 1.0 for s in sources]
        lines.append(_row("distances over the model's, mean", *(number(r) for r in ratios)))
    if card.joint:
        by_source = {row.source: row.scores for row in card.joint}
        for name in ("correlation", "var_99", "es_99"):
            lines.append(
                _row(card.period.fill(LABELS[name]).replace("|", "/"), *(number(by_source[s][name]) for s in sources))
            )
    close = {row.source: row.scores["close"] for row in card.novelty}
    lines.append(_row("windows close to training (real 0.01)", *(number(close[s]) for s in sources)))
    overall = card.assets[0] if len(card.assets) == 1 else ALL_ASSETS
    logs = {row.source: row.score for row in card.log_scores if row.asset == overall}
    if logs:
        lines.append(_row(f"one-{card.period.one} log score", *(number(logs.get(s), 5) for s in sources)))
    return "\n".join(lines)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"
