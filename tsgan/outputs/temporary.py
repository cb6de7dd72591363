"""Temporary files and folders beside outputs: known by their names, locked while in use, cleared when nobody uses them.

What a crash leaves behind is found by the next command that writes the same output.  It clears only what bears a name
that :func:`_named` makes, whose process has ended and whose lock nobody holds: never what another command is writing.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

if sys.platform != "win32":
    import fcntl

IN_USE = "in-use"
"""File in a temporary folder whose lock says that somebody works in it."""

LONGEST_NAME = 160
"""Bytes of an output's name that temporary names repeat; file systems allow 255 in all."""

STRANGERS = 24 * 3600.0
"""Seconds after which the files of another host are taken for abandoned, where its locks may not be seen from here."""

_ANY = re.compile(r"\..+\.([0-9a-f]{6})-(\d+)-[0-9a-f]{8}\.tsgan(\..*)?")

_LIVE: set[str] = set()
"""Temporary files and folders that this process uses."""


@dataclass(frozen=True)
class Temporary:
    """A temporary file or folder of this process, and the descriptor that holds its lock."""

    path: Path
    lock: int | None

    def release(self) -> None:
        """Give up the lock; the file or folder stays."""
        _LIVE.discard(str(self.path))
        if self.lock is not None:
            with suppress(OSError):
                os.close(self.lock)


def temporary_file(target: Path) -> Temporary:
    """A new, empty file beside ``target``, with its ending; private until it is put in its place."""
    path = _named(target, target.suffix)
    _LIVE.add(str(path))
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    if sys.platform == "win32":  # where an open file cannot be renamed
        os.close(descriptor)
        return Temporary(path, None)
    _locked(descriptor)
    return Temporary(path, descriptor)


def temporary_folder(target: Path) -> Temporary:
    """A new folder beside ``target``, with nothing in it but its lock."""
    path = _named(target, "")
    _LIVE.add(str(path))
    os.mkdir(path, 0o700)
    return Temporary(path, _lock_of(path))


def near(target: Path, kind: str) -> Path:
    """What a temporary folder for ``target`` is named after that is of a kind of its own: beside it, or within it where
    it is a mount, or nothing can be made beside it."""
    beside, within = both_near(target, kind)
    if target.is_dir() and (os.path.ismount(target) or not os.access(beside.parent, os.W_OK)):
        return within
    beside.parent.mkdir(parents=True, exist_ok=True)
    return beside


def both_near(target: Path, kind: str) -> tuple[Path, Path]:
    """Both places of :func:`near`."""
    target = target.absolute()
    return target.with_name(f"{target.name}.{kind}"), target / kind


def temporaries(target: Path, *, folders: bool = False, ending: str = "") -> list[Path]:
    """The temporary files or folders of all writings of ``target``.

    Args:
        target: what is or was being written.
        folders: whether temporary folders are asked for, or files.
        ending: what their names have behind that which they were made with.
    """
    suffix = ending if folders else target.suffix + ending
    named = re.compile(rf"\.{re.escape(_stem(target))}\.[0-9a-f]{{6}}-\d+-[0-9a-f]{{8}}\.tsgan{re.escape(suffix)}")
    found = [path for path in _temporaries_in(target.parent) if named.fullmatch(path.name)]
    return [path for path in found if path.is_dir() == folders]


def abandoned(target: Path, *, folders: bool = False, ending: str = "") -> Iterator[Temporary]:
    """Those of :func:`temporaries` that crashes have left, each locked for the caller while it is looked at."""
    return _taken(temporaries(target, folders=folders, ending=ending))


def adopted(target: Path, accept: Callable[[Path], bool], otherwise: Callable[[Temporary], None]) -> Temporary | None:
    """The first folder that a crash has left of ``target`` and that is to be carried on, locked; ``otherwise`` is done
    to all others."""
    found: Temporary | None = None
    for held in abandoned(target, folders=True):
        if found is None and accept(held.path):
            found = Temporary(held.path, None if held.lock is None else os.dup(held.lock))  # the same lock
        else:
            otherwise(held)
    if found is not None:
        _LIVE.add(str(found.path))
    return found


def _temporaries_in(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if _ANY.fullmatch(entry.name))
    except OSError:
        return []
    return [path for name in names if not (path := folder / name).is_symlink()]


def _taken(paths: list[Path]) -> Iterator[Temporary]:
    for path in paths:
        if not _ended(path):
            continue
        try:
            taken = Temporary(path, _lock_of(path, existing=True))
        except OSError:  # in use after all, not ours to open, or gone by now
            continue
        _LIVE.add(str(path))
        try:
            yield taken
        finally:
            taken.release()


def live() -> list[Path]:
    """The temporary files and folders that this process uses now."""
    return [Path(path) for path in sorted(_LIVE)]


def _named(target: Path, suffix: str) -> Path:
    return target.with_name(f".{_stem(target)}.{_host()}-{os.getpid()}-{secrets.token_hex(4)}.tsgan{suffix}")


def _stem(target: Path) -> str:
    name = target.name
    if len(os.fsencode(name)) <= LONGEST_NAME:
        return name
    return f"{name[: LONGEST_NAME // 8]}-{hashlib.sha256(os.fsencode(name)).hexdigest()[:12]}"


def _host() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:6]


def _ended(path: Path) -> bool:
    """Whether the process that made ``path`` has ended, as far as its name tells."""
    named = _ANY.fullmatch(path.name)
    if named is None or str(path) in _LIVE:
        return False
    host, process = named[1], int(named[2])
    if host != _host() or sys.platform == "win32":
        try:
            return time.time() - path.stat().st_mtime > STRANGERS
        except OSError:
            return False
    if process == os.getpid():  # of an earlier life: processes in containers are all number 1
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _lock_of(path: Path, existing: bool = False) -> int | None:
    """The descriptor that locks a temporary file, or the file in a temporary folder; OSError where another has it."""
    if sys.platform == "win32":
        return None
    file = path / IN_USE if path.is_dir() else path
    flags = os.O_RDWR | (os.O_CREAT if path.is_dir() else 0)
    descriptor = os.open(file, flags, 0o600)
    try:
        _locked(descriptor)
        if existing and not os.path.lexists(file):  # another has cleared it meanwhile
            raise FileNotFoundError(str(file))
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _locked(descriptor: int) -> None:
    """Lock an open file; BlockingIOError where another has it.  File systems without locks are left without."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        pass
