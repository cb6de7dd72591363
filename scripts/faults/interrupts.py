"""Ctrl-C and SIGTERM: a prompt end with the right exit code, one line that says what is kept, and the same end after
all when the command is given again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from faults import Row
from faults.cases import World, model_of, run_of, scenarios_of
from faults.harness import Tally, content, leftovers

PROMPT = 3.0
"""Seconds within which a command ends; a machine with more work than processors gets as many times more."""

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}

COMPILER = """
import hashlib
from tsgan.cli.interrupts import end_promptly
end_promptly()
print("ready", flush=True)
hashlib.pbkdf2_hmac("sha256", b"", b"", 10**9)  # like a compiler: others may work, and it hears of no signal
"""


def started(*words: object, **environment: str) -> subprocess.Popen[str]:
    """A command of the command line in a process of its own, which hears of Ctrl-C even where whoever started this one
    made it deaf, as ``nohup`` and shells do to what runs in the background."""
    call = [sys.executable, *map(str, words)]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    hears = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    return subprocess.Popen(call, env={**os.environ, **environment}, preexec_fn=hears, **pipes)


def undisturbed(*words: object) -> None:
    """A command that nothing stops; what it says is of no interest, and not part of the report."""
    subprocess.run([sys.executable, *map(str, words)], check=True, capture_output=True)


def stopped(process: subprocess.Popen[str], number: signal.Signals, twice: bool = False) -> str:
    """What is wrong with the end of a command that gets a signal; empty for nothing."""
    if process.poll() is not None:
        return f"had ended by itself with {process.returncode}"
    began = time.monotonic()
    process.send_signal(number)
    if twice:
        time.sleep(0.3)
        process.send_signal(number)
    try:
        _, said = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return "does not end"
    seconds, patience = time.monotonic() - began, PROMPT * max(os.getloadavg()[0] / (os.cpu_count() or 1), 1.0)
    if seconds > patience:
        return f"ends after {seconds:.1f} s"
    if process.returncode != CODES[number]:
        return f"ends with {process.returncode}: {said[-300:]}"
    if "Traceback" in said:
        return f"ends with a traceback: {said[-300:]}"
    return ""


def wait_for(ready: Callable[[], object], process: subprocess.Popen[str], most: float = 240.0) -> None:
    """Until ``ready`` gives something, or the process has ended."""
    began = time.monotonic()
    while not ready() and process.poll() is None and time.monotonic() - began < most:
        time.sleep(0.01)


def hidden(place: Path, pattern: str) -> Callable[[], list[Path]]:
    """Whether something lies in the unfinished jobs of a folder."""
    return lambda: list(place.glob(f".*.tsgan/{pattern}"))


def try_to_resume(
    words: tuple[object, ...],
    place: Path,
    ready: Callable[[], object],
    read: Callable[[Path], Any],
    number: signal.Signals,
    right: Any,
    again: tuple[object, ...] = (),
) -> str:
    """A command that is stopped and given again; what is wrong, or nothing."""
    process = started("-m", "tsgan", *words)
    wait_for(ready, process)
    if wrong := stopped(process, number):
        return wrong
    if read(place) is not None:
        return "has left an output"
    done = subprocess.run([sys.executable, "-m", "tsgan", *map(str, (*words, *again))], capture_output=True, text=True)
    if done.returncode != 0:
        return f"cannot be carried on: {done.stderr[-300:]}"
    if read(place) != right:
        return "is another one when carried on"
    return f"leaves {leftovers(place)}" if leftovers(place) else ""


def report(quick: bool) -> list[Row]:
    signals = Tally()
    numbers = (signal.SIGINT, signal.SIGTERM)

    def note(wrong: str, what: str) -> None:
        signals.add("lost" if wrong else "survived", f"{what} {wrong}")

    with tempfile.TemporaryDirectory(prefix="tsgan-faults-") as name:
        place = Path(name).resolve()
        for number in numbers[: 1 if quick else None]:
            for twice in (False, True)[: 1 if quick else None]:
                process = started("-c", COMPILER)
                assert process.stdout is not None and process.stdout.readline() == "ready\n"
                time.sleep(0.3)
                note(stopped(process, number, twice), f"{number.name} while nothing listens")
        (place / "world").mkdir()
        world = World(place / "world")

        def blocks(folder: Path) -> Any:
            return scenarios_of(folder / "b") if (folder / "b").exists() else None

        size = ("--paths", 25_000, "--horizon", 3) if quick else ("--paths", 65_000, "--horizon", 20)
        words = ("sample", world.model, *size, "--quiet", "--out")
        (place / "right").mkdir()
        undisturbed("-m", "tsgan", *words, place / "right" / "b")
        for number in numbers[1 if quick else 0 :]:
            folder = place / f"blocks-{number.name}"
            folder.mkdir()
            ready = hidden(folder, "new/block=00000/paths.parquet")
            wrong = try_to_resume((*words, folder / "b"), folder, ready, blocks, number, blocks(place / "right"))
            if wrong.startswith("had ended by itself with 0"):  # a small job on a fast machine
                wrong = ""
            note(wrong, f"{number.name} among blocks:")
        if not quick:
            _with_a_gan(place, world, note)
    told = f"within {PROMPT:g} s where processors are free, and the same result when carried on"
    return [signals.row("Ctrl-C and SIGTERM", told)]


def _with_a_gan(place: Path, world: World, note: Callable[[str, str], None]) -> None:
    """While XLA compiles, while a GAN trains, and between the stages of a run."""
    fresh = {"TSGAN_CACHE": str(place / "cache"), "JAX_COMPILATION_CACHE_DIR": ""}
    fresh["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "0"  # as tests have it, which compile less
    toml = place / "gan.toml"
    toml.write_text("width = 4\nchannels = 4\nwindow = 64\ncontext = 32\nbatch = 8\nwarm_steps = 60\n")
    train = ("-m", "tsgan", "train", world.prices, "--config", toml, "--steps", 400, "--out")
    for number in CODES:
        for seconds in (1.0, 4.0, 8.0):
            shutil.rmtree(place / "cache", ignore_errors=True)  # so that it compiles
            process = started(*train, place / "m", **fresh)
            assert process.stderr is not None
            while "fitting" not in (line := process.stderr.readline()) and line:
                pass
            time.sleep(seconds)
            note(stopped(process, number), f"{number.name} while XLA compiles, after {seconds:g} s:")
            if left := [one for one in place.iterdir() if one.name.startswith((".m", "m"))]:
                note(f"leaves {left}", f"{number.name} while XLA compiles:")
    undisturbed(*train, place / "right" / "m")
    right = model_of(place / "right" / "m")
    for number in CODES:
        folder = place / f"gan-{number.name}"
        folder.mkdir()
        ready = lambda folder=folder: list(folder.glob("m.checkpoint.safetensors"))  # noqa: E731
        read = lambda folder: model_of(folder / "m") if (folder / "m").exists() else None  # noqa: E731
        wrong = try_to_resume((*train[2:], folder / "m"), folder, ready, read, number, right, ("--resume",))
        note(wrong, f"{number.name} while a GAN trains:")
    run = ("run", world.prices, "--model", "gbm", "--paths", 30, "--horizon", 5)
    _carried_on(place / "run", run, run_of, "kept/evaluation/*/judged.safetensors", note)
    evaluate = ("evaluate", world.model, world.prices, "--paths", 40)
    read = lambda out: content(out, "files.json")  # noqa: E731
    _carried_on(place / "evaluate", evaluate, read, "kept/*/judged.safetensors", note)


def _carried_on(
    folder: Path, words: tuple[object, ...], read: Callable[[Path], Any], pattern: str, note: Callable[[str, str], None]
) -> None:
    """A command that is stopped when something of it is kept, and given again.  It writes under the same name as the
    undisturbed one, for its pages tell the command."""
    folder.mkdir()
    out = folder / "out"
    call = (*words, "--out", out)
    undisturbed("-m", "tsgan", *call)
    right = read(out)
    for number in CODES:
        shutil.rmtree(folder)
        folder.mkdir()
        found = lambda _: read(out) if out.exists() else None  # noqa: E731
        wrong = try_to_resume(call, folder, hidden(folder, pattern), found, number, right)
        note(wrong, f"{number.name} within {words[0]}:")
