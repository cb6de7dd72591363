"""Claim 3: the volatility of the next month, year and five years."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from base_claims.assets import LEAST, known
from study_results import Results

import tsgan

HORIZONS = (21, 252, 1260)
RIVALS = ("gjr-garch", "fhs", "stationary-bootstrap", "iid-bootstrap")
PATHS = 256


def crps(draws: np.ndarray, y: float) -> float:
    d, n = np.sort(draws), len(draws)
    return float(np.abs(d - y).mean() - (2 * np.arange(1, n + 1) - n - 1) @ d / n**2)


def level(panel: tsgan.Panel, year: int) -> list[dict[str, Any]]:
    """Claim 3 from the first session of a year: a row an asset, model and horizon."""
    past = panel.before(f"{year}-01-01")
    cut = len(past.moves)
    ahead = known(panel, len(panel.moves)) - known(panel, cut)
    some = (known(panel, cut) >= LEAST) & (ahead >= HORIZONS[-1]) & np.isfinite(past.last_prices)
    names = [a for a, chosen in zip(panel.assets, some, strict=True) if chosen]
    future = panel.select(names).moves[cut:]
    rows = []
    for model in ("base", *RIVALS):
        returns = tsgan.fit(past.select(names), model).sample(PATHS, HORIZONS[-1], seed=year).returns
        for i, name in enumerate(names):
            real = future[np.isfinite(future[:, i]), i]
            for days in HORIZONS:
                y = 0.5 * np.log(np.mean(real[:days] ** 2))
                drawn = 0.5 * np.log(np.mean(returns[:, :days, i].astype(np.float64) ** 2, axis=1))
                below = (drawn < y).mean()
                rows.append({"year": year, "asset": name, "model": model, "days": days, "crps": crps(drawn, y),
                             "in_90": 0.05 < below < 0.95, "in_50": 0.25 < below < 0.75})  # fmt: skip
    return rows


def levels(panel: tsgan.Panel, results: Results) -> None:
    """Claim 3."""
    results.heading = "3. Level"
    rows: list[dict[str, Any]] = []
    for year in range(2000, 2013):
        rows += level(panel, year)
        print(f"starts to {year}", flush=True)
    table = pd.DataFrame(rows)
    by_date: Any = table.groupby(["days", "model", "year"])[["in_90", "in_50", "crps"]].mean()
    each = by_date.groupby(["days", "model"])
    mean, count = each.mean(), each.size()
    error = each.std().div(np.sqrt(count), axis=0)
    shown = mean.join(error.add_suffix(" +-")).reset_index()
    results.table("Coverage and CRPS of log volatility, mean over starts; standard errors by date", shown)
    for days in HORIZONS:
        own, others = mean.loc[(days, "base")], mean.loc[days].drop("base")
        holds = 0.80 <= own["in_90"] <= 0.97 and 0.38 <= own["in_50"] <= 0.62
        figure = f"{own['in_90']:.1%} and {own['in_50']:.1%}"
        results.claim(holds, f"{days} days: 90 % intervals cover 80 to 97 %, 50 % intervals 38 to 62 %", figure)
        best = str(others["crps"].idxmin())
        d = by_date.loc[(days, "base")]["crps"] - by_date.loc[(days, best)]["crps"]
        t = d.mean() / (d.std() / np.sqrt(len(d)))
        figure = f"{own['crps']:.4f}, {best} {others['crps'].min():.4f}, t {t:.1f}"
        results.claim(t < 1, f"{days} days: CRPS lower than every rival's, or not clearly above (t < 1)", figure)
