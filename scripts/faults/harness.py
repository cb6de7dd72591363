"""Commands that are killed at any change of a name, and what is found afterwards.

A command runs in a fork of this process, which has imported everything.  An audit hook counts what it is about to
rename, exchange, unlink or remove in its work folder, and kills it there: nothing in tsgan knows of it.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

from faults import Row

EVENTS = ("os.rename", "os.remove", "os.rmdir", "os.link", "tsgan.exchange")

PATIENCE = 300.0
"""Seconds after which a command is given up."""


class Ended(NamedTuple):
    """How a command ended: its exit code (negative: the signal), the events it came to, and what it said."""

    code: int
    events: int
    said: str


def forked(action: Callable[[], object], folder: Path, kill_at: int | None = None) -> Ended:
    """Run ``action`` in a process of its own, and kill it before the event ``kill_at`` (from 1) in ``folder``."""
    out, into = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # threads that a fork does not have are not needed here
        process = os.fork()
    if process == 0:
        os.close(out)
        _child(action, str(folder), kill_at, into)
    os.close(into)
    text = b""
    began = time.monotonic()
    with os.fdopen(out, "rb") as pipe:
        while part := pipe.read():
            text += part
    while True:
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            break
        if time.monotonic() - began > PATIENCE:
            os.kill(process, signal.SIGKILL)
        time.sleep(0.005)
    events, _, said = text.decode(errors="replace").partition("\n")
    return Ended(os.waitstatus_to_exitcode(status), int(events or 0), said)


def _child(action: Callable[[], object], folder: str, kill_at: int | None, into: int) -> None:
    count, said, code = 0, io.StringIO(), 0

    def hook(event: str, args: tuple[object, ...]) -> None:
        nonlocal count
        if event not in EVENTS:
            return
        path = os.fsdecode(args[0]) if isinstance(args[0], str | bytes | os.PathLike) else ""
        if path.startswith("/") and not path.startswith(folder):
            return
        count += 1
        if count == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    try:
        with redirect_stdout(said), redirect_stderr(said):
            code = action() or 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException as error:
        said.write(f"{type(error).__name__}: {error}")
        code = 99
    try:
        os.write(into, f"{count}\n{said.getvalue()[-4000:]}".encode())
    finally:
        os._exit(code if isinstance(code, int) else 98)


def tsgan(*words: object) -> Callable[[], object]:
    """A command of the command line, as an action."""

    def act() -> object:
        from tsgan.cli.main import app

        return app([str(word) for word in words], standalone_mode=False)

    return act


def content(folder: Path, *left_out: str) -> dict[str, str]:
    """Hash of every file below a folder that anybody sees, but for those of the names given."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(folder).parts)
        if file.name not in left_out
    }


def leftovers(folder: Path) -> list[str]:
    """Temporary files and folders of tsgan's below a folder."""
    return sorted(str(file.relative_to(folder)) for file in folder.rglob(".*") if ".tsgan" in file.name)


def litter(folder: Path) -> list[str]:
    """:func:`leftovers` that no later command carries on with."""
    return [name for name in leftovers(folder) if not (folder / name / "job.json").exists()]


@contextmanager
def replaced(module: str, name: str, value: Any):
    """A name of a module stands for something else meanwhile, in this process."""
    found = importlib.import_module(module)
    before = getattr(found, name)
    setattr(found, name, value)
    try:
        yield
    finally:
        setattr(found, name, before)


class Tally:
    """What became of each try."""

    def __init__(self) -> None:
        self.tried = self.survived = self.lost = self.different = 0
        self.words: list[str] = []

    def add(self, verdict: str, what: str) -> None:
        self.tried += 1
        setattr(self, verdict, getattr(self, verdict) + 1)
        if verdict != "survived":
            self.words.append(what)
            print(f"  {verdict}: {what}", file=sys.stderr, flush=True)

    def row(self, name: str, note: str = "") -> Row:
        return Row(name, self.tried, self.survived, self.lost, self.different, note)
