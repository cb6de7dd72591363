"""Notebooks: small tables, and progress in one output below the cell, kept up to date in place."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import wraps
from html import escape
from typing import Any, TypeVar, cast

Work = TypeVar("Work", bound=Callable[..., Any])

SHOWN = 20
"""Rows of a table that are listed; the rest is counted."""

SECONDS = 0.25
"""The output is drawn anew at most this often, and whenever something begins or ends."""


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook, which shows more than text."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and getattr(ipython.get_ipython(), "kernel", None) is not None


class Phases:
    """A bar for every phase of a long work; called with reports as :class:`tsgan.training.progress.Progress`."""

    def __init__(self) -> None:
        self.phases: dict[str, tuple[int, int]] = {}
        self.output, self.drawn = _Output(), 0.0

    def __call__(self, report: Any) -> None:
        begins = report.phase not in self.phases
        self.phases[report.phase] = (report.step, report.total)
        now = time.monotonic()
        if begins or report.step >= report.total or now - self.drawn >= SECONDS:
            self.drawn = now
            self.output.show("".join(_row(*phase) for phase in self.phases.items()))


def shows_progress(work: Work) -> Work:
    """``work``, which takes a ``progress`` for sentences; in a notebook it tells them there unless it is given another.

    Each sentence replaces the one before, and the last goes when all is done.
    """

    @wraps(work)
    def telling(*args: Any, **options: Any) -> Any:
        if options.get("progress") is not None or not in_notebook():
            return work(*args, **options)
        output = _Output()
        try:
            tell = {"progress": lambda sentence: output.show(f"<div>{escape(sentence)} ...</div>")}
            return work(*args, **options | tell)
        finally:
            output.clear()

    return cast(Work, telling)


def _row(phase: str, counts: tuple[int, int]) -> str:
    done, total = counts
    bar = f'<progress value="{done}" max="{max(total, 1)}"></progress>'
    return f"<div>{bar} {escape(phase)}, {done:,} of {total:,}</div>"


class _Output:
    """An output of the running cell that HTML replaces."""

    def __init__(self) -> None:
        self.handle: Any = None

    def show(self, html: str) -> None:
        from IPython.display import HTML, display  # type: ignore[import-not-found]

        if self.handle is None:
            self.handle = display(HTML(html), display_id=True)
        else:
            self.handle.update(HTML(html))

    def clear(self) -> None:
        if self.handle is not None:
            self.show("")


def html_table(
    title: str, facts: str, header: tuple[str, ...], rows: list[tuple[str, ...]], notes: tuple[str, ...] = ()
) -> str:
    """A small table under a title and a line of facts, everything escaped; at most SHOWN rows, and notes below."""
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[:SHOWN])
    below = [f"and {len(rows) - SHOWN} more"] * (len(rows) > SHOWN) + list(notes)
    more = "".join(f"<p>{escape(note)}</p>" for note in below)
    return (
        f"<div><p><strong>{escape(title)}</strong>: {escape(facts)}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}</div>"
    )
