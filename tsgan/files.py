"""Writing files so that nothing existing is lost and nothing is left half-written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tsgan.errors import OutputError


@contextmanager
def atomic_path(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary FILE path beside ``target``; rename it to ``target`` only when the block succeeds.

    It replaces what is there: whether it may is asked of :mod:`tsgan.owned`.  Raises OutputError, naming the path,
    where the folder cannot be written.
    """
    target = Path(target)
    try:
        if target.is_dir():
            raise OutputError(f"cannot write {target}: it is a folder; give a file name")
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=target.suffix, dir=target.parent)
        os.close(handle)
    except OSError as error:
        raise OutputError(f"cannot write {target}: {error.strerror or error}; choose another --out") from error
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~umask())
        os.replace(temporary, target)
    except OSError as error:
        raise OutputError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)


def ensure_folder(target: str | os.PathLike[str]) -> Path:
    """Make ``target`` a writable folder now, so that a long job fails early rather than at its end."""
    target = Path(target)
    try:
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target):
            pass
    except OSError as error:
        raise OutputError(f"cannot write into {target}: {error.strerror or error}; choose another --out") from error
    return target


def check_file(target: str | os.PathLike[str]) -> None:
    """OutputError, now rather than after long work, where the file ``target`` cannot be written; leaves nothing."""
    target = Path(target)
    if target.is_dir():
        raise OutputError(f"cannot write {target}: it is a folder; give a file name")
    place = target.parent
    try:
        while not place.exists():
            place = place.parent
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        raise OutputError(f"cannot write {target}: {error.strerror or error} ({place}); choose another --out") from None


def umask() -> int:
    """The process's file mode mask, which only setting it can tell."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
