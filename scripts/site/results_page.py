"""The results page: tables and claims of ``results/*.json`` put where ``results.md`` asks for them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

ASKED = re.compile(r"^<!-- results: (\w+) -->$", re.MULTILINE)
"""A line of the page that a study's figures take the place of."""
FIGURE = re.compile(r"[-+]?[\d.,]+(e[-+]?\d+)?( to [-+]?[\d.,]+)?( %)?")


def filled(text: str, folder: Path) -> str:
    """``text`` with every ``<!-- results: STUDY -->`` replaced by what ``folder/STUDY.json`` holds."""
    return ASKED.sub(lambda found: section(json.loads((folder / f"{found[1]}.json").read_text())), text)


def section(document: dict[str, Any]) -> str:
    """Markdown of one study: what was done, its claims, its tables, what follows from them."""
    parts = [document["about"], measured(document)]
    claims = document["claims"]
    if len(claims) > 1:
        parts.append(overview(claims))
    parts += [claim(one) for one in claims]
    parts += [titled_table(one) for one in document["tables"]]
    notes = document.get("notes") or []
    if notes:
        parts.append("\n".join(f"- {note}" for note in notes))
    return "\n\n".join(parts)


def measured(document: dict[str, Any]) -> str:
    """When, at which commit, by which command, and where the figures were copied from."""
    commit = f" at `{document['commit']}`" if document["commit"] else ""
    line = f"Measured {document['measured']}{commit} by `{document['command']}`."
    source = (document.get("transcribed") or "").replace("--json", "`--json`")
    return f"<small>{line} {source}</small>".replace(" </small>", "</small>")


def overview(claims: list[dict[str, Any]]) -> str:
    """All claims and their verdicts at a glance."""
    rows = [[one["claim"], shown(one["verdict"])] for one in claims]
    return table(["claim", "verdict"], rows, escaped=False)


def claim(one: dict[str, Any]) -> str:
    """Rule, figure, verdict, and what each model came to."""
    parts = [
        f"**{plain(one['claim'])}** {shown(one['verdict'])}",
        f"Rule\n: {plain(one['rule'])}\n\nSeen\n: {plain(one['figure'])}",
    ]
    if one["models"]:
        parts.append(table(["", "figure"], [[name, value] for name, value in one["models"].items()]))
    if "measured" in one:
        parts.append(f"<small>Measured {one['measured']} at `{one['commit']}`.</small>")
    return "\n\n".join(parts)


def titled_table(one: dict[str, Any]) -> str:
    return f"**{plain(one['title'])}**\n\n{table(one['columns'], one['rows'])}"


def table(columns: list[str], rows: list[list[Any]], *, escaped: bool = True) -> str:
    digits = [decimals(column) for column in zip(*rows, strict=True)]
    sides = ["---:" if all(map(is_figure, column)) else "---" for column in zip(*rows, strict=True)]
    lines = [[plain(name) for name in columns], sides or ["---"] * len(columns)]
    for row in rows:
        cells = [cell(value, places) for value, places in zip(row, digits, strict=True)]
        lines.append([plain(text) for text in cells] if escaped else cells)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def is_figure(value: Any) -> bool:
    """Whether a cell is a number, also one in words such as ``+.0117 to .0142`` or ``3 %``; an empty one may be."""
    text = "" if value is None else str(value)
    return not isinstance(value, bool) and (not text or FIGURE.fullmatch(text) is not None)


def decimals(column: tuple[Any, ...]) -> int:
    """As many as the numbers of a column need to show four significant digits, at most."""
    texts = [f"{value:.4g}" for value in column if isinstance(value, float)]
    return max((len(text.split(".")[1]) for text in texts if "." in text and "e" not in text), default=0)


def cell(value: Any, places: int) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.{places}f}" if value == 0 or abs(value) >= 10**-places else f"{value:.2g}"
    return "" if value is None else str(value)


def plain(text: str) -> str:
    """Text that Markdown takes for nothing but text."""
    return re.sub(r"([|*_<>`\\])", r"\\\1", text)


def shown(verdict: str) -> str:
    return f'<span class="{verdict.lower()}">{verdict}</span>'
