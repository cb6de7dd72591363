"""Sampling on a GPU: the public ``sample``, and a risk measure that never leaves the device.

Without a GPU nothing is measured, and the rows say so.
"""

from __future__ import annotations

import argparse
from statistics import median
from typing import Any

from benches._timing import seconds

NAME = "gpu"

ARRAYS, MEASURES = 150e6, 500e6
"""Path-days a second that are wanted."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default="bundled:us-indices")
    parser.add_argument("--paths", type=int, default=1_000_000)
    parser.add_argument("--horizon", type=int, default=252)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--anyway", action="store_true", help="measure on whatever device there is")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    from tsgan.runtime import prepare

    prepare()
    import jax

    device = jax.devices()[0]
    rates: dict[str, float | None] = {"to numpy": None, "value at risk on the device": None}
    if device.platform == "gpu" or options.anyway:
        rates = rates | measured(options)
    wanted = {"to numpy": ARRAYS, "value at risk on the device": MEASURES}
    targets = [
        {
            "rule": f"{what}: at least {wanted[what] / 1e6:,.0f} million path-days/s on a GPU",
            "figure": "unmeasured" if rate is None else f"{rate / 1e6:,.0f}",
            "holds": None if rate is None or device.platform != "gpu" else rate >= wanted[what],
        }
        for what, rate in rates.items()
    ]
    rows = [{"what": k, "million path-days/s": None if v is None else v / 1e6} for k, v in rates.items()]
    about = f"On {device.device_kind} ({device.platform}): {options.paths:,} paths of {options.horizon} days."
    return {"about": about, "tables": {"a GPU": rows}, "targets": targets}


def measured(options: argparse.Namespace) -> dict[str, float]:
    import jax
    import jax.numpy as jnp
    import numpy as np

    import tsgan
    from tsgan.models.gan import GAN
    from tsgan.models.states import stacked

    model = tsgan.load_model(options.model)
    assert isinstance(model, GAN)
    states = stacked([model.state])

    def to_numpy() -> None:
        model.sample(options.paths, options.horizon, seed=1)

    @jax.jit
    def profit(moves: jax.Array) -> jax.Array:
        return jnp.expm1(moves).mean(axis=-1)

    def at_risk() -> float:
        ends = []
        for block in model.blocks(0, options.paths):
            pieces = model.on_device(states, np.zeros(len(block), int), block, options.horizon, 1)
            ends.append(profit(sum(piece.sum(axis=1) for piece in pieces)))
        return float(jnp.quantile(jnp.concatenate(ends), 0.01))

    works = {"to numpy": to_numpy, "value at risk on the device": at_risk}
    rates = {}
    for what, work in works.items():
        work()
        taken = median(seconds(work) for _ in range(options.times))
        rates[what] = options.paths * options.horizon / taken
    return rates
