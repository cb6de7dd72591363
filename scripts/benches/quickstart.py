"""The quickstart after installation, stage by stage, with warm caches; and beside an earlier version.

Runs ``tsgan run`` on the embedded indices as scripts/quickstart does, once to fill the caches of compiled programs and
then so many times; with ``--beside COMMIT`` in turns with that version of the code, in the same environment.  Says too
whether the two scorecards differ, and by how much.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from benches._commands import ROOT, below, command, row
from benches._timing import alternating, ratio

NAME = "quickstart"

WHOLE, EVALUATION = 60.0, 15.0
"""Seconds that are aimed at."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--times", type=int, default=3, help="runs of each version")
    parser.add_argument("--beside", metavar="COMMIT", help="an earlier version, in turns with this one")
    parser.add_argument("--paths", type=int, default=1000, help="paths that are written")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        trees = {"now": ROOT}
        if options.beside:
            trees = {options.beside: _checked_out(options.beside, Path(scratch) / "before"), **trees}
        stages: dict[str, list[dict[str, float]]] = {name: [] for name in trees}

        def run(name: str) -> None:
            out = Path(scratch) / f"run-{name}"
            words = [sys.executable, "-m", "tsgan", "run", "--out", out, "--overwrite", "--paths", options.paths]
            command(words, trees[name], PYTHONPATH=str(trees[name]))()
            facts = json.loads((out / "run.json").read_text())
            stages[name].append({_kind(stage["stage"]): stage["seconds"] for stage in facts["stages"]})

        taken = alternating({name: lambda name=name: run(name) for name in trees}, options.times)
        cards = {name: json.loads((Path(scratch) / f"run-{name}" / "scorecard.json").read_text()) for name in trees}
    rows = []
    for name in trees:
        seen = stages[name][1:]  # the first filled the caches
        rows += [row(what, [one[what] for one in seen], version=name) for what in seen[0]]
        rows.append(row("from start to end", taken[name], version=name))
    evaluation = median(one["evaluate"] for one in stages["now"][1:])
    found: dict[str, Any] = {
        "about": "tsgan run on the embedded indices, the programs of JAX compiled before.",
        "tables": {"Seconds of the quickstart": rows},
        "targets": [
            below("the quickstart after installation", median(taken["now"]), WHOLE),
            below("its evaluation", evaluation, EVALUATION),
        ],
    }
    if options.beside:
        found["times as fast as before"] = ratio(taken, options.beside, "now")
        before, now = (dict(_numbers(card)) for card in cards.values())
        apart = [abs(before[key] - now[key]) / max(abs(before[key]), 1e-12) for key in before.keys() & now.keys()]
        found["figures of the scorecard"] = len(now)
        found["of them not the same bits as before"] = sum(1 for one in apart if one) + len(before.keys() ^ now.keys())
        found["largest relative difference"] = max(apart)
    return found


def _kind(stage: str) -> str:
    """What a stage is called whatever its dates."""
    return "fit again" if stage.startswith("fit again") else stage.split(" ")[0]


def _checked_out(commit: str, folder: Path) -> Path:
    """The package as it was at a commit."""
    folder.mkdir()
    archive = subprocess.run(["git", "archive", commit, "tsgan"], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    subprocess.run(["tar", "x", "-C", folder], input=archive, check=True)
    return folder


def _numbers(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Every finite number of a document, by where it stands; times of the run are none of its figures."""
    if isinstance(value, dict):
        for key, one in value.items():
            if key not in ("made", "created_at"):
                yield from _numbers(one, f"{path}/{key}")
    elif isinstance(value, list):
        for i, one in enumerate(value):
            yield from _numbers(one, f"{path}/{i}")
    elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        yield path, float(value)
