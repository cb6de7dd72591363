"""How often a monitored model raises a false alarm, and how soon it sees volatility double, in simulated markets.

``monitor_power.py MODEL PRICES [--runs 200]``: the years after the model's training are drawn from the model itself; in
a second set all moves are doubled for good after 60 days.
"""

from __future__ import annotations

import argparse
import json
import warnings

import tsgan
from tsgan.applications.monitor import WITHIN, Power, power


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("prices")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--assets", help="a few of the model's tickers: the model is fitted to them anew")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    model = tsgan.load_model(given.model)
    panel = model.aligned(given.prices).through(model.info.train_end)
    if given.assets:
        panel = panel.select(given.assets.split(","))
        model = tsgan.fit(panel, model.info.model, seed=model.info.seed)
    found = power(model, panel, runs=given.runs, seed=given.seed)
    print(json.dumps({"model": model.info.model, "assets": list(panel.assets), **found.to_dict()}))
    low, high = Power.interval(found.false, found.runs)
    print(f"years with a false alarm: {found.false / found.runs:.1%} ({low:.1%} to {high:.1%})")
    low, high = Power.interval(found.seen, found.runs)
    delay = "" if found.delay is None else f", after {found.delay:.0f} days in the middle"
    seen = f"{found.seen / found.runs:.1%} ({low:.1%} to {high:.1%})"
    print(f"doubled volatility seen within {WITHIN} days: {seen}{delay}")


if __name__ == "__main__":
    main()
