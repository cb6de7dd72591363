"""A reader of tables that are spoiled, and the paths that several of them are tried on."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import tsgan
from faults.spoiling import WAYS, Spoiled, Way


class Reader(NamedTuple):
    """A table and how it is read.

    Attributes:
        stem, ending: of the file's name.
        spoil: a spoiled copy.
        read: what a file holds, and what was said of it.
        apart: in words, how what was read differs from what the lines said that were not touched; empty where not.
    """

    stem: str
    ending: str
    spoil: Callable[[random.Random], Spoiled]
    read: Callable[[Path], tuple[Any, tuple[str, ...]]]
    apart: Callable[[Any, frozenset[int]], str]


def lines_reader(
    stem: str, text: str, read: Callable[..., Any], apart: Callable[..., str], ways: tuple[Way, ...] = WAYS
) -> Reader:
    """A table of lines."""
    lines = text.strip("\n").split("\n")
    return Reader(stem, ".csv", lambda draw: draw.choice(ways)(lines, draw), read, apart)


def small_paths(assets: tuple[str, ...], count: int = 30, days: int = 5) -> tsgan.Scenarios:
    """Invented paths."""
    returns = np.random.default_rng(0).normal(0, 0.01, (count, days, len(assets))).astype(np.float32)
    dates = pd.bdate_range("2020-01-06", periods=days + 1).to_numpy().astype("datetime64[D]")
    start = np.linspace(100.0, 50.0, len(assets))
    return tsgan.Scenarios(returns, assets, ("price",) * len(assets), dates, start)
