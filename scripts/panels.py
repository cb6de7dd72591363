"""Mixed panels in figures: VIX beside the index, Baa yields above Aaa yields.

    python scripts/panels.py [--models gjr-garch,fhs,gan] [--paths 300] [--seed 0] [--json FILE]

Every model is fitted to ``sample:volatility`` (daily) and ``sample:credit`` (monthly) as they come, with unequal
histories.  Printed are the lowest generated VIX; the correlation of index returns and VIX changes, real with its 95 %
band over bootstrap histories, generated with its 95 % band over paths as long; and the share of months with Baa above
Aaa.  Levels do not revert to a mean in the classical models, so paths start over after a year: bands are over years of
paths that together are as long as the real history.
"""

from __future__ import annotations

import argparse

import numpy as np
from study_results import Results, add_option

import tsgan
from tsgan.errors import TsganError
from tsgan.evaluation import resampled
from tsgan.runtime import prepare

YEAR = 252


def correlation(returns: np.ndarray) -> np.ndarray:
    """(..., day, 2) -> (...) Pearson's."""
    x = returns - returns.mean(axis=-2, keepdims=True)
    return (x[..., 0] * x[..., 1]).sum(-1) / np.sqrt((x**2).sum(-2).prod(-1))


def band(values: np.ndarray) -> str:
    low, middle, high = np.quantile(values, [0.025, 0.5, 0.975])
    return f"{middle:.3f} [{low:.3f}, {high:.3f}]"


def volatility(names: list[str], paths: int, seed: int, results: Results) -> None:
    panel = tsgan.load_prices("sample:volatility")
    real = panel.returns[np.isfinite(panel.returns).all(axis=1)]
    real_band = np.quantile(correlation(resampled(real, seed)), [0.025, 0.975])
    print(f"sample:volatility, {len(real)} common days, {paths} paths")
    print(f"  real: correlation of index return and VIX change {correlation(real):.3f}, ", end="")
    print(f"95 % band [{real_band[0]:.3f}, {real_band[1]:.3f}]")
    years, rows = len(real) // YEAR, []
    for name in names:
        try:
            model = tsgan.fit(panel, name, seed=seed)
        except TsganError as error:
            print(f"  {name}: {error}")
            continue
        drawn = model.sample(paths * years, YEAR, seed=seed)
        ours = correlation(drawn.returns.astype(np.float64)).reshape(paths, years).mean(axis=1)
        inside = real_band[0] <= np.median(ours) <= real_band[1]
        vix = drawn.prices[..., 1]
        print(
            f"  {name}: correlation {band(ours)}, median {'inside' if inside else 'outside'} the real band; "
            f"lowest VIX {vix.min():.3g}, days at or below 0: {(vix <= 0).sum()} of {vix.size:,}; "
            f"VIX after a year {band(vix[:, -1])}"
        )
        seen = f"{band(ours)}, real {real_band[0]:.3f} to {real_band[1]:.3f}"
        results.claim(bool(inside), f"{name}: median correlation of index return and VIX change in the real band", seen)
        results.claim(not (vix <= 0).any(), f"{name}: VIX above 0 on every day", f"lowest {vix.min():.3g}")
        rows.append({"model": name, "correlation": band(ours), "lowest VIX": float(vix.min())})
        rows[-1]["VIX after a year"] = band(vix[:, -1])
    results.table("VIX", rows)


def credit(names: list[str], paths: int, seed: int, results: Results) -> None:
    panel = tsgan.load_prices("sample:credit")
    both = panel.prices[:, 2] > panel.prices[:, 1]
    print(f"sample:credit, real: Baa above Aaa in {both.mean():.2%} of {len(both)} months")
    for name in names:
        try:
            model = tsgan.fit(panel, name, seed=seed)
        except TsganError as error:
            print(f"  {name}: {error}")
            continue
        prices = model.sample(paths, 120, seed=seed).prices
        above = prices[:, 1:, 2] > prices[:, 1:, 1]
        spread = (prices[..., 2] - prices[..., 1])[:, -1]
        print(
            f"  {name}: Baa above Aaa in {above.mean():.3%} of {above.size:,} months (by construction); "
            f"spread after ten years {band(spread)}, Aaa {band(prices[:, -1, 1])}"
        )
        rule = f"{name}: Baa above Aaa in every month"
        results.claim(bool(above.all()), rule, f"{above.mean():.3%} of {above.size:,}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", default=",".join(tsgan.FITTERS), help="names, with commas")
    parser.add_argument("--paths", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    add_option(parser)
    options = parser.parse_args()
    prepare()
    names = options.models.split(",")
    results = Results("panels", f"VIX beside the index, Baa above Aaa; {options.paths} paths.", quiet=True)
    volatility(names, options.paths, options.seed, results)
    credit(names, options.paths, options.seed, results)
    results.write(options.json)


if __name__ == "__main__":
    main()
