"""Training on this device: compilation, a step of 1 and of 64 models, and a whole fit from scratch of two indices.

The targets are those of one GPU of the H100 class, so that they are only held against what was measured on a GPU; on a
CPU the script measures one model, to show that it works, and says so.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

NAME = "training"

COMPILATION, STEPS, WHOLE = 30.0, {1: 0.008, 64: 0.016}, 45.0
"""Seconds aimed at on a GPU: of compiling, a step by the number of models, a whole fit."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--prices", default="sample:us-indices")
    parser.add_argument("--models", default=None, help="numbers of models, with commas: 1,64 on a GPU, else 1")
    parser.add_argument("--steps", type=int, default=50, help="adversarial steps that are timed, in tens")
    parser.add_argument("--without-fit", action="store_true", help="leave the whole fit out")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    from tsgan.runtime import prepare

    prepare()
    import jax

    device = jax.devices()[0]
    on_gpu = device.platform == "gpu"
    numbers = [int(n) for n in (options.models or ("1,64" if on_gpu else "1")).split(",")]
    rows, seconds = [], {}
    with _nothing_compiled():
        for models in numbers:
            compiling, seconds[models] = _training(options.prices, models, options.steps)
            rows.append({"models": models, "compilation, s": compiling, "a step, ms": 1e3 * seconds[models]})
        tables = {"Training": rows}
        whole = None
        if not options.without_fit:
            whole = _whole(options.prices)
            tables["A whole fit from scratch"] = [{"seconds, compilation among them": whole}]
    found = [("compilation of training, s", rows[0]["compilation, s"], COMPILATION)]
    found += [(f"a step of {n} model{'s' * (n > 1)}, s", seconds.get(n), most) for n, most in STEPS.items()]
    found.append(("a whole fit from scratch of two indices, s", whole, WHOLE))
    return {
        "about": f"The default GAN from scratch on {options.prices}; JAX computes on {device.device_kind}, "
        f"{os.cpu_count()} cores beside it.",
        "tables": tables,
        "targets": [
            {
                "rule": f"on a GPU, {what}, at most {most:g}",
                "figure": f"{value:.3g}" if on_gpu and value is not None else "no GPU at hand",
                "holds": value <= most if on_gpu and value is not None else None,
            }
            for what, value, most in found
        ],
    }


@contextmanager
def _nothing_compiled() -> Iterator[None]:
    """A cache of compiled programs that is empty, as a first fit finds it."""
    import jax

    config: Any = jax.config
    before = config.jax_compilation_cache_dir
    with tempfile.TemporaryDirectory() as empty:
        config.update("jax_compilation_cache_dir", empty)
        try:
            yield
        finally:
            config.update("jax_compilation_cache_dir", before)


def _training(prices: str, models: int, steps: int) -> tuple[float, float]:
    """Seconds until the first update of either stage is done, less what they take once compiled; and of a step."""
    import jax

    import tsgan
    from tsgan.training import adversarial_stage, likelihood_stage, new_members, start_adversarial, training_data

    panel = tsgan.load_prices(prices)
    config = replace(tsgan.GANConfig(base="none"), population=models)
    data = training_data(panel.moves, panel.moves.std(axis=0), config, assets=panel.assets)
    key = jax.random.key(0)
    members = jax.block_until_ready(new_members(config, data, key))
    began = time.perf_counter()
    stage = likelihood_stage(members, data, 20, 20, config.training.likelihood)
    _, warm = jax.block_until_ready(next(stage))
    compiling = time.perf_counter() - began
    began = time.perf_counter()
    jax.block_until_ready(next(stage))
    compiling -= time.perf_counter() - began
    began = time.perf_counter()
    train = start_adversarial(warm, data, key, config)
    stage = adversarial_stage(train, data, key, config, stop=steps + 10)
    jax.block_until_ready(next(stage))
    first, began = time.perf_counter() - began, time.perf_counter()
    *_, last = stage
    jax.block_until_ready(last)
    each = (time.perf_counter() - began) / steps
    return compiling + first - 10 * each, each


def _whole(prices: str) -> float:
    """Seconds of a whole fit from scratch, as a first one takes them."""
    import jax

    import tsgan

    jax.clear_caches()
    began = time.perf_counter()
    tsgan.fit(prices, tsgan.GANConfig(base="none"))
    return time.perf_counter() - began
