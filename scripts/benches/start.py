"""From the start of a process to a file of 10,000 paths, with cold and with warm caches of compiled programs.

``tsgan sample MODEL --paths 10000 --horizon 252 --out paths.parquet`` for the bundled model and for the pretrained base
on the bundled history, each in a process of its own.  Cold: an empty folder of compiled programs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benches._earlier import ROOT
from benches._timing import seconds

NAME = "start"

JOBS = {"bundled:us-indices": [], "bundled:base": ["--history", "sample:us-indices"]}
MOST = {"cold": 5.0, "warm": 2.0}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--paths", type=int, default=10_000)
    parser.add_argument("--horizon", type=int, default=252)
    parser.add_argument("--times", type=int, default=3, help="processes of each kind")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    rows, targets = [], []
    for model, more in JOBS.items():
        taken: dict[str, list[float]] = {"cold": [], "warm": []}
        for _ in range(options.times):
            with TemporaryDirectory() as folder:
                size = ("--paths", str(options.paths), "--horizon", str(options.horizon))
                for kind in taken:
                    words = ["sample", model, *more, *size, "--out", f"{folder}/{kind}.parquet"]
                    taken[kind].append(seconds(lambda words=words, folder=folder: run(words, Path(folder))))
        for kind, each in taken.items():
            rows.append({"model": model, "caches": kind, "seconds": median(each), "fastest": min(each)})
            rule = f"{model}, {kind} caches: at most {MOST[kind]:g} s"
            targets.append({"rule": rule, "figure": f"{median(each):.2f} s", "holds": median(each) <= MOST[kind]})
    about = (
        f"{options.paths:,} paths of {options.horizon} days to a Parquet file, medians of {options.times} processes."
    )
    return {"about": about, "tables": {"from start to file": rows}, "targets": targets}


def run(words: list[str], folder: Path) -> None:
    """One command, with its own folder of compiled programs."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "JAX_COMPILATION_CACHE_DIR": str(folder / "compiled")}
    command = [sys.executable, "-m", "tsgan", *words]
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True, cwd=folder)
