"""Every generator x critic pairing, and with the default one every objective, penalty and optimizer: 300 steps each.

    .venv/bin/python scripts/pairings.py [--steps 300] [--seed 0] [--only "objective hinge" ...] [--json FILE]

Trains each on the S&P 500, 2009-05-01 to 2018-12-31, without choosing the step count, and prints whether any loss or
gradient was not finite, whether all paths are finite, ACF scores, excess kurtosis and Wasserstein distances in sample.
"""

from __future__ import annotations

import argparse
import time
from typing import get_args

import numpy as np
import pandas as pd
from arch.data import sp500
from study_results import Results, add_option

import tsgan
from tsgan.config import Objective, Optimizer
from tsgan.runtime import prepare
from tsgan.stats import excess_kurtosis, quantgans_scores

VARIANTS = {
    **{f"{g} x {c}": {"generator": g, "critic": c} for g in ("recurrent", "tcn") for c in ("recurrent", "tcn")},
    **{f"objective {o}": {"objective": o} for o in get_args(Objective)},
    **{f"optimizer {o}": {"optimizer": o} for o in get_args(Optimizer)},
    **{f"penalty {p}": {"penalty": p} for p in ("gp", "r1", "r2", "r1+r2")},
}
"""The pairings are generator x critic; the rest have the default pairing."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", choices=list(VARIANTS), default=list(VARIANTS), metavar="VARIANT")
    add_option(parser)
    options = parser.parse_args()
    prepare()

    closes = pd.Series(sp500.load()["Adj Close"], name="SPX").loc["2009-05-01":"2018-12-31"]
    panel = tsgan.load_prices(closes.to_frame())
    real, rows = panel.returns[:, 0], {}
    for name in options.only:
        fields, began = VARIANTS[name], time.perf_counter()
        model = tsgan.fit(panel, tsgan.GANConfig(base="none", steps=options.steps, **fields), seed=options.seed)
        seconds = time.perf_counter() - began
        history = model.training_history
        assert history is not None
        losses = history[history["stage"] == "adversarial"].drop(columns=["stage", "purpose", "validation"])
        returns = model.sample(200, 4000, seed=options.seed).returns[:, :, 0].astype(float)
        scores = quantgans_scores(real, returns)
        rows[name] = {
            "finite losses": bool(np.isfinite(losses.to_numpy(float)).all()),
            "skipped": int(np.max(losses["skipped"])),
            "steps kept": model.info.config["chosen_steps"],
            "finite paths": bool(np.isfinite(returns).all()),
            "acf_abs": scores["acf_abs"],
            "acf_sq": scores["acf_sq"],
            "kurtosis": float(np.median(excess_kurtosis(returns))),
            "emd_1": scores["emd_1"],
            "emd_20": scores["emd_20"],
            "seconds": round(seconds),
        }
        print(pd.DataFrame({name: rows[name]}).T.to_string(header=len(rows) == 1), flush=True)
    print(f"real excess kurtosis {float(excess_kurtosis(real)):.2f}")
    results = Results("pairings", f"S&P 500 in sample, {options.steps} steps each; seed {options.seed}.", quiet=True)
    results.table("variants", pd.DataFrame(rows).T.reset_index(names="variant"))
    for kind in ("losses", "paths"):
        lost = [name for name, row in rows.items() if not row[f"finite {kind}"]]
        results.claim(
            not lost, f"finite {kind} in every variant", f"not in {', '.join(lost)}" if lost else "all finite"
        )
    results.write(options.json)


if __name__ == "__main__":
    main()
