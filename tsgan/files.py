"""Writing files so that nothing existing is lost and nothing is left half-written."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tsgan.errors import OutputError
from tsgan.outputs.commits import flush, has_links, poured, umask, with_mode_of
from tsgan.outputs.failures import said_of as said_of
from tsgan.outputs.failures import system_error as system_error
from tsgan.outputs.temporary import abandoned, temporary_file

WHOLE = ".whole"
"""Ending of a temporary file that is complete, and is being poured into a file with several names."""

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:[/\\]")


@contextmanager
def atomic_path(target: str | os.PathLike[str], follows: Callable[[Path], bool] | None = None) -> Iterator[Path]:
    """Yield a temporary FILE path beside ``target``; rename it to ``target`` only when the block succeeds.

    It replaces what is there: whether it may is asked of :mod:`tsgan.owned`.  A symbolic link stays one, and the file
    that it leads to is replaced; a file keeps its mode, and one of several names all of them.  What crashes have left
    of earlier writings is cleared.

    Args:
        target: the file.
        follows: of a file that belongs to another one, whether the temporary file given must take its place although
            the block has failed, because the other one already has.

    Raises OutputError, naming the path, where the folder cannot be written.
    """
    target = Path(target)
    check_local(target)
    with said_of(target, "; choose another --out"):
        _check_kind(target)
        target = linked_to(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        clear(target)
        temporary = temporary_file(target)
    try:
        with said_of(target):
            yield temporary.path
            put(temporary.path, target)
    except BaseException:
        if follows is not None and temporary.path.exists() and follows(temporary.path):
            put(temporary.path, target)
        raise
    finally:
        temporary.path.unlink(missing_ok=True)
        temporary.release()


def put(file: Path, target: Path) -> None:
    """Give a finished file its name, through to the disk, with the mode and all the names of what it replaces."""
    if not with_mode_of(file, target):
        file.chmod(0o666 & ~umask())
    flush(file)
    if has_links(target):
        whole = file.with_name(file.name + WHOLE)
        os.replace(file, whole)
        poured(whole, target)
    else:
        os.replace(file, target)
    flush(target.parent)


def clear(target: Path) -> None:
    """Remove what crashes have left of earlier writings of the file ``target``, and finish what was complete."""
    with suppress(OSError):
        for left in abandoned(target):
            left.path.unlink(missing_ok=True)
        for left in abandoned(target, ending=WHOLE):
            if target.is_file():
                poured(left.path, target)
            else:
                os.replace(left.path, target)


def linked_to(target: Path) -> Path:
    """Where a symbolic link leads, at whose end files are replaced, and what ``.`` and ``..`` are called; or the path
    itself."""
    return Path(os.path.realpath(target)) if target.is_symlink() or target.name in ("", "..") else target


def _check_kind(target: Path) -> None:
    """OutputError for a folder, or a device, in the place of a file."""
    if target.is_dir():
        raise OutputError(f"cannot write {target}: it is a folder; give a file name")
    if target.exists() and not target.is_file():
        raise OutputError(f"cannot write {target}: it is no regular file; give the name of one")


def check_local(target: Path) -> None:
    """OutputError for the address of something elsewhere, such as ``s3://bucket/paths.csv``, which no folder is."""
    text = str(target)
    if _ADDRESS.match(text) and not Path(target.parts[0]).exists():
        raise OutputError(
            f"cannot write {text.replace(':/', '://', 1)}: it is an address, and tsgan writes to folders of this "
            "machine; choose a local --out and copy it there"
        )


def check_file(target: str | os.PathLike[str]) -> None:
    """OutputError, now rather than after long work, where the file ``target`` cannot be written; leaves nothing."""
    target = Path(target)
    check_local(target)
    _check_kind(target)
    place = linked_to(target).parent
    try:
        while not place.exists():
            place = place.parent
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        raise OutputError(f"cannot write {target}: {error.strerror or error} ({place}); choose another --out") from None
