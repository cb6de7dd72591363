"""Ctrl-C and SIGTERM: an orderly end where Python listens, and a prompt one where a compiler does not.

Python tells its main thread of a signal between two of its own steps, and a compilation is one step of half a minute.
So a second thread hears of every signal at once: it gives the first one a little time, and ends the process then, or
at the second one.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from tsgan.outputs.staging import COMMITTING
from tsgan.outputs.temporary import live
from tsgan.outputs.unfinished import JOB, sentences

PATIENCE = 2.0
"""Seconds that the first signal has for an orderly end."""

INTERRUPTED, TERMINATED = 130, 143
"""Exit codes after Ctrl-C and SIGTERM."""

_told = threading.Event()
"""Set once somebody has said how the process ends."""

_asked: list[type[KeyboardInterrupt]] = []
"""The signals that Python has heard of."""


class Terminated(KeyboardInterrupt):
    """SIGTERM, which ends a command as Ctrl-C does."""


def words(error: KeyboardInterrupt) -> tuple[str, int]:
    """What is said at the end, and the exit code."""
    _told.set()
    what, code = ("terminated", TERMINATED) if isinstance(error, Terminated) else ("interrupted", INTERRUPTED)
    return "; ".join([what, *sentences()]), code


def end_promptly() -> None:
    """From now on, end within PATIENCE seconds of a signal, whatever the process is doing."""
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        return
    heard, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    for number, usual, handler in (
        (signal.SIGINT, signal.default_int_handler, _interrupt),
        (signal.SIGTERM, signal.SIG_DFL, _terminate),
    ):
        if signal.getsignal(number) == usual:  # one that is ignored, as with nohup, stays so
            signal.signal(number, handler)
    threading.Thread(target=_watch, args=(heard,), daemon=True, name="tsgan-signals").start()


@contextmanager
def ending_as_asked() -> Iterator[None]:
    """A signal that comes while words are parsed, or while the process ends, is told and has its code as well."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit) as error:
        said = _told.is_set()
        if not _asked or (said and isinstance(error, SystemExit) and error.code in (INTERRUPTED, TERMINATED)):
            raise
        message, code = words(_asked[-1]())
        if not said:
            os.write(2, f"error: {message}\n".encode(errors="backslashreplace"))
        raise SystemExit(code) from None


def _interrupt(number: int, frame: FrameType | None) -> None:
    _asked.append(KeyboardInterrupt)
    raise KeyboardInterrupt


def _terminate(number: int, frame: FrameType | None) -> None:
    _asked.append(Terminated)
    raise Terminated


def _watch(heard: int) -> None:
    while True:
        number = os.read(heard, 1)[0]
        if number not in (signal.SIGINT, signal.SIGTERM):
            continue
        select.select([heard], [], [], PATIENCE)  # until the second signal, at most
        _end(Terminated() if number == signal.SIGTERM else KeyboardInterrupt())


def _end(error: KeyboardInterrupt) -> None:
    said = _told.is_set()
    message, code = words(error)
    try:
        _clear()
        if not said:
            shown = "\x1b[?25h\r" if sys.stderr.isatty() else ""  # a progress bar has hidden the cursor
            os.write(2, f"{shown}error: {message}\n".encode(errors="backslashreplace"))
    finally:
        os._exit(code)


def _clear() -> None:
    """Remove temporary files, but for those that a later command carries on or finishes."""
    for path in live():
        with suppress(OSError):
            if path.is_dir():
                if not (path / COMMITTING).exists() and not (path / JOB).exists():
                    shutil.rmtree(path, ignore_errors=True)
            elif "manifest.json" not in path.name:
                path.unlink(missing_ok=True)
