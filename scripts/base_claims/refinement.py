"""Claim 4: what refining the base on a history is worth, on dates after the history.

The 20 stocks and the two indices, cut at the ends of 2008 and 2013, beside a GAN from scratch and the base as it
stands; then 40 test assets, each fitted alone to its days before 2010 and judged on the five years after.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from base_claims.assets import against, by_gjr, days_to, judged
from study_results import Results

import tsgan

CUTS = ("2008-12-31", "2013-12-31")
ALONE, YEAR = 40, 2009
MODELS: dict[str, Any] = {"refined": "gan", "from scratch": tsgan.GANConfig(base="none"), "zero-shot": "base"}


def panels(groups: dict[str, tsgan.Panel], results: Results) -> None:
    """The assets of the present claims, model by model."""
    results.heading = "4. Refinement"
    rows: list[dict[str, Any]] = []
    gains: dict[str, list[np.ndarray]] = {name: [] for name in MODELS}
    for cut in CUTS:
        for group, panel in groups.items():
            past = panel.through(cut)
            future, rival = panel.moves[len(past.moves) :], by_gjr(past, panel.moves[len(past.moves) :])
            for name, model in MODELS.items():
                fitted = tsgan.fit(past, model)
                ours = fitted.log_density(future, past.moves)
                assert ours is not None
                gains[name].append(np.nanmean(ours - rival, axis=0))
                told = fitted.info.config
                steps = {"own steps": told.get("chosen_warm_steps"), "joint steps": told.get("chosen_joint_steps")}
                found = against(ours, rival, [group] * len(panel.assets))
                del found["by class"]
                rows.append({"cut": cut, "assets of": group, "model": name} | found | steps)
                print(rows[-1], flush=True)
    results.table("Log score less GJR-GARCH-skew-t's, fitted to each asset", rows)
    means = {name: float(np.concatenate(each).mean()) for name, each in gains.items()}
    figure = ", ".join(f"{name} {mean:+.4f}" for name, mean in means.items())
    rule = "mean log score at least that of a GAN from scratch, and of the base as it stands"
    results.claim(means["refined"] >= max(means["from scratch"], means["zero-shot"]), rule, figure)


def alone(panel: tsgan.Panel, results: Results) -> None:
    """Test assets, each fitted by itself."""
    results.heading = "4. Refinement"
    names = judged(panel, days_to(panel, f"{YEAR}-12-31"), days_to(panel, f"{YEAR + 5}-12-31"))
    names = sorted(np.random.default_rng(0).choice(names, min(ALONE, len(names)), replace=False))
    better, refined, gain = 0, 0, []
    for name in names:
        one = panel.select([str(name)])
        past = one.through(f"{YEAR}-12-31")
        future = one.through(f"{YEAR + 5}-12-31").moves[len(past.moves) :]
        model = tsgan.fit(past, "gan")
        ours = model.log_density(future, past.moves)
        assert ours is not None
        gain.append(float(np.nanmean(ours - by_gjr(past, future))))
        better += gain[-1] > 0
        refined += model.info.config["chosen_warm_steps"] > 0
    results.table(
        "Test assets fitted alone to their days before 2010, judged on 2010 to 2014",
        [{"assets": len(names), "better": better, "refined at all": refined, "mean a day": float(np.mean(gain))}],
    )
    rule = "single assets fitted alone: better than GJR-GARCH on at least 90 % of 40 test assets"
    results.claim(better >= 0.9 * len(names), rule, f"{better} of {len(names)}")
