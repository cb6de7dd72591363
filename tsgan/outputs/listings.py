"""Which files of a folder tsgan wrote: their names and the hashes of what it wrote."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


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
        return cls({name: sha256_of(folder / name) for name in sorted(names_in(folder))})

    def holds(self, folder: Path, name: str) -> bool:
        """Whether the file ``name`` of ``folder`` is one of these, as it was written."""
        file = folder / name
        if name in self.itself:
            return True
        if name not in self.files or file.is_symlink() or not file.is_file():
            return False
        wanted = {self.files[name], self.before.get(name, self.files[name])}
        return None in wanted or sha256_of(file) in wanted

    def others(self, folder: Path, empty_folders: bool = True) -> list[str]:
        """Names in ``folder`` that are not of this listing or were changed since; empty folders may be among them."""
        return [name for name in sorted(names_in(folder, empty_folders)) if not self.holds(folder, name)]

    def joined(self, other: Listing, folder: str) -> Listing:
        """This listing and the one of a folder in it."""
        return Listing(
            {**self.files, **{f"{folder}/{name}": digest for name, digest in other.files.items()}},
            {**self.before, **{f"{folder}/{name}": digest for name, digest in other.before.items()}},
            self.itself | {f"{folder}/{name}" for name in other.itself},
        )


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


def names_in(folder: Path, empty_folders: bool = True) -> Iterator[str]:
    """Names, with slashes, of everything below a folder that is a file, a link or an empty folder."""
    for place, folders, files in os.walk(folder):
        here = Path(place)
        links = [name for name in folders if (here / name).is_symlink()]
        empty = [here] if empty_folders and here != folder and not folders and not files else []
        for path in (*(here / name for name in (*files, *links)), *empty):
            yield path.relative_to(folder).as_posix()
