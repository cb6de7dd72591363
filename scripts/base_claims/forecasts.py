"""Claims 1 and 2: forecasts of assets that the base has never seen, from long and from short histories."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from base_claims.assets import AFTER, DATED, LEAST, against, by_ewma, by_gjr, days_to, known
from study_results import Results

import tsgan

SHORT = (500, 250, 120, 60)


def forecasts(panel: tsgan.Panel, what: dict[str, str], year: int, last: int | None) -> dict[str, dict[str, Any]]:
    """Claims 1 and 2 at one vintage, rival by rival: the base sees all days before, or the ``last`` so many."""
    cut, stop = days_to(panel, f"{year}-12-31"), days_to(panel, f"{year + 5}-12-31")
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
