"""Monte Carlo stress test of a portfolio: risk figures beside other models, and what follows from a shock.

    .venv/bin/python scripts/monte_carlo_stress.py                    # after ./scripts/quickstart
    .venv/bin/python scripts/monte_carlo_stress.py --model runs/quickstart/model --history sample:us-indices \
        --shock "SPX=-0.20" --at 20 --out runs/stress

Equal weights unless --portfolio names a CSV file (ticker,weight).  Writes stress.html, stress.json and tables to --out
and prints what they say.  `tsgan stress` has every option; this is how to do it in Python.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import tsgan


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("runs/quickstart/model"))
    parser.add_argument("--history", default="sample:us-indices")
    parser.add_argument("--portfolio", type=Path)
    parser.add_argument("--shock", action="append", default=[])
    parser.add_argument("--at", type=int, default=20)
    parser.add_argument("--paths", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("runs/stress"))
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier stress test in --out")
    options = parser.parse_args()
    if (options.out / "stress.html").exists() and not options.overwrite:
        parser.error(f"{options.out} holds a stress test; give --overwrite to replace it, or choose another --out")

    test = tsgan.stress(
        options.model,
        options.portfolio,
        history=options.history,
        shocks=options.shock or "SPX=-0.20",
        at=options.at,
        n_paths=options.paths,
        seed=options.seed,
    )
    print(test.summary())
    test.save(options.out, overwrite=options.overwrite)
    print(f"\n{options.out / 'stress.html'}: open it in a browser")


if __name__ == "__main__":
    main()
