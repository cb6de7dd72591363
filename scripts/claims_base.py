"""Claims of the pretrained base on the corpus's TEST assets, which no vintage was trained or chosen on.

    .venv/bin/python scripts/claims_base.py --corpus CORPUS.parquet --list LIST.csv [--claims 1 2 3] [--out FILE.json]

 1  zero-shot forecasts: log score of the five years after each vintage, beside GJR-GARCH-skew-t fitted to each asset
 2  the same from the last 500, 250, 120 and 60 days only, beside exponentially weighted volatility (.94, t
    innovations), and GJR-GARCH on the same days at 500 and 250
 3  level: realized volatility of the next 21, 252 and 1,260 days from the first session of each year 2000 to 2012:
    coverage of intervals and CRPS of its logarithm, beside GJR-GARCH, FHS and the stationary bootstrap refitted then

Figures are added to --out as they come.
"""

from __future__ import annotations

import argparse
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student

import tsgan
from tsgan.errors import TsganWarning
from tsgan.models.classical.gjr import fit_gjr
from tsgan.models.classical.gjr_garch import log_densities
from tsgan.runtime import prepare
from tsgan.training.corpus import is_test

DATED = (1999, 2004, 2009, 2014)
HORIZONS = (21, 252, 1260)
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
    """Log densities (day, asset) compared asset by asset, and pooled by day."""
    d = ours - theirs
    mean, t = np.nanmean(d, axis=0), np.array([hac_t(column) for column in d.T])
    return {
        "assets": len(mean),
        "better": int((mean > 0).sum()),
        "significantly_worse": int((t < -2).sum()),
        "mean": round(float(np.nanmean(np.nanmean(d, axis=1))), 5),
        "t": round(hac_t(np.nanmean(d, axis=1)), 2),
        "by_class": {k: f"{(mean[np.array(kinds) == k] > 0).sum()} of {kinds.count(k)}" for k in sorted(set(kinds))},
    }


def by_gjr(past: np.ndarray, future: np.ndarray, names: list[str]) -> np.ndarray:
    """Log densities of GJR-GARCH-skew-t, fitted to each asset's own days."""
    result = np.full(future.shape, np.nan)
    for i, name in enumerate(names):
        h, here = past[np.isfinite(past[:, i]), i][:, None], np.isfinite(future[:, i])
        margins, innovations = fit_gjr(h, [name], "skewt")
        result[here, i] = log_densities(future[here, i][:, None], h, margins, innovations)[:, 0]
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


def forecasts(panel: tsgan.Panel, what: dict[str, str], year: int, last: int | None) -> dict[str, Any]:
    """Claims 1 and 2 at one vintage: the base sees all days before, or the ``last`` so many."""
    cut, stop = len(panel.through(f"{year}-12-31").moves), len(panel.through(f"{year + 5}-12-31").moves)
    ahead = known(panel, stop) - known(panel, cut)
    recent = known(panel, cut) - known(panel, max(cut - (last or cut), 0))
    some = (known(panel, cut) >= LEAST) & (ahead >= AFTER) & (recent >= min(0.8 * (last or 0), LEAST))
    names = [a for a, chosen in zip(panel.assets, some, strict=True) if chosen]
    chosen = panel.select(names)
    past, future = chosen.moves[:cut], chosen.moves[cut:stop]
    shown = chosen.through(f"{year}-12-31")
    if last is not None:
        past = past[-last:]
        shown = tail(shown, last + 1)
    model = tsgan.fit(shown, "base")
    assert model.info.config["pretrained_until"] <= f"{year}-12-31"
    ours, kinds = model.log_density(future, past), [what[a] for a in names]
    assert ours is not None
    result: dict[str, Any] = {"full_history" if last is None else f"last_{last}": round(float(np.nanmean(ours)), 5)}
    if last is None or last >= 250:
        result["against GJR-GARCH"] = against(ours, by_gjr(past, future, names), kinds)
    if last is not None:
        result["against EWMA"] = against(ours, by_ewma(past, future), kinds)
    return result


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
    for model in ("base", "gjr-garch", "fhs", "stationary-bootstrap"):
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--list", type=Path, required=True)
    parser.add_argument("--claims", type=int, nargs="*", choices=(1, 2, 3), default=[1, 2, 3])
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "site" / "results" / "base.json")
    options = parser.parse_args()
    prepare()
    warnings.simplefilter("ignore", TsganWarning)
    panel, what = test_panel(options.corpus, options.list)

    def tell(claim: str, key: str, value: Any) -> None:
        told = json.loads(options.out.read_text()) if options.out.exists() else {}
        told.setdefault(claim, {})[key] = value
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(told, indent=1) + "\n")
        print(claim, key, json.dumps(value), flush=True)

    for year in DATED if 1 in options.claims else ():
        tell("1 zero-shot forecasts", f"base-{year}", forecasts(panel, what, year, None))
    for last in (500, 250, 120, 60) if 2 in options.claims else ():
        for year in DATED:
            tell("2 short histories", f"base-{year}, {last} days", forecasts(panel, what, year, last))
    rows: list[dict[str, Any]] = []
    for year in range(2000, 2013) if 3 in options.claims else ():
        rows += level(panel, year)
        table = pd.DataFrame(rows).groupby(["days", "model"])[["in_90", "in_50", "crps"]].mean().round(4)
        print(f"starts to {year}\n{table}", flush=True)
        tell(
            "3 level",
            f"starts to {year}",
            {f"{days} days, {model}": row.to_dict() for (days, model), row in table.iterrows()},
        )


if __name__ == "__main__":
    main()
