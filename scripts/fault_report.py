"""Do harm to tsgan's work in every way that is known, and count what survives.

    .venv/bin/python scripts/fault_report.py [SECTION ...] [--quick]

Sections (all by default): kills, interrupts, disks, mutations, environments, twins, tables, yahoo.  Prints one line for
each kind of harm: how often it was done, how often everything survived (or the damage was refused by name), how often
work was lost, and how often an answer was silently another one.  Exits with 1 where anything was lost or different.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from faults import SECTIONS, Row


def rows_of(section: str, quick: bool) -> list[Row]:
    """The lines of a section; none where it is not part of this installation."""
    try:
        module = importlib.import_module(f"faults.{section}")
    except ModuleNotFoundError as error:
        if error.name != f"faults.{section}":
            raise
        print(f"no section {section} here", file=sys.stderr)
        return []
    found = module.report(quick)
    return [found] if isinstance(found, Row) else list(found)


def line(*cells: object, width: int) -> str:
    """A line of the table; the last cell, which is a note, may be of any length."""
    name, *numbers, note = map(str, cells)
    return f"{name:<{width}}" + "".join(f"{number:>10}" for number in numbers) + (f"  {note}" if note else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--quick", action="store_true", help="only what the test suite runs")
    options = parser.parse_args()
    if unknown := set(options.sections) - set(SECTIONS):
        parser.error(f"no section {', '.join(sorted(unknown))}; choose among {', '.join(SECTIONS)}")
    # Pages say when they were made, to the minute: here always the same one, so that every byte can be compared.
    os.environ["SOURCE_DATE_EPOCH"] = "1500000000"
    found = []
    for section in options.sections or SECTIONS:
        print(f"{section} ...", file=sys.stderr, flush=True)
        found += rows_of(section, options.quick)
    width = max((len(row.name) for row in found), default=0) + 2
    print(line("", "tried", "survived", "lost", "different", "", width=width))
    for row in found:
        print(line(*row, width=width))
    if any(row.lost or row.different or row.survived < row.tried for row in found):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
