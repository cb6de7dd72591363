"""How fast tsgan is, beside what it is measured against in the same run.

    python scripts/bench.py NAME [options of that benchmark] [--json FILE [--overwrite]]
    python scripts/bench.py --help, NAME --help

Every module of ``scripts/benches`` is a benchmark: NAME is what it is called by, its text says what it measures,
``add_arguments(parser)`` adds its options, and ``measure(options)`` returns a dictionary:

    tables: title -> rows, each a dictionary of cells
    targets: rows of ``rule``, ``figure``, ``holds`` (none where it was not measured), where there are any
    notes: sentences, likewise
    about: a sentence on what was done and on what machine
    anything else: single figures, which become a table of their own

Ratios are of things measured side by side in one run, because machines differ and the same one differs by the hour.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import benches
from study_results import Results, add_option

OWN = ("tables", "targets", "notes", "about")
"""Names in what a benchmark returns that are no single figures."""


def modules() -> list[ModuleType]:
    """Every benchmark, by name."""
    names = [found.name for found in pkgutil.iter_modules(benches.__path__) if not found.name.startswith("_")]
    loaded = (importlib.import_module(f"benches.{name}") for name in names)
    return sorted((one for one in loaded if hasattr(one, "NAME")), key=lambda one: one.NAME)


def results_of(name: str, found: dict[str, Any], *, quiet: bool = False) -> Results:
    """What a benchmark found as claims and tables, each printed as it comes unless ``quiet``."""
    results = Results(f"bench_{name.replace('-', '_')}", found.get("about") or f"The benchmark {name}.", quiet=quiet)
    results.heading = name
    for title, rows in found.get("tables", {}).items():
        results.table(title, rows)
    single = [{"what": key, "figure": value} for key, value in found.items() if key not in OWN]
    if single:
        results.table("figures", single)
    for target in found.get("targets", ()):
        if target["holds"] is None:
            results.notes.append(f"Not measured: {target['rule']} ({target['figure']}).")
        else:
            results.claim(target["holds"], target["rule"], target["figure"])
    results.notes += found.get("notes", ())
    for note in () if quiet else results.notes:
        print(note)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="name", required=True, metavar="NAME")
    for module in modules():
        text = module.__doc__ or ""
        one = commands.add_parser(
            module.NAME,
            help=text.strip().partition("\n")[0],
            description=text,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(one)
        add_option(one)
        one.set_defaults(module=module)
    options = parser.parse_args()
    results_of(options.name, options.module.measure(options)).write(options.json)


if __name__ == "__main__":
    main()
