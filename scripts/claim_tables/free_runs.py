"""Claims about long free runs: their scores out of sample, their level of volatility, their memory, their novelty."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from claim_tables.forecasts import cost_in_log_score
from claim_tables.study import INDICES, STOCKS, Study

from tsgan.evaluation import FACTS, Band, Novelty, resampled
from tsgan.models.gan import draws_at_cap
from tsgan.stats import acf, aggregate, compare, quantgans_scores, score_lags, stationary_indices, summarize

LONG = 4000
"""Days of the free runs whose volatility and memory are looked at."""
SERIES = 300
FACT = {fact.name: fact for fact in FACTS}
SPLITS = ("2008-12-31", "2013-12-31")
RIVALS = ("stationary-bootstrap", "gjr-garch", "fhs")
SOURCES = ("gan", *RIVALS)


def scores(study: Study, group: str, name: str) -> dict[str, dict[str, float]]:
    """Asset -> Quant GANs scores of free runs against the later returns."""

    def compute() -> dict[str, dict[str, float]]:
        case, drawn = study.case(group), study.free_run(group, name)
        return {
            asset: quantgans_scores(case.real[case.known[:, i], i], case.of_asset(i, drawn))
            for i, asset in enumerate(case.assets)
        }

    return study.kept(f"scores-{group}-{name.replace(' ', '-')}", {name: study.model(group, name)}, compute)


def claim_2(study: Study) -> None:
    """The adversarial stage costs tomorrow's density nothing, and improves long free runs."""
    cost_in_log_score(study)
    names = ("gan", "warm start", "gjr-garch", "fhs", "stationary-bootstrap")
    table = pd.DataFrame(
        {
            name: pd.concat([pd.DataFrame(scores(study, group, name)).T for group in study.panels]).mean()
            for name in names
        }
    )
    study.results.table("scores of free runs, means over assets", table.reset_index(names="score"))
    wanted = ("emd_20", "emd_100", "dy_20", "dy_100")
    study.results.claim(
        all(table.gan[s] < table["warm start"][s] for s in wanted),
        "free-run EMD and DY at 20 and 100 days lower in mean after it",
        ", ".join(f"{s} {table['warm start'][s]:.4g} -> {table.gan[s]:.4g}" for s in wanted),
    )


@cache
def long_run(study: Study, group: str, name: str) -> np.ndarray:
    """(path, LONG, asset) free runs of a model from the cut on."""
    return study.model(group, name).sample(study.paths, LONG, seed=study.seed).moves


def blocks(real: np.ndarray, mean_block: float, days: int, seed: int) -> np.ndarray:
    """(SERIES, days) block-bootstrap histories of (day,) returns, with blocks long enough for what is measured."""
    rng = np.random.default_rng([seed, 0xC1A1])
    pieces = -(-days // len(real))
    index = stationary_indices(len(real), SERIES * pieces, mean_block, rng).reshape(SERIES, -1)
    return real[index[:, :days]]


def claim_4(study: Study) -> None:
    """Free runs of 4,000 days keep the market's level of volatility, and how much it varies."""
    rows, inside = [], {name: {"std": 0, "dispersion": 0} for name in SOURCES}
    for group, i, asset in study.assets:
        real = study.panels[group].through(study.cut).moves[:, i]
        real = real[np.isfinite(real)]
        runs = {name: long_run(study, group, name)[:, :, i].astype(np.float64) for name in inside}
        again, row = resampled(real[:, None], study.seed)[..., 0], {"asset": asset}
        for statistic, middle in (("std", np.mean), ("dispersion", np.median)):
            of = FACT[statistic].statistic
            truth, band = float(of(real)), Band.of(of(again))
            # Blocks cut memory, so the band of dispersion is moved to the real value.
            band = band if statistic == "std" else band.moved(truth)
            values = {name: float(middle(of(run))) for name, run in runs.items()}
            for name, value in values.items():
                inside[name][statistic] += value in band
            row |= {statistic: values["gan"], f"real {statistic}": truth}
            row |= {f"{statistic} band": f"[{band.low:.4f}, {band.high:.4f}]"}
            row[f"{statistic} inside"] = values["gan"] in band
        # How far paths differ in their level: beside that of bootstrap paths as long, in blocks of a year.
        spread = [float(np.log(x.std(axis=1)).std()) for x in (runs["gan"], blocks(real, 250.0, LONG, study.seed))]
        rows.append(row | {"spread of levels": spread[0], "bootstrap": spread[1]})
    study.results.table("volatility of free runs", rows)
    counted = [{"model": name, **counts} for name, counts in inside.items()]
    study.results.table(f"inside the band, of {len(rows)} assets", counted)
    study.results.claim(
        all(count == len(rows) for count in inside["gan"].values()),
        "mean volatility and dispersion of 20-day volatility inside the real bootstrap band for every asset",
        f"volatility for {inside['gan']['std']} of {len(rows)}, dispersion for {inside['gan']['dispersion']}",
        {name: f"{counts['std']}, {counts['dispersion']}" for name, counts in inside.items()},
    )
    bound = [draws_at_cap(study.model(group, "gan")) for group in study.panels]  # type: ignore[arg-type]
    hits, draws = (sum(b[k] for b in bound) for k in (0, 1))
    study.results.claim(
        hits * 1e6 <= draws, "no path dropped; the cap binds at most once in 10^6 draws", f"{hits} of {draws:,}"
    )


def claim_8(study: Study, lags: int = 500) -> None:
    """Long memory: ACF of abs r to 500 days, and how the variance of sums grows."""
    horizons, rows = (1, 5, 20, 60, 250), []
    for group, i, asset in study.assets:
        real = study.panels[group].through(study.cut).moves[:, i]
        real = real[np.isfinite(real)]
        days = min(len(real), LONG - 250)
        real, again = real[-days:], blocks(real[-days:], lags, days, study.seed)
        theirs, truth = acf(np.abs(again), lags), acf(np.abs(real), lags)
        # Blocks cut memory, so the band is moved to the real curve.
        low, high = np.quantile(theirs, [0.025, 0.975], axis=0) + truth - np.median(theirs, axis=0)
        bands = {h: Band.of(aggregate(again, h).var(axis=-1)) for h in horizons}
        for name in SOURCES:
            ours = long_run(study, group, name)[:, -days:, i].astype(np.float64)
            curve = acf(np.abs(ours), lags).mean(axis=0)
            row = {"model": name, "asset": asset, "lags inside": float(((curve >= low) & (curve <= high)).mean())}
            for h in horizons:
                variance = float(np.mean(aggregate(ours, h).var(axis=-1)))
                row[f"var {h}"], row[f"ok {h}"] = variance / float(aggregate(real, h).var()), variance in bands[h]
            rows.append(row)
    table = pd.DataFrame(rows)
    study.results.table("memory of free runs", table[table.model == "gan"], 2)
    held = [f"ok {h}" for h in horizons]
    table["ACF"] = table["lags inside"] >= 0.95
    counts = pd.DataFrame(table.groupby("model", sort=False)[["ACF", *held]].sum()).astype(int)
    total = int((table.model == "gan").sum())
    study.results.table(f"inside the band, of {total} assets", counts.reset_index())
    ours = counts.loc["gan"]
    study.results.claim(
        bool(ours["ACF"] == total),
        f"ACF of abs r to {lags} days inside the band (95 % of the lags) for every asset",
        f"{ours['ACF']} of {total}",
        dict(zip(counts.index, counts["ACF"], strict=True)),
    )
    study.results.claim(
        bool((ours[held] == total).all()),
        f"variance of sums of {', '.join(map(str, horizons))} days inside the band for every asset",
        ", ".join(f"{ours[f'ok {h}']}" for h in horizons) + f" of {total}",
        {name: ", ".join(map(str, counts.loc[name, held])) for name in counts.index},
    )


def claim_5(study: Study, rivals: tuple[str, ...] = RIVALS, series: int = 40) -> None:
    """Quant GANs scores out of sample on two splits of the indices, with block-bootstrap intervals."""
    ranks: dict[str, list[int]] = {name: [] for name in ("gan", *rivals)}
    rows = []
    for cut in SPLITS:
        split = study.at(cut=cut)
        case = split.case(INDICES)
        drawn = {name: split.free_run(INDICES, name) for name in ranks}
        for i, asset in enumerate(case.assets):
            real = case.real[case.known[:, i], i]
            lags = score_lags(len(real))
            ours = {name: summarize(case.of_asset(i, x), lags) for name, x in drawn.items()}
            found = {name: compare(real, summary) for name, summary in ours.items()}
            again = [
                {name: compare(r, summary) for name, summary in ours.items()}
                for r in resampled(real[:, None], study.seed, series)[..., 0]
            ]
            for score in found["gan"]:
                if score == "acf":
                    continue  # of returns: near zero in all models, and not among the paper's claims here
                for place, name in enumerate(sorted(ranks, key=lambda n: found[n][score]), 1):
                    ranks[name].append(place)
                row = {"to": cut[:4], "asset": asset, "score": score} | {n: found[n][score] for n in ranks}
                for name in rivals:
                    gap = found["gan"][score] - found[name][score]
                    spread = np.array([a["gan"][score] - a[name][score] for a in again])
                    low = gap + float(np.quantile(spread - np.median(spread), 0.025))
                    row[f"worse than {name}"] = low > 0
                rows.append(row)
    study.results.table("scores on two splits", rows)
    means = {name: float(np.mean(places)) for name, places in ranks.items()}
    study.results.claim(means["gan"] == min(means.values()), "lowest mean rank", f"{means['gan']:.2f}", means)
    table = pd.DataFrame(rows)
    worse = {name: int(np.sum(table[f"worse than {name}"])) for name in rivals}
    seen = ", ".join(f"than {n} on {k}" for n, k in worse.items())
    study.results.claim(not any(worse.values()), f"none of {len(rows)} scores significantly worse", seen, worse)


def claim_9(study: Study, series: int = 500) -> None:
    """Novelty: paths lie no nearer to the training history than later real days do."""
    holds, rows = True, []
    for group in (STOCKS, INDICES):
        case = study.case(group)
        novelty = Novelty(case.train.moves, case.split, case.real, case.in_sample, study.seed)
        rng = np.random.default_rng([study.seed, 0x9E])
        again = novelty.real[stationary_indices(len(novelty.real), series, 40.0, rng)]
        median = Band.of(np.median(again, axis=1))
        close = Band.of((again <= novelty.threshold).mean(axis=1))
        for name in (*SOURCES, "iid-bootstrap"):
            found = novelty.scores(study.free_run(group, name))
            inside = found["nearest"] in median and found["close"] <= close.high
            if name == "gan":
                holds &= inside
            rows.append(
                {"panel": group, "source": name, "nearest, median": found["nearest"], "low": median.low}
                | {"high": median.high, "close": found["close"], "close, high": close.high, "inside": inside}
            )
    study.results.table("distances to the training history", rows)
    seen = [f"{r['panel']} {r['nearest, median']:.3f}, close {r['close']:.1%}" for r in rows if r["source"] == "gan"]
    study.results.claim(holds, "nearest-neighbour distances of paths inside the real-vs-real band", "; ".join(seen))
