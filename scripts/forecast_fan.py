"""A fan chart as a picture, and its quantiles on standard output, from Python.

    ./scripts/quickstart
    .venv/bin/python scripts/forecast_fan.py runs/quickstart/model sample:us-indices --horizon 60 --picture fan.svg

``tsgan forecast`` does the same with a page, odds of levels, and a backtest on dates that the model had not seen.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import tsgan
from tsgan.applications.forecast import marked_days
from tsgan.formulas import write_csv

SIZE = (6.2, 3.7)
SHOWN = ("price_0.05", "price_0.25", "price_0.5", "price_0.75", "price_0.95", "daily_volatility")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="a folder that 'tsgan train' or 'tsgan run' wrote")
    parser.add_argument("prices", help="the history to carry on from")
    parser.add_argument("--horizon", type=int, default=20)
    parser.add_argument("--paths", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", type=Path, default=Path("fan.svg"))
    options = parser.parse_args()

    report = tsgan.forecast(
        options.model, options.prices, horizon=options.horizon, n_paths=options.paths, seed=options.seed, draws=0
    )
    table = report.to_frame("quantiles")
    marked = table["day"].isin(marked_days(options.horizon))
    print(write_csv(table.loc[marked, ["asset", "day", "date", *SHOWN]], float_format="%.6g"), end="")

    assets = report.fan.assets
    figure = Figure(figsize=(SIZE[0] * len(assets), SIZE[1]), layout="constrained")
    for asset, axes in zip(assets, np.ravel(figure.subplots(1, len(assets))), strict=True):
        report.plot(asset, axes)
    figure.savefig(options.picture, metadata={"Date": None} if options.picture.suffix == ".svg" else None)
    print(f"picture: {options.picture}")


if __name__ == "__main__":
    main()
