"""How the time of sampling grows with the horizon, the paths and the assets.

Untrained GANs, drawn chunk by chunk and not kept.  One of the three grows at a time; ``growth`` is how many times
longer a run takes than the one before over how many times larger it is: at most 1 is at most linear.
"""

from __future__ import annotations

import argparse
from statistics import median
from typing import Any

from benches._timing import seconds

NAME = "growth"

LINEAR = 1.1
"""What counts as at most linear, of figures that vary by some percent."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--horizons", default="20,60,252,1000,5000", help="numbers, with commas")
    parser.add_argument("--counts", default="1000,10000,100000,1000000,10000000", help="paths, likewise")
    parser.add_argument("--assets", default="1,2,5,20,100,500", help="likewise")
    parser.add_argument("--times", type=int, default=3, help="runs of each; one where a run takes more than 20 s")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    two = untrained(2)
    tables = {
        "horizon, 4,096 paths of 2 assets": grown(
            "days", [(days, two, 4096, days) for days in numbers(options.horizons)], options.times
        ),
        "paths of 252 days and 2 assets": grown(
            "paths", [(count, two, count, 252) for count in numbers(options.counts)], options.times
        ),
        "assets, 2,048 paths of 252 days": grown(
            "assets", [(assets, untrained(assets), 2048, 252) for assets in numbers(options.assets)], options.times
        ),
    }
    targets = []
    for title, rows in tables.items():
        worst = max(row["growth"] for row in rows[1:]) if len(rows) > 1 else None
        rule = f"{title}: at most linear"
        figure = "one run" if worst is None else f"{worst:.2f}"
        targets.append({"rule": rule, "figure": figure, "holds": None if worst is None else worst <= LINEAR})
    return {"about": "Seconds of sampling, by one size at a time.", "tables": tables, "targets": targets}


def numbers(words: str) -> list[int]:
    return [int(word) for word in words.split(",")]


def grown(what: str, jobs: list[tuple[int, Any, int, int]], times: int) -> list[dict[str, Any]]:
    """A row for each size: seconds, nanoseconds an asset-day of a path, and growth over the row before."""
    import tsgan

    rows: list[dict[str, Any]] = []
    for size, model, paths, days in jobs:
        model.sample(1, days)

        def work(model: Any = model, paths: int = paths, days: int = days) -> None:
            for _ in tsgan.sample_chunks(model, paths, days):
                pass

        first = seconds(work)
        taken = first if first > 20 else median([first, *(seconds(work) for _ in range(times - 1))])
        each = 1e9 * taken / (paths * days * len(model.info.assets))
        growth = taken / rows[-1]["seconds"] / (size / rows[-1][what]) if rows else None
        rows.append({what: size, "seconds": taken, "ns an asset-day": each, "growth": growth})
        print(what, size, f"{taken:.3f} s", flush=True)
    return rows


def untrained(assets: int) -> Any:
    """A GAN of so many assets with the weights that training begins from."""
    import jax
    import numpy as np

    import tsgan
    from benches.sample import _panel
    from tsgan.models import ModelInfo
    from tsgan.models.gan import GAN
    from tsgan.training import new_members, training_data

    panel = _panel(assets)
    config, scale = tsgan.GANConfig(base="none"), panel.moves.std(axis=0)
    data = training_data(panel.moves, scale, config, assets=panel.assets)
    members = new_members(config, data, jax.random.key(0))
    info = ModelInfo.of("gan", panel, seed=0, config={**config.to_dict(), "best_member": 0})
    return GAN(info, panel.moves[-GAN.context_days :].copy(), members, scale, np.zeros((1, assets)))
