"""Disks that are full or read-only: the old output stays, the error says why, and nothing stays behind.

A small file system in memory is mounted where that is allowed; elsewhere files are limited in size, and folders closed.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from faults import Row
from faults.cases import Case, World, cases, seen_by_reader
from faults.harness import Ended, Tally, forked, leftovers, litter
from faults.harness import tsgan as command

SIZE = 16 * 2**20
"""Bytes of the small disk."""

FULL = ("No space left on device", "File too large")
CLOSED = ("Read-only file system", "Permission denied", "cannot write")


@contextmanager
def small_disk(place: Path) -> Iterator[bool]:
    """A disk of SIZE bytes at ``place``; False where none can be mounted."""
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(words, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(place)], check=False, capture_output=True)


def limited(action: Callable[[], object], most: int) -> Callable[[], object]:
    """An action that can write no file beyond a size."""

    def act() -> object:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        return action()

    return act


def judged(case: Case, folder: Path, ended: Ended, right: tuple[Any, Any], words: tuple[str, ...]) -> str:
    """What is wrong after a command on a bad disk; empty for nothing."""
    found = seen_by_reader(case, folder)
    if left := leftovers(folder):
        return f"leaves {left}"
    if ended.code == 0:
        return "" if found == right[1] else "says nothing, and is not the new one"
    if ended.code != 1 or not any(word in ended.said for word in words):
        return f"ends with {ended.code}: {ended.said[-200:]}"
    return "" if found == right[0] else f"the old one reads as {str(found)[:200]}"


def full(case: Case, folder: Path, mounted: bool, tally: Tally, spaces: tuple[int, ...]) -> None:
    """The command on a disk with so many bytes left, and again with enough of them."""
    ballast = folder / "ballast"
    for space in spaces:
        for one in folder.iterdir():
            shutil.rmtree(one) if one.is_dir() and not one.is_symlink() else one.unlink()
        case.prepare(folder)
        assert forked(as_command(case.act(folder, 0)), folder).code == 0
        old = seen_by_reader(case, folder)
        action = as_command(case.act(folder, 1))
        if mounted:
            free = shutil.disk_usage(folder).free
            ballast.write_bytes(b"x" * max(free - space, 0))
        ended = forked(action if mounted else limited(action, max(space // 8, 1)), folder)
        ballast.unlink(missing_ok=True)
        before = seen_by_reader(case, folder)
        left = litter(folder)
        again = forked(action, folder)
        new = seen_by_reader(case, folder)
        wrong = f"leaves {left}" if left else ""
        if again.code != 0 or leftovers(folder):
            wrong = f"cannot be written again: {again.said[-200:]}"
        elif ended.code == 0:
            wrong = wrong or ("" if before == new else "says nothing, and is not the new one")
        elif ended.code != 1 or not any(word in ended.said for word in FULL):
            wrong = f"ends with {ended.code}: {ended.said[-200:]}"
        elif before != old:
            wrong = f"the old one reads as {str(before)[:200]}"
        tally.add("lost" if wrong else "survived", f"{case.name} with {space} bytes left: {wrong}")


def as_command(action: Callable[[], object]) -> Callable[[], object]:
    """An action whose typed errors end as on the command line."""

    def act() -> object:
        from tsgan.errors import TsganError

        try:
            return action()
        except TsganError as error:
            print(f"error: {error}")
            return 1

    return act


def read_only(world: World, listed: list[Case], folder: Path, mounted: bool, tally: Tally, quick: bool) -> None:
    """Every command on a disk that cannot be written, and an evaluation of a model that lies there."""
    for case in listed:
        for one in folder.iterdir():
            shutil.rmtree(one) if one.is_dir() and not one.is_symlink() else one.unlink()
        case.prepare(folder)
        assert forked(as_command(case.act(folder, 0)), folder).code == 0
        old = seen_by_reader(case, folder)
        with closed(folder, mounted):
            ended = forked(as_command(case.act(folder, 1)), folder)
            wrong = judged(case, folder, ended, (old, None), CLOSED)
        if ended.code == 0:
            wrong = "is written all the same"
        tally.add("lost" if wrong else "survived", f"{case.name} on a read-only disk: {wrong}")
    if quick:
        return
    shutil.copytree(world.model, folder / "model")
    with tempfile.TemporaryDirectory() as out, closed(folder, mounted):
        words = ("evaluate", folder / "model", world.prices, "--baselines", "none", "--paths", 20, "--out", f"{out}/e")
        ended = forked(command(*words), folder)
        wrong = "" if ended.code == 0 and Path(out, "e", "report.html").exists() else ended.said[-300:]
        tally.add("lost" if wrong else "survived", f"evaluating a model on a read-only disk: {wrong}")


@contextmanager
def closed(folder: Path, mounted: bool) -> Iterator[None]:
    """A folder that nobody can write."""
    if mounted:
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    modes = {one: one.stat().st_mode for one in (folder, *folder.rglob("*")) if one.is_dir()}
    for one in () if mounted else modes:
        one.chmod(0o555)
    try:
        yield
    finally:
        if mounted:
            subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)
        for one, mode in () if mounted else modes.items():
            one.chmod(mode)


def report(quick: bool) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="tsgan-faults-") as name:
        place = Path(name).resolve()
        (place / "world").mkdir()
        world = World(place / "world")
        names = ("train", "stress") if quick else None
        listed = [case for case in cases(world) if names is None or case.name in names]
        listed = [case for case in listed if case.foreign is None]
        spaces = (4096,) if quick else (0, 4096, 8192, 16384, 32768, 65536, 262144)
        filled, shut = Tally(), Tally()
        with small_disk(place / "disk") as mounted:
            for case in listed:
                full(case, place / "disk", mounted, filled, spaces)
            rows = [filled.row("full disk", "" if mounted else "no disk could be mounted: files were limited instead")]
            if mounted or os.geteuid() != 0:
                read_only(world, listed[: 1 if quick else None], place / "disk", mounted, shut, quick)
                rows.append(shut.row("read-only disk"))
        return rows
