"""Folders that commit as one: they are made beside the old one, flushed, and exchanged with it in one step.

A stage is a temporary folder beside the target: ``new`` in it becomes the target, and what was there goes through
``old``.  A crash at any moment leaves the old folder or the new one under the target's name, or (where the system has
no exchange, for an instant) the old one in the stage, from where :func:`settle` brings it back.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tsgan.outputs.commits import exchanged, flush, flush_tree, one_at_a_time, umask, with_modes_of
from tsgan.outputs.listings import Listing
from tsgan.outputs.temporary import IN_USE, Temporary, abandoned, temporary_folder

COMMITTING = "committing"
"""File in a stage whose new folder takes its place just now; it holds that folder's inode, which tells it from the
old one whatever their names."""

DRAFT = "committing.draft"
"""What that file is written as."""

PIECES = "pieces"
"""What that file says instead where the contents take their places one by one, outside of this module."""

ListingOf = Callable[[Path], Listing]
"""What tsgan wrote into a folder, from what lies there."""


@dataclass(frozen=True)
class Stage:
    """Where a folder is made before it takes its place."""

    held: Temporary

    @property
    def new(self) -> Path:
        return self.held.path / "new"

    @property
    def old(self) -> Path:
        return self.held.path / "old"

    @property
    def committing(self) -> Path:
        return self.held.path / COMMITTING


@contextmanager
def staged(target: Path, listing_of: ListingOf) -> Iterator[Stage]:
    """A stage with an empty new folder; at the end it is cleared, whatever has happened to it."""
    stage = Stage(temporary_folder(target))
    try:
        new_folder(stage)
        yield stage
    finally:
        discard(stage, target, listing_of)


def new_folder(stage: Stage) -> None:
    """Make the new folder of a stage where there is none yet."""
    stage.new.mkdir(exist_ok=True)
    stage.new.chmod(0o777 & ~umask())


def settle(target: Path, listing_of: ListingOf) -> None:
    """Clear what crashes have left beside the folder ``target`` and in it, and bring back what they have kept of it."""
    with suppress(OSError):
        for held in abandoned(target, folders=True):
            discard(Stage(held), target, listing_of)
        listing = listing_of(target)
        for name in (*listing.files, *listing.itself):
            for held in abandoned(target / name):
                held.path.unlink(missing_ok=True)


def commit(stage: Stage, target: Path, listing_of: ListingOf, check: Callable[[Path], None]) -> None:
    """Put the new folder in the place of the target, and remove what was there, as far as it is listed.

    Args:
        stage: a finished one.
        target: a folder, or nothing.
        listing_of: what may be removed of the old folder.
        check: raises where the old folder, which nobody finds under its name any more, may not be removed; it is put
            back then.
    """
    with_modes_of(stage.new, target)
    flush_tree(stage.new)
    with one_at_a_time(target.parent):
        mark(stage, str(stage.new.stat().st_ino))
        if not os.path.lexists(target):
            os.rename(stage.new, target)
        else:
            if exchanged(stage.new, target):
                os.rename(stage.new, stage.old)
            else:
                os.rename(target, stage.old)
                os.rename(stage.new, target)
            try:
                check(stage.old)
            except BaseException:
                _put_back(stage, target)
                raise
        flush(target.parent)
        if stage.old.is_dir():
            remove(stage.old, listing_of(stage.old))


def mark(stage: Stage, what: str) -> None:
    """Write what a stage is committing, whole or not at all: a mark that is half-written says something else."""
    draft = stage.held.path / DRAFT
    draft.write_text(what)
    flush(draft)
    os.replace(draft, stage.committing)


def discard(stage: Stage, target: Path, listing_of: ListingOf) -> None:
    """Remove a stage.  Of an old folder in it only what is listed goes; where anything else is in it, or the target is
    missing, it comes back under its name."""
    try:
        if _is_cleared(stage, target, listing_of):
            shutil.rmtree(stage.new, ignore_errors=True)
            with suppress(OSError):
                shutil.rmtree(stage.held.path / "kept", ignore_errors=True)
                for name in ("job.json", "order.json", DRAFT, COMMITTING, IN_USE):
                    (stage.held.path / name).unlink(missing_ok=True)
                stage.held.path.rmdir()
    finally:
        stage.held.release()


def _is_cleared(stage: Stage, target: Path, listing_of: ListingOf) -> bool:
    """Whether no old folder is left in the stage."""
    if stage.committing.exists():
        made = stage.committing.read_text()
        if made == PIECES:  # whoever puts them finishes it
            return False
        if stage.new.is_dir() and str(stage.new.stat().st_ino) != made:
            os.rename(stage.new, stage.old)  # the crash came right after the exchange
    if not os.path.lexists(stage.old):
        return True
    if not os.path.lexists(target):
        os.rename(stage.old, target)
        return True
    listing = listing_of(stage.old)
    if listing.others(stage.old, empty_folders=False):  # somebody's file came while we wrote
        if not target.is_dir() or str(target.stat().st_ino) != stage.committing.read_text():
            return False
        _put_back(stage, target)
        return True
    remove(stage.old, listing)
    return not stage.old.exists()


def _put_back(stage: Stage, target: Path) -> None:
    """The old folder under its name again, and the new one in the stage."""
    if exchanged(stage.old, target):
        os.rename(stage.old, stage.new)
    else:
        if os.path.lexists(target):
            os.rename(target, stage.new)
        os.rename(stage.old, target)


def remove(folder: Path, listing: Listing) -> None:
    """Remove the listed files, and folders that are empty then.  Never a tree: what is not listed stays."""
    for name in (*listing.files, *listing.itself):
        (folder / name).unlink(missing_ok=True)
    for place, _, _ in os.walk(folder, topdown=False):
        try:
            os.rmdir(place)
        except OSError:  # somebody put a file there in this very moment; it stays
            return
