"""Claims of the pretrained base on the corpus's TEST assets, which no vintage was trained or chosen on.

   .venv/bin/python scripts/claims_base.py --corpus CORPUS.parquet --list LIST.csv [--prices CLOSES]
       [--claims 1 2 3 4 5 6 7 8 9] [--json FILE [--overwrite --keep]]

1  zero-shot forecasts: log score of the five years after each vintage, beside GJR-GARCH-skew-t fitted to each asset
2  the same from the last 500, 250, 120 and 60 days only, beside exponentially weighted volatility (.94, t
   innovations), and GJR-GARCH on the same days at 500 and 250
3  level: realized volatility of the next 21, 252 and 1,260 days from the first session of each year 2000 to 2012:
   coverage of intervals and CRPS of its logarithm, beside GJR-GARCH, FHS and both bootstraps refitted then
4  refinement: the 20 stocks and two indices beside GANs from scratch, and 40 test assets fitted alone
5  portfolios: value at risk and expected shortfall of 200 portfolios of the 20 stocks over three years, five cuts
6  free runs: level, dispersion and memory of volatility, variance of sums, beside FHS and GJR-GARCH
7  facts: the share of Cont's facts in band over the test assets, beside the stationary bootstrap and FHS
8  the stage on free runs, beside vintages by likelihood alone (--alone, and --seeds for other seeds)
9  joint law of the 20 stocks over the three years after three vintages

The 20 stocks are those that come with skfolio, or the closes of --prices.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

from base_claims import forecasts, free_runs, level, portfolios, refinement, stage
from base_claims.assets import test_panel
from claim_tables.study import stocks
from study_results import Results, add_option

import tsgan
from tsgan.errors import TsganWarning
from tsgan.runtime import prepare

ABOUT = (
    "The pretrained base on assets that no vintage was trained or chosen on, over the years after each vintage "
    "ends; nothing is fitted but units, drift, correlations and state, while every rival is fitted to each asset. The "
    "stocks are those that were still listed in 2017."
)
CLAIMS = (1, 2, 3, 4, 5, 6, 7, 8, 9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--list", type=Path, required=True)
    parser.add_argument("--prices", type=Path, help="closes of 20 stocks in place of those that come with skfolio")
    parser.add_argument("--alone", type=Path, help="folder of vintages by likelihood alone, which claim 8 needs")
    parser.add_argument("--seeds", type=Path, nargs="*", default=[], help="folders of vintages of other seeds")
    parser.add_argument("--claims", type=int, nargs="*", choices=CLAIMS, help="all unless given, 8 where --alone is")
    parser.add_argument("--keep", action="store_true", help="with --overwrite: what FILE says of other claims stays")
    add_option(parser)
    options = parser.parse_args()
    options.claims = options.claims or [claim for claim in CLAIMS if claim != 8 or options.alone]
    if 8 in options.claims and options.alone is None:
        parser.error("claim 8 needs vintages by likelihood alone: give their folder by --alone")
    prepare()
    warnings.simplefilter("ignore", TsganWarning)
    panel, what = test_panel(options.corpus, options.list)
    twenty = stocks(options.prices) if {4, 5, 9} & set(options.claims) else None
    results, full = Results("base", ABOUT), {}
    drawn: dict[str, portfolios.Drawn] = {}
    for claim in options.claims:
        if claim == 1:
            full = forecasts.zero_shot(panel, what, results)
        elif claim == 2:
            forecasts.short_histories(panel, what, full, results)
        elif claim == 3:
            level.levels(panel, results)
        elif claim == 4:
            assert twenty is not None
            refinement.alone(panel, results)
            refinement.panels({"indices": tsgan.load_prices("sample:us-indices"), "stocks": twenty}, results)
        elif claim == 5:
            assert twenty is not None
            portfolios.portfolio_risk(twenty, results, drawn)
        elif claim == 6:
            free_runs.long_runs(panel, results)
        elif claim == 7:
            free_runs.facts(panel, results)
        elif claim == 8:
            stage.stage(panel, results, options.alone, options.seeds)
        elif claim == 9:
            assert twenty is not None
            portfolios.joint_law(twenty, results, drawn)
        results.write(options.json, keep=options.keep)


if __name__ == "__main__":
    main()
