"""What becomes of work when something goes wrong: the sections of ``scripts/fault_report.py``.

Every module named in :data:`SECTIONS` has a function ``report(quick: bool)`` that returns a :class:`Row` or a list of
them; ``quick`` asks for the part of it that the test suite runs.
"""

from __future__ import annotations

from typing import NamedTuple

SECTIONS = ("kills", "interrupts", "disks", "mutations", "environments", "twins", "tables", "yahoo")
"""Modules of this package, in the order of the report."""


class Row(NamedTuple):
    """One line of the report.

    Attributes:
        name: what was done to the work.
        tried: how many times.
        survived: afterwards everything was there as it was before or as it should have become, or the input was
            refused by a clear error.
        lost: work was gone, could not be written again, or the answer was no clear one.
        different: an answer was given, and it was another one.
        note: what the numbers do not say.
    """

    name: str
    tried: int
    survived: int
    lost: int
    different: int
    note: str = ""
