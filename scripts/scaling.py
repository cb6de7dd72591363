"""Time and memory by the number of assets: a training step, and 1,000 paths of a year written to Parquet.

    python scripts/scaling.py [--assets 2,8,32,128,500] [--days 2000] [--steps 20] [--paths 1000] [--horizon 252]
                              [--json FILE]

The panel is a simulated factor GARCH (``factor_market.py``).  Every figure comes from a process of its own, so that
memory (the largest resident set that the operating system saw) is that of one job: first training, timed over --steps
steps of each stage after their compilation, then sampling from the model so trained, as ``tsgan sample --out FOLDER``
does.  ``growth`` is how many times longer a step or a path takes than with the number of assets before, over how many
times more assets there are: at most 1 is at most linear.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np
from factor_market import FactorMarket, panel_of
from study_results import Results, add_option

import tsgan
from tsgan.models import ModelInfo
from tsgan.models.gan import GAN
from tsgan.runtime import prepare
from tsgan.scenarios import write_blocks
from tsgan.training import adversarial_stage, likelihood_stage, new_members, start_adversarial, training_data


def peak() -> float:
    """Largest resident set of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(stage: Iterator[tuple[Any, Any]], reports: int) -> tuple[Any, float]:
    """The last state of a stage, and the seconds that all reports after the first two (which compile) took."""
    for _ in range(2):
        _, state = next(stage)
        jax.block_until_ready(state)
    began = time.perf_counter()
    for _ in range(reports):
        _, state = next(stage)
        jax.block_until_ready(state)
    return state, time.perf_counter() - began


def train(assets: int, days: int, steps: int, folder: Path) -> dict[str, float]:
    """Seconds a step and memory; the model is left in ``folder``."""
    panel = panel_of(FactorMarket.of(assets).histories(1, days, seed=0)[0], "simulated factor GARCH")
    config, key, before = tsgan.GANConfig(), jax.random.key(0), peak()
    scale = panel.moves.std(axis=0)
    data = training_data(panel.moves, scale, config, assets=panel.assets)
    members = new_members(config, data, key)
    reports = max(steps // 10, 1)
    total = 10 * reports + 20
    warm, warm_seconds = timed(likelihood_stage(members, data, total, total, config.training.likelihood), reports)
    state = start_adversarial(warm, data, key, config)
    state, seconds = timed(adversarial_stage(state, data, key, config, stop=10 * reports + 20), reports)
    info = ModelInfo.of("gan", panel, seed=0, config={**config.to_dict(), "best_member": 0})
    recent = panel.moves[-GAN.context_days :].copy()
    GAN(info, recent, state.average, scale, np.zeros((1, assets))).save(folder / "model")
    each = 10 * reports
    return {"warm": warm_seconds / each, "step": seconds / each, "memory": peak(), "before": before}


def sample(paths: int, horizon: int, folder: Path) -> dict[str, float]:
    """Seconds and memory of ``paths`` paths: drawn only, and drawn and written."""
    model = tsgan.load_model(folder / "model")
    model.sample(1, horizon)  # compiles
    before, began = peak(), time.perf_counter()
    write_blocks(tsgan.sample_chunks(model, paths, horizon), folder / "paths")
    seconds = time.perf_counter() - began
    size = sum(file.stat().st_size for file in (folder / "paths").rglob("*.parquet"))
    return {"seconds": seconds * 1000 / paths, "memory": peak(), "before": before, "megabytes": size / 2**20}


def job(*words: Any) -> dict[str, float]:
    """One of the two, in a process of its own."""
    done = subprocess.run([sys.executable, __file__, *map(str, words)], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", default="2,8,32,128,500", help="numbers, with commas")
    parser.add_argument("--days", type=int, default=2000)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--paths", type=int, default=1000)
    parser.add_argument("--horizon", type=int, default=252)
    parser.add_argument("--job", choices=("train", "sample"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    add_option(parser)
    options = parser.parse_args()
    if options.job:
        prepare()
        if options.job == "train":
            result = train(int(options.assets), options.days, options.steps, options.folder)
        else:
            result = sample(options.paths, options.horizon, options.folder)
        print(json.dumps(result))
        return
    shared = ["--days", options.days, "--steps", options.steps, "--paths", options.paths, "--horizon", options.horizon]
    head = ("assets", "likelihood step s", "adversarial step s", "growth", "training MiB")
    head += (f"{options.paths:,} paths x {options.horizon} s", "growth", "sampling MiB", "on disk MiB")
    print(" | ".join(head), flush=True)
    last, rows = None, []
    for assets in map(int, options.assets.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            own = ["--assets", assets, "--folder", folder, *shared]
            trained, drawn = job("--job", "train", *own), job("--job", "sample", *own)
        grown = ["", ""]
        if last is not None:
            more = assets / last[0]
            grown = [f"{trained['step'] / last[1] / more:.2f}", f"{drawn['seconds'] / last[2] / more:.2f}"]
        last = assets, trained["step"], drawn["seconds"]
        cells = (f"{assets:6d}", f"{trained['warm']:17.3f}", f"{trained['step']:18.3f}", f"{grown[0]:>6}")
        cells += (f"{trained['memory']:12.0f}", f"{drawn['seconds'] * options.paths / 1000:{len(head[5])}.1f}")
        cells += (f"{grown[1]:>6}", f"{drawn['memory']:12.0f}", f"{drawn['megabytes']:11.1f}")
        print(" | ".join(cells), flush=True)
        rows.append(dict(zip(head, map(str.strip, cells), strict=True)))
    results = Results(
        "scaling", f"A simulated factor GARCH of {options.days} days, by the number of assets.", quiet=True
    )
    results.table("time and memory", rows)
    results.write(options.json)


if __name__ == "__main__":
    main()
