"""Work survives kills, signals, bad disks and company: the quick part of ``scripts/fault_report.py``.

Damaged files and other environments have quick tests of their own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def reported(*words: str) -> dict[str, tuple[int, ...]]:
    """Row -> tried, survived, lost, different.  In a process of its own, for it forks."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "fault_report.py"), *words],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {}
    for line in done.stdout.splitlines()[1:]:
        name, numbers = line[: line.index("  ")], line[line.index("  ") :].split()
        rows[name] = tuple(map(int, numbers[:4]))
    return rows


@pytest.mark.parametrize("section", ["kills", "interrupts", "disks", "twins"])
def test_nothing_is_lost(section):
    rows = reported(section, "--quick")
    assert rows
    for name, (tried, survived, lost, different) in rows.items():
        assert tried == survived > 0 and lost == different == 0, (name, rows)


@pytest.mark.slow
def test_nothing_is_lost_in_all_of_it():
    assert len(reported()) > 10
