"""Long jobs that the same command carries on where it was cut: finished steps are kept, checked and skipped.

A job is a hidden folder beside its output, with what becomes the output in ``new``, what only helps on the way in
``kept``, and ``job.json``: the settings, and for every finished step the hashes of its files.  Another writing of the
same output with other settings clears it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tsgan.outputs.commits import flush, umask
from tsgan.outputs.failures import said_of
from tsgan.outputs.listings import is_whole, sealed, sha256_of
from tsgan.outputs.temporary import IN_USE, Temporary, adopted, near, temporary_file, temporary_folder

JOB = "job.json"

_TOLD: list[Callable[[], str | None]] = []
"""What an interruption now would leave to carry on with."""


@contextmanager
def told_if_interrupted(sentence: Callable[[], str | None]) -> Iterator[None]:
    """What to say of work that is kept, if the block is interrupted; None for nothing."""
    _TOLD.append(sentence)
    try:
        yield
    except BaseException:
        raise  # and the sentence stays, for whoever tells of it
    else:
        if sentence in _TOLD:
            _TOLD.remove(sentence)


def forget() -> None:
    """Nothing that was said before counts any more: another command begins."""
    _TOLD.clear()


def sentences() -> list[str]:
    """What is kept of the work that has been interrupted."""
    found = [sentence() for sentence in _TOLD]
    return list(dict.fromkeys(one for one in found if one))


class Job:
    """A job under way.  Made by :func:`unfinished`.

    Attributes:
        new: the folder that becomes the output.
        kept: the folder of what helps on the way.
    """

    def __init__(
        self, target: Path, held: Temporary, settings: Mapping[str, Any], done: dict[str, dict[str, Any]]
    ) -> None:
        self._target, self._held, self._settings, self._done = target, held, dict(settings), done
        self.new, self.kept = held.path / "new", held.path / "kept"

    def facts(self, step: str) -> dict[str, Any] | None:
        """What was noted when ``step`` was finished; None where it was not, or where a file of it is damaged."""
        noted = self._done.get(step)
        if noted is None:
            return None
        for name, digest in noted["files"].items():
            try:
                if sha256_of(self._held.path / name) != digest:
                    return None
            except OSError:
                return None
        return noted["facts"]

    def finish(self, step: str, files: Iterable[Path] = (), facts: Mapping[str, Any] | None = None) -> None:
        """Note that a step is finished, through to the disk.

        Args:
            step: its name.
            files: files of the job's folders, or folders there, that it has made.
            facts: JSON-ready, given back by :meth:`facts`.
        """
        with said_of(self._target):
            self._finish(step, files, dict(facts or {}))

    def _finish(self, step: str, files: Iterable[Path], facts: dict[str, Any]) -> None:
        made = [one for file in files for one in (sorted(file.rglob("*")) if file.is_dir() else [file])]
        made = [file for file in made if file.is_file()]
        for file in made:
            flush(file)
        names = {file.relative_to(self._held.path).as_posix(): sha256_of(file) for file in made}
        self._done[step] = {"files": names, "facts": facts}
        self._write()

    @property
    def begun(self) -> bool:
        """Whether there is anything to carry on with."""
        return any(step["files"] for step in self._done.values()) or (self.kept.is_dir() and any(self.kept.iterdir()))

    def clear(self) -> None:
        """Remove all of it."""
        clear_job(self._held)

    def _write(self) -> None:
        target = self._held.path / JOB
        written = temporary_file(target)
        try:
            document = sealed({"settings": self._settings, "done": self._done})
            written.path.write_text(json.dumps(document), encoding="utf-8")
            flush(written.path)
            os.replace(written.path, target)
        finally:
            written.path.unlink(missing_ok=True)
            written.release()
        flush(self._held.path)


@contextmanager
def unfinished(target: Path, kind: str, settings: Mapping[str, Any]) -> Iterator[Job]:
    """The job that writes ``target``, as far as an earlier command with the same settings has brought it.

    It is removed when the block succeeds, and kept where anything of it is finished when the block fails.

    Args:
        target: the output, beside which the job lies.
        kind: what makes it, ``run`` or the like.
        settings: JSON-ready; everything that the result depends on.
    """
    wanted = json.loads(json.dumps(dict(settings)))
    with said_of(target):
        job = _begun(target, near(target, kind), wanted)

    def kept() -> str | None:
        return f"what is finished of {target} is kept: the same command carries it on" if job.begun else None

    try:
        with told_if_interrupted(kept):
            yield job
    except BaseException:
        if not job.begun:
            job.clear()
        raise
    else:
        job.clear()
    finally:
        job._held.release()


def _begun(target: Path, place: Path, settings: dict[str, Any]) -> Job:
    """The job that an earlier command has left there, or a new one."""
    held = adopted(place, lambda folder: _settings_of(folder) == settings, clear_job)
    if held is not None:
        job = Job(target, held, settings, json.loads((held.path / JOB).read_text(encoding="utf-8"))["done"])
    else:
        job = Job(target, temporary_folder(place), settings, {})
    try:
        if held is None:
            job._write()
        for folder in (job.new, job.kept):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o777 & ~umask())
    except OSError:
        if not job.begun:
            job.clear()
        job._held.release()
        raise
    return job


def clear_job(held: Temporary) -> None:
    """Remove the folder of a job: everything in it was made by tsgan."""
    for name in ("new", "kept"):
        shutil.rmtree(held.path / name, ignore_errors=True)
    with suppress(OSError):
        for file in held.path.iterdir():
            if file.name != IN_USE:
                file.unlink()
        (held.path / IN_USE).unlink(missing_ok=True)
        held.path.rmdir()


def _settings_of(folder: Path) -> Any:
    """Settings of the job in a folder; None where it says none."""
    try:
        document = json.loads((folder / JOB).read_text(encoding="utf-8"))
        return document["settings"] if is_whole(document) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
