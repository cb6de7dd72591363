"""An earlier commit of tsgan beside the one at hand: the same work in processes of both, in turns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parents[2]


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """The tree of a commit, in a folder that goes away again."""
    with TemporaryDirectory(prefix="tsgan-bench-") as folder:
        archive = subprocess.run(["git", "archive", commit, "tsgan"], cwd=ROOT, capture_output=True, check=True)
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        yield Path(folder)


def answer(tree: Path, script: Path, *words: object) -> Any:
    """What a script, run with the tsgan of ``tree``, prints as its last line, JSON."""
    known = {**os.environ, "PYTHONPATH": str(tree)}
    run = [sys.executable, str(script), *map(str, words)]
    done = subprocess.run(run, env=known, cwd=tree, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])
