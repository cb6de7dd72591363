"""Time of fits by days of history and by number of assets; and a whole fit from scratch of 50 stocks.

The panel is a simulated factor GARCH (scripts/factor_market.py).  By days and by assets: a whole fit of the default
GAN, which refines the pretrained base, and a likelihood and an adversarial step of one that is trained from scratch,
both after their compilation.  Every size is measured in a process of its own.  ``growth`` is how many times longer it
takes than the size before, over how many times larger that is: at most 1 is at most linear.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from math import log
from pathlib import Path
from typing import Any

NAME = "fit-growth"

SCRATCH = 75.0
"""Seconds that a fit from scratch of 50 stocks over twelve years may take."""

STOCKS, YEARS = 50, 12

LINEAR = 1.15
"""Growth that counts as linear: timings differ by that much from run to run."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--days", default="1000,2000,5000,10000,20000", help="with commas; of two assets")
    parser.add_argument("--assets", default="1,2,8,32,128,500", help="with commas; over 3,000 days")
    parser.add_argument("--steps", type=int, default=20, help="steps of each stage that are timed")
    parser.add_argument("--without-scratch", action="store_true", help="leave out the whole fit from scratch")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    tables, targets = {}, []
    for what, sizes, other in (("days", _numbers(options.days), 2), ("assets", _numbers(options.assets), 3000)):
        rows: list[dict[str, Any]] = []
        for size in sizes:
            shape = (other, size) if what == "days" else (size, other)
            rows.append(_grown({what: size, **_job("parts", *shape, options.steps)}, rows, what))
        tables[f"Seconds of a fit by {what}"] = rows
        for column in COLUMNS:
            whole = _slope(rows, what, column)
            targets.append(
                {
                    "rule": f"{column} grow at most linearly in {what}, {sizes[len(sizes) // 2]:,} to {sizes[-1]:,}",
                    "figure": f"exponent {whole:.2f}",
                    "holds": whole <= LINEAR,
                }
            )
    if not options.without_scratch:
        fit = _job("scratch", STOCKS, YEARS * 252, 0)
        tables[f"A fit from scratch of {STOCKS} stocks over {YEARS} years"] = [fit]
        targets.append(
            {
                "rule": f"a fit from scratch of {STOCKS} stocks over {YEARS} years in at most {SCRATCH:g} s",
                "figure": f"{fit['seconds']:.0f} s",
                "holds": fit["seconds"] <= SCRATCH,
            }
        )
    return {"about": f"A simulated factor GARCH on {os.cpu_count()} cores.", "tables": tables, "targets": targets}


COLUMNS = ("refining, s", "likelihood step, s", "adversarial step, s")


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _grown(row: dict[str, Any], before: Sequence[dict[str, Any]], what: str) -> dict[str, Any]:
    """The row with each column's growth over the row before."""
    more = row[what] / before[-1][what] if before else None
    return row | {
        f"growth of {column.removesuffix(', s')}": row[column] / before[-1][column] / more if more else None
        for column in COLUMNS
    }


def _slope(rows: Sequence[dict[str, Any]], what: str, column: str) -> float:
    """Exponent of the power law through the middle size and the largest: small ones cost what one of size 0 does."""
    first, last = rows[len(rows) // 2], rows[-1]
    if last[what] == first[what]:
        return 0.0
    return log(last[column] / first[column]) / log(last[what] / first[what])


def _job(kind: str, assets: int, days: int, steps: int) -> dict[str, float]:
    words = [sys.executable, __file__, kind, assets, days, steps]
    done = subprocess.run(list(map(str, words)), stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"the fit of {assets} assets over {days} days ended with {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def _panel(assets: int, days: int) -> Any:
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from factor_market import FactorMarket, panel_of

    return panel_of(FactorMarket.of(assets).histories(1, days, seed=0)[0], "simulated factor GARCH")


def parts(assets: int, days: int, steps: int) -> dict[str, float]:
    """Seconds of refining, after a first time that compiles, and of a step of either stage from scratch."""
    from tsgan.runtime import prepare

    prepare()
    import jax

    import tsgan
    from tsgan.training import adversarial_stage, likelihood_stage, new_members, start_adversarial, training_data

    panel = _panel(assets, days)
    refined = [_seconds(lambda: tsgan.fit(panel, "gan")) for _ in range(2)]
    config, key = tsgan.GANConfig(base="none"), jax.random.key(0)
    data = training_data(panel.moves, panel.moves.std(axis=0), config, assets=panel.assets)
    members = new_members(config, data, key)
    total = 20 + steps
    warm, likelihood = _timed(likelihood_stage(members, data, total, total, config.training.likelihood), steps)
    train = start_adversarial(warm, data, key, config)
    _, adversarial = _timed(adversarial_stage(train, data, key, config, stop=total), steps)
    return {
        COLUMNS[0]: refined[1],
        "the same, first time": refined[0],
        COLUMNS[1]: likelihood,
        COLUMNS[2]: adversarial,
    }


def scratch(assets: int, days: int, steps: int) -> dict[str, float]:
    """Seconds of a whole fit from scratch, in a process that has compiled nothing yet, by stage."""
    from tsgan.runtime import prepare

    prepare()
    import tsgan

    panel, marks = _panel(assets, days), {}
    began = last = time.perf_counter()

    def note(progress: Any) -> None:
        nonlocal last
        now = time.perf_counter()
        marks[progress.phase] = marks.get(progress.phase, 0.0) + now - last
        last = now

    tsgan.fit(panel, tsgan.GANConfig(base="none"), progress=note)
    return {"seconds": time.perf_counter() - began, **marks}


def _seconds(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _timed(stage: Any, steps: int) -> tuple[Any, float]:
    """The last state of a stage, and seconds a step after the first two reports, which compile."""
    import jax

    for _ in range(2):
        _, state = next(stage)
        jax.block_until_ready(state)
    began = time.perf_counter()
    for _, last in stage:
        state = last
    jax.block_until_ready(state)
    return state, (time.perf_counter() - began) / steps


if __name__ == "__main__":
    kind, *numbers = sys.argv[1:]
    print(json.dumps({"parts": parts, "scratch": scratch}[kind](*map(int, numbers))))
