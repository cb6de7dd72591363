"""Commands that are killed: before every rename, exchange, unlink and rmdir, and at random moments.

After each kill the output must be the old one or the new one, as a whole and as its reader sees it; the same command
with ``--overwrite`` must then succeed, leave what an undisturbed one leaves, and nothing temporary beside it.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from faults import Row
from faults.cases import Case, World, cases, model_of, scenarios_of, seen_by_reader
from faults.harness import Tally, content, forked, leftovers, replaced
from tsgan.errors import TsganError
from tsgan.outputs import staging


def killed_at(
    case: Case, old: Path, folder: Path, number: int, right: tuple[Any, Any], pieces: bool, anew: bool = False
) -> tuple[str, str]:
    """The verdict on one kill, and what it is about."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(old, folder, symlinks=True)
    moved_links(folder, old)
    ended = forked(case.act(folder, 1), folder, number)
    what = f"{case.name}, killed at {number}"
    if ended.code != -signal.SIGKILL:
        return "lost", f"{what}: was not killed, but ended with {ended.code}: {ended.said}"
    if pieces:  # the next command brings everything into order, even one that then fails
        begin_and_fail(case, folder)
    found = seen_by_reader(case, folder)
    verdict, why = "survived", ""
    nothing = anew and isinstance(found, str)  # an error that says that there is none
    if found not in right and not nothing:
        verdict = "lost" if isinstance(found, str) else "different"
        why = f"{what}: reads as {str(found)[:300]}"
    if case.foreign and (folder / case.foreign).read_text() != "precious":
        return "lost", f"{what}: {case.foreign} is gone"
    again = forked(case.act(folder, 1), folder)
    if again.code != 0:
        return "lost", f"{what}: cannot be written again: {again.said[-300:]}"
    if seen_by_reader(case, folder) != right[1]:
        return "different", f"{what}: written again, it is another one"
    if left := leftovers(folder):
        return "lost", f"{what}: {left} stay for good"
    return verdict, why


def begin_and_fail(case: Case, folder: Path) -> None:
    """The same command again, which fails before it puts anything in its place."""

    def fail(*_: object) -> None:
        raise RuntimeError("on purpose")

    with replaced(staging.__name__, "flush_tree", fail), replaced("tsgan.reports.folder", "one_at_a_time", fail):
        forked(case.act(folder, 1), folder)


def moved_links(folder: Path, old: Path) -> None:
    """Symbolic links of a copied folder lead into the copy."""
    for path in folder.rglob("*"):
        if path.is_symlink():
            there = os.readlink(path).replace(str(old), str(folder))
            path.unlink()
            path.symlink_to(there)


def every_step(case: Case, place: Path, tally: Tally, step: int, pieces: bool = False) -> None:
    """Kill a command before every ``step``-th change of a name."""
    old, folder = place / "old", place / "new"
    for one in (old, folder):
        shutil.rmtree(one, ignore_errors=True)
    old.mkdir(parents=True)
    case.prepare(old)
    first = forked(case.act(old, 0), old)
    assert first.code == 0, f"{case.name}: {first.said}"
    before = case.read(old)
    shutil.copytree(old, folder, symlinks=True)
    moved_links(folder, old)
    whole = forked(case.act(folder, 1), folder)
    assert whole.code == 0, f"{case.name}: {whole.said}"
    right = before, case.read(folder)
    assert right[0] != right[1], f"{case.name}: old and new are the same"
    print(f"  {case.name}: {whole.events} changes", file=sys.stderr, flush=True)
    for number in range(1, whole.events + 1, step):
        tally.add(*killed_at(case, old, folder, number, right, pieces))


def anew(case: Case, place: Path, tally: Tally, step: int) -> None:
    """Kill a command that writes for the first time: then there is nothing, or all of it."""
    old, folder = place / "old", place / "new"
    for one in (old, folder):
        shutil.rmtree(one, ignore_errors=True)
    old.mkdir(parents=True)
    case.prepare(old)
    nothing = seen_by_reader(case, old)
    shutil.copytree(old, folder, symlinks=True)
    moved_links(folder, old)
    whole = forked(case.act(folder, 1), folder)
    assert whole.code == 0, f"{case.name}: {whole.said}"
    right = nothing, case.read(folder)
    for number in range(1, whole.events + 1, step):
        tally.add(*killed_at(case, old, folder, number, right, False, anew=True))


def without_exchange(place: Path, listed: list[Case], tally: Tally, step: int) -> None:
    """The same where the system has no exchange: what is away for an instant comes back with the next command."""
    with replaced(staging.__name__, "exchanged", lambda one, other: False):
        for case in listed:
            every_step(case, place, tally, step, pieces=True)


def at_random(world: World, place: Path, tally: Tally, times: int) -> None:
    """Kill processes of the real command line after random times, each writing one of two generations."""
    draw, words = random.Random(7), [sys.executable, "-m", "tsgan"]
    seeds = (("--seed", 0), ("--seed", 1))
    until = (("--until", "2017-06-30"), ("--until", "2018-01-31"))
    kinds = {
        "train": (("train", world.prices, "--model", "gbm"), until, "m", model_of),
        "sample": (("sample", world.model, "--paths", 20000, "--horizon", 20), seeds, "p.parquet", scenarios_of),
        "blocks": (("sample", world.model, "--paths", 45000, "--horizon", 10), seeds, "p", scenarios_of),
        "stress": (
            ("stress", world.model, "--paths", 500, "--horizon", 5),
            seeds,
            "s",
            lambda out: content(out, "files.json"),
        ),
    }
    place.mkdir(parents=True, exist_ok=True)
    right: dict[str, list[Any]] = {}
    length: dict[str, float] = {}

    def call(name: str, generation: int) -> list[str]:
        asked, options, where, _ = kinds[name]
        told = (*asked, *options[generation], "--out", place / where, "--overwrite", "--quiet")
        return [*words, *map(str, told)]

    for number in range(times):
        name = list(kinds)[number % len(kinds)]
        _, _, where, read = kinds[name]
        if name not in right:
            right[name] = []
            for generation in (0, 1):
                began = time.monotonic()
                subprocess.run(call(name, generation), check=True, capture_output=True)
                right[name].append(read(place / where))
                length[name] = time.monotonic() - began
            assert right[name][0] != right[name][1], f"{name}: old and new are the same"
        process = subprocess.Popen(
            call(name, number // len(kinds) % 2), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(length[name] * (0.3 + 0.75 * draw.random()))
        process.send_signal(signal.SIGKILL)
        process.wait()
        try:
            found = read(place / where)
        except (TsganError, OSError) as error:
            tally.add("lost", f"{name}, killed at random: {error}")
            continue
        tally.add("survived" if found in right[name] else "different", f"{name}, killed at random")
    for name, (_, _, where, read) in kinds.items():
        if name in right:
            subprocess.run(call(name, 0), check=True, capture_output=True)
            if read(place / where) != right[name][0]:
                tally.add("different", f"{name}: written again, it is another one")
    if left := leftovers(place):
        tally.add("lost", f"{left} stay for good")


def report(quick: bool) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="tsgan-faults-") as name:
        place = Path(name).resolve()
        (place / "world").mkdir()
        world = World(place / "world")
        listed = cases(world)
        if quick:
            wanted = ("train", "sample blocks", "stress", "texts beside files of others")
            listed = [case for case in listed if case.name in wanted]
        step = 6 if quick else 1
        each, first, plain = Tally(), Tally(), Tally()
        for case in listed[1 if quick else 0 :]:
            every = 1 if case.foreign is not None else step
            every_step(case, place / "each", each, every, pieces=case.foreign is not None)
        rows = [each.row("killed at a change of a name, over an old output")]
        for case in listed[: 1 if quick else None]:
            if case.foreign is None:
                anew(case, place / "anew", first, step)
        rows.append(first.row("the same, without an old output", "nothing or all of it, and the next one succeeds"))
        folders = [case for case in listed if case.name in ("train", "sample blocks", "stress", "run", "feed")]
        without_exchange(place / "plain", folders[:1] if quick else folders, plain, step)
        note = "for an instant it is under a hidden name, from which the next command brings it back"
        rows.append(plain.row("the same, on a system without an exchange", note))
        if not quick:
            chance = Tally()
            at_random(world, place / "random", chance, 30)
            rows.append(chance.row("killed at random moments"))
        return rows
