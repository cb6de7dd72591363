"""A million generated bars: how many are invalid, and do gaps, ranges and volume move as in the market?

The model learns from the first 70 % of the prices.  Its bars are rounded to a tick, as feeds are, and every one is
checked: low <= min(open, close), max(open, close) <= high, prices > 0, volume >= 0.  Then the facts of bars are
measured on paths as long as the later 30 %: the real value with the range in which a block bootstrap leaves it, and the
median and 95 % of the paths.

    python scripts/million_bars.py [--prices sample:nasdaq] [--model gjr-garch] [--bars 1000000] [--tick 0.01]
                                   [--json FILE]
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from study_results import Results, add_option

import tsgan
from tsgan.evaluation import BAR_FACTS, Band, case_of_model, resampled
from tsgan.reports import number
from tsgan.runtime import prepare

HORIZON, PATHS = 252, 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prices", default="sample:nasdaq", help="what tsgan.load_prices reads, with bars")
    parser.add_argument("--model", default="gjr-garch", help="a name in tsgan.FITTERS")
    parser.add_argument("--bars", type=int, default=1_000_000, help="how many bars to check")
    parser.add_argument("--tick", type=float, default=0.01, help="prices are rounded to it")
    parser.add_argument("--seed", type=int, default=0)
    add_option(parser)
    options = parser.parse_args()
    prepare()
    panel = tsgan.load_prices(options.prices)
    model = tsgan.fit(panel.before(panel.cut_date(0.7)), options.model, seed=options.seed, bars=True)
    about = f"{options.model} with bars of {', '.join(panel.assets)}, trained to {model.info.train_end}"
    print(about)
    results = Results("million_bars", f"{about}; seed {options.seed}.", quiet=True)
    wrong = invalid(model, options.bars, options.tick, options.seed)
    results.claim(not wrong, "no bar is invalid after rounding to a tick", f"{wrong} of {options.bars:,} or more")
    if not wrong:
        compare(model, panel, options.seed, results)
    results.write(options.json)
    raise SystemExit(bool(wrong))


def invalid(model: tsgan.MarketModel, least: int, tick: float, seed: int) -> int:
    """Print how many bars of ``least`` or more are invalid after rounding, by reason; return their number."""
    began = time.perf_counter()
    paths = -(-least // (HORIZON * len(model.info.assets)))
    counts = {"high or low contradicts": 0, "price not positive": 0, "volume negative": 0, "not finite": 0}
    bars = 0
    for chunk in tsgan.sample_chunks(model, paths, HORIZON, seed=seed):
        fields = chunk.ohlcv(tick)
        asked = [i for i in range(len(chunk.assets)) if np.isfinite(fields["open"][..., i]).any()]
        opened, high, low, close = (fields[name][..., asked] for name in ("open", "high", "low", "close"))
        bars += opened.size
        wrong = (low > np.minimum(opened, close)) | (high < np.maximum(opened, close))
        counts["high or low contradicts"] += int(wrong.sum())
        counts["price not positive"] += int((low <= 0).sum())
        counts["not finite"] += int((~np.isfinite(opened + high + low + close)).sum())
        counts["volume negative"] += int((fields.get("volume", close) < 0).sum())
    total = sum(counts.values())
    reasons = ", ".join(f"{name}: {count}" for name, count in counts.items())
    print(f"{bars:,} bars in {time.perf_counter() - began:.1f} s, {total} invalid ({reasons})\n")
    return total


def compare(model: tsgan.MarketModel, panel: tsgan.Panel, seed: int, results: Results) -> None:
    """Print real value, its bootstrap band, and the band of the paths, for every asset and fact."""
    case = case_of_model(model, panel)
    _, generated = case.sample(model, PATHS, seed)
    if case.bars is None or generated is None:
        raise SystemExit("there are no bars to compare with")
    print(f"{case.days} days from {case.dates[1]}, {PATHS} paths; * outside of the 95 % of the paths")
    for i, asset in enumerate(case.assets):
        known = np.isfinite(case.bars[:, i, :-1]).all(axis=1)
        real, paths = case.bars[known, i], generated[:, known, i]
        again, inside, rows = resampled(real, seed), 0, []
        print(f"\n{asset:<64}{'real':>8}{'bootstrap 95 %':>20}{'paths':>10}{'95 %':>20}")
        for fact in BAR_FACTS:
            value = float(fact.statistic(real))
            own, band = Band.of(fact.statistic(again)).moved(value), Band.of(fact.statistic(paths))
            inside += value in band
            rows.append({"fact": fact.label, "real": value, "paths": band.median, "low": band.low, "high": band.high})
            rows[-1] |= {"inside": value in band}
            numbers = [number(x, 3) for x in (value, own.low, own.high, band.median, band.low, band.high)]
            print(
                f"{fact.label:<64}{numbers[0]:>8}{numbers[1] + ' to ' + numbers[2]:>20}"
                f"{numbers[3]:>10}{numbers[4] + ' to ' + numbers[5]:>20}{'' if value in band else ' *'}"
            )
        results.table(asset, rows)
        print(f"{inside} of {len(BAR_FACTS)} real values inside the 95 % of the paths")


if __name__ == "__main__":
    main()
