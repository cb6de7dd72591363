"""Timing of rivals side by side: one after the other, over and over, so that what disturbs one disturbs all."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any


def seconds(work: Callable[[], Any]) -> float:
    """Of one run."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def alternating(works: Mapping[str, Callable[[], Any]], times: int) -> dict[str, list[float]]:
    """Seconds of each of ``times`` runs of every work, taken in turns, after one run of each that is not counted."""
    for work in works.values():
        work()
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(times):
        for name, work in works.items():
            taken[name].append(seconds(work))
    return taken


def medians(taken: Mapping[str, list[float]]) -> dict[str, float]:
    return {name: median(each) for name, each in taken.items()}


def ratio(taken: Mapping[str, list[float]], slow: str, fast: str) -> float:
    """How many times faster ``fast`` is than ``slow``: the median over pairs of neighbouring runs."""
    return median(a / b for a, b in zip(taken[slow], taken[fast], strict=True))
