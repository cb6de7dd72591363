"""Which files are tsgan's: every folder that it writes lists them with their hashes, and only those are ever replaced.

A model lists its files in ``model.json``, scenarios and feeds in their manifest, and a folder of reports in
``files.json``.  Whatever else lies there, and what was changed since, is somebody's work: it stops the command by name.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tsgan.errors import OutputError
from tsgan.files import atomic_path, check_file, umask

LISTING = "files.json"
"""Name of the listing in a folder of reports."""

SHOWN = 4
"""Files of others that an error names."""


@dataclass(frozen=True)
class Listing:
    """The files that tsgan wrote into a folder.

    Attributes:
        files: name, with slashes, -> sha256 of the content; None where it is not known, as in older models.
        before: likewise of what each file held before it was last replaced: a crash may have left it there.
        itself: names of the files that hold the listing, which cannot hold their own hashes.
    """

    files: Mapping[str, str | None] = field(default_factory=dict)
    before: Mapping[str, str | None] = field(default_factory=dict)
    itself: frozenset[str] = frozenset()

    @classmethod
    def of(cls, folder: Path) -> Listing:
        """All files of a folder, as they are now."""
        return cls({name: sha256_of(folder / name) for name in sorted(_names(folder))})

    def holds(self, folder: Path, name: str) -> bool:
        """Whether the file ``name`` of ``folder`` is one of these, as it was written."""
        file = folder / name
        if name in self.itself:
            return True
        if name not in self.files or file.is_symlink() or not file.is_file():
            return False
        wanted = {self.files[name], self.before.get(name, self.files[name])}
        return None in wanted or sha256_of(file) in wanted

    def others(self, folder: Path) -> list[str]:
        """Names in ``folder`` that are not of this listing or were changed since; empty folders are among them."""
        return [name for name in sorted(_names(folder)) if not self.holds(folder, name)]


def sha256_of(file: Path) -> str:
    """Of a file's content, in hex."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def sealed(document: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON document with a hash of all that it says, so that a change to any value of it is seen."""
    return {**document, "sha256": _seal(document)}


def is_whole(document: Mapping[str, Any]) -> bool:
    """Whether a :func:`sealed` document says what it said when it was sealed."""
    return document.get("sha256") == _seal(document)


def _seal(document: Mapping[str, Any]) -> str:
    said = {name: value for name, value in document.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def exists(target: Path) -> OutputError:
    """What is said of an output that is there already."""
    return OutputError(
        f"{target} exists; give --overwrite (overwrite=True in Python) to replace it, or choose another --out"
    )


def check_free(target: str | os.PathLike[str], overwrite: bool) -> None:
    """OutputError, before any work, where the file ``target`` cannot be written, or exists and may not be replaced."""
    check_file(target)
    if not overwrite and os.path.lexists(target):
        raise exists(Path(target))


def check_owned(target: Path, listing_of: Callable[[Path], Listing], overwrite: bool) -> None:
    """OutputError, before any work, where the folder ``target`` may not be replaced.

    Args:
        target: the folder; one that does not exist or is empty may always be written.
        listing_of: what tsgan wrote into a folder, from what lies there.
        overwrite: whether what tsgan wrote may be replaced; what others wrote never is.
    """
    if os.path.lexists(target) and not target.is_dir():
        raise OutputError(f"cannot write the folder {target}: a file of that name exists; choose another --out")
    check_file(target.with_name(f".{target.name}"))
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
def owned_folder(target: Path, listing_of: Callable[[Path], Listing], overwrite: bool) -> Iterator[Path]:
    """Yield a temporary FOLDER beside ``target``; put it in its place only when the block succeeds.

    What was there is asked for its listing again at the very end, when nobody finds it under its name any more: a
    file that somebody has put there meanwhile is put back, with all the rest, and the new folder is thrown away.
    Raises OutputError as :func:`check_owned` does.
    """
    check_owned(target, listing_of, overwrite)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        temporary.chmod(0o777 & ~umask())
    except OSError as error:
        raise OutputError(f"cannot write {target}: {error.strerror or error}; choose another --out") from error
    try:
        yield temporary
        _swap(temporary, target, listing_of, overwrite)
    except OSError as error:
        raise OutputError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)  # our own, and never the target


def _swap(temporary: Path, target: Path, listing_of: Callable[[Path], Listing], overwrite: bool) -> None:
    old = Path(f"{temporary}.old")
    if os.path.lexists(target):
        os.replace(target, old)
    try:
        listing = listing_of(old) if old.is_dir() else Listing()
        if os.path.lexists(old):
            if not old.is_dir() or (others := listing.others(old)):
                raise OutputError(refusal(target, others if old.is_dir() else [target.name]))
            if not overwrite and any(old.iterdir()):
                raise exists(target)
        os.replace(temporary, target)
    except BaseException:
        if os.path.lexists(old):
            os.replace(old, target)
        raise
    if old.is_dir():
        _remove(old, listing)


def _remove(folder: Path, listing: Listing) -> None:
    """Remove the listed files, and folders that are empty then.  Never a tree: what is not listed stays."""
    for name in (*listing.files, *listing.itself):
        (folder / name).unlink(missing_ok=True)
    for place, _, _ in os.walk(folder, topdown=False):
        try:
            os.rmdir(place)
        except OSError:  # somebody put a file there in this very moment; it stays
            return


def _names(folder: Path) -> Iterator[str]:
    """Names, with slashes, of everything below a folder that is a file, a link or an empty folder."""
    for place, folders, files in os.walk(folder):
        here = Path(place)
        links = [name for name in folders if (here / name).is_symlink()]
        empty = [here] if here != folder and not folders and not files else []
        for path in (*(here / name for name in (*files, *links)), *empty):
            yield path.relative_to(folder).as_posix()


class ReportFolder:
    """A folder that several commands write files into, one by one; ``files.json`` in it lists them.

    Args:
        folder: made where it does not exist; what others keep there stays.
        overwrite: whether files that tsgan wrote there may be replaced.
    """

    def __init__(self, folder: str | os.PathLike[str], overwrite: bool = False) -> None:
        self.folder, self.overwrite = Path(folder), overwrite

    def check(self, names: Iterable[str]) -> None:
        """OutputError, before any work, where one of the files cannot be written or may not be replaced."""
        if self.folder.exists() and not self.folder.is_dir():
            raise OutputError(f"cannot write into {self.folder}: it is a file; choose another --out")
        listing, there = self._listing(), []
        for name in names:
            check_file(self.folder / name)
            if os.path.lexists(self.folder / name):
                there.append(name)
        if others := [name for name in there if not listing.holds(self.folder, name)]:
            raise OutputError(refusal(self.folder, others))
        if there and not self.overwrite:
            raise exists(self.folder / there[0])

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """Yield a temporary file that becomes ``name`` when the block succeeds, and is listed."""
        self.check([name])
        target = self.folder / name
        with atomic_path(target) as temporary:
            yield temporary
            # Listed first: whichever of both contents a crash leaves behind, it is known for tsgan's.
            self._list({name: sha256_of(temporary)})

    def write(self, name: str, text: str) -> None:
        """A file of text."""
        with self.writing(name) as temporary:
            temporary.write_text(text, encoding="utf-8")

    def adopt(self, *names: str) -> None:
        """List files that have just been written by other means."""
        self._list({name: sha256_of(self.folder / name) for name in names})

    def _list(self, new: Mapping[str, str]) -> None:
        listing = self._listing()
        before = {**listing.before, **{name: listing.files[name] for name in new if name in listing.files}}
        files = {**listing.files, **new}
        document = sealed({"written_by": "tsgan", "files": files, "before": before})
        with atomic_path(self.folder / LISTING) as temporary:
            temporary.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")

    def _listing(self) -> Listing:
        file = self.folder / LISTING
        if not os.path.lexists(file):
            return Listing()
        try:
            document = json.loads(file.read_text(encoding="utf-8"))
            if is_whole(document):
                return Listing(document["files"], document["before"], frozenset({LISTING}))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            pass
        raise OutputError(refusal(self.folder, [LISTING]))
