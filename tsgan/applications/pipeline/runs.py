"""``tsgan.runs``: what lies in a folder of runs, models and reports, by what each of them says of itself."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from tsgan.errors import ConfigError
from tsgan.reports import page
from tsgan.reports.result import Result

PACKAGE = "tsgan.applications.pipeline"
DEPTH = 4
"""Levels of folders below the one given that are looked at."""


@dataclass(frozen=True)
class Entry:
    """One run, model or report.

    Attributes:
        folder: where, relative to the folder that was listed.
        what: ``run``, ``model``, ``scorecard``, ``stress test``, ``forecast``, ``loans``, ``strategy`` and so on.
        when: it was made (UTC, to the minute).
        data: the prices, and their hash where that is known.
        model: its kind.
        headline: what it says, in a line.
    """

    folder: str
    what: str
    when: str
    data: str
    model: str
    headline: str


@dataclass(frozen=True)
class Runs(Result):
    """What lies in a folder, the latest first.  Made by :func:`runs`.

    Attributes:
        folder: that was listed.
        entries: one a run, model or report.
    """

    folder: str
    entries: tuple[Entry, ...]

    @property
    def title(self) -> str:
        return f"{self.folder}: {len(self.entries)} runs, models and reports, the latest first"

    @property
    def headers(self) -> list[str]:
        """Of the columns of :attr:`rows`."""
        return ["folder", "what", "made", "data", "model", "headline"]

    @property
    def rows(self) -> list[list[str]]:
        """The entries as text."""
        return [[e.folder, e.what, e.when, e.data, e.model, e.headline] for e in self.entries]

    def summary(self) -> str:
        return "\n".join([self.title, *(f"{e.folder}: {e.what} of {e.when}, {e.headline}" for e in self.entries)])

    def to_dict(self) -> dict[str, Any]:
        return {"folder": self.folder, "entries": [asdict(entry) for entry in self.entries]}

    def to_frame(self, table: str | None = None) -> pd.DataFrame:
        """``entries``, one row each."""
        if table not in (None, "entries"):
            raise ConfigError(f"a list of runs has no table {table!r}; there is entries")
        return pd.DataFrame([asdict(e) for e in self.entries], columns=[f.name for f in fields(Entry)])

    def render(self) -> str:
        return page.render("runs.html.j2", PACKAGE, found=self, made=self.made)


def runs(folder: str | os.PathLike[str]) -> Runs:
    """List the runs, models and reports below a folder.

    Files that cannot be read as what their names say are passed over: they are somebody else's.

    Raises ConfigError where there is no such folder.
    """
    root = Path(folder)
    if not root.is_dir():
        raise ConfigError(f"no folder {root} to list; 'tsgan run --out DIR' makes one")
    found = [entry for place in _places(root) for entry in _entries(place, root)]
    return Runs(str(root), tuple(sorted(found, key=lambda entry: (entry.when, entry.folder), reverse=True)))


def _places(root: Path) -> Iterator[Path]:
    """The folder and those below it; what belongs to a run is not listed for itself."""
    for place, folders, files in os.walk(root):
        here = Path(place)
        folders.sort()
        yield here
        if "run.json" in files or len(here.relative_to(root).parts) >= DEPTH:
            folders.clear()


def _entries(place: Path, root: Path) -> Iterator[Entry]:
    name = place.relative_to(root).as_posix()
    run = _read(place / "run.json", "stages")
    if run and (entry := _told(_of_run, name, place / "run.json", run)):
        yield entry
        return
    reports = ((file, None, partial(_of_report, what, headline)) for file, what, headline in REPORTS)
    for file, key, of in (("model.json", "info", _of_model), ("scorecard.json", "verdict", _of_scorecard), *reports):
        document = _read(place / file, key)
        if document and (entry := _told(of, name, place / file, document)):
            yield entry


def _told(of: Callable[..., Entry], *given: Any) -> Entry | None:
    """What ``of`` makes of a document; None where it does not say what its name promises."""
    try:
        return of(*given)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError):
        return None


def _of_model(name: str, file: Path, document: dict[str, Any]) -> Entry:
    info = document["info"]
    trained = f"fitted to {info.get('train_start', '?')} to {info.get('train_end', '?')}"
    data = _data(info.get("source"), info.get("data_hash"))
    return Entry(name, "model", _when(file), data, str(info.get("model", "")), trained)


def _of_scorecard(name: str, file: Path, card: dict[str, Any]) -> Entry:
    told = card.get("provenance", {})
    data = _data(told.get("prices"), told.get("prices_hash"))
    return Entry(name, "scorecard", _when(file), data, str(card.get("model", "")), _of_card(card))


def _of_report(
    what: str, headline: Callable[[dict[str, Any]], str], name: str, file: Path, document: dict[str, Any]
) -> Entry:
    told = document.get("provenance") or {}
    data = _data(told.get("source"), told.get("data_hash"))
    said = str(headline(document) or "")
    return Entry(name, what, _when(file), data, str(document.get("model") or ""), said)


def _of_run(name: str, file: Path, run: dict[str, Any]) -> Entry:
    card = _read(file.with_name("scorecard.json"), "verdict")
    said = _of_card(card) if card else ""
    said = said if run.get("finished") else f"NOT FINISHED after {len(run['stages'])} stages"
    when = str(run.get("finished_at") or run.get("started_at") or "")
    moment = when[:16].replace("T", " ") or _when(file)
    return Entry(name, "run", moment, _data(run.get("prices"), run.get("data_hash")), str(run.get("model", "")), said)


def _of_card(card: dict[str, Any]) -> str:
    """Good for, not for; of older scorecards the verdict's count."""
    uses = card.get("uses") or []
    good, poor = ([use["name"] for use in uses if use["good"] is answer] for answer in (True, False))
    failed = [gate["name"] for gate in card.get("gates", []) if gate["passed"] is False]
    parts = [f"not to be used: fails on {', '.join(failed)}"] if failed else []
    parts += [f"good for {', '.join(good)}"] if good else []
    parts += [f"not for {', '.join(poor)}"] if poor else []
    return ("IN SAMPLE; " if card.get("in_sample") else "") + ("; ".join(parts) or str(card["verdict"][0]))


def _of_dossier(document: dict[str, Any]) -> str:
    """Good for, not for."""
    good, poor = ([use["name"] for use in document["uses"] if use["good"] is answer] for answer in (True, False))
    parts = [f"good for {', '.join(good)}"] if good else []
    return "; ".join(parts + ([f"not for {', '.join(poor)}"] if poor else [])) or "nothing could be tested"


def _of_stress(document: dict[str, Any]) -> str:
    rows = [r for r in document.get("risk", []) if r["source"] == document["model"] and r["level"] == 0.99]
    worst = next((r for r in rows if r["days"] == 10), rows[0] if rows else None)
    event = (document.get("event") or document.get("reverse") or {}).get("event", "")
    said = f"value at risk {worst['var']:.1%} ({worst['days']} {document['period']}s, 99 %)" if worst else ""
    return f"{event}; {said}" if event else said


def _of_loans(document: dict[str, Any]) -> str:
    book, kinds = document["book"], {"secured": "loans", "corporate": "firms"}
    what = kinds.get(document["kind"], "pools")
    return f"expected loss {book['expected_loss'] / book['exposure']:.2%} of {len(document['loans'])} {what}"


REPORTS = (
    ("stress.json", "stress test", _of_stress),
    ("forecast.json", "forecast", lambda d: f"{', '.join(d['assets'][:4])} from {d['start']}, {d['horizon']} ahead"),
    ("lend.json", "loans", _of_loans),
    ("robustness.json", "strategy", lambda d: d["sentences"][0]),
    ("explain.json", "explanation", lambda d: f"{', '.join(a['asset'] for a in d['assets'][:4])} on {d['date']}"),
    ("dossier.json", "dossier", _of_dossier),
    (
        "monitor.json",
        "monitoring",
        lambda d: "; ".join(d["reasons"]) or f"no alarm up to {d['end']}",
    ),
    (
        "compare.json",
        "comparison",
        lambda d: f"{', '.join(d['scorecards'])} on {d['judged_start']} to {d['judged_end']}",
    ),
)
"""File, what it is, and its headline."""


def _read(file: Path, key: str | None = None) -> dict[str, Any]:
    """A JSON object that has a key; empty for anything else."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) and (key is None or key in document) else {}


def _data(source: Any, code: Any) -> str:
    return " ".join(str(part) for part in (source, f"({code})" if code else None) if part)


def _when(file: Path) -> str:
    return f"{datetime.fromtimestamp(file.stat().st_mtime, UTC):%Y-%m-%d %H:%M}"
