"""The claims of realism, out of sample, one table each: what holds, and what falls short.

    .venv/bin/python scripts/claims.py [CLAIM ...] [--out runs/claims] [--cut 2013-12-31] [--seed 0] [--prices FILE]
                                  [--json FILE]

 1  forecasts against per-asset GJR-GARCH-skew-t and FHS: log score, CRPS, FZ0
 2  what the adversarial stage costs tomorrow's density, and what free runs gain
 3  transfer: fitted to half of the stocks, scored on the other half
 4  free runs of 4,000 days: level and dispersion of volatility, caps
 5  Quant GANs scores on two splits of the indices, with block-bootstrap intervals
 7  joint law of 20 stocks: risk of portfolios, correlations in calm and crisis, tail dependence
 8  long memory: ACF of abs r to 500 days, variance of sums
 9  novelty: distances to the training history
10  finval's opinion of windows of 60 days
11  five seeds: claims 1, 5 and 10 against GJR-GARCH (--seeds)

Data: 20 stocks, 2000-2022, that come with skfolio (``pip install -e .[skfolio]``; or a file of closes by --prices), and
the S&P 500 and Nasdaq Composite, 1999-2018, that come with arch.  Parameters of every model are fixed at the cut,
states are filtered forward, nothing is tuned for an asset.  Fitted models are kept in --out and shared by the claims;
fits to the stocks take about ten minutes of one core, fits to the indices about three.

Claim 6, in sample, is scripts/benchmark_sp500.py.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from claim_tables import forecasts, free_runs, joint_law, seeds
from claim_tables.study import INDICES, STOCKS, Study, stocks
from study_results import Results, add_option

import tsgan
from tsgan.runtime import prepare

CLAIMS: dict[int, Callable[[Study], None]] = {
    1: forecasts.claim_1,
    2: free_runs.claim_2,
    3: joint_law.claim_3,
    4: free_runs.claim_4,
    5: free_runs.claim_5,
    7: joint_law.claim_7,
    8: free_runs.claim_8,
    9: free_runs.claim_9,
    10: joint_law.claim_10,
    11: seeds.claim_11,
}

ABOUT = (
    "20 stocks and the two indices, parameters fixed at {cut} and states filtered forward over later dates; "
    "seed {seed}, {paths} free runs a source."
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("claims", nargs="*", type=int, choices=list(CLAIMS), help="all unless given")
    parser.add_argument("--out", type=Path, default=Path("runs/claims"))
    parser.add_argument("--cut", default="2013-12-31", help="last date of training")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--paths", type=int, default=300, help="free runs a source")
    parser.add_argument("--prices", type=Path, help="closes of the stocks, a column a ticker")
    add_option(parser)
    options = parser.parse_args()
    prepare()
    results = Results("claims", ABOUT.format(cut=options.cut, seed=options.seed, paths=options.paths))
    try:
        panels = {STOCKS: stocks(options.prices), INDICES: tsgan.load_prices("sample:us-indices")}
        study = Study(panels, options.cut, options.out, results, seed=options.seed, paths=options.paths)
        for number in options.claims or CLAIMS:
            claim, began = CLAIMS[number], time.perf_counter()
            results.heading = f"{number}. {claim.__doc__}"
            print(f"\n# Claim {number}: {claim.__doc__}\n", flush=True)
            claim(study)
            print(f"{time.perf_counter() - began:.0f} seconds", flush=True)
            results.write(options.json)  # after each, so that a study that is cut short leaves what it has
    except tsgan.TsganError as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main()
