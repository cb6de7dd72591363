"""Sampling on this machine's processors, beside an earlier commit and beside arch.

Path-days a second of the public ``sample`` for 1, 2 and 20 assets, both generators of the GAN, the pretrained base and
bars: of this tree and of the commit ``--before``, in processes that take turns, each after a run that is not counted.
The models are untrained, which costs the same arithmetic as trained ones; those of this tree draw their noise by
counters.  ``--shares`` of the time: drawing the noise alone, the scan, copies and checks, dates.  arch's forecast by
simulation (GJR-GARCH, one asset) runs between them, an asset-day of it against an asset-day of the paths.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from benches._earlier import ROOT, answer, checked_out
from benches._timing import seconds

NAME = "sample"

CASES = {
    "recurrent, 1 asset": ("recurrent", 1, 16_384),
    "recurrent, 2 assets": ("recurrent", 2, 16_384),
    "recurrent, 20 assets": ("recurrent", 20, 2048),
    "tcn, 1 asset": ("tcn", 1, 2048),
    "tcn, 2 assets": ("tcn", 2, 1024),
    "tcn, 20 assets": ("tcn", 20, 512),
    "base, 2 assets": ("base", 2, 8192),
    "base, 20 assets": ("base", 20, 2048),
    "bars, 2 assets": ("bars", 2, 4096),
}
"""Name -> kind of model, assets, and paths, so that a run takes about a second."""

ERRORS = ("skewt", "t", "normal")
"""Of arch's model; drawing skewed ones takes it longest."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--before", default="26ee80b", metavar="COMMIT", help="what this tree is compared with")
    parser.add_argument("--horizon", type=int, default=252)
    parser.add_argument("--times", type=int, default=3, help="turns")
    parser.add_argument("--only", default="", metavar="WORDS", help="cases whose name holds them")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    cases = [name for name in CASES if options.only in name]
    with TemporaryDirectory() as folder, checked_out(options.before) as before:
        words = (folder, options.horizon, json.dumps(cases))
        answer(before, Path(__file__), "make", *words)
        taken = []
        for _ in range(options.times):
            taken.append((answer(before, Path(__file__), "time", *words), answer(ROOT, Path(__file__), "time", *words)))
        shares = answer(ROOT, Path(__file__), "shares", *words)
    rows, targets = [], []
    for name in cases:
        rates = [(old[name], new[name]) for old, new in taken]
        gain = median(new / old for old, new in rates)
        rows.append(
            {
                "case": name,
                "before, million path-days/s": median(old for old, _ in rates) / 1e6,
                "now": median(new for _, new in rates) / 1e6,
                "times faster": gain,
                **{f"{part}, %": 100 * share for part, share in shares[name].items()},
            }
        )
        targets.append({"rule": f"{name}: at least 2.5 times faster", "figure": f"{gain:.2f}", "holds": gain >= 2.5})
    tables = {"sampling": rows}
    pair = "recurrent, 2 assets"
    if pair in cases:
        against = [
            {"errors": errors}
            | {
                f"{what}, times faster": median(2 * run[which][pair] / run[which][errors] for run in taken)
                for which, what in enumerate(("before", "now"))
            }
            for errors in ERRORS
        ]
        tables["an asset-day against one of arch's forecast by simulation, GJR-GARCH, by its errors"] = against
        gains = {row["errors"]: float(row["now, times faster"]) for row in against}
        rule = (
            "an asset-day at least 15 times faster than arch's, whose errors are skewed Student t as those of gjr-garch"
        )
        targets.append({"rule": rule, "figure": f"{gains['skewt']:.1f}", "holds": gains["skewt"] >= 15})
    return {
        "about": f"Paths of {options.horizon} days, this tree against {options.before}, {options.times} turns, "
        f"median ratios; {processors()}.",
        "tables": tables,
        "targets": targets,
    }


def processors() -> str:
    import os

    return f"{len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()} processors"


# What follows runs in processes of both trees, and uses what both have.


def make(folder: Path, cases: list[str]) -> dict[str, Any]:
    """Save the models of all cases, untrained, as the earlier tree does."""
    import jax
    import numpy as np

    import tsgan
    from tsgan.models import ModelInfo
    from tsgan.models.gan import GAN
    from tsgan.training import new_members, training_data

    for name in cases:
        kind, assets, _ = CASES[name]
        panel = _panel(assets)
        if kind == "base":
            tsgan.fit(panel, "base", seed=0).save(folder / name)
            continue
        if kind == "bars":
            tsgan.fit(tsgan.load_prices("sample:us-indices"), "gjr-garch", bars=True).save(folder / name)
            continue
        config = tsgan.GANConfig(base="none", generator=kind)
        scale = panel.moves.std(axis=0)
        data = training_data(panel.moves, scale, config, assets=panel.assets)
        members = new_members(config, data, jax.random.key(0))
        info = ModelInfo.of("gan", panel, seed=0, config={**config.to_dict(), "best_member": 0})
        GAN(info, panel.moves[-GAN.context_days :].copy(), members, scale, np.zeros((1, assets))).save(folder / name)
    return {}


def _panel(assets: int) -> Any:
    """Prices of a simulated market: one common factor, clusters of volatility."""
    import numpy as np
    import pandas as pd

    import tsgan

    rng, days = np.random.default_rng(0), 1500
    wild = np.exp(0.4 * np.convolve(rng.standard_normal(days + 99), np.full(100, 0.1), "valid"))[:, None]
    moves = 0.01 * wild * (0.7 * rng.standard_normal((days, 1)) + 0.7 * rng.standard_normal((days, assets)))
    dates = pd.bdate_range("2012-01-02", periods=days)
    frame = pd.DataFrame(100 * np.exp(moves.cumsum(axis=0)), dates, [f"A{i:02d}" for i in range(assets)])
    return tsgan.load_prices(frame)


def loaded(folder: Path, name: str) -> Any:
    """A model of :func:`make`, which draws its noise by counters where the tree can."""
    import tsgan

    model: Any = tsgan.load_model(folder / name)
    return model.with_noise("counters") if hasattr(model, "with_noise") else model


def time_all(folder: Path, horizon: int, cases: list[str]) -> dict[str, float]:
    """Path-days a second of every case, and asset-days of arch's."""
    found = {}
    for name in cases:
        model, count = loaded(folder, name), CASES[name][2]
        model.sample(count, horizon, seed=1)
        taken = [seconds(lambda: model.sample(count, horizon, seed=2)) for _ in range(2)]  # noqa: B023
        found[name] = count * horizon / min(taken)
    return found | {errors: _arch(horizon, errors) for errors in ERRORS}


def _arch(horizon: int, errors: Any, simulations: int = 4000) -> float:
    """Asset-days a second of arch's forecast by simulation."""
    import numpy as np
    from arch import arch_model

    returns = np.random.default_rng(0).standard_normal(1500)
    fitted = arch_model(returns, p=1, o=1, q=1, dist=errors).fit(disp="off")

    def draw() -> None:
        fitted.forecast(horizon=horizon, method="simulation", simulations=simulations, reindex=False)

    draw()
    return simulations * horizon / min(seconds(draw) for _ in range(2))


def shares(folder: Path, horizon: int, cases: list[str]) -> dict[str, dict[str, float]]:
    """Parts of the time of ``sample``: noise alone, the rest of the scan, what comes after it, and dates."""
    import numpy as np

    from tsgan.data.calendars import future_sessions
    from tsgan.models.states import stacked

    found = {}
    for name in cases:
        model, count = loaded(folder, name), CASES[name][2]
        blocks, states, info = list(model.blocks(0, count)), stacked([model.state]), model.info
        starts = np.zeros(len(blocks[0]), np.int64)

        def draw_noise(model: Any = model, blocks: Any = blocks) -> None:
            for block in blocks:
                noise_of(model, block, horizon)

        def simulate(model: Any = model, blocks: Any = blocks, states: Any = states, starts: Any = starts) -> None:
            for block in blocks:
                model.simulate(states, starts, block, horizon, 1)

        def date(info: Any = info) -> None:
            future_sessions(info.calendar, np.datetime64(info.last_date), horizon, info.periods_per_year)

        works = {"noise": draw_noise, "simulate": simulate, "dates": date}
        for work in works.values():
            work()
        noise, simulated, dates = (median(seconds(work) for _ in range(2)) for work in works.values())
        # One after the other here, side by side in sample: what is left of its time is copies, checks, bars.
        whole = one_thread(lambda model=model, count=count: model.sample(count, horizon, seed=1))
        parts = {"noise": noise, "scan": simulated - noise, "copies and bars": whole - simulated - dates}
        parts["dates"] = dates
        found[name] = {part: max(value, 0.0) / whole for part, value in parts.items()}
    return found


def noise_of(model: Any, block: Any, horizon: int) -> None:
    """Draw the noise of a block as sampling does: of GANs in lanes, which is not how others are given it."""
    import jax
    import numpy as np

    from tsgan.models.gan.counters import keys_of, normals
    from tsgan.models.gan.rollout import asset_ids

    if not hasattr(model, "members"):
        model.noise(block, horizon, 1)
        return
    keys = keys_of(1, asset_ids(model.info.assets), model.members.commons)
    days = np.arange(horizon, dtype=np.uint32)
    jax.block_until_ready(jax.jit(normals)(keys, block.astype(np.uint32), days))


def one_thread(work: Any) -> float:
    """Seconds of some work whose blocks come one after the other."""
    from tsgan.models import sampling

    before, sampling.WORKERS = sampling.WORKERS, 1
    try:
        return min(seconds(work) for _ in range(2))
    finally:
        sampling.WORKERS = before


if __name__ == "__main__":
    job, place, days, names = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), json.loads(sys.argv[4])
    from tsgan.runtime import prepare

    prepare()
    if job == "make":
        print(json.dumps(make(place, names)))
    else:
        print(json.dumps((time_all if job == "time" else shares)(place, days, names)))
