"""Limits of the width rule for facts of bars, where the truth is known (see scripts/calibrate_bands.py for the rule).

The market is that of scripts/calibrate_bands.py for closes, a GJR-GARCH(1,1) with Student t innovations, and for bars
around them the law that is fitted to sample:nasdaq.  For each fact and length: the 99 % point of the width of the true
band over that of the block bootstrap of one history, rounded up.  Copy the result into
tsgan/evaluation/band_width_limits.py.

    python scripts/calibrate_bars.py [--histories 60] [--pool 600] [--days 500 1250 2500 5000]
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from calibrate_bands import as_source, limit_of, market, values, widths

import tsgan
from tsgan.evaluation import BAR_FACTS, LENGTHS, generated_bars
from tsgan.models import FittedBars
from tsgan.scenarios import Scenarios


def bar_market(law: FittedBars, paths: int, days: int, seed: int) -> np.ndarray:
    """Bars (path, day, field) of the known law."""
    returns = market(paths, days, seed).astype(np.float32)
    dates = np.datetime64("2000-01-03", "D") + np.arange(days + 1)
    closes = Scenarios(returns, ("M",), ("price",), dates, np.array([100.0]))
    drawn = law.draw(closes, seed, [], lambda indices: indices * 0)
    return generated_bars(Scenarios(returns, ("M",), ("price",), dates, np.array([100.0]), bars=drawn))[:, :, 0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histories", type=int, default=60, help="real histories of each length")
    parser.add_argument("--pool", type=int, default=600, help="paths that the true bands are drawn from")
    parser.add_argument("--days", type=int, nargs="+", default=LENGTHS, help="lengths")
    options = parser.parse_args()
    began = time.perf_counter()
    law = FittedBars.fit(tsgan.load_prices("sample:nasdaq"))
    found: dict[str, list[float]] = {fact.name: [] for fact in BAR_FACTS}
    for days in options.days:
        truth = values(list(BAR_FACTS), bar_market(law, options.pool, days, seed=1))
        ratios = widths(list(BAR_FACTS), bar_market(law, options.histories, days, seed=2), truth, seed=3)
        for name, ratio in ratios.items():
            found[name].append(limit_of(ratio))
        print(f"{days} days, {time.perf_counter() - began:.0f} seconds", flush=True)
    print(as_source(found))


if __name__ == "__main__":
    main()
