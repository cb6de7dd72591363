"""Claims about forecasts: tomorrow and the next ten days, before and after the adversarial stage."""

from __future__ import annotations

import math
from typing import cast

import numpy as np
import pandas as pd
from claim_tables.study import Study

from tsgan.evaluation import calibrate, mean_over_assets
from tsgan.stats import hac_mean

DRAWS = 1000
SOURCES = ("gan", "gjr-garch", "fhs")


def comparisons(study: Study) -> pd.DataFrame:
    """Diebold-Mariano rows of all assets of both panels, gan against each baseline; "panel" says which."""
    frames = []
    for group, panel in study.panels.items():
        models = {name: study.model(group, name) for name in SOURCES}

        def compute(models=models, panel=panel) -> list:
            return calibrate(models, panel, study.cut, draws=DRAWS, seed=study.seed, progress=print).tables[
                "comparisons"
            ]

        frames.append(pd.DataFrame(study.kept(f"forecasts-{group}", models, compute)).assign(panel=group))
    return pd.concat(frames, ignore_index=True)


def claim_1(study: Study) -> None:
    """Forecasts beat per-asset GJR-GARCH-skew-t and FHS on most assets, and lose clearly on at most one."""
    table = comparisons(study)
    each, pooled = (table.query(f"asset {sign} @ALL_ASSETS") for sign in ("!=", "=="))
    rows, holds, results = [], True, study.results
    for key, group in each.query("loss != 'fz0'").groupby(["loss", "horizon", "baseline"]):
        loss, horizon, baseline = cast(tuple[str, int, str], key)
        if loss == "log_score" and baseline != "gjr-garch":
            continue
        better, worse = group.difference < 0, group.t > 2
        holds &= better.mean() >= 0.8 and worse.sum() <= 1
        rows.append(
            {
                "score": loss,
                "days": horizon,
                "against": baseline,
                "better": f"{better.sum()} of {len(group)}",
                "clearly better": int((group.t < -2).sum()),
                "clearly worse": int(worse.sum()),
                "lost on": " ".join(group.asset[worse]),
            }
        )
    results.table("scores by asset", rows)
    sizes = each.groupby("panel").asset.nunique()
    losses = []
    for key, group in pooled.query("loss == 'fz0'").groupby(["level", "baseline"]):
        level, baseline = cast(tuple[float, str], key)
        share = group.panel.map(sizes) / sizes.sum()
        mean = float((share * group.difference).sum())
        # The panels' errors are added up as if they moved together, which they nearly do.
        error = float((share * (group.difference / group.t).abs()).sum())
        holds &= mean < 0
        losses.append(
            {"FZ0 at": f"{1 - level:.1%}", "against": baseline, "difference": mean}
            | {"low": mean - 1.96 * error, "high": mean + 1.96 * error}
        )
    results.table("FZ0, pooled over assets", losses)
    by_asset = each.pivot_table(index="asset", columns=["loss", "horizon", "baseline"], values="t")
    results.table("t of the difference, below 0 where ours is better", by_asset.round(1).reset_index(), 1)
    seen = [
        f"{r['score']} {r['days']} days, {r['against']}: {r['better']}, clearly worse {r['clearly worse']}"
        for r in rows
    ]
    results.claim(
        holds,
        "better on 80 % of the assets for each score and baseline, clearly worse on one at most; FZ0 below both",
        "; ".join(seen),
    )


def log_gap(study: Study, name: str, other: str) -> pd.DataFrame:
    """(day, asset) one-day log score of a model less another's, on the later dates of both panels; NaN where none."""
    frames = []
    for group, panel in study.panels.items():
        case = study.case(group)
        ours, theirs = (study.model(group, n).log_density(case.real, case.train.moves) for n in (name, other))
        assert ours is not None and theirs is not None
        frames.append(pd.DataFrame(ours - theirs, index=case.dates[1:], columns=panel.assets))
    return pd.concat(frames, axis=1).sort_index()


def cost_in_log_score(study: Study) -> None:
    """The first half of claim 2: what the adversarial stage costs tomorrow's density."""
    gap = log_gap(study, "gan", "warm start")
    each = {asset: hac_mean(gap[asset].dropna().to_numpy()) for asset in gap}
    rows = [{"asset": asset, "log score gained": mean, "t": t} for asset, (mean, t) in each.items()]
    study.results.table("log score of the adversarial stage over the warm start", rows)
    mean, t = hac_mean(mean_over_assets(gap.to_numpy()))
    study.results.claim(
        not math.isnan(t) and t > -1,
        "log score after the adversarial stage not below the warm start's (pooled t > -1)",
        f"{mean:+.5f} a day over {gap.shape[1]} assets, t {t:+.2f}",
    )


def log_score_of(study: Study, name: str, against: str = "gjr-garch") -> tuple[float, float, float]:
    """Mean log score gained over a baseline, its t, and the share of assets on which it is gained."""
    gap = log_gap(study, name, against)
    return (*hac_mean(mean_over_assets(gap.to_numpy())), float(np.mean(gap.mean() > 0)))
