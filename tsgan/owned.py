"""Which files are tsgan's: every folder that it writes lists them with their hashes, and only those are ever replaced.

A model lists its files in ``model.json``, scenarios and feeds in their manifest, and a folder of reports in
``files.json``.  Whatever else lies there, and what was changed since, is somebody's work: it stops the command by name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tsgan.errors import OutputError
from tsgan.files import check_file, check_local, clear, linked_to, said_of
from tsgan.outputs.listings import Listing as Listing
from tsgan.outputs.listings import is_whole as is_whole
from tsgan.outputs.listings import names_in as names_in
from tsgan.outputs.listings import sealed as sealed
from tsgan.outputs.listings import sha256_of as sha256_of
from tsgan.outputs.staging import ListingOf, commit, settle, staged

SHOWN = 4
"""Files of others that an error names."""


def exists(target: Path | str) -> OutputError:
    """What is said of an output that is there already."""
    return OutputError(
        f"{target} exists; give --overwrite (overwrite=True in Python) to replace it, or choose another --out"
    )


def check_free(target: str | os.PathLike[str], overwrite: bool) -> None:
    """OutputError, before any work, where the file ``target`` cannot be written, or exists and may not be replaced."""
    check_file(target)
    clear(linked_to(Path(target)))
    if not overwrite and os.path.lexists(target):
        raise exists(Path(target))


def check_owned(target: Path, listing_of: ListingOf, overwrite: bool) -> None:
    """OutputError, before any work, where the folder ``target`` may not be replaced.

    What a crash has left of an earlier writing is cleared first, and the old folder brought back where it was on its
    way.

    Args:
        target: the folder; one that does not exist or is empty may always be written.
        listing_of: what tsgan wrote into a folder, from what lies there.
        overwrite: whether what tsgan wrote may be replaced; what others wrote never is.
    """
    check_local(target)
    target = linked_to(target)
    if os.path.lexists(target) and not target.is_dir():
        raise OutputError(f"cannot write the folder {target}: a file of that name exists; choose another --out")
    if os.path.ismount(target):
        raise OutputError(f"cannot replace {target}, where a file system begins; choose a folder in it")
    check_file(target.with_name(f".{target.name}"))
    settle(target, listing_of)
    if not target.is_dir() or not any(target.iterdir()):
        return
    if others := listing_of(target).others(target):
        raise OutputError(refusal(target, others))
    if not overwrite:
        raise exists(target)


def refusal(folder: Path, others: list[str]) -> str:
    """Names what is in the way, in words."""
    more = f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
    return (
        f"{folder} holds {', '.join(others[:SHOWN])}{more}, which tsgan did not write or which changed since; "
        "nothing was replaced: move it away, or choose another --out"
    )


@contextmanager
def owned_folder(target: Path, listing_of: ListingOf, overwrite: bool) -> Iterator[Path]:
    """Yield a temporary FOLDER beside ``target``; put it in its place only when the block succeeds.

    It is flushed to disk and exchanged with what was there in one step (:mod:`tsgan.outputs.staging`), under a
    symbolic link's other end, with the modes of what it replaces.  What was there is asked for its listing again when
    nobody finds it under its name any more: a file that somebody has put there meanwhile is put back, with all the
    rest, and the new folder is thrown away.  Raises OutputError as :func:`check_owned` does.
    """
    check_owned(target, listing_of, overwrite)
    named, target = target, linked_to(target)
    with said_of(named, "; choose another --out"):
        target.parent.mkdir(parents=True, exist_ok=True)
    with said_of(named), staged(target, listing_of) as stage:
        yield stage.new
        commit(stage, target, listing_of, lambda old: check_old(old, target, listing_of, overwrite))


def check_old(old: Path, target: Path, listing_of: ListingOf, overwrite: bool) -> None:
    """OutputError where ``old``, which was found at ``target`` at the last moment, may not be removed."""
    if not old.is_dir() or old.is_symlink():
        raise OutputError(refusal(target, [target.name]))
    if others := listing_of(old).others(old):
        raise OutputError(refusal(target, others))
    if not overwrite and any(old.iterdir()):
        raise exists(target)
