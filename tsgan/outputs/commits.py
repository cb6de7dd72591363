"""How a finished output takes its place: one rename, or one exchange with what was there, flushed to disk before.

Every change of a name is told to audit hooks (``os.rename`` by Python itself, ``tsgan.exchange`` here), so that
whoever wants to know what a crash between any two of them leaves can find out without touching this code.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

if sys.platform != "win32":
    import fcntl

FLUSHED_SINGLY = 32
"""Files of a folder up to which each is flushed by itself; more of them cost less with their whole file system."""

_AT_FDCWD, _EXCHANGE = -100, 2

_HELD = threading.local()
"""Folders whose lock this thread has."""


def exchanged(one: Path, other: Path) -> bool:
    """Swap two names in one step, so that both exist at every moment; False where the system cannot."""
    swap = _renameat2()
    if swap is None:
        return False
    sys.audit("tsgan.exchange", str(one), str(other))
    if swap(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP):
        return False
    raise OSError(code, os.strerror(code), str(other))


@cache
def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


@cache
def _renameat2() -> Any:
    """Of Linux, where it is; None elsewhere."""
    if not sys.platform.startswith("linux"):
        return None
    found = getattr(_libc(), "renameat2", None)
    if found is not None:
        found.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    return found


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Nobody else puts outputs into ``folder`` meanwhile, where its file system has locks; it leaves no file there."""
    held: set[tuple[int, int]] = _HELD.__dict__.setdefault("folders", set())
    descriptor, itself = None, None
    if sys.platform != "win32":
        with suppress(OSError):
            found = os.stat(folder)
            itself = (found.st_dev, found.st_ino)
            if itself not in held:
                descriptor = os.open(folder, os.O_RDONLY)
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                held.add(itself)
    try:
        yield
    finally:
        if descriptor is not None:
            held.discard(itself)  # type: ignore[arg-type]
            os.close(descriptor)


def flush(path: Path) -> None:
    """Write a file, or the names in a folder, through to the disk; where a system cannot, it has done what it can."""
    if sys.platform == "win32" and path.is_dir():
        return
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise
    finally:
        os.close(descriptor)


def flush_tree(folder: Path) -> None:
    """:meth:`flush` of a folder and everything in it."""
    places = list(os.walk(folder))
    files = [Path(place) / name for place, _, names in places for name in names]
    if len(files) > FLUSHED_SINGLY and _flushed_with_its_file_system(folder):
        return
    for file in files:
        if not file.is_symlink():
            flush(file)
    for place, _, _ in reversed(places):
        flush(Path(place))


def _flushed_with_its_file_system(folder: Path) -> bool:
    """Flush everything on the file system of ``folder``; False where the system cannot."""
    flush_all = getattr(_libc(), "syncfs", None) if sys.platform.startswith("linux") else None
    if flush_all is None:
        return False
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        return flush_all(descriptor) == 0
    finally:
        os.close(descriptor)


def with_mode_of(new: Path, old: Path) -> bool:
    """Give ``new`` the mode of the file or folder that it replaces; False where there is none."""
    try:
        mode = stat.S_IMODE(os.stat(old).st_mode)
    except OSError:
        return False
    os.chmod(new, mode)
    return True


def with_modes_of(new: Path, old: Path) -> None:
    """:func:`with_mode_of` for a folder and everything in it that was in the one that it replaces."""
    if not old.is_dir():
        return
    with_mode_of(new, old)
    for place, folders, files in os.walk(new):
        for name in (*folders, *files):
            path = Path(place) / name
            before = old / path.relative_to(new)
            if before.is_symlink() or before.is_dir() != path.is_dir():
                continue
            with_mode_of(path, before)


def umask() -> int:
    """The process's file mode mask, which only setting it can tell."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def has_links(file: Path) -> bool:
    """Whether a file is known under several names."""
    try:
        return file.is_file() and os.stat(file).st_nlink > 1
    except OSError:
        return False


def poured(whole: Path, target: Path) -> None:
    """The content of ``whole`` into the existing file ``target``, which keeps its other names; ``whole`` goes then.

    Where this is cut short, ``whole`` stays, and can be poured again.
    """
    with whole.open("rb") as source, target.open("r+b") as sink:
        shutil.copyfileobj(source, sink, 2**20)
        sink.truncate()
        sink.flush()
        os.fsync(sink.fileno())
    whole.unlink()
