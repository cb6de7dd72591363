"""Folders of reports, which several commands and their user share: ``files.json`` lists what tsgan wrote there."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tsgan.errors import OutputError
from tsgan.files import atomic_path, check_file, check_local, linked_to, put, said_of
from tsgan.outputs.commits import flush, has_links, one_at_a_time
from tsgan.outputs.listings import Listing, is_whole, names_in, sealed, sha256_of
from tsgan.outputs.staging import PIECES, ListingOf, Stage, commit, discard, mark, new_folder, settle, staged
from tsgan.outputs.temporary import abandoned, both_near, near, temporary_folder
from tsgan.owned import exists, refusal

LISTING = "files.json"
"""Name of the listing in a folder of reports."""


class ReportFolder:
    """A folder that several commands write files into; ``files.json`` in it lists them.

    The files of one command take their places together: where everything in the folder is tsgan's, a new folder is
    exchanged with it in one step.  Where others keep files there, or the folder cannot be exchanged (it is a mount, or
    somebody works in it), they are put in their places one after the other, which the next command finishes if this
    one is cut short.

    Args:
        folder: made where it does not exist; what others keep there stays.
        overwrite: whether files that tsgan wrote there may be replaced.
        nested: name -> how to list the files of a folder in it that tsgan writes as a whole, such as a model.
    """

    def __init__(
        self, folder: str | os.PathLike[str], overwrite: bool = False, nested: Mapping[str, ListingOf] | None = None
    ) -> None:
        self.folder, self.overwrite, self.nested = Path(folder), overwrite, dict(nested or {})

    def check(self, names: Sequence[str]) -> None:
        """OutputError, before any work, where one of the files cannot be written or may not be replaced.

        The first name stands for the set: what an earlier writing of it has written and this one does not goes too.
        """
        check_local(self.folder)
        if self.folder.exists() and not self.folder.is_dir():
            raise OutputError(f"cannot write into {self.folder}: it is a file; choose another --out")
        self._settle()
        listing, there = self._contents().listing, []
        for name in names:
            if name not in self.nested:
                check_file(self.folder / name)
            if os.path.lexists(self.folder / name):
                there.append(name)
        stale = [name for name in self._stale(names) if os.path.lexists(self.folder / name)]
        others = [other for name in dict.fromkeys((*there, *stale)) for other in self._others(listing, name)]
        if others:
            raise OutputError(refusal(self.folder, others))
        if (there or stale) and not self.overwrite:
            raise exists(self.folder / (there or stale)[0])

    @contextmanager
    def together(self, names: Sequence[str]) -> Iterator[Path]:
        """Yield a folder for the files ``names``, which take their places together when the block succeeds.

        What else the block puts there comes along, and what the set of the first name had before and has no more goes.
        """
        self.check(names)
        with said_of(self.folder):
            stage = self.stage()
            try:
                yield stage.new
                self.commit(stage, names)
            finally:
                discard(stage, linked_to(self.folder), self._whole_listing)

    def take(self, made: Path, names: Sequence[str]) -> None:
        """Put everything in a folder, which lies beside this one, in its place, as :meth:`together` does."""
        with said_of(self.folder):
            stage = self.stage()
            try:
                stage.new.rmdir()
                os.rename(made, stage.new)
                try:
                    self.commit(stage, names)
                finally:
                    if stage.new.is_dir() and not stage.committing.exists():
                        os.rename(stage.new, made)  # nothing has been replaced, and nothing is to be lost
            finally:
                discard(stage, linked_to(self.folder), self._whole_listing)

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """Yield a temporary file that becomes ``name`` when the block succeeds, and is listed."""
        with self.together([name]) as folder:
            yield folder / name

    def write(self, name: str, text: str) -> None:
        """A file of text."""
        with self.writing(name) as temporary:
            temporary.write_text(text, encoding="utf-8")

    def stage(self) -> Stage:
        """A place to make the files in: beside the folder, or in it where nothing can be made beside it."""
        stage = Stage(temporary_folder(near(linked_to(self.folder), "reports")))
        new_folder(stage)
        return stage

    def commit(self, stage: Stage, names: Sequence[str]) -> None:
        """Put everything that was made in a stage in its place, as :meth:`together` does."""
        target = linked_to(self.folder)
        with one_at_a_time(target.parent), one_at_a_time(target):
            made = sorted(path.name for path in stage.new.iterdir())
            made.sort(key=lambda name: name == names[0])  # where they come one by one, it comes last
            self.check(made)
            stale = [name for name in self._stale(names) if name not in made]
            if self._exchangeable(stage, target, made):
                self._exchange(stage, target, names[0], made, stale)
            else:
                order = stage.held.path / "order.json"
                order.write_text(json.dumps({"set": names[0], "made": made, "stale": stale}))
                flush(order)
                mark(stage, PIECES)
                self._put_pieces(stage)

    def _exchangeable(self, stage: Stage, target: Path, made: list[str]) -> bool:
        if not target.is_dir():
            return True
        here = Path.cwd() if os.path.exists(".") else Path("/")
        if stage.held.path.parent == target or target.resolve() in (here, *here.parents):
            return False
        if any(has_links(target / name) for name in made):
            return False
        return not self._whole_listing(target).others(target)

    def _exchange(self, stage: Stage, target: Path, key: str, made: list[str], stale: list[str]) -> None:
        contents, kept = self._contents(), []
        for name in names_in(target) if target.is_dir() else ():
            if name.split("/")[0] not in (*made, *stale, LISTING):
                kept.append(name)
                (stage.new / name).parent.mkdir(parents=True, exist_ok=True)
                _linked(target / name, stage.new / name)
        new = {name: sha256_of(stage.new / name) for name in made if (stage.new / name).is_file()}
        listed = contents.with_set(key, made, new).without(stale)
        (stage.new / LISTING).write_text(listed.text(), encoding="utf-8")

        def check(old: Path) -> None:
            if others := self._whole_listing(old).others(old):
                raise OutputError(refusal(self.folder, others))

        commit(stage, target, self._whole_listing, check)

    def _put_pieces(self, stage: Stage) -> None:
        """Put the files of a stage in their places one by one; called again, it goes on where it was cut short."""
        target = linked_to(self.folder)
        order = json.loads((stage.held.path / "order.json").read_text())
        made = [name for name in order["made"] if (stage.new / name).exists()]
        # Listed first: whichever of both contents a crash leaves behind, it is known for tsgan's.
        new = {name: sha256_of(stage.new / name) for name in made if (stage.new / name).is_file()}
        self._list(self._contents().with_set(order["set"], order["made"], new))
        for name in made:
            if (stage.new / name).is_dir():
                self._put_folder(stage.new / name, target / name)
            else:
                put(stage.new / name, target / name)
        for name in order["stale"]:
            (target / name).unlink(missing_ok=True)
        if order["stale"]:
            self._list(self._contents().without(order["stale"]))
        stage.committing.unlink()  # before the order, without which the mark could never be followed

    def _put_folder(self, made: Path, target: Path) -> None:
        listing_of = self.nested.get(target.name, Listing.of)
        with staged(target, listing_of) as inner:
            inner.new.rmdir()
            os.rename(made, inner.new)
            commit(inner, target, listing_of, lambda old: None)

    def _settle(self) -> None:
        """Clear what crashes have left of earlier commands, and finish what they were putting in its place."""
        target = linked_to(self.folder)
        for place in both_near(target, "reports"):
            for held in abandoned(place, folders=True):
                stage = Stage(held)
                with suppress(OSError):
                    if stage.committing.exists() and stage.committing.read_text() == PIECES:
                        self._put_pieces(stage)
                    discard(stage, target, self._whole_listing)
        with suppress(OSError):
            for held in abandoned(target / LISTING):
                held.path.unlink(missing_ok=True)
        for name, listing_of in self.nested.items():
            settle(target / name, listing_of)

    def _others(self, listing: Listing, name: str) -> list[str]:
        """What is not tsgan's of the file or the folder ``name``."""
        folder = self.folder / name
        if name in self.nested and folder.is_dir() and not folder.is_symlink():
            return [f"{name}/{other}" for other in self.nested[name](folder).others(folder)]
        return [] if listing.holds(self.folder, name) else [name]

    def _whole_listing(self, folder: Path) -> Listing:
        """All that tsgan wrote into ``folder``, which is this one or was it."""
        try:
            listing = Contents.of(folder).listing
        except ValueError:
            listing = Listing()
        for name, listing_of in self.nested.items():
            if (folder / name).is_dir():
                listing = listing.joined(listing_of(folder / name), name)
        return listing

    def _stale(self, names: Sequence[str]) -> list[str]:
        """What the set of the first of these names has had beside them."""
        contents = self._contents()
        return [name for name in contents.sets.get(names[0], ()) if name not in names] if names else []

    def _list(self, contents: Contents) -> None:
        with atomic_path(self.folder / LISTING) as temporary:
            temporary.write_text(contents.text(), encoding="utf-8")

    def _contents(self) -> Contents:
        try:
            return Contents.of(self.folder)
        except ValueError:
            raise OutputError(refusal(self.folder, [LISTING])) from None


@dataclass(frozen=True)
class Contents:
    """What ``files.json`` says.

    Attributes:
        files, before: as in :class:`tsgan.outputs.listings.Listing`.
        sets: name -> what was written together with it.
    """

    files: Mapping[str, str | None] = field(default_factory=dict)
    before: Mapping[str, str | None] = field(default_factory=dict)
    sets: Mapping[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path) -> Contents:
        """Of a folder, empty where there is no list; ValueError where it is not as tsgan wrote it."""
        file = folder / LISTING
        if not os.path.lexists(file):
            return cls()
        try:
            document = json.loads(file.read_text(encoding="utf-8"))
            if is_whole(document):
                return cls(document["files"], document["before"], document.get("sets", {}))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            pass
        raise ValueError(f"{file} is not a list of tsgan's")

    @property
    def listing(self) -> Listing:
        return Listing(self.files, self.before, frozenset({LISTING}) if self.files else frozenset())

    def with_set(self, key: str, names: Sequence[str], digests: Mapping[str, str]) -> Contents:
        """With files that are about to be written together: what was there before is remembered."""
        before = {**self.before, **{name: self.files[name] for name in digests if name in self.files}}
        others = {one: [name for name in of if name not in names] for one, of in self.sets.items() if one != key}
        return Contents({**self.files, **digests}, before, {**others, key: list(names)})

    def without(self, names: Sequence[str]) -> Contents:
        """Without files that are gone."""
        files, before = ({k: v for k, v in one.items() if k not in names} for one in (self.files, self.before))
        return Contents(files, before, {k: [n for n in v if n not in names] for k, v in self.sets.items()})

    def text(self) -> str:
        document = {"files": dict(self.files), "before": dict(self.before), "sets": dict(self.sets)}
        return json.dumps(sealed({"written_by": "tsgan", **document}), indent=2) + "\n"


def _linked(file: Path, new: Path) -> None:
    """The same file under a second name, or a copy of it where there are no such names."""
    try:
        os.link(file, new, follow_symlinks=False)
    except OSError:
        shutil.copy2(file, new)
