"""The first screen of a page: question, verdict, tiles, one chart; and the matrices below it.

Tiles and cells keep the numbers that their words were written from, so that a reader of the objects, or a test, need
not read them off the page.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tsgan.reports.numbers import interval

if TYPE_CHECKING:
    from tsgan.reports.canvas import Plot

Tone = Literal["", "good", "doubt", "bad"]
"""What a figure says about the model or the thing in question; empty where it says nothing either way."""

MARKS = {"": "i", "good": "✓", "doubt": "!", "bad": "✗"}
"""Tone -> the sign of a verdict, for those who do not see colours."""

MOST_TILES = 6
LONG_TEXT = 24
"""Letters of a cell beyond which it is a sentence and no figure."""

MOST_BESIDE = 3
"""Rivals that a tile names; matrices hold all of them."""


@dataclass(frozen=True)
class Tile:
    """One figure of the first screen.

    Attributes:
        name: what it is, with horizon and level: ``Value at risk, 10 days, 99 %``.
        value: the number.
        shown: writes such a number with its unit.
        low, high: ends of its interval; None where it has none, infinite where too little is known.
        beside: the rivals' names and figures.
        note: a few more words, such as what the interval is of.
        tone: whether the figure speaks for or against.
    """

    name: str
    value: float
    shown: Callable[[float], str]
    low: float | None = None
    high: float | None = None
    beside: tuple[tuple[str, float], ...] = ()
    note: str = ""
    tone: Tone = ""

    @property
    def text(self) -> str:
        return self.shown(self.value)

    @property
    def within(self) -> str:
        """The interval in words; empty where there is none."""
        if self.low is None or self.high is None:
            return ""
        return interval(self.low, self.high, self.shown)

    @property
    def rivals(self) -> str:
        """The figures beside, in words."""
        return "; ".join(f"{name} {self.shown(value)}" for name, value in self.beside[:MOST_BESIDE])


@dataclass(frozen=True)
class Front:
    """The first screen.

    Attributes:
        question: title of the page.
        about: one line on what it is about: portfolio, model, start.
        tone: of the verdict.
        verdict: the answer, in a few words: ``Good for tomorrow's risk. Not for years.``
        answer: at most two or three sentences more.
        tiles: four to six figures.
        chart: the one picture that matters, with ``reading``, a line on how to read it.
    """

    question: str
    about: str
    tone: Tone
    verdict: str
    answer: tuple[str, ...]
    tiles: tuple[Tile, ...]
    chart: Plot | None = field(repr=False)
    reading: str = ""

    @property
    def mark(self) -> str:
        return MARKS[self.tone]


@dataclass(frozen=True)
class Cell:
    """One figure of a matrix: the number, its words, smaller ones below (an interval), and what it says."""

    value: float | None
    text: str
    below: str = ""
    tone: Tone = ""

    @property
    def sign(self) -> str:
        """``✗`` and the like; empty where the cell says nothing."""
        return MARKS[self.tone] if self.tone else ""


@dataclass(frozen=True)
class Matrix:
    """Figures by two headings, such as horizon x model, in place of a long table.

    Attributes:
        caption: what the figures are, with their unit.
        corner: what the rows are.
        columns: headings.
        rows: heading of each and its cells.
        reading: how to read it, in a line.
        own: number of the column that the page is about, or None.
        own_rows: numbers of such rows.
    """

    caption: str
    corner: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    reading: str = ""
    own: int | None = None
    own_rows: tuple[int, ...] = ()

    @property
    def wordy(self) -> tuple[bool, ...]:
        """(column,) whether a column holds sentences, and stands on the left."""
        return tuple(
            any(len(cells[i].text) > LONG_TEXT for _, cells in self.rows if i < len(cells))
            for i in range(len(self.columns))
        )

    def cell(self, row: str, column: str) -> Cell:
        """By both headings; KeyError where there is none."""
        return dict(self.rows)[row][self.columns.index(column)]


def cell(value: float | None, shown: Callable[[float], str], *, below: str = "", tone: Tone = "") -> Cell:
    """A cell of a number; a dash for one that does not exist."""
    if value is None or math.isnan(value):
        return Cell(None, "–")  # noqa: RUF001
    return Cell(value, shown(value), below, tone)


def listed(items: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""
