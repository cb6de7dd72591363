"""Reverse stress test: how likely is a loss, and what would have to happen?  With a check against brute force.

    .venv/bin/python scripts/reverse_stress.py                        # after ./scripts/quickstart
    .venv/bin/python scripts/reverse_stress.py --model runs/quickstart/model --loss 0.45 --within 20
    .venv/bin/python scripts/reverse_stress.py --brute 2000000        # also simulate so many paths and count

Equal weights unless --portfolio names a CSV file (ticker,weight).  Prints the story of the loss, its probability with
the relative standard error, how many paths that took, and how many brute force needs for a relative error of 20 %:
1 / (0.2^2 p).  --repeat runs it with other seeds as well, so that the error is seen rather than believed.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

import tsgan
from tsgan.applications.stress import StressTest

CHUNK = 20_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("runs/quickstart/model"))
    parser.add_argument("--portfolio", type=Path)
    parser.add_argument("--loss", type=float, default=0.45)
    parser.add_argument("--within", type=int, default=20)
    parser.add_argument("--paths", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--brute", type=int, default=0, help="paths of brute force")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    model = tsgan.load_model(options.model)

    def test(seed: int) -> StressTest:
        return tsgan.stress(
            model,
            options.portfolio,
            reverse=f"loss>={options.loss}",
            within=options.within,
            n_paths=options.paths,
            horizon=options.within,
            seed=seed,
        )

    print("\n".join(sentence for answer in test(options.seed).answers for sentence in answer))
    estimates = []
    for seed in range(options.seed, options.seed + options.repeat):
        began = time.perf_counter()
        found = test(seed).reverse
        assert found is not None
        p, error = found.probability.value, found.probability.error
        estimates.append(p)
        took = f"{found.simulated:,} simulated, {time.perf_counter() - began:.1f} s"
        worth = f"worth {found.effective:,.0f} paths"
        print(f"seed {seed}: probability {p:.3e}, relative error {error / p:.1%}, {worth}, {took}")
    mean = np.mean(estimates)
    needed = 1 / (0.2**2 * mean)
    if len(estimates) > 1:
        print(f"spread over seeds: {np.std(estimates, ddof=1) / mean:.1%} of their mean, {mean:.3e}")
    times = needed / found.simulated
    print(f"brute force needs {needed:,.0f} paths for a relative error of 20 %: {times:,.1f} times as many")
    if options.brute:
        began, hits, count = time.perf_counter(), 0, 0
        while count < options.brute:
            paths = model.sample(CHUNK, options.within, seed=options.seed + 10_000, first_path=count)
            hits, count = hits + int(found.event.happens(paths.prices[:, 1:]).sum()), count + CHUNK
        relative = 1 / np.sqrt(max(hits, 1))
        print(
            f"brute force: {hits} of {count:,} paths, {hits / count:.3e}, relative error {relative:.1%}, "
            f"{time.perf_counter() - began:.0f} s"
        )


if __name__ == "__main__":
    main()
