"""Claims 6 and 7: long free runs, and Cont's facts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from base_claims.assets import DATED, LEAST, days_to, judged, known
from claim_tables.free_runs import blocks
from study_results import Results

import tsgan
from tsgan.evaluation import FACTS, Band, case_of_model, real_facts, resampled
from tsgan.stats import acf, aggregate

LONG, BURN_IN, PATHS = 4000, 250, 100
"""Days of free runs; those that are left out first; and their number."""
THROUGH, SHORTEST = 1250, 2500
"""Days before the end of the vintage that the real series begins with, and the least that it has."""
LAGS, SUMS, SHARE = 500, (1, 5, 20, 60, 250), 0.95
RIVALS = {"fhs": "FHS", "gjr-garch": "GJR-GARCH", "stationary-bootstrap": "stationary bootstrap"}
MODELS = {"base": "base", **RIVALS}
FACT = {fact.name: fact for fact in FACTS}
YEARS, FACT_PATHS = 5, 300
COUNTED = ("in band", "out of band", "too wide")
"""Marks of facts that tell something."""


def long_runs(panel: tsgan.Panel, results: Results) -> None:
    """Claim 6."""
    results.heading = "6. Free runs"
    rows: list[dict[str, Any]] = []
    for year in DATED[:3]:
        cut = days_to(panel, f"{year}-12-31")
        began = max(cut - THROUGH, 0)
        length = known(panel, len(panel.moves)) - known(panel, began)
        old = judged(panel, cut, len(panel.moves))
        names = [a for a, days in zip(panel.assets, length, strict=True) if days >= SHORTEST and a in old]
        chosen = panel.select(names)
        past, real = chosen.through(f"{year}-12-31"), chosen.moves[began:]
        runs = {name: tsgan.fit(past, name).sample(PATHS, LONG, seed=year).moves[:, BURN_IN:] for name in MODELS}
        for i, asset in enumerate(names):
            series = real[np.isfinite(real[:, i]), i][: LONG - BURN_IN]
            rows += [
                {"vintage": year, "asset": asset, "model": MODELS[name]} | held
                for name, held in inside(series, {n: run[:, :, i] for n, run in runs.items()}, year).items()
            ]
        print(f"vintage {year}", flush=True)
    table: Any = pd.DataFrame(rows)
    tests = [column for column in table if column not in ("vintage", "asset", "model")]
    counted: Any = table.groupby(["vintage", "model"], sort=False)[tests].sum().astype(int)
    assets = table[table.model == "base"].groupby("vintage").size()
    counted["assets"] = [int(assets[vintage]) for vintage, _ in counted.index]
    results.table("Test assets for which free runs lie inside the real band", counted.reset_index())
    for test in tests:
        each = counted[test].unstack()
        best = each[["FHS", "GJR-GARCH"]].max(axis=1)
        figure = ", ".join(
            f"{year}: {each['base'][year]}, FHS {each['FHS'][year]}, GJR-GARCH {each['GJR-GARCH'][year]} of "
            f"{assets[year]}"
            for year in each.index
        )
        rule = f"{test} inside the band for as many assets as for the better of FHS and GJR-GARCH, at each vintage"
        results.claim(bool((each["base"] >= best).all()), rule, figure)


def inside(real: np.ndarray, runs: dict[str, np.ndarray], seed: int) -> dict[str, dict[str, bool]]:
    """What of each model's free runs (path, day) lies inside the band of a real series (day,)."""
    days = len(real)
    again, year_blocks = resampled(real[:, None], seed)[..., 0], blocks(real, LAGS, days, seed)
    curve, curves = acf(np.abs(real), LAGS), acf(np.abs(year_blocks), LAGS)
    # Blocks cut memory, so bands of what is made of it are moved to the real value.
    low, high = np.quantile(curves, [0.025, 0.975], axis=0) + curve - np.median(curves, axis=0)
    bands = {"mean volatility": Band.of(FACT["std"].statistic(again))}
    dispersion = FACT["dispersion"].statistic
    bands["dispersion of volatility"] = Band.of(dispersion(again)).moved(float(dispersion(real)))
    sums = {h: Band.of(aggregate(year_blocks, h).var(axis=-1)) for h in SUMS}
    found = {}
    for name, run in runs.items():
        paths = run[:, :days].astype(np.float64)
        ours = acf(np.abs(paths), LAGS).mean(axis=0)
        found[name] = {
            "mean volatility": float(np.mean(FACT["std"].statistic(paths))) in bands["mean volatility"],
            "dispersion of volatility": float(np.median(dispersion(paths))) in bands["dispersion of volatility"],
            f"ACF of abs r to {LAGS} days": bool(((ours >= low) & (ours <= high)).mean() >= SHARE),
            "variance of sums": all(float(np.mean(aggregate(paths, h).var(axis=-1))) in sums[h] for h in SUMS),
        }
    return found


def counted_facts(alone: tsgan.Panel, cut: str, paths: dict[str, np.ndarray], seed: int) -> dict[str, list[Any]]:
    """Judgements of each source's paths (path, day) on those facts of one asset's days after the cut that tell
    something."""
    case = case_of_model(tsgan.fit(alone.through(cut), "stationary-bootstrap"), alone)
    there = real_facts(case, seed)[0]
    every = {
        name: there.judge(np.ascontiguousarray(drawn[:, : case.days], np.float64)) for name, drawn in paths.items()
    }
    return {name: [one for one in judged if one.mark in COUNTED] for name, judged in every.items()}


def facts(panel: tsgan.Panel, results: Results) -> None:
    """Claim 7."""
    results.heading = "7. Facts"
    rows: list[dict[str, Any]] = []
    for year in DATED:
        cut, stop = days_to(panel, f"{year}-12-31"), days_to(panel, f"{year + YEARS}-12-31")
        names = judged(panel, cut, stop, LEAST, LEAST)
        chosen = panel.select(names).through(f"{year + YEARS}-12-31")
        models = {name: tsgan.fit(chosen.through(f"{year}-12-31"), name) for name in MODELS}
        drawn = {name: model.sample(FACT_PATHS, stop - cut, seed=year).moves for name, model in models.items()}
        for i, asset in enumerate(names):
            alone = chosen.select([asset])
            paths = {name: moves[:, :, i] for name, moves in drawn.items()}
            for name, counted in counted_facts(alone, f"{year}-12-31", paths, year).items():
                rows.append(
                    {"vintage": year, "asset": asset, "model": MODELS[name]}
                    | {"in band": sum(m.mark == "in band" for m in counted), "facts": len(counted)}
                    | {"width": float(np.nanmean([m.width for m in counted]))}
                )
        print(f"vintage {year}", flush=True)
    table = pd.DataFrame(rows)
    summed: Any = table.groupby(["vintage", "model"], sort=False)[["in band", "facts"]].sum()
    shown = summed.assign(share=summed["in band"] / summed["facts"])
    shown["width of bands"] = table.groupby(["vintage", "model"], sort=False)["width"].mean()
    results.table("Facts of the later dates inside the band of free runs, over all test assets", shown.reset_index())
    for rival in ("stationary bootstrap", "FHS"):
        ours, theirs = (shown.xs(name, level="model") for name in ("base", rival))
        figure = ", ".join(f"{y}: {ours.share[y]:.3f}, {theirs.share[y]:.3f}" for y in DATED)
        rule = f"share of facts in band at least that of {rival} at each vintage"
        results.claim(bool((ours.share >= theirs.share).all()), rule, figure)
        figure = ", ".join(f"{y}: {ours['width of bands'][y]:.2f}, {theirs['width of bands'][y]:.2f}" for y in DATED)
        wider = ours["width of bands"] > theirs["width of bands"]
        results.claim(not wider.any(), f"bands no wider than those of {rival}, in mean over the facts", figure)
