"""Damage to files that tsgan wrote: refused, or without consequence; never another result.

The damage is that of ``tests/test_mutations.py``: bits, cuts, swaps, appended bytes, values and names in JSON.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from faults import Row

TESTS = Path(__file__).resolve().parents[2] / "tests"


def report(quick: bool) -> list[Row]:
    sys.path.insert(0, str(TESTS))
    try:
        from test_mutations import KINDS, survey
    finally:
        sys.path.remove(str(TESTS))
    rows = []
    for kind in KINDS:
        with tempfile.TemporaryDirectory(prefix="tsgan-faults-") as folder:
            found = survey(kind, Path(folder), 10 if quick else 800)
        tried = sum(map(len, found.values()))
        for what in found["other"] + found["different"]:
            print(f"  {kind}: {what}", file=sys.stderr)
        good = len(found["refused"]) + len(found["same"])
        rows.append(Row(f"damaged files: {kind}", tried, good, len(found["other"]), len(found["different"])))
    return rows
