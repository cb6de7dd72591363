"""Commands that are killed: before every rename, exchange, unlink and rmdir, and at random moments.

After each kill the output must be the old one or the new one, as a whole and as its reader sees it; the same command
with ``--overwrite`` must then succeed, leave what an undisturbed one leaves, and nothing temporary beside it.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import tsgan
from faults import Row
from faults.harness import content, forked, leftovers
from faults.harness import tsgan as command
from tsgan.errors import TsganError
from tsgan.outputs import staging
from tsgan.scenarios.blocks import write_blocks

Action = Callable[[], object]


@dataclass(frozen=True)
class Case:
    """A command that writes over its own earlier output.

    Attributes:
        name: what the report calls it.
        act: (folder, generation) -> what writes generation 0 or 1 of the output into a folder.
        read: what the reader of the output sees, to be compared; may raise TsganError.
        prepare: makes what the command needs beside it.
        foreign: a file of somebody else's in the output, or None.
    """

    name: str
    act: Callable[[Path, int], Action]
    read: Callable[[Path], Any]
    prepare: Callable[[Path], None] = lambda folder: None
    foreign: str | None = None


class World:
    """Inputs that all cases share, in a folder of their own: prices, models, paths, a scorecard."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        days = np.busday_offset("2016-01-04", np.arange(700), roll="forward")
        draw = np.random.default_rng(5)
        closes = 100 * np.exp(np.cumsum(draw.normal(0, 0.01, (700, 2)), axis=0))
        self.prices = folder / "prices.csv"
        pd.DataFrame({"date": days, "AAA": closes[:, 0], "BBB": closes[:, 1]}).to_csv(self.prices, index=False)
        self.model = folder / "model"
        fitted = tsgan.fit(tsgan.load_prices(self.prices).before("2018-01-01"), "gbm")
        fitted.save(self.model)
        self.paths = folder / "paths.parquet"
        fitted.sample(3, 5, seed=3).to_parquet(self.paths)
        self.fitted = fitted
        self._made: dict[str, Any] = {}

    def made(self, name: str, make: Callable[[], Any]) -> Any:
        """A result of a verb and its page, made once: what writes them is tried here, and not what makes them."""
        if name not in self._made:
            result = make()
            page = result.render()
            object.__setattr__(result, "render", lambda: page)
            self._made[name] = result
        return self._made[name]

    @property
    def cards(self) -> tuple[Any, ...]:
        """Two scorecards."""

        def card(paths: int) -> Callable[[], Any]:
            return lambda: tsgan.evaluate(self.fitted, str(self.prices), baselines=(), paths=paths, draws=200)

        return self.made("card 0", card(20)), self.made("card 1", card(21))


def scenarios_of(path: Path) -> tuple[Any, ...]:
    """What a reader of a table or a folder of scenarios sees."""
    found = tsgan.read_scenarios(path)
    return found.assets, found.provenance["seed"], found.returns.tobytes()


def model_of(folder: Path) -> tuple[Any, ...]:
    found = tsgan.load_model(folder)
    return found.model_hash, found.info.train_end


def run_of(folder: Path) -> tuple[Any, ...]:
    told = json.loads((folder / "run.json").read_text())
    seen = content(folder, "run.json", "files.json")
    tables = scenarios_of(folder / "scenarios.parquet"), scenarios_of(folder / "scenarios_sample.csv")
    return (
        told["finished"],
        told["seed"],
        seen,
        tables,
        model_of(folder / "model"),
        model_of(folder / "model_evaluated"),
    )


def cases(world: World) -> list[Case]:
    """All commands that write."""

    def sample(name: str, **more: Any) -> Case:
        def act(folder: Path, seed: int) -> Action:
            words = ("sample", world.model, "--paths", 30, "--horizon", 4, "--seed", seed, "--quiet")
            return command(*words, "--out", folder / name, "--overwrite")

        return Case(f"sample {name}", act, lambda folder: scenarios_of(folder / name), **more)

    def linked(folder: Path) -> None:
        (folder / "elsewhere").mkdir()
        (folder / "linked.csv").symlink_to(folder / "elsewhere" / "p.csv")

    def blocks(folder: Path, seed: int) -> Action:
        def act() -> None:
            chunks = tsgan.sample_chunks(world.fitted, 30, 4, seed=seed)
            write_blocks(chunks, folder / "blocks", 8, overwrite=True)

        return act

    def saved(name: str, make: Callable[[int], Any], **options: Callable[[int], Any]) -> Callable[[Path, int], Action]:
        """The files of a result, which is made before anything is killed."""

        def act(folder: Path, number: int) -> Action:
            result = world.made(f"{name} {number}", lambda: make(number))
            more = {option: value(number) for option, value in options.items()}
            return lambda: result.save(folder / "out", overwrite=True, **more)

        return act

    def out(folder: Path) -> dict[str, str]:
        return content(folder / "out", "files.json", "notes.txt")

    def stress(number: int) -> Any:
        return tsgan.stress(world.fitted, n_paths=200, horizon=5, seed=number)

    def forecast(number: int) -> Any:
        return tsgan.forecast(world.fitted, str(world.prices), horizon=5, n_paths=100, draws=0, seed=number)

    def evaluate(folder: Path, number: int) -> Action:
        card = world.cards[number]

        def act() -> None:
            from tsgan.evaluation.card import write_model_card

            card.save(folder / "out", overwrite=True)
            write_model_card(card, world.fitted.info, folder / "judged")

        return act

    def judged(folder: Path) -> None:
        world.fitted.save(folder / "judged")

    def evaluated(folder: Path) -> tuple[Any, ...]:
        model_of(folder / "judged")
        return tuple(content(folder / "out", "files.json").items())

    def run(folder: Path, seed: int) -> Action:
        card = world.cards[seed]

        def act() -> None:
            from tsgan.applications.pipeline import run as module

            assert module
            with replaced("tsgan.applications.pipeline.run", "evaluate", lambda *_, **__: card):
                tsgan.run(
                    str(world.prices), folder / "out", model="gbm", n_paths=20, horizon=4, seed=seed, overwrite=True
                )

        return act

    def checkpoint(folder: Path, number: int) -> Action:
        from tsgan.training.checkpoint import save_arrays

        return lambda: save_arrays(folder / "state.safetensors", {"a": np.arange(4.0) + number}, {"step": number})

    def state(folder: Path) -> Any:
        from tsgan.training.checkpoint import read_checkpoint

        arrays, facts = read_checkpoint(folder / "state.safetensors")
        return facts, arrays["a"].tolist()

    def page(folder: Path, number: int) -> Action:
        card = world.cards[number]
        return lambda: card.to_html(folder / "page.html", overwrite=True)

    def feed(folder: Path, number: int) -> Action:
        words = ("feed", world.paths, "--engine", "backtesting", "--symbol-prefix", ("SYN", "GEN")[number])
        return command(*words, "--out", folder / "feed", "--overwrite", "--quiet")

    def train(folder: Path, number: int) -> Action:
        until = ("2017-06-30", "2018-01-31")[number]
        words = ("train", world.prices, "--model", "gbm", "--until", until, "--out", folder / "m")
        return command(*words, "--overwrite", "--quiet")

    def fetch(folder: Path, number: int) -> Action:
        def ask(ticker: str, start: str, end: str) -> tuple[pd.DataFrame, dict[str, Any]]:
            days = pd.bdate_range("2020-01-01", periods=60)
            names = ("Open", "High", "Low", "Close", "Volume")
            closes = 100.0 + number + np.arange(60) / 10
            return pd.DataFrame({name: closes for name in names}, days), {"currency": "USD"}

        start = ("2019-12-15", "2019-12-01")[number]  # further back than what is cached, so that it is asked for

        def act() -> None:
            options: dict[str, Any] = {"history": ask, "folder": folder / "cache", "offline": False}
            tsgan.fetch("AAA", folder / "f.csv", start=start, overwrite=True, **options)

        return act

    def with_foreign(folder: Path) -> None:
        (folder / "out").mkdir()
        (folder / "out" / "notes.txt").write_text("precious")

    return [
        Case("train", train, lambda folder: model_of(folder / "m")),
        sample("p.csv"),
        sample("p.parquet"),
        sample("linked.csv", prepare=linked),
        Case("sample blocks", blocks, lambda folder: scenarios_of(folder / "blocks")),
        Case("feed", feed, lambda folder: content(folder / "feed")),
        Case("stress", saved("stress", stress, paths=lambda number: number == 0), out),
        Case("forecast", saved("forecast", forecast), out),
        Case("evaluate", evaluate, evaluated, judged),
        Case("run", run, lambda folder: run_of(folder / "out")),
        Case("state of a training", checkpoint, state),
        Case("a page", page, lambda folder: content(folder)),
        Case("fetch", fetch, lambda folder: content(folder)["f.csv"]),
        Case("stress beside files of others", saved("stress", stress), out, with_foreign, "out/notes.txt"),
    ]


@contextmanager
def replaced(module: str, name: str, value: Any):
    """A name of a module stands for something else meanwhile, in this process."""
    found = importlib.import_module(module)
    before = getattr(found, name)
    setattr(found, name, value)
    try:
        yield
    finally:
        setattr(found, name, before)


class Tally:
    """What became of each try."""

    def __init__(self) -> None:
        self.tried = self.survived = self.lost = self.different = 0
        self.words: list[str] = []

    def add(self, verdict: str, what: str) -> None:
        self.tried += 1
        setattr(self, verdict, getattr(self, verdict) + 1)
        if verdict != "survived":
            self.words.append(what)
            print(f"  {verdict}: {what}", file=sys.stderr, flush=True)

    def row(self, name: str, note: str = "") -> Row:
        return Row(name, self.tried, self.survived, self.lost, self.different, note)


def seen_by_reader(case: Case, folder: Path) -> Any:
    """What the reader sees; the error where it refuses."""
    try:
        return case.read(folder)
    except (TsganError, OSError) as error:
        return f"{type(error).__name__}: {error}"


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
    """Kill processes of the real command line after random times."""
    draw, words = random.Random(7), [sys.executable, "-m", "tsgan"]
    kinds = {
        "train": (("train", world.prices, "--model", "gbm"), "m", lambda out: model_of(out)),
        "sample": (("sample", world.model, "--paths", 20000, "--horizon", 20), "p.parquet", scenarios_of),
        "blocks": (("sample", world.model, "--paths", 45000, "--horizon", 10), "p", scenarios_of),
        "stress": (
            ("stress", world.model, "--paths", 500, "--horizon", 5),
            "s",
            lambda out: content(out, "files.json"),
        ),
    }
    place.mkdir(parents=True, exist_ok=True)
    right: dict[str, dict[int, Any]] = {}
    length: dict[str, float] = {}
    for number in range(times):
        name = list(kinds)[number % len(kinds)]
        asked, where, read = kinds[name]
        out = place / where
        call = [*words, *map(str, asked), "--out", str(out), "--overwrite", "--quiet", "--seed"]
        if name not in right:
            right[name] = {}
            for seed in (0, 1):
                began = time.monotonic()
                subprocess.run([*call, str(seed)], check=True, capture_output=True)
                right[name][seed], length[name] = read(out), time.monotonic() - began
        process = subprocess.Popen(
            [*call, str(number // len(kinds) % 2)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(length[name] * (0.3 + 0.75 * draw.random()))
        process.send_signal(signal.SIGKILL)
        process.wait()
        try:
            found = read(out)
        except (TsganError, OSError) as error:
            tally.add("lost", f"{name}, killed at random: {error}")
            continue
        tally.add("survived" if found in right[name].values() else "different", f"{name}, killed at random")
    for name, (asked, where, read) in kinds.items():
        if name in right:
            call = [*words, *map(str, asked), "--out", str(place / where), "--overwrite", "--quiet", "--seed", "0"]
            subprocess.run(call, check=True, capture_output=True)
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
            wanted = ("train", "sample blocks", "stress")
            listed = [case for case in listed if case.name in wanted]
        step = 6 if quick else 1
        each, first, plain = Tally(), Tally(), Tally()
        for case in listed[1 if quick else 0 :]:
            every_step(case, place / "each", each, step, pieces=case.foreign is not None)
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
