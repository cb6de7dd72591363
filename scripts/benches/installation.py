"""Installation by scripts/setup with cold and warm caches of packages, beside pip; starting the command line.

A copy of this checkout is installed from the package index that pip is configured with, in folders of its own: first
with empty caches, then again and again with those that the first time has filled, by uv and by pip in turns.  Then
``tsgan --help`` and ``import tsgan`` of that installation are started over and over, beside a bare Python.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benches._commands import below, command, copied, row
from benches._timing import alternating, ratio, seconds

NAME = "installation"

WARM, COLD, HELP, IMPORT = 30.0, 60.0, 0.3, 0.1
"""Seconds that are aimed at."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--times", type=int, default=3, help="installations of each kind with warm caches")
    parser.add_argument("--starts", type=int, default=20, help="starts of the command line and of Python")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        caches, clone = Path(scratch) / "caches", copied(Path(scratch) / "clone")
        folders = {"UV_CACHE_DIR": str(caches / "uv"), "PIP_CACHE_DIR": str(caches / "pip")}

        def setup(installer: str) -> Callable[[], None]:
            install = command(["./scripts/setup"], clone, TSGAN_INSTALLER=installer, **folders)

            def anew() -> None:
                shutil.rmtree(clone / ".venv", ignore_errors=True)
                install()

            return anew

        cold = seconds(setup("uv"))  # a cache is empty only once
        taken = alternating({"pip": setup("pip"), "uv": setup("uv")}, options.times)
        python = clone / ".venv" / "bin" / "python"
        starts = alternating(
            {
                "python -c pass": command([python, "-c", "pass"]),
                "import tsgan": command([python, "-c", "import tsgan"]),
                "tsgan --help": command([python.with_name("tsgan"), "--help"]),
            },
            options.starts,
        )
    warm, helped = median(taken["uv"]), median(starts["tsgan --help"])
    imported = median(starts["import tsgan"]) - median(starts["python -c pass"])
    return {
        "about": "scripts/setup in a copy of the checkout, then starts of what it installed.",
        "tables": {
            "Installation": [
                row("scripts/setup, cold caches", [cold]),
                row("scripts/setup, warm caches", taken["uv"], **{"times as fast as pip": ratio(taken, "pip", "uv")}),
                row("the same by pip, warm caches", taken["pip"]),
            ],
            "Starts": [row(what, each) for what, each in starts.items()],
        },
        "targets": [
            below("scripts/setup with warm caches", warm, WARM),
            below("scripts/setup with cold caches", cold, COLD),
            below("tsgan --help", helped, HELP),
            below("import tsgan, beside a bare Python", imported, IMPORT),
        ],
    }
