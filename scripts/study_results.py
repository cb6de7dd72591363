"""What a study found, as JSON: claims with rule, figure and verdict, and tables.

The study scripts write it with ``--json FILE``; the documents under ``scripts/site/results`` are what the results page
of the site and the figures of the README are made from.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pandas as pd

Verdict = Literal["HOLDS", "MISSES"]


class Results:
    """Claims and tables of one study; each is also printed as it comes.

    Args:
        study: what the document is called, ``claims``.
        about: what was done, in plain sentences.
        quiet: print nothing, for scripts that print tables of their own.
    """

    def __init__(self, study: str, about: str, *, quiet: bool = False) -> None:
        self.study, self.about, self.quiet = study, about, quiet
        self.claims: list[dict[str, Any]] = []
        self.tables: list[dict[str, Any]] = []
        self.notes: list[str] = []
        """What to bear in mind beside the figures, in sentences."""
        self.heading = ""
        """What the next claims and tables are about; the claim that is being tested."""

    def claim(self, holds: bool, rule: str, figure: str = "", models: Mapping[str, Any] | None = None) -> None:
        """A rule, what was seen, and whether it holds; ``models`` says what each model, or rival, came to."""
        verdict: Verdict = "HOLDS" if holds else "MISSES"
        self.claims.append(
            {"claim": self.heading or self.study, "rule": rule, "figure": figure, "verdict": verdict}
            | {"models": {name: _plain(value) for name, value in (models or {}).items()}}
        )
        if not self.quiet:
            print(f"{verdict:<6}  {rule}" + f": {figure}" * bool(figure), flush=True)

    def table(self, title: str, rows: Any, digits: int = 4) -> None:
        """A table, of rows as :class:`pandas.DataFrame` takes them; ``digits`` are decimals as it is printed."""
        frame = pd.DataFrame(rows)
        columns = [" ".join(filter(None, map(str, c))) if isinstance(c, tuple) else str(c) for c in frame.columns]
        values = [[_plain(value) for value in row] for row in frame.itertuples(index=False)]
        self.tables.append({"claim": self.heading, "title": title, "columns": columns, "rows": values})
        if not self.quiet:
            with pd.option_context("display.width", 250, "display.max_columns", 50, "display.max_rows", 500):
                print(frame.to_string(index=False, float_format=lambda v: f"{v:.{digits}f}"), flush=True)

    def to_dict(self) -> dict[str, Any]:
        return {
            "study": self.study,
            "about": self.about,
            "command": " ".join([f"scripts/{Path(sys.argv[0]).name}", *map(_named, _without_json(sys.argv[1:]))]),
            "measured": date.today().isoformat(),
            "commit": _commit(),
            "claims": self.claims,
            "tables": self.tables,
            **({"notes": self.notes} if self.notes else {}),
        }

    def write(self, file: Path | None, *, keep: bool = False) -> None:
        """The document, to ``file``; nothing where that is None.  With ``keep``, what the file says of other claims
        stays, all in order of their headings: parts of a long study are measured one by one."""
        if file is None:
            return
        document = self.to_dict()
        if keep and file.exists():
            before = json.loads(file.read_text(encoding="utf-8"))
            ours = {entry["claim"] for entry in self.claims + self.tables}
            for part in ("claims", "tables"):
                others = [entry for entry in before[part] if entry["claim"] not in ours]
                document[part] = sorted(others + document[part], key=lambda entry: entry["claim"])
        write_whole(file, dumps(document))


def write_whole(file: Path, text: str) -> None:
    """Write ``file``, all of it or nothing, so that a study can be cut short."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.part")
    beside.write_text(text)
    beside.replace(file)


def add_option(parser: argparse.ArgumentParser) -> None:
    """``--json FILE`` and ``--overwrite``, the same in every study."""
    parser.add_argument("--json", type=_free, metavar="FILE", help="also write claims and tables as JSON")
    parser.add_argument("--overwrite", action="store_true", help="replace the FILE that the same study wrote before")


def _free(name: str) -> Path:
    """A file for results, before any work: none, or that of a study, which is to be overwritten."""
    file = Path(name)
    if not file.exists():
        return file
    try:
        written = "study" in json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        written = False
    if not written:
        raise argparse.ArgumentTypeError(f"{file} was not written by a study; choose another file")
    if "--overwrite" not in sys.argv:
        raise argparse.ArgumentTypeError(f"{file} exists; give --overwrite to replace it")
    return file


def dumps(document: Mapping[str, Any]) -> str:
    """JSON with one line a row of a table, so that changes of figures can be read in a diff."""
    text = json.dumps(document, indent=1, ensure_ascii=False)
    flat = re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda found: "[" + re.sub(r"\s*\n\s*", " ", found[1]) + "]", text)
    return flat + "\n"


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _named(word: str) -> str:
    """A word of the call; of a file elsewhere the name alone, for where it lies says nothing to others."""
    return Path(word).name if Path(word).is_absolute() else word


def _without_json(words: list[str]) -> list[str]:
    """The options of this call, but for where the results go, and whether anything is there."""
    kept, skip = [], False
    for word in words:
        if skip or word.startswith("--json="):
            skip = False
        elif word == "--json":
            skip = True
        elif word != "--overwrite":
            kept.append(word)
    return kept


def _commit() -> str | None:
    """The version of the code, or None outside a checkout; a plus where files were changed since."""
    words = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    done = subprocess.run(words, cwd=Path(__file__).parent, capture_output=True, text=True)
    return done.stdout.strip() or None
