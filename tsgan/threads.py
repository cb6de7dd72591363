"""Work on several cores, with the same results on one."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def in_threads(jobs: Sequence[Callable[[], T]]) -> list[T]:
    """What each of some independent jobs gives, in their order; numpy lets go of the interpreter lock in what takes
    the time.  Jobs begin in the order given: put the longest first."""
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 4)) as pool:
        return list(pool.map(lambda job: job(), jobs))
