"""Two processes at once, with the same output, the same cache or the same checkpoint."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from faults import Row
from faults.cases import World, model_of, scenarios_of
from faults.harness import Tally, content, litter
from faults.interrupts import started

STATES = """
import sys, numpy as np
from tsgan.training.checkpoint import save_arrays
for step in range(60):
    save_arrays(sys.argv[1], {"a": np.full(20000, float(sys.argv[2]))}, {"step": step, "of": sys.argv[2]})
"""


def both(one: tuple[object, ...], other: tuple[object, ...]) -> list[tuple[int, str]]:
    """How two processes end that are started together."""
    processes = [started(*one), started(*other)]
    return [(process.returncode, said) for process in processes for _, said in [process.communicate(timeout=300)]]


def wrong_with(ended: list[tuple[int, str]], found: Callable[[], Any], right: tuple[Any, ...], place: Path) -> str:
    """What is wrong afterwards; empty for nothing: at least one has succeeded, and the other said why it has not."""
    for code, said in ended:
        if code not in (0, 1) or "Traceback" in said:
            return f"ends with {code}: {said[-300:]}"
    if all(code != 0 for code, _ in ended):
        return f"neither succeeds: {ended}"
    if found() not in right:
        return "the output is neither's"
    return f"leaves {litter(place)}" if litter(place) else ""  # a job that was refused may be carried on


def report(quick: bool) -> Row:
    tally = Tally()

    def note(wrong: str, what: str) -> None:
        different = wrong == "the output is neither's"
        tally.add("different" if different else "lost" if wrong else "survived", f"{what}: {wrong}")

    with tempfile.TemporaryDirectory(prefix="tsgan-faults-") as name:
        place = Path(name).resolve()
        (place / "world").mkdir()
        world = World(place / "world")
        sample = ("sample", world.model, "--paths", 3000, "--horizon", 5)
        seeds = (("--seed", 1), ("--seed", 2))
        until = (("--until", "2017-06-30"), ("--until", "2018-01-31"))
        prefixes = (("--symbol-prefix", "SYN"), ("--symbol-prefix", "GEN"))
        kinds: dict[str, tuple[tuple[object, ...], tuple[tuple[object, ...], ...], str, Callable[[Path], Any]]] = {
            "table": (sample, seeds, "p.csv", scenarios_of),
            "blocks": (sample, seeds, "p", scenarios_of),
            "model": (("train", world.prices, "--model", "fhs"), until, "m", model_of),
            "reports": (
                ("stress", world.model, "--paths", 200, "--horizon", 5),
                seeds,
                "s",
                lambda out: content(out, "files.json", "stress.html"),  # the page tells the command
            ),
            "feed": (("feed", world.paths, "--engine", "backtesting"), prefixes, "f", content),
        }
        for kind in ("table",) if quick else kinds:
            words, twins, where, read = kinds[kind]
            folder, alone = place / kind, place / f"{kind}-alone"
            folder.mkdir()
            alone.mkdir()
            right = []
            for options in twins:
                call = ("-m", "tsgan", *words, *options, "--out", alone / where, "--overwrite")
                subprocess.run([sys.executable, *map(str, call)], check=True, capture_output=True)
                right.append(read(alone / where))
            assert right[0] != right[1], f"{kind}: the twins write the same"
            for overwrite in ((), ("--overwrite",))[: 1 if quick else None]:
                call = ("-m", "tsgan", *words, "--out", folder / where, *overwrite)
                ended = both(*((*call, *options) for options in twins))
                note(wrong_with(ended, partial(read, folder / where), tuple(right), folder), f"{kind} {overwrite}")
        shared, states = place / "shared", place / "states"
        for folder in (shared, states):
            folder.mkdir()
        if not quick:  # different reports into one folder
            stress = ("-m", "tsgan", "stress", world.model, "--paths", 200, "--horizon", 5, "--out", shared)
            more = ("-m", "tsgan", "forecast", world.model, world.prices, "--draws", 0, "--paths", 100, "--out", shared)
            ended = both(stress, more)
            names = {"stress.html", "forecast.html", "risk.csv", "quantiles.csv"}
            note(wrong_with(ended, lambda: names <= set(content(shared)), (True,), shared), "reports of two kinds")
            again = both((*stress, "--overwrite"), (*more, "--overwrite"))
            note(wrong_with(again, lambda: all(code == 0 for code, _ in again), (True,), shared), "and once more")
            cached = place / "cache"
            environment = {"TSGAN_CACHE": str(cached), "JAX_COMPILATION_CACHE_DIR": ""}
            gan = ("-m", "tsgan", "sample", "bundled:us-indices", "--paths", 20, "--horizon", 5, "--out")
            pair = [started(*gan, place / f"cached-{i}.csv", **environment) for i in (1, 2)]
            ended = [(one.returncode, said) for one in pair for _, said in [one.communicate(timeout=300)]]
            found = lambda: scenarios_of(place / "cached-1.csv") == scenarios_of(place / "cached-2.csv")  # noqa: E731
            note(wrong_with(ended, found, (True,), place / "cache"), "compiled programs")
        state = states / "state.safetensors"
        ended = both(("-c", STATES, state, 1), ("-c", STATES, state, 2))

        def whole() -> bool:
            from tsgan.training.checkpoint import read_checkpoint

            arrays, facts = read_checkpoint(state)
            return facts["step"] == 59 and set(arrays["a"]) == {float(facts["of"])}

        note(wrong_with(ended, whole, (True,), states), "checkpoint")
    return tally.row("two processes at once", "the same output, cache or checkpoint")
