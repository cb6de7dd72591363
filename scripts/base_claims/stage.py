"""Claim 8: what the stage on free runs is worth, against the same base by likelihood alone.

Vintages by likelihood alone, and by other seeds of the stage, are what ``scripts/train_base.py`` leaves with
``--run-steps 0``, and with ``--from`` and ``--seed``: folders base-1999 to base-2014 in a folder each.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from base_claims.assets import DATED, LEAST, days_to, hac_t, judged
from base_claims.free_runs import counted_facts
from study_results import Results

import tsgan
from tsgan.evaluation import resampled
from tsgan.stats import Summary, compare, score_lags, summarize

YEARS, PATHS, SERIES = 5, 200, 40
SCORES = {"emd_20": "EMD, 20 days", "emd_100": "EMD, 100 days", "dy_20": "DY, 20 days", "dy_100": "DY, 100 days",
          "acf_abs": "ACF of abs r"}  # fmt: skip


def stage(panel: tsgan.Panel, results: Results, alone: Path, seeds: list[Path]) -> None:
    """Claim 8; ``seeds`` are folders of vintages of other seeds, beside those that come with tsgan."""
    results.heading = "8. The stage on free runs"
    sources: dict[str, Path | None] = {"likelihood alone": alone, "seed 0": None}
    sources |= {f"seed {i}": folder for i, folder in enumerate(seeds, 1)}
    trained = [name for name in sources if name != "likelihood alone"]
    gaps: list[dict[str, Any]] = []
    scores: dict[str, list[np.ndarray]] = {name: [] for name in trained}
    for year in DATED:
        cut, stop = days_to(panel, f"{year}-12-31"), days_to(panel, f"{year + YEARS}-12-31")
        names = judged(panel, cut, stop, LEAST, LEAST)
        chosen = panel.select(names)
        past, real = chosen.through(f"{year}-12-31"), chosen.moves[cut:stop]
        of_models = {}
        for name, folder in sources.items():
            vintage = f"{year}" if folder is None else str(folder / f"base-{year}")
            model = tsgan.fit(past, "base", vintage=vintage)
            density = model.log_density(real, past.moves)
            assert density is not None
            of_models[name] = density, model.sample(PATHS, stop - cut, seed=year).moves
        for name in trained:
            scores[name].append(of_models[name][0] - of_models["likelihood alone"][0])
        for i, asset in enumerate(names):
            paths = {name: np.asarray(drawn[:, :, i], np.float64) for name, (_, drawn) in of_models.items()}
            gaps += of_asset(chosen.select([asset]), f"{year}-12-31", f"{year + YEARS}-12-31", real[:, i], paths, year)
        print(f"vintage {year}", flush=True)
    table: Any = pd.DataFrame(gaps)
    measured = [*SCORES.values(), "facts in band"]
    whole = table[table["series"] == 0].groupby(["vintage", "seed"])[measured].mean()
    results.table("Log ratio of distances, and facts in band gained, over likelihood alone", whole.reset_index())
    for name in measured:
        again = table.groupby(["seed", "series"])[name].mean()
        real = float(again.xs(0, level="series").mean())
        if name == "facts in band":
            spread = table[table["series"] == 0].groupby(["seed", "vintage"])[name].mean()
            error = float(spread.std() / np.sqrt(len(spread)))
            low, high = real - 1.96 * error, real + 1.96 * error
            holds = low > 0
        else:
            centred = again[again.index.get_level_values("series") > 0]
            low, high = (float(np.quantile(centred - centred.median(), q)) + real for q in (0.025, 0.975))
            holds = high < 0
        what = "more facts in band" if name == "facts in band" else f"{name} lower"
        results.claim(
            holds, f"{what} than by likelihood alone", f"{real:+.4f}, 95 % interval {low:+.4f} to {high:+.4f}"
        )
    each = {name: hac_t(np.concatenate([np.nansum(gap, axis=1) for gap in gaps_])) for name, gaps_ in scores.items()}
    means = {name: float(np.nanmean(np.concatenate([gap.ravel() for gap in g]))) for name, g in scores.items()}
    figure = ", ".join(f"{name} {means[name]:+.5f} a day, t {t:.1f}" for name, t in each.items())
    results.claim(min(each.values()) > -1, "log score not lower than by likelihood alone (t > -1)", figure)


def of_asset(
    alone: tsgan.Panel, cut: str, end: str, real: np.ndarray, paths: dict[str, np.ndarray], seed: int
) -> list[dict[str, Any]]:
    """Gaps over likelihood alone of each seed, on the real series, which is number 0, and on its resamples."""
    there = np.isfinite(real)
    real, lags = real[there], score_lags(int(there.sum()))
    made: dict[str, Summary] = {name: summarize(drawn[:, there], lags) for name, drawn in paths.items()}
    judged_facts = counted_facts(alone.through(end), cut, paths, seed)
    shares = {name: np.mean([one.mark == "in band" for one in counted]) for name, counted in judged_facts.items()}
    rows = []
    for number, series in enumerate([real, *resampled(real[:, None], seed, SERIES)[..., 0]]):
        found = {name: compare(series, summary) for name, summary in made.items()}
        base = found.pop("likelihood alone")
        for name, ours in found.items():
            row: dict[str, Any] = {"vintage": seed, "seed": name, "series": number}
            row |= {told: float(np.log(ours[score] / base[score])) for score, told in SCORES.items()}
            rows.append(row | {"facts in band": shares[name] - shares["likelihood alone"]})
    return rows
