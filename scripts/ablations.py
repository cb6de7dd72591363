"""Ablations: one factor at a time from the default GAN, three seeds, judged out of sample.

    .venv/bin/python scripts/ablations.py [--out runs/ablations] [--only "no chains" ...] [--table] [--json FILE]

Every variant is trained for at most 150 adversarial steps, less than a minute of training on two cores, on the S&P 500
and Nasdaq Composite up to --cut, and judged on the later dates: log score of tomorrow less GJR-GARCH's, and Quant GANs
scores of free runs, means over both.  Each run leaves one JSON file in --out and is not repeated where it is there, so
the study can be cut short and carried on; --table prints what there is.

No variant is trained on a fact that is scored here: the default has no auxiliary losses.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
from study_results import Results, add_option, write_whole

import tsgan
from tsgan.config import Beta, CriticName, GeneratorName, Objective, Penalty
from tsgan.evaluation import case_of_model, mean_over_assets
from tsgan.runtime import prepare
from tsgan.stats import hac_mean, quantgans_scores

DEFAULT = tsgan.GANConfig(base="none", steps=150)
SCORES = ("emd_1", "emd_20", "acf_abs", "acf_sq", "leverage", "dy_20")
SEEDS = (0, 1, 2)


def others(option: str, choices: Any) -> dict[str, dict[str, Any]]:
    """Every choice of an option but the default one."""
    return {f"{option} {c}": {option: c} for c in get_args(choices) if c != getattr(DEFAULT, option)}


VARIANTS: dict[str, dict[str, Any]] = {
    "default": {},
    "no warm start": {"warm_steps": 0},
    "warm start alone": {"steps": 0},
    "no likelihood term": {"likelihood_weight": 0.0},
    "no chains": {"chains": False},
    "single assets": {"portfolios": False},
    "no averaging": {"average": 0.0},
    "ensemble of 4": {"population": 4},
    "bagged ensemble of 4": {"population": 4, "bagging": True},
    **others("objective", Objective),
    **others("penalty", Penalty),
    **others("generator", GeneratorName),
    **others("critic", CriticName),
    **{f"conjugate {beta}": {"optimizer": "conjugate", "beta": beta} for beta in get_args(Beta)},
}


def run(panel: tsgan.Panel, cut: str, fields: dict[str, Any], seed: int, paths: int) -> dict[str, Any]:
    """Fit one variant and judge it on the later dates."""
    train, began = panel.through(cut), time.perf_counter()
    model = tsgan.fit(train, replace(DEFAULT, **fields), seed=seed)
    seconds = time.perf_counter() - began
    case, garch = case_of_model(model, panel), tsgan.fit(train, "gjr-garch")
    density, reference = (m.log_density(case.real, case.train.moves) for m in (model, garch))
    assert density is not None and reference is not None
    gained, t = hac_mean(mean_over_assets(density - reference))
    drawn, _ = case.sample(model, paths, seed)
    each = [quantgans_scores(case.real[:, i], case.of_asset(i, drawn)) for i in range(len(case.assets))]
    return {
        "log score gained": gained,
        "t": t,
        **{name: float(np.mean([s[name] for s in each])) for name in SCORES},
        "steps kept": model.info.config["chosen_steps"],
        "skipped": model.info.config["skipped_updates"],
        "seconds": seconds,
    }


def table(out: Path, document: Path | None) -> None:
    """Means over seeds, and the standard deviation of the log score over them; also as JSON to ``document``."""
    rows = [json.loads(file.read_text()) for file in sorted(out.glob("*.json"))]
    if not rows:
        raise SystemExit(f"error: no results in {out}; run without --table first")
    frame = pd.DataFrame(rows)
    order = [name for name in VARIANTS if name in set(frame.variant)]
    means = pd.DataFrame(frame.groupby("variant").mean(numeric_only=True)).loc[order].drop(columns="seed")
    means.insert(0, "seeds", frame.groupby("variant").size())
    means.insert(2, "sd", frame.groupby("variant")["log score gained"].std())
    with pd.option_context("display.width", 250, "display.max_columns", 50):
        print(means.to_string(float_format=lambda v: f"{v:.4f}" if abs(v) < 1 else f"{v:.1f}"))
    results = Results("ablations", "One factor at a time from the default, judged on later dates.", quiet=True)
    results.table("means over seeds", means.reset_index())
    results.write(document)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/ablations"))
    parser.add_argument("--cut", default="2013-12-31")
    parser.add_argument("--only", nargs="*", choices=list(VARIANTS), default=list(VARIANTS), metavar="VARIANT")
    parser.add_argument("--seeds", type=int, nargs="*", default=list(SEEDS))
    parser.add_argument("--paths", type=int, default=300)
    parser.add_argument("--table", action="store_true", help="print what there is, and run nothing")
    add_option(parser)
    options = parser.parse_args()
    if options.table:
        return table(options.out, options.json)
    prepare()
    panel = tsgan.load_prices("sample:us-indices")
    options.out.mkdir(parents=True, exist_ok=True)
    for seed in options.seeds:  # whole studies first, so that one that is cut short compares all variants
        for name in options.only:
            file = options.out / f"{name.replace(' ', '-')}-{seed}.json"
            if file.exists():
                continue
            result = {"variant": name, "seed": seed, "cut": options.cut, "paths": options.paths}
            result |= run(panel, options.cut, VARIANTS[name], seed, options.paths)
            write_whole(file, json.dumps(result))
            print(f"{name}, seed {seed}: {result['log score gained']:+.4f}, {result['seconds']:.0f} s", flush=True)
    table(options.out, options.json)


if __name__ == "__main__":
    main()
