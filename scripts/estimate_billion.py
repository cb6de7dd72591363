"""What 10^9 paths of 500 assets would take: machines, hours, storage, and what breaks first.

    python scripts/estimate_billion.py [--paths 1e9] [--assets 500] [--horizon 252] [--tried 512] [--cores 64]
                                       [--days 1] [--memory 64] [--json FILE]

Rates are measured here, on one core: paths of an untrained GAN of so many assets (whose arithmetic is that of a
trained one) drawn, written as ``tsgan sample --out FOLDER`` does, and read as ``tsgan measure`` does, ``--tried`` of
them over a quarter of the horizon.  All else is arithmetic: returns are paths x days x assets, every core works as fast
as this one, and nothing waits for a network.  ``--cores`` are a machine's, ``--days`` the time there is, ``--memory``
the gigabytes of whoever collects the figures.
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from factor_market import FactorMarket, panel_of
from study_results import Results, add_option

import tsgan
from tsgan.models import ModelInfo
from tsgan.models.gan import GAN
from tsgan.runtime import prepare
from tsgan.scenarios import write_blocks
from tsgan.training import new_members, training_data

FILE_PATHS = 10_000
"""Paths a file of a set."""

PATHS_A_SEED = 2**32
"""More than that are numbered beyond the noise of one seed."""

KEPT = 9 * 8
"""Bytes that ``tsgan measure`` keeps of a path: profits at four horizons, on the last day and at worst, depth and
length of the worst drawdown, and a Sharpe ratio."""


class Rates(NamedTuple):
    """Measured on one core.

    Attributes:
        draw, write, read: returns a second: drawn only, written only, read and measured.
        size: bytes on disk a return.
        entry: bytes of the manifest a file.
        memory: largest resident set, bytes.
    """

    draw: float
    write: float
    read: float
    size: float
    entry: float
    memory: float


def measured(assets: int, tried: int, days: int) -> Rates:
    """The rates of this machine."""
    panel = panel_of(FactorMarket.of(assets).histories(1, 1500, seed=0)[0], "simulated factor GARCH")
    config, scale = tsgan.GANConfig(), panel.moves.std(axis=0)
    data = training_data(panel.moves, scale, config, assets=panel.assets)
    members = new_members(config, data, jax.random.key(0))
    info = ModelInfo.of("gan", panel, seed=0, config={**config.to_dict(), "best_member": 0})
    model = GAN(info, panel.moves[-GAN.context_days :].copy(), members, scale, np.zeros((1, assets)))
    model.sample(1, days)  # compiles
    paths, drawing = timed(lambda: model.sample(tried, days, seed=1))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "paths"
        _, writing = timed(lambda: write_blocks([paths], folder, block=max(tried // 4, 1)))
        files = list(folder.rglob("*.parquet"))
        sizes = []
        for block in (8, 2):  # one file, and four
            write_blocks([paths[:8]], folder.with_name(f"few{block}"), block=block)
            sizes.append(folder.with_name(f"few{block}.manifest.json").stat().st_size)
        _, reading = timed(lambda: tsgan.measure(folder))
        size = sum(file.stat().st_size for file in files)
    values = tried * days * assets
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    entry = (sizes[1] - sizes[0]) / 3
    return Rates(values / drawing, values / writing, values / reading, size / values, entry, peak)


def timed(work: Any) -> tuple[Any, float]:
    began = time.perf_counter()
    return work(), time.perf_counter() - began


def estimated(rates: Rates, paths: float, assets: int, horizon: int, cores: int, days: float) -> list[dict[str, str]]:
    """What the whole set takes."""
    values = paths * horizon * assets
    hours = values * (1 / rates.draw + 1 / rates.write) / 3600
    storage = values * rates.size
    machines = math.ceil(hours / (cores * 24 * days))
    reading = values / rates.read / 3600
    return [
        {"what": "returns", "figure": f"{values:.3g}"},
        {"what": "core-hours to draw and write them", "figure": f"{hours:,.0f}"},
        {"what": f"machines of {cores} cores, to be done in {24 * days:,.0f} hours", "figure": f"{machines:,}"},
        {"what": "terabytes on disk", "figure": f"{storage / 1e12:,.0f}"},
        {"what": "gigabytes a second into the store, all the time", "figure": f"{storage / 86400 / days / 1e9:.2f}"},
        {"what": "core-hours to measure them (they are read twice)", "figure": f"{reading:,.0f}"},
        {"what": "files", "figure": f"{math.ceil(paths / FILE_PATHS):,}"},
        {"what": "gigabytes a file", "figure": f"{FILE_PATHS * horizon * assets * rates.size / 1e9:.2f}"},
        {"what": "megabytes of the manifest", "figure": f"{paths / FILE_PATHS * rates.entry / 1e6:,.0f}"},
        {"what": "gigabytes of memory a worker", "figure": f"{rates.memory / 1e9:.1f}"},
        {"what": "gigabytes that 'tsgan measure' keeps", "figure": f"{paths * KEPT / 1e9:,.0f}"},
    ]


def limits(rates: Rates, assets: int, horizon: int, memory: float) -> list[tuple[str, float]]:
    """What bears how many paths, the fewest first."""
    whole = 4 * horizon * assets
    each = {
        f"all paths in the memory of one machine of {memory:.0f} GB, as 'stress' and 'evaluate' take them": memory
        * 1e9
        / (2 * whole),
        f"the figures of every path in {memory:.0f} GB, as 'measure' keeps them": memory * 1e9 / KEPT,
        "one disk of 20 TB": 20e12 / (horizon * assets * rates.size),
        "the noise of one seed, whose paths have numbers of 32 bits": PATHS_A_SEED,
        "a manifest of 1 GB, read as a whole": 1e9 / rates.entry * FILE_PATHS,
    }
    return sorted(each.items(), key=lambda item: item[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--paths", type=float, default=1e9)
    parser.add_argument("--assets", type=int, default=500)
    parser.add_argument("--horizon", type=int, default=252)
    parser.add_argument("--tried", type=int, default=512)
    parser.add_argument("--cores", type=int, default=64)
    parser.add_argument("--days", type=float, default=1.0)
    parser.add_argument("--memory", type=float, default=64.0)
    add_option(parser)
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one core
    prepare()
    rates = measured(options.assets, options.tried, max(options.horizon // 4, 1))
    results = Results(
        "estimate_billion",
        f"{options.paths:.3g} paths of {options.assets} assets over {options.horizon} days, by arithmetic from rates "
        "measured on one core of the machine at hand; nobody has drawn them.",
    )
    rows = {
        "returns a second, drawn": rates.draw,
        "returns a second, written": rates.write,
        "returns a second, read and measured": rates.read,
        "bytes on disk a return": rates.size,
    }
    results.table("rates of one core", [{"what": what, "figure": f"{rate:.3g}"} for what, rate in rows.items()])
    sizes = (options.paths, options.assets, options.horizon)
    results.table("what it would take", estimated(rates, *sizes, options.cores, options.days))
    borne = limits(rates, options.assets, options.horizon, options.memory)
    results.table("what breaks first", [{"what": what, "paths": f"{most:.2g}"} for what, most in borne])
    broken = [what for what, most in borne if most < options.paths]
    results.notes.append(f"{len(broken)} of these break before {options.paths:.3g} paths: {'; '.join(broken)}.")
    results.notes.append(
        "A worker that writes to an address needs room for one file of it on its own disk, and paths of fewer days or "
        "assets make smaller files."
    )
    results.write(options.json)


if __name__ == "__main__":
    main()
