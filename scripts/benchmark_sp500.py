"""The in-sample table of Quant GANs: S&P 500 Adj Close, 2009-05-01 to 2018-12-31, 2,433 daily log returns.

    .venv/bin/python scripts/benchmark_sp500.py [--seed 0] [--paths 500] [--days 4000] [--json FILE]

Fits the default GAN and the classical baselines to ALL of these returns, draws free-running paths (every path is kept),
and prints the scores of Wiese et al. (2020) by the definitions in ``tsgan/stats/quantgans.py``; lower is better.
It is an IN-SAMPLE regression test near the sampling floor, not evidence of skill: the ``later`` row scores the real
returns of the ten years before, the yardstick of what one real decade says about another.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd
from arch.data import sp500
from study_results import Results, add_option

import tsgan
from tsgan.runtime import prepare
from tsgan.stats import excess_kurtosis, quantgans_scores

START, END = "2009-05-01", "2018-12-31"

LIMITS = {
    "acf_abs": 0.0240,
    "acf_sq": 0.0240,
    "leverage": 0.345,
    "dy_1": 21,
    "dy_5": 22,
    "dy_20": 26,
    "dy_100": 27,
    "emd_1": 0.0008,
    "emd_5": 0.0014,
    "emd_20": 0.0030,
    "emd_100": 0.011,
}
"""What the default GAN must not exceed here, in sample; a regression test, never a target to tune for."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--paths", type=int, default=500)
    parser.add_argument("--days", type=int, default=4000)
    add_option(parser)
    options = parser.parse_args()
    prepare()

    closes = pd.Series(sp500.load()["Adj Close"], name="SPX")
    panel = tsgan.load_prices(closes.loc[START:END].to_frame())
    real = panel.returns[:, 0]
    print(
        f"S&P 500 {START} to {END}: {len(real)} returns; "
        f"{options.paths} paths x {options.days} days, seed {options.seed}"
    )
    before = np.log(closes.loc[:START]).diff().dropna().to_numpy()
    rows = {"1999-2009, real": quantgans_scores(real, before[None])}
    seconds = {}
    for name in ("gan", "gjr-garch", "stationary-bootstrap", "iid-bootstrap"):
        began = time.perf_counter()
        model = tsgan.fit(panel, name, seed=options.seed)
        seconds[name] = time.perf_counter() - began
        returns = model.sample(options.paths, options.days, seed=options.seed).returns[:, :, 0].astype(float)
        scores = quantgans_scores(real, returns)
        rows[name] = scores | {
            "kurtosis": float(np.median(excess_kurtosis(returns))),
            "sd": returns.std() / real.std(),
            "max|r|": float(np.abs(returns).max()),
        }
    table = pd.DataFrame(rows).T
    with pd.option_context("display.width", 250, "display.max_columns", 50):
        print(table.to_string(float_format=lambda v: f"{v:.4f}" if v < 1 else f"{v:.2f}"))
    print(f"real excess kurtosis {float(excess_kurtosis(real)):.2f}; sd is relative to the real one")
    print("seconds to fit:", ", ".join(f"{k} {v:.1f}" for k, v in seconds.items()))
    results = Results("benchmark_sp500", f"S&P 500, {START} to {END}, in sample; seed {options.seed}.", quiet=True)
    results.table("scores", table.reset_index(names="source"))
    for name, limit in LIMITS.items():
        each = {source: f"{table.loc[source, name]:.4g}" for source in table.index}
        results.claim(rows["gan"][name] <= limit, f"{name} at most {limit}", each["gan"], each)
    results.write(options.json)
    missed = [name for name, limit in LIMITS.items() if not rows["gan"][name] <= limit]
    print(f"gan within all {len(LIMITS)} limits" if not missed else f"gan misses its limit on {', '.join(missed)}")
    raise SystemExit(bool(missed))


if __name__ == "__main__":
    main()
