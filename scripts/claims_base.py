"""Claims of the pretrained base on the corpus's TEST assets, which no vintage was trained or chosen on.

   .venv/bin/python scripts/claims_base.py --corpus CORPUS.parquet --list LIST.csv [--claims 1 2 3] [--json FILE]

1  zero-shot forecasts: log score of the five years after each vintage, beside GJR-GARCH-skew-t fitted to each asset
2  the same from the last 500, 250, 120 and 60 days only, beside exponentially weighted volatility (.94, t
   innovations), and GJR-GARCH on the same days at 500 and 250
3  level: realized volatility of the next 21, 252 and 1,260 days from the first session of each year 2000 to 2012:
   coverage of intervals and CRPS of its logarithm, beside GJR-GARCH, FHS and both bootstraps refitted then
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student
from study_results import Results, add_option

import tsgan
from tsgan.errors import TsganWarning
from tsgan.runtime import prepare
from tsgan.training import is_test

ABOUT = (
    "The pretrained base on assets that no vintage was trained or chosen on, over the five years after each vintage "
    "ends; nothing is fitted but units, drift, correlations and state, while every rival is fitted to each asset. The "
    "stocks are those that were still listed in 2017."
)
DATED = (1999, 2004, 2009, 2014)
SHORT = (500, 250, 120, 60)
HORIZONS = (21, 252, 1260)
RIVALS = ("gjr-garch", "fhs", "stationary-bootstrap", "iid-bootstrap")
PATHS = 256
LEAST, AFTER = 500, 250
DECAY = 0.94


def test_panel(corpus: Path, listing: Path) -> tuple[tsgan.Panel, dict[str, str]]:
    """Closes of the test assets that may be shown, to the last date of the corpus, and what each is."""
    table, told = pd.read_parquet(corpus), pd.read_csv(listing, index_col="ticker")
    usable = [a for a in table if is_test(a) and told.kind[a] == "price" and "QStudio" not in told.source[a]]
    table = table[usable].dropna(how="all")
    panel = tsgan.load_prices(table, join="outer", kinds=dict.fromkeys(usable, "price"), min_days=21)
    return panel, {a: str(told.what[a]) for a in usable}


def known(panel: tsgan.Panel, end: int) -> np.ndarray:
    """(asset,) returns among the first ``end``."""
    return np.isfinite(panel.moves[:end]).sum(axis=0)


def hac_t(d: np.ndarray, lag: int = 10) -> float:
    """Newey and West's t of a mean over days."""
    e = d[np.isfinite(d)] - np.nanmean(d)
    variance = e @ e / len(e) + sum(2 * (1 - k / (lag + 1)) * (e[k:] @ e[:-k]) / len(e) for k in range(1, lag + 1))
    return float(np.nanmean(d) / np.sqrt(max(variance, 1e-12) / len(e)))


def against(ours: np.ndarray, theirs: np.ndarray, kinds: list[str]) -> dict[str, Any]:
    """Log densities (day, asset) compared asset by asset, and pooled: the sum over assets day by day, so that a holiday
    on which three currencies trade weighs as three returns and not as a whole day."""
    d = ours - theirs
    mean, t = np.nanmean(d, axis=0), np.array([hac_t(column) for column in d.T])
    by_class = {k: f"{(mean[np.array(kinds) == k] > 0).sum()} of {kinds.count(k)}" for k in sorted(set(kinds))}
    return {
        "assets": len(mean),
        "better": int((mean > 0).sum()),
        "worse, t < -2": int((t < -2).sum()),
        "mean a day": float(np.nanmean(d)),
        "pooled t": hac_t(np.nansum(d, axis=1)),
        "by class": ", ".join(f"{name} {figure}" for name, figure in by_class.items()),
    }


def by_gjr(past: tsgan.Panel, future: np.ndarray) -> np.ndarray:
    """Log densities of GJR-GARCH-skew-t, fitted to each asset's own days."""
    result = np.full(future.shape, np.nan)
    for i, name in enumerate(past.assets):
        model, here = tsgan.fit(past.select([name]), "gjr-garch"), np.isfinite(future[:, i])
        own = past.moves[np.isfinite(past.moves[:, i]), i][:, None]
        density = model.log_density(future[here, i][:, None], own)
        assert density is not None
        result[here, i] = density[:, 0]
    return result


def by_ewma(past: np.ndarray, future: np.ndarray) -> np.ndarray:
    """Log densities of exponentially weighted volatility with t innovations fitted to the past."""
    result = np.full(future.shape, np.nan)
    for i in range(past.shape[1]):
        h, x = past[np.isfinite(past[:, i]), i], future[np.isfinite(future[:, i]), i]
        every, variance = np.concatenate([h, x]), np.empty(len(h) + len(x))
        now = np.mean(h**2)
        for day, r in enumerate(every):
            variance[day], now = now, DECAY * now + (1 - DECAY) * r * r
        z = every / np.sqrt(variance)
        df, _, scale = student.fit(z[: len(h)], floc=0)
        density = student.logpdf(z, max(df, 2.1), 0, scale) - np.log(variance) / 2
        result[np.isfinite(future[:, i]), i] = density[len(h) :]
    return result


def forecasts(panel: tsgan.Panel, what: dict[str, str], year: int, last: int | None) -> dict[str, dict[str, Any]]:
    """Claims 1 and 2 at one vintage, rival by rival: the base sees all days before, or the ``last`` so many."""
    cut, stop = len(panel.through(f"{year}-12-31").moves), len(panel.through(f"{year + 5}-12-31").moves)
    ahead = known(panel, stop) - known(panel, cut)
    recent = known(panel, cut) - known(panel, max(cut - (last or cut), 0))
    some = (known(panel, cut) >= LEAST) & (ahead >= AFTER) & (recent >= min(0.8 * (last or 0), LEAST))
    names = [a for a, chosen in zip(panel.assets, some, strict=True) if chosen]
    chosen = panel.select(names)
    future, shown = chosen.moves[cut:stop], chosen.through(f"{year}-12-31")
    if last is not None:
        shown = tail(shown, last + 1)
    model = tsgan.fit(shown, "base")
    assert model.info.config["pretrained_until"] <= f"{year}-12-31"
    ours, kinds = model.log_density(future, shown.moves), [what[a] for a in names]
    assert ours is not None
    found: dict[str, dict[str, Any]] = {"base": {"mean": float(np.nanmean(ours))}}
    if last is None or last >= 250:
        found["GJR-GARCH"] = against(ours, by_gjr(shown, future), kinds)
    if last is not None:
        found["EWMA"] = against(ours, by_ewma(shown.moves, future), kinds)
    return found


def tail(panel: tsgan.Panel, days: int) -> tsgan.Panel:
    """The last days of a panel."""
    table = pd.DataFrame(panel.prices[-days:], pd.DatetimeIndex(panel.dates[-days:]), list(panel.assets))
    return tsgan.load_prices(table, join="outer", kinds=dict.fromkeys(panel.assets, "price"), min_days=21)


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


def zero_shot(panel: tsgan.Panel, what: dict[str, str], results: Results) -> dict[int, float]:
    """Claim 1; the mean log score of the base at each vintage."""
    results.heading = "1. Zero-shot forecasts"
    found = {year: forecasts(panel, what, year, None) for year in DATED}
    rows = [{"vintage": year} | row["GJR-GARCH"] for year, row in found.items()]
    results.table("Log score of the base less GJR-GARCH-skew-t's, fitted to each asset", rows)
    for row in rows:
        rule = "better than GJR-GARCH fitted to each on at least 90 % of the assets, pooled t > 4"
        figure = f"vintage {row['vintage']}: better on {row['better']} of {row['assets']}, t {row['pooled t']:.1f}"
        results.claim(row["better"] >= 0.9 * row["assets"] and row["pooled t"] > 4, rule, figure)
    worse, all_of_them = (sum(row[name] for row in rows) for name in ("worse, t < -2", "assets"))
    rule = "significantly worse (t < -2) on at most 2 % over all vintages"
    results.claim(worse <= 0.02 * all_of_them, rule, f"{worse} of {all_of_them}")
    return {year: row["base"]["mean"] for year, row in found.items()}


def short_histories(panel: tsgan.Panel, what: dict[str, str], full: dict[int, float], results: Results) -> None:
    """Claim 2."""
    results.heading = "2. Short histories"
    rows, losses = [], []
    for last in SHORT:
        for year in DATED:
            found = forecasts(panel, what, year, last)
            rows += [
                {"days": last, "vintage": year, "against": rival} | row
                for rival, row in found.items()
                if rival != "base"
            ]
            if last == 250 and year in full:
                losses.append(full[year] - found["base"]["mean"])
    results.table("Log score of the base from the last days only, less that of rivals on the same days", rows)
    for rival, wanted in (("EWMA", SHORT), ("GJR-GARCH", SHORT[:2])):
        for last in wanted:
            some = [row for row in rows if row["days"] == last and row["against"] == rival]
            holds = all(row["better"] >= 0.9 * row["assets"] for row in some)
            figure = ", ".join(f"{row['vintage']}: {row['better']} of {row['assets']}" for row in some)
            results.claim(holds, f"the last {last} days: better than {rival} on 90 % at each vintage", figure)
    if losses:
        figure = f"at most {max(losses):.4f}"
        results.claim(max(losses) < 0.012, "with 250 days within .012 a day of the full history", figure)


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--list", type=Path, required=True)
    parser.add_argument("--claims", type=int, nargs="*", choices=(1, 2, 3), default=[1, 2, 3])
    add_option(parser)
    options = parser.parse_args()
    prepare()
    warnings.simplefilter("ignore", TsganWarning)
    panel, what = test_panel(options.corpus, options.list)
    results = Results("base", ABOUT)
    full = zero_shot(panel, what, results) if 1 in options.claims else {}
    results.write(options.json)
    if 2 in options.claims:
        short_histories(panel, what, full, results)
        results.write(options.json)
    if 3 in options.claims:
        levels(panel, results)
        results.write(options.json)


if __name__ == "__main__":
    main()
