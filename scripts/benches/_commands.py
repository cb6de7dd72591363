"""Commands timed from start to end, as a user waits for them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]


def command(words: Sequence[object], cwd: Path = ROOT, **variables: str) -> Callable[[], None]:
    """A call that runs a command to its end, which must be a success, with these ``variables`` set beside others."""
    environment = {**os.environ, **variables}

    def run() -> None:
        done = subprocess.run([str(word) for word in words], cwd=cwd, env=environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(map(str, words))} ended with {done.returncode}: {done.stderr[-2000:]}")

    return run


def copied(folder: Path) -> Path:
    """The files of this checkout that git does not ignore, without what was built from them, copied to ``folder``."""
    listed = subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, text=True)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():  # one that was removed and not committed is listed as well
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
            (folder / name).chmod((ROOT / name).stat().st_mode)
    return folder


def row(what: str, taken: Sequence[float], **cells: object) -> Mapping[str, object]:
    """A row of a table: what was done, the median, fastest and slowest seconds, and further cells."""
    ordered = sorted(taken)
    middle = ordered[len(ordered) // 2] if len(ordered) % 2 else sum(ordered[len(ordered) // 2 - 1 :][:2]) / 2
    return {"what": what, "seconds": middle, "fastest": ordered[0], "slowest": ordered[-1], **cells}


def below(what: str, found: float, most: float) -> dict[str, object]:
    """A target: ``what`` takes at most so many seconds."""
    return {"rule": f"{what} in at most {most:g} s", "figure": f"{found:.2f} s", "holds": found <= most}
