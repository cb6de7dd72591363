"""Backtest a moving-average cross on every path of a scenario file, without any engine.

    .venv/bin/python scripts/backtest_feed.py paths.parquet [--fast 10] [--slow 50]

Shows how a strategy of your own can read paths day by day (``paths.replay``), from which the future cannot be reached.
For a real engine write its files instead: ``tsgan feed paths.parquet --engine backtrader --out feed``.
"""

import argparse

import numpy as np

import tsgan

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("scenarios", help="what 'tsgan sample' wrote")
parser.add_argument("--fast", type=int, default=10)
parser.add_argument("--slow", type=int, default=50)
options = parser.parse_args()


def profit(path: tsgan.Scenarios) -> float:
    """Log return of being invested in the first asset, day by day, while its fast average is above its slow one."""
    total, invested = 0.0, False
    for day in path.replay():
        if invested:
            total += day.returns[0]
        closes = day.history[-options.slow :, 0]
        invested = len(closes) == options.slow and closes[-options.fast :].mean() > closes.mean()
    return total


try:
    paths = tsgan.read_scenarios(options.scenarios)
except tsgan.TsganError as error:
    raise SystemExit(f"error: {error}") from None
profits = np.array([profit(path) for path in paths])
hold = np.log(paths.prices[:, -1, 0] / paths.prices[:, 0, 0])
print(f"{paths}")
for name, values in ((f"cross {options.fast}/{options.slow}", profits), ("buy and hold", hold)):
    print(
        f"{name:<14} mean {np.average(values, weights=paths.weights):+.4f}, "
        f"ends below the start on {np.average(values < 0, weights=paths.weights):.0%} of the paths"
    )
