"""What the command line does when something goes wrong: one clear line and an exit code, never a traceback."""

from __future__ import annotations

import errno
import logging
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import typer
from typer.core import TyperGroup

from tsgan.cli.interrupts import words
from tsgan.errors import TsganError, TsganWarning
from tsgan.outputs.unfinished import forget, sentences
from tsgan.reports.made import commanded

FAILED, INTERNAL = 1, 70
"""Exit codes beside 0, the 2 of a wrong usage, and those of :mod:`tsgan.cli.interrupts`: a user's mistake, and a defect
of tsgan."""


class GuardedGroup(TyperGroup):
    """The group of all commands; every command runs inside its guard, and pages say by which they were made."""

    def main(self, args: Sequence[str] | None = None, *others: Any, **options: Any) -> Any:
        with commanded(sys.argv[1:] if args is None else args):
            return super().main(args, *others, **options)

    def invoke(self, ctx: Any) -> Any:
        with warnings.catch_warnings():
            _only_our_warnings()
            forget()
            before = logging.root.manager.disable
            logging.disable(logging.WARNING)  # what libraries chat about; errors of theirs still show
            try:
                return super().invoke(ctx)
            except BaseException as error:
                message, code = _explain(error)
                if code is None or os.environ.get("TSGAN_DEBUG"):
                    raise
                to_stderr("error", message)
                for sentence in () if isinstance(error, KeyboardInterrupt) else sentences():
                    to_stderr("tsgan", sentence)
                raise typer.Exit(code) from None
            finally:
                logging.disable(before)


def to_stderr(label: str, message: object) -> None:
    """Print ``label: message`` to stderr as one line that is never read as markup; a terminal ends it between words."""
    from rich.console import Console
    from rich.text import Text

    style = {"error": "bold red", "warning": "yellow"}.get(label, "dim")
    line = Text.assemble((f"{label}: ", style), " ".join(str(message).split()))
    console = _LIVE.get() or Console(stderr=True, highlight=False)
    console.print(line, soft_wrap=not console.is_terminal)


_LIVE: ContextVar[Any] = ContextVar("live", default=None)


@contextmanager
def spoken_through(console: Any) -> Iterator[None]:
    """Lines to stderr go through ``console``, which has something moving on it, so that they stand above it."""
    token = _LIVE.set(console)
    try:
        yield
    finally:
        _LIVE.reset(token)


def _explain(error: BaseException) -> tuple[str, int | None]:
    """A message and an exit code for ``error``; no code where it is to be raised on."""
    if isinstance(error, TsganError):
        return str(error), FAILED
    if isinstance(error, KeyboardInterrupt):
        return words(error)
    if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error):
        return "out of memory; ask for fewer --paths, a shorter --horizon or a smaller --population", FAILED
    if isinstance(error, OSError):
        if error.errno == errno.EPIPE:
            return "", None
        where = f" {error.filename}" if error.filename else ""
        advice = "; free some space or choose another --out" if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
        return f"cannot use{where}: {error.strerror or error}{advice}", FAILED
    # Exits and usage errors (they carry an exit code) belong to typer; so does whatever is not an Exception.
    if isinstance(error, typer.Abort) or hasattr(error, "exit_code") or not isinstance(error, Exception):
        return "", None
    what = f"internal error, {type(error).__name__}: {error}"
    return f"{what}; please report it; run with TSGAN_DEBUG=1 for the traceback", INTERNAL


def _only_our_warnings() -> None:
    """Each warning of tsgan once, as a plain line; those of other libraries never."""
    seen: set[str] = set()

    def show(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        if issubclass(category, TsganWarning) and str(message) not in seen:
            seen.add(str(message))
            to_stderr("warning", message)

    warnings.simplefilter("ignore")
    warnings.simplefilter("always", TsganWarning)
    warnings.showwarning = show
