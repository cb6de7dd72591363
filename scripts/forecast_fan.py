"""A fan chart as a picture, and its quantiles on standard output, from Python.

    ./scripts/quickstart
    .venv/bin/python scripts/forecast_fan.py runs/quickstart/model sample:us-indices --horizon 60 --picture fan.svg

``tsgan forecast`` does the same with a page, odds of levels, and a backtest on dates that the model had not seen.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import tsgan
from tsgan.applications.forecast.fan import forecast, marked_days
from tsgan.applications.forecast.plots import draw_fan
from tsgan.data.load import load_as
from tsgan.reports.canvas import SIZE, style, text
from tsgan.runtime import prepare


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="a folder that 'tsgan train' or 'tsgan run' wrote")
    parser.add_argument("prices", help="the history to carry on from")
    parser.add_argument("--horizon", type=int, default=20)
    parser.add_argument("--paths", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", type=Path, default=Path("fan.svg"))
    options = parser.parse_args()
    prepare()

    model = tsgan.load_model(options.model)
    panel = model.aligned(load_as(options.prices, model.info.space))
    paths = model.sample(options.paths, options.horizon, seed=options.seed, history=panel)
    found = forecast(paths)
    shown = ("price_0.05", "price_0.25", "price_0.5", "price_0.75", "price_0.95", "daily_volatility")
    print("asset,day,date," + ",".join(shown))
    for row in found.rows(marked_days(options.horizon)):
        print(",".join([row["asset"], str(row["day"]), row["date"], *(f"{row[k]:.6g}" for k in shown)]))

    from matplotlib.figure import Figure

    figure = Figure(figsize=(SIZE[0] * len(found.assets), SIZE[1]), layout="constrained")
    for asset, axes in enumerate(np.ravel(figure.subplots(1, len(found.assets)))):
        style(axes)
        draw_fan(axes, found, panel, asset)
        axes.set_title(text(found.assets[asset]), loc="left", fontsize=9.5)
    figure.savefig(options.picture, metadata={"Date": None} if options.picture.suffix == ".svg" else None)
    print(f"picture: {options.picture}")


if __name__ == "__main__":
    main()
