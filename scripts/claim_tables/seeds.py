"""The claim about stability: what five seeds of the default budget make of the others."""

from __future__ import annotations

import numpy as np
from claim_tables.forecasts import log_score_of
from claim_tables.free_runs import SPLITS, scores
from claim_tables.joint_law import opinion
from claim_tables.study import INDICES, Study

SEEDS = 5


def claim_11(study: Study) -> None:
    """Five seeds: none collapses, and the worst keeps claims 1, 5 and 10 against GJR-GARCH."""
    rows = []
    for seed in range(SEEDS):
        one = study.at(seed=seed)
        gained, t, share = log_score_of(one, "gan")
        splits = [one.at(cut=cut) for cut in SPLITS]
        lower = [
            ours[score] < theirs[score]
            for split in splits
            for ours, theirs in zip(
                scores(split, INDICES, "gan").values(), scores(split, INDICES, "gjr-garch").values(), strict=True
            )
            for score in ours
        ]
        finval = {group: opinion(one, group, ("gan", "gjr-garch")) for group in study.panels}
        rows.append(
            {"seed": seed, "log score gained": gained, "t": t, "assets gained on": share}
            | {"Quant GANs scores lower": float(np.mean(lower))}
            | {
                f"finval {group} gained": f["gan"].overall_score - f["gjr-garch"].overall_score
                for group, f in finval.items()
            }
        )
    study.results.table("seeds", rows)
    keeps = [
        row["log score gained"] > 0
        and row["Quant GANs scores lower"] > 0.5
        and min(row[f"finval {g} gained"] for g in study.panels) > 0
        for row in rows
    ]
    rule = "every seed above GJR-GARCH in log score, most Quant GANs scores and finval"
    study.results.claim(all(keeps), rule, f"{sum(keeps)} of {SEEDS}")
