"""What reads the tables that are spoiled, by kind."""

from __future__ import annotations

from collections.abc import Callable

from faults.documents import configurations, grids
from faults.reader import Reader
from faults.scenario_files import scenario_files
from faults.written_by_hand import books, portfolios, prices, shocks

KINDS: dict[str, Callable[[], list[Reader]]] = {
    "prices": prices,
    "portfolios": portfolios,
    "books": books,
    "scenario files": scenario_files,
    "grids": grids,
    "configurations": configurations,
    "shocks": shocks,
}
"""Kind of table -> what reads it, layout by layout."""
