"""What models leave unexplained: the day's surprise, (return - mean) / volatility, sorted by the state that it met.

    .venv/bin/python scripts/residuals.py [PRICES ...] [--until 2008-12-31] [--models gan gjr-garch] [--steps 0]
                                     [--json FILE]

Fits each model to the dates up to --until and filters the same dates with it.  A table a source of prices:

- how heavy the tails of surprises are from the calmest quarter of the days to the wildest, as one over the degrees of
  freedom of a Student t fitted to each quarter (0 is Gaussian), means over assets;
- how large surprises are, beside 1, after falls and rises over a week, a month and a year, and in calm and storm;
- how a surprise's size hangs together with yesterday's (autocorrelation of its absolute value at lag 1).

A model of the right form shows tails, sizes and an autocorrelation that do not depend on the state.  This is how
``tail_slope`` in ``tsgan/config/law.py`` was found; --steps 0 is the likelihood warm start of the GAN alone.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.stats import t as student
from study_results import Results, add_option

import tsgan
from tsgan.config import MemoryConfig
from tsgan.models.gan import memory_features
from tsgan.runtime import prepare
from tsgan.stats import acf

BURN_IN = 250
"""First days, on which the averages of the past still remember their start."""

EDGES = (0.0, 0.05, 0.25, 0.75, 0.95, 1.0)


def heaviness(surprises: np.ndarray) -> float:
    """One over the degrees of freedom of a Student t with free location and scale, by maximum likelihood."""

    def loss(p: np.ndarray) -> float:
        return -student.logpdf(surprises, np.exp(p[0]) + 2.0, p[1], np.exp(p[2])).mean()

    return 1.0 / (np.exp(minimize(loss, [1.5, 0.0, -0.3], method="Nelder-Mead").x[0]) + 2.0)


def states(moves: np.ndarray) -> dict[str, np.ndarray]:
    """(day, asset) what a day met: log volatility, and trends in its units, before the day."""
    law = MemoryConfig()
    read = memory_features(moves / np.nanstd(moves, axis=0), law)[:-1]
    level, trend = read[..., : len(law.scales)], read[..., len(law.scales) :]
    named = {"a week's trend": 8.0, "a month's trend": 20.0, "a year's trend": 250.0}
    return {"volatility": level.mean(axis=-1)} | {k: trend[..., law.scales.index(s)] for k, s in named.items()}


def rows_of(name: str, surprises: np.ndarray, met: dict[str, np.ndarray]) -> list[dict[str | int, Any]]:
    """The lines of one model, from surprises (day, asset) and the states that they met."""
    rows: list[dict[str | int, Any]] = []
    for label, state in met.items():
        tails, sizes = [], []
        for i in range(surprises.shape[1]):
            known = np.isfinite(surprises[:, i])
            of, at = surprises[known, i], state[known, i]
            quarters, parts = (np.digitize(at, np.quantile(at, e[1:-1])) for e in (np.linspace(0, 1, 5), EDGES))
            if label == "volatility":
                tails.append([heaviness(of[quarters == k]) for k in range(4)])
            sizes.append([np.sqrt(np.mean(of[parts == k] ** 2)) for k in range(len(EDGES) - 1)])
        if tails:
            rows.append({"model": name, "of": "1 / df, by quarters of volatility"} | dict(enumerate(np.mean(tails, 0))))
        rows.append({"model": name, "of": f"size, by {label} (5 20 50 20 5 %)"} | dict(enumerate(np.mean(sizes, 0))))
    sizes = [np.abs(column[np.isfinite(column)]) for column in surprises.T]
    rows.append(
        {"model": name, "of": "autocorrelation of size, lag 1", 0: float(np.mean([acf(s, 1)[0] for s in sizes]))}
    )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prices", nargs="*", default=["sample:us-indices"], help="files or samples")
    parser.add_argument("--until", default="2008-12-31", help="last date")
    parser.add_argument("--models", nargs="+", default=["gan", "gjr-garch"], metavar="MODEL")
    parser.add_argument("--steps", type=int, default=0, help="adversarial steps of the GAN")
    parser.add_argument("--seed", type=int, default=0)
    add_option(parser)
    options = parser.parse_args()
    prepare()
    results = Results("residuals", f"Surprises to {options.until}, by the state that they met.", quiet=True)
    try:
        for prices in options.prices:
            panel = tsgan.load_prices(prices).through(options.until)
            met = {label: state[BURN_IN:] for label, state in states(panel.moves).items()}
            rows = []
            for name in options.models:
                model = tsgan.fit(
                    panel,
                    tsgan.GANConfig(base="none", steps=options.steps) if name == "gan" else name,
                    seed=options.seed,
                )
                ahead = model.predictive_moments(panel.moves, np.arange(BURN_IN, len(panel.moves)))
                if ahead is None:
                    raise SystemExit(f"error: {name} does not tell the volatility of tomorrow; choose another model")
                rows += rows_of(name, (panel.moves[BURN_IN:] - ahead.mean) / ahead.volatility, met)
            print(
                f"\n{prices} to {options.until}: {len(panel.assets)} assets, at most {len(panel.moves) - BURN_IN} days"
            )
            table = pd.DataFrame(rows).to_string(index=False, na_rep="", float_format=lambda v: f"{v:.3f}")
            print(table, flush=True)
            results.table(prices, rows, 3)
        results.write(options.json)
    except tsgan.TsganError as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main()
