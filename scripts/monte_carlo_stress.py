"""Monte Carlo stress test of a portfolio: risk figures beside other models, and what follows from a shock.

    .venv/bin/python scripts/monte_carlo_stress.py                    # after ./scripts/quickstart
    .venv/bin/python scripts/monte_carlo_stress.py --model runs/quickstart/model --history sample:us-indices \
        --shock "SPX=-0.20" --at 20 --out runs/stress

Equal weights unless --portfolio names a CSV file (ticker,weight).  Writes stress.html and stress.json to --out and
prints the sentences on top of the page.  `tsgan stress` has every option; this is how to do it in Python.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import tsgan
from tsgan.applications.portfolio import read_portfolio
from tsgan.applications.stress import page, words
from tsgan.applications.stress.study import Question, stress
from tsgan.cli.outputs import write_json
from tsgan.data import load_as
from tsgan.reports import write
from tsgan.runtime import prepare


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
    options = parser.parse_args()
    prepare()

    model = tsgan.load_model(options.model)
    study = stress(
        model,
        read_portfolio(options.portfolio) if options.portfolio else None,
        question=Question(shocks=tuple(options.shock or ["SPX=-0.20"]), at=options.at),
        panel=load_as(options.history, model.info.space),
        n_paths=options.paths,
        seed=options.seed,
    )
    print("\n".join([*words.summary(study), "", *words.given(study)]))
    write(page.render(study), options.out / "stress.html")
    write_json(study.to_dict(), options.out / "stress.json")
    print(f"\n{options.out / 'stress.html'}: open it in a browser")


if __name__ == "__main__":
    main()
